import { Badge, SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { memo, type Ref, useImperativeHandle, useLayoutEffect, useRef } from "react";
import type { ScheduleSummary } from "../../../../shared/api/schedules.ts";
import type { SchedulesSearch } from "../../../app/search.ts";
import classes from "../Schedules.module.css";
import { conditionNames } from "./conditionNames.ts";
import { Tiles } from "./Tiles.tsx";
import { Tools } from "./Tools.tsx";

/** Lets the page take back what the field has beyond the address. */
export interface SearchFieldHandle {
  clear: () => void;
}

interface ToolbarProps {
  search: SchedulesSearch;
  onSearch: (search: Partial<SchedulesSearch>) => void;
  onReplace: (search: SchedulesSearch) => void;
  summary: ScheduleSummary | undefined;
  field: Ref<SearchFieldHandle>;
  onType: (text: string) => void;
  /** The field was left. */
  onTyped: () => void;
  /** Arrow down leads from the search into the list. */
  onLeave: () => void;
}

/** Search, filters and saved views of the schedule list. */
export const Toolbar = memo(function Toolbar(props: ToolbarProps) {
  const { search, onSearch, onReplace, summary } = props;
  return (
    <div className={classes.toolbar}>
      <SearchField {...props} text={search.q ?? ""} />
      <Filters search={search} onSearch={onSearch} onReplace={onReplace} summary={summary} />
    </div>
  );
});

/** What is typed is its own until the page says that the address has it. The field itself has it: a key draws nothing else here. */
function SearchField(props: { text: string } & Pick<ToolbarProps, "field" | "onType" | "onTyped" | "onLeave">) {
  const { text, onType } = props;
  const input = useRef<HTMLInputElement>(null);
  const isTyped = useRef(false);
  const showAddress = () => {
    if (!isTyped.current && input.current !== null) input.current.value = text;
  };
  useLayoutEffect(showAddress);
  useImperativeHandle(props.field, () => ({
    clear: () => {
      isTyped.current = false;
      showAddress();
    },
  }));
  const type = (next: string) => {
    isTyped.current = true;
    onType(next);
  };
  return (
    <TextInput
      ref={input}
      onBlur={props.onTyped}
      defaultValue={text}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          props.onLeave();
        }
        if (event.key === "Escape") {
          event.currentTarget.value = "";
          type("");
        }
      }}
      placeholder="Search schedules"
      aria-label="Search schedules"
      aria-keyshortcuts="/"
      data-page-search
      leftSection={<IconSearch size={14} aria-hidden="true" />}
      rightSection={
        <span aria-hidden="true">
          <kbd className={classes.slash}>/</kbd>
        </span>
      }
      className={classes.search}
    />
  );
}

/** All beside the search: it stays as it is while that is typed. */
const Filters = memo(function Filters(props: Pick<ToolbarProps, "search" | "onSearch" | "onReplace" | "summary">) {
  const { search, onSearch, summary } = props;
  const filters = [
    search.status && { key: "status", text: search.status, clear: { status: undefined } },
    search.condition && { key: "condition", text: conditionNames[search.condition], clear: { condition: undefined } },
    search.workflow && { key: "workflow", text: search.workflow, clear: { workflow: undefined } },
    search.tag && { key: "tag", text: `#${search.tag}`, clear: { tag: undefined } },
  ].filter((filter) => filter !== undefined && filter !== "");
  return (
    <>
      <Tools {...props} />
      <SegmentedControl
        data={[
          { value: "need", label: "By need" },
          { value: "flat", label: "Table" },
        ]}
        value={search.sort === undefined ? "need" : "flat"}
        onChange={(value) => onSearch({ sort: value === "need" ? undefined : "name", desc: undefined })}
        aria-label="Order of the list"
      />
      {search.sort !== undefined && <Tiles summary={summary} search={search} onSearch={onSearch} />}
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
    </>
  );
});
