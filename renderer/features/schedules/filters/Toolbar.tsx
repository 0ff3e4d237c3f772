import { Badge, SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import type { ScheduleSummary } from "../../../../shared/api/schedules.ts";
import type { SchedulesSearch } from "../../../app/search.ts";
import classes from "../Schedules.module.css";
import { conditionNames } from "./conditionNames.ts";
import { Tiles } from "./Tiles.tsx";
import { Tools } from "./Tools.tsx";

interface ToolbarProps {
  search: SchedulesSearch;
  onSearch: (search: Partial<SchedulesSearch>) => void;
  onReplace: (search: SchedulesSearch) => void;
  summary: ScheduleSummary | undefined;
  /** What the search field holds. */
  text: string;
  onType: (text: string) => void;
  /** The field was left. */
  onTyped: () => void;
  /** Arrow down leads from the search into the list. */
  onLeave: () => void;
}

/** Search, filters and saved views of the schedule list. */
export function Toolbar(props: ToolbarProps) {
  const { search, onSearch } = props;
  const filters = [
    search.status && { key: "status", text: search.status, clear: { status: undefined } },
    search.condition && { key: "condition", text: conditionNames[search.condition], clear: { condition: undefined } },
    search.workflow && { key: "workflow", text: search.workflow, clear: { workflow: undefined } },
    search.tag && { key: "tag", text: `#${search.tag}`, clear: { tag: undefined } },
  ].filter((filter) => filter !== undefined && filter !== "");

  return (
    <div className={classes.toolbar}>
      <TextInput
        onBlur={props.onTyped}
        value={props.text}
        onChange={(event) => props.onType(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") {
            event.preventDefault();
            props.onLeave();
          }
          if (event.key === "Escape") props.onType("");
        }}
        placeholder="Search schedules"
        aria-label="Search schedules"
        aria-keyshortcuts="/"
        data-page-search
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        rightSection={
          props.text === "" ? (
            <span aria-hidden="true">
              <kbd className={classes.slash}>/</kbd>
            </span>
          ) : undefined
        }
        className={classes.search}
      />
      <Tools search={search} onSearch={onSearch} onReplace={props.onReplace} summary={props.summary} />
      <SegmentedControl
        data={[
          { value: "need", label: "By need" },
          { value: "flat", label: "Table" },
        ]}
        value={search.sort === undefined ? "need" : "flat"}
        onChange={(value) => onSearch({ sort: value === "need" ? undefined : "name", desc: undefined })}
        aria-label="Order of the list"
      />
      {search.sort !== undefined && <Tiles summary={props.summary} search={search} onSearch={onSearch} />}
      {filters.map((filter) => (
        <Badge
          key={filter.key}
          className={classes.filter}
          variant="default"
          rightSection={
            <button
              type="button"
              className={classes.filterClear}
              onClick={() => onSearch(filter.clear)}
              aria-label={`Remove filter ${filter.text}`}
            >
              <IconX size={11} />
            </button>
          }
        >
          {filter.text}
        </Badge>
      ))}
    </div>
  );
}
