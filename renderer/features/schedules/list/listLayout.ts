import { type ScheduleGroup, scheduleGroups } from "../../../../shared/domain/health.ts";

/** Heights in px. */
export const rowHeights = { compact: 32, comfortable: 40 } as const;
export const groupHeight = 32;

/** What stands at one place of the list: a heading, or the schedule at `row` of the answer. */
export type ListItem =
  | { kind: "group"; group: ScheduleGroup; count: number; folded: boolean }
  | { kind: "row"; row: number };

export interface ListLayout {
  length: number;
  itemAt(index: number): ListItem;
  heightOf(index: number): number;
  /** The same text where each place that two lists have is as high in both. */
  heights: string;
  /** Where the schedule at `row` of the answer stands. */
  placeOf(row: number): number;
}

/** A list with headings over its groups; one without groups is rows alone. */
export function layOut(
  total: number,
  groups: readonly { group: ScheduleGroup; count: number }[] | undefined,
  folded: readonly ScheduleGroup[],
  rowHeight: number,
): ListLayout {
  if (groups === undefined) {
    return {
      length: total,
      itemAt: (index) => ({ kind: "row", row: index }),
      heightOf: () => rowHeight,
      heights: `${rowHeight}`,
      placeOf: (row) => row,
    };
  }
  let length = 0;
  let rows = 0;
  const parts = groups.map(({ group, count }) => {
    const isFolded = folded.includes(group);
    const part = { group, count, folded: isFolded, from: length, firstRow: rows };
    length += isFolded ? 1 : 1 + count;
    rows += isFolded ? 0 : count;
    return part;
  });
  const partAt = (index: number) => parts.findLast((part) => part.from <= index);
  return {
    length,
    itemAt(index) {
      const part = partAt(index);
      if (part === undefined) return { kind: "row", row: index };
      if (part.from === index) return { kind: "group", group: part.group, count: part.count, folded: part.folded };
      return { kind: "row", row: part.firstRow + index - part.from - 1 };
    },
    heights: [rowHeight, ...parts.map(({ from }) => from)].join(" "),
    heightOf: (index) => (partAt(index)?.from === index ? groupHeight : rowHeight),
    placeOf(row) {
      const part = parts.findLast((each) => !each.folded && each.firstRow <= row);
      return part === undefined ? row : part.from + 1 + row - part.firstRow;
    },
  };
}

/** Folds a group, or opens it again; null where all are open. */
export function toggled(folded: readonly ScheduleGroup[], group: ScheduleGroup): ScheduleGroup[] | undefined {
  const next = scheduleGroups.filter((each) => (each === group) !== folded.includes(each));
  return next.length === 0 ? undefined : next;
}
