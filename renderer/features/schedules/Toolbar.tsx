import {
  ActionIcon,
  Badge,
  Button,
  Checkbox,
  Popover,
  SegmentedControl,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { IconBookmark, IconColumns3, IconFilter, IconSearch, IconTrash, IconX } from "@tabler/icons-react";
import { memo, useState } from "react";
import type { ScheduleSummary } from "../../../shared/api/schedules.ts";
import { hideableColumns, type SchedulesSearch } from "../../app/search.ts";
import classes from "./Schedules.module.css";
import { useSavedViews } from "./savedViews.ts";
import { Tiles } from "./Tiles.tsx";

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

const conditionNames: Record<NonNullable<SchedulesSearch["condition"]>, string> = {
  attention: "Needs attention",
  running: "Running now",
  failing: "Last run failed",
  missed: "Has missed runs",
};

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
        leftSection={<IconSearch size={14} />}
        rightSection={props.text === "" ? <kbd className={classes.slash}>/</kbd> : undefined}
        className={classes.search}
      />
      <FilterMenu search={search} onSearch={onSearch} summary={props.summary} />
      <SavedViews search={search} onReplace={props.onReplace} />
      <ShownMenu hidden={search.hidden} density={search.density} onSearch={onSearch} />
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

// These two do not change with what is typed, and are most of the toolbar to draw.
const FilterMenu = memo(function FilterMenu({
  search,
  onSearch,
  summary,
}: Pick<ToolbarProps, "search" | "onSearch" | "summary">) {
  return (
    <Popover position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconFilter size={14} />}>
          Filter
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm" w={240}>
          <Select
            label="Status"
            data={["active", "paused", "ended", "deleted"]}
            value={search.status ?? null}
            onChange={(status) => onSearch({ status: (status ?? undefined) as SchedulesSearch["status"] })}
            placeholder="Any but deleted"
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Condition"
            data={[...Object.entries(conditionNames).map(([value, label]) => ({ value, label }))]}
            value={search.condition ?? null}
            onChange={(value) => onSearch({ condition: (value ?? undefined) as SchedulesSearch["condition"] })}
            placeholder="Any"
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Workflow"
            data={summary?.workflows ?? []}
            value={search.workflow ?? null}
            onChange={(workflow) => onSearch({ workflow: workflow ?? undefined })}
            placeholder="Any"
            clearable
            searchable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Tag"
            data={summary?.tags ?? []}
            value={search.tag ?? null}
            onChange={(tag) => onSearch({ tag: tag ?? undefined })}
            placeholder="Any"
            nothingFoundMessage="No such tag"
            clearable
            searchable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label="Success ratio over"
            data={[
              { value: "30", label: "the last 30 runs" },
              { value: "7d", label: "7 days" },
              { value: "30d", label: "30 days" },
              { value: "all", label: "all runs" },
            ]}
            value={search.window ?? "30"}
            onChange={(value) =>
              onSearch({ window: (value === "30" ? undefined : value) as SchedulesSearch["window"] })
            }
            allowDeselect={false}
            comboboxProps={{ withinPortal: false }}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
});

const columnNames: Record<(typeof hideableColumns)[number], string> = {
  tags: "Tags",
  workflow: "Workflow",
  when: "When",
  next: "Next",
  strip: "Last runs",
  ratio: "Success",
};

/** Which columns a view has, and how high its rows are. */
const ShownMenu = memo(function ShownMenu(
  props: Pick<SchedulesSearch, "hidden" | "density"> & Pick<ToolbarProps, "onSearch">,
) {
  const hidden = props.hidden ?? [];
  const toggle = (column: (typeof hideableColumns)[number], shown: boolean) => {
    const next = hideableColumns.filter((each) => (each === column ? !shown : hidden.includes(each)));
    props.onSearch({ hidden: next.length === 0 ? undefined : next });
  };
  return (
    <Popover position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon size={30} variant="default" aria-label="Columns and density" data-tip="Columns and density">
          <IconColumns3 size={15} aria-hidden="true" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns and density">
        <Stack gap="sm">
          {hideableColumns.map((column) => (
            <Checkbox
              key={column}
              label={columnNames[column]}
              checked={!hidden.includes(column)}
              onChange={(event) => toggle(column, event.currentTarget.checked)}
            />
          ))}
          <SegmentedControl
            aria-label="Height of rows"
            data={[
              { value: "compact", label: "Compact" },
              { value: "comfortable", label: "Comfortable" },
            ]}
            value={props.density ?? "compact"}
            onChange={(value) => props.onSearch({ density: value === "comfortable" ? value : undefined })}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
});

const SavedViews = memo(function SavedViews({ search, onReplace }: Pick<ToolbarProps, "search" | "onReplace">) {
  const { views, save, remove } = useSavedViews();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const isPlain = Object.values(search).every((value) => value === undefined);
  const show = (view: SchedulesSearch) => {
    setOpened(false);
    onReplace(view);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconBookmark size={14} />} onClick={() => setOpened(!opened)}>
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} miw={260} aria-label="Saved views">
        <button type="button" className={classes.viewButton} onClick={() => show({})}>
          All schedules
        </button>
        {views.map((view) => (
          <div key={view.name} className={classes.view}>
            <button type="button" className={classes.viewButton} onClick={() => show(view.search)}>
              {view.name}
            </button>
            <ActionIcon onClick={() => remove(view.name)} aria-label={`Delete the view ${view.name}`}>
              <IconTrash size={14} />
            </ActionIcon>
          </div>
        ))}
        <form
          className={classes.saveView}
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === "") return;
            save({ name: name.trim(), search });
            setName("");
          }}
        >
          <TextInput
            aria-label="Name of the view"
            placeholder={isPlain ? "Filter first to save one" : "Save this view as"}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            disabled={isPlain}
            maxLength={60}
            style={{ flex: 1 }}
          />
          <Button type="submit" variant="default" disabled={isPlain || name.trim() === ""}>
            Save
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
});
