import { Checkbox } from "@mantine/core";
import { memo, useMemo } from "react";
import type { SchedulesSearch } from "../../../app/search.ts";
import { count } from "../../../format/numbers.ts";
import classes from "../Schedules.module.css";

const columns = [
  { key: "name", label: "Name", hides: undefined },
  { key: "workflow", label: "Workflow", hides: "workflow" },
  { key: null, label: "When", hides: "when" },
  { key: "next", label: "Next", hides: "next" },
  // Styles end it by how many there is room for.
  { key: null, label: "Last", hides: "strip" },
  { key: "ratio", label: "Success", hides: "ratio" },
] as const;

/** A column that the list can be sorted by. */
export type SortKey = NonNullable<SchedulesSearch["sort"]>;

/** The names of the columns, each a way to sort by it, and the box that selects all of the list. */
export const TableHead = memo(function TableHead(props: {
  sort: SchedulesSearch["sort"];
  descending: boolean;
  onSort: (key: SortKey) => void;
  /** How many a search has found; undefined where nothing is searched for. */
  found: number | undefined;
  selected: "none" | "some" | "all";
  /** There is no row to select. */
  isEmpty: boolean;
  onToggleAll: () => void;
}) {
  const { selected, isEmpty, onToggleAll } = props;
  // The head is drawn with each key of a search, for what that has found; this costs more than the rest of it.
  const selectAll = useMemo(
    () => (
      <Checkbox
        aria-label={selected === "none" ? "Select all" : "Select none"}
        checked={selected === "all"}
        indeterminate={selected === "some"}
        disabled={isEmpty}
        onChange={onToggleAll}
      />
    ),
    [selected, isEmpty, onToggleAll],
  );
  return (
    <div className={classes.head} role="row" aria-rowindex={1}>
      <span className={classes.check} role="columnheader">
        {selectAll}
      </span>
      {columns.map((column) => {
        const sorted = column.key !== null && props.sort === column.key;
        return (
          <span
            key={column.label}
            role="columnheader"
            data-column={column.hides}
            aria-sort={sorted ? (props.descending ? "descending" : "ascending") : undefined}
          >
            {column.key === null ? (
              <span className={column.hides === "strip" ? classes.last : undefined}>{column.label}</span>
            ) : (
              <>
                <button type="button" className={classes.sort} onClick={() => props.onSort(column.key)}>
                  {column.label}
                  <span aria-hidden="true">{sorted ? (props.descending ? " ↓" : " ↑") : ""}</span>
                </button>
                {column.key === "name" && (
                  <span className={classes.found} aria-live="polite">
                    {props.found !== undefined && `${count(props.found)} found`}
                  </span>
                )}
              </>
            )}
          </span>
        );
      })}
    </div>
  );
});
