import { type CalendarItem, sourceOf } from "../timeline/rangeItems.ts";
import { type CalendarDay, type CalendarGroup, groupsOf } from "./calendarModel.ts";

/** A line of the agenda: a day, something at its time, or a schedule that fires all day long. */
export type AgendaRow =
  | { kind: "day"; key: string; day: CalendarDay }
  | { kind: "item"; key: string; item: CalendarItem }
  | { kind: "often"; key: string; date: string; group: CalendarGroup };

/** A schedule with more in a day is told in one line, but for what went wrong. */
const mostOfOne = 6;
const isWrong = ({ outcome }: CalendarItem): boolean => outcome === "failed" || outcome === "missed";

/** Days one after the other: what happens all the time in a line each, then everything else by time. */
export function agendaRows(days: readonly CalendarDay[]): AgendaRow[] {
  const rows: AgendaRow[] = [];
  for (const day of days) {
    rows.push({ kind: "day", key: day.date, day });
    const often = new Map(
      groupsOf(day.items)
        .filter((group) => group.count > mostOfOne)
        .map((group) => [group.key, group]),
    );
    for (const group of often.values()) {
      rows.push({ kind: "often", key: `${day.date} ${group.key}`, date: day.date, group });
    }
    for (const item of day.items) {
      const isTold = often.has(sourceOf(item)) && (!isWrong(item) || item.stretchMinutes !== null);
      if (!isTold) rows.push({ kind: "item", key: item.key, item });
    }
  }
  return rows;
}
