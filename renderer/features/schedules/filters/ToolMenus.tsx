import { ActionIcon, Button, Checkbox, Popover, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { memo, type ReactNode, type Ref, useEffect, useImperativeHandle, useState } from "react";
import type { ScheduleSummary } from "../../../../shared/api/schedules.ts";
import { hideableColumns, type SchedulesSearch } from "../../../app/search.ts";
import classes from "../Schedules.module.css";
import { conditionNames } from "./conditionNames.ts";
import { useSavedViews } from "./savedViews.ts";

/** One of the menus of the list's tools. */
export type ToolMenu = "filter" | "views" | "shown";

export interface ToolMenusProps {
  search: SchedulesSearch;
  onSearch: (search: Partial<SchedulesSearch>) => void;
  onReplace: (search: SchedulesSearch) => void;
  summary: ScheduleSummary | undefined;
  /** Begins the ids of the buttons. */
  id: string;
  opened: ToolMenu | null;
  onOpened: (menu: ToolMenu, opened: boolean) => void;
  buttonOf: (menu: ToolMenu) => HTMLButtonElement | null;
}

/** Filters, saved views, and which columns are shown. They do not change with what is typed. */
export const ToolMenus = memo(function ToolMenus({ search, onSearch, onReplace, summary, ...tools }: ToolMenusProps) {
  const close = () => tools.onOpened("views", false);
  return (
    <>
      <ToolPopover menu="filter" {...tools}>
        <FilterMenu search={search} onSearch={onSearch} summary={summary} />
      </ToolPopover>
      <ToolPopover menu="views" {...tools}>
        <SavedViews search={search} onReplace={onReplace} onClose={close} />
      </ToolPopover>
      <ToolPopover menu="shown" {...tools}>
        <ShownMenu hidden={search.hidden} density={search.density} onSearch={onSearch} />
      </ToolPopover>
    </>
  );
});

function ToolPopover(
  props: Pick<ToolMenusProps, "id" | "opened" | "onOpened" | "buttonOf"> & {
    menu: ToolMenu;
    children: ReactNode;
  },
) {
  const { menu } = props;
  // Drawn closed first: only what it sees open afterwards tells it where the focus was, and goes back to.
  const [drawn, setDrawn] = useState(false);
  useEffect(() => setDrawn(true), []);
  return (
    <Popover
      id={`${props.id}-${menu}`}
      opened={drawn && props.opened === menu}
      onChange={(opened) => props.onOpened(menu, opened)}
      position="bottom-start"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Standing element={props.buttonOf(menu)} />
      </Popover.Target>
      <Popover.Dropdown {...(menu === "views" && { p: 8, miw: 260 })}>{props.children}</Popover.Dropdown>
    </Popover>
  );
}

/** Gives a popover for its target what was there before it. */
function Standing({ element, ref }: { element: HTMLElement | null; ref?: Ref<HTMLElement | null> }) {
  useImperativeHandle<HTMLElement | null, HTMLElement | null>(ref, () => element, [element]);
  return null;
}

const FilterMenu = memo(function FilterMenu({
  search,
  onSearch,
  summary,
}: Pick<ToolMenusProps, "search" | "onSearch" | "summary">) {
  return (
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
        onChange={(value) => onSearch({ window: (value === "30" ? undefined : value) as SchedulesSearch["window"] })}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
      />
    </Stack>
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
  );
});

const SavedViews = memo(function SavedViews({
  search,
  onReplace,
  onClose,
}: Pick<ToolMenusProps, "search" | "onReplace"> & { onClose: () => void }) {
  const { views, save, remove } = useSavedViews();
  const [name, setName] = useState("");
  const isPlain = Object.values(search).every((value) => value === undefined);
  const show = (view: SchedulesSearch) => {
    onClose();
    onReplace(view);
  };
  return (
    <>
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
    </>
  );
});
