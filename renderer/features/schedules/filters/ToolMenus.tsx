import { ActionIcon, Button, Checkbox, Popover, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { IconBookmark, IconColumns3, IconFilter, IconTrash } from "@tabler/icons-react";
import { memo, useState } from "react";
import type { ScheduleSummary } from "../../../../shared/api/schedules.ts";
import { hideableColumns, type SchedulesSearch } from "../../../app/search.ts";
import classes from "../Schedules.module.css";
import { conditionNames } from "./conditionNames.ts";
import { useSavedViews } from "./savedViews.ts";

interface ToolMenusProps {
  search: SchedulesSearch;
  onSearch: (search: Partial<SchedulesSearch>) => void;
  onReplace: (search: SchedulesSearch) => void;
  summary: ScheduleSummary | undefined;
}

/** Filters, saved views, and which columns are shown. They do not change with what is typed. */
export const ToolMenus = memo(function ToolMenus({ search, onSearch, onReplace, summary }: ToolMenusProps) {
  return (
    <>
      <FilterMenu search={search} onSearch={onSearch} summary={summary} />
      <SavedViews search={search} onReplace={onReplace} />
      <ShownMenu hidden={search.hidden} density={search.density} onSearch={onSearch} />
    </>
  );
});

const FilterMenu = memo(function FilterMenu({
  search,
  onSearch,
  summary,
}: Pick<ToolMenusProps, "search" | "onSearch" | "summary">) {
  return (
    <Popover position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" className={classes.tool} leftSection={<IconFilter size={14} />} aria-label="Filter">
          <span className={classes.toolWord}>Filter</span>
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
  props: Pick<SchedulesSearch, "hidden" | "density"> & Pick<ToolMenusProps, "onSearch">,
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

const SavedViews = memo(function SavedViews({ search, onReplace }: Pick<ToolMenusProps, "search" | "onReplace">) {
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
        <Button
          variant="default"
          className={classes.tool}
          leftSection={<IconBookmark size={14} />}
          onClick={() => setOpened(!opened)}
          aria-label="Views"
        >
          <span className={classes.toolWord}>Views</span>
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
