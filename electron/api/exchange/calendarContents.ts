import type { CalendarContents } from "../../../shared/api/calendars.ts";
import { addDays, type Exclusion } from "../../../shared/schedule/index.ts";
import { isOverMidnight } from "../../../shared/schedule/texts/timesOfDay.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** A second after a time of day, on its day or the next: the last second of a window is part of it. */
function endOf(date: string, last: string): string {
  const [hour = 0, minute = 0, second = 0] = last.split(":").map(Number);
  const at = Date.parse(`${date}T00:00:00Z`) + ((hour * 60 + minute) * 60 + second + 1) * 1000;
  return new Date(at).toISOString().slice(0, 19);
}

/** The one day of an entry that names it whole. */
function dateOf(entry: Exclusion): string | null {
  if (typeof entry === "string" || !("year" in entry)) return null;
  const { year, month, dayOfMonth, dayOfWeek, weekOfMonth } = entry;
  if (typeof year !== "number" || typeof month !== "number" || typeof dayOfMonth !== "number") return null;
  if (dayOfMonth < 1 || dayOfWeek !== undefined || weekOfMonth !== undefined) return null;
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(dayOfMonth)}`;
}

const longest = 40_000;

/**
 * What an exclusion calendar leaves out: whole local days and stretches of local time from one date to another (both
 * included; all where left out), and the entries that repeat.
 */
export function calendarContents(
  entries: readonly Exclusion[],
  { from = "0000-01-01", to = "9999-12-31" }: { from?: string | undefined; to?: string | undefined },
): CalendarContents {
  const dates = new Set<string>();
  const windows: CalendarContents["windows"] = [];
  const rules: CalendarContents["rules"] = [];
  for (const entry of entries) {
    if (typeof entry === "string") {
      if (entry >= from && entry <= to) dates.add(entry);
    } else if ("to" in entry) {
      const last = entry.to < to ? entry.to : to;
      let date = entry.from > from ? entry.from : from;
      for (let days = 0; date <= last && days < longest; days++, date = addDays(date, 1)) dates.add(date);
    } else if (!("calendar" in entry)) {
      const date = dateOf(entry);
      const timed = ["hour", "minute", "second", "times", "every", "between"].some((field) => field in entry);
      if (date === null || (timed && (entry.between === undefined || entry.every !== undefined))) rules.push(entry);
      else if (date < from || date > to) continue;
      else if (entry.between === undefined) dates.add(date);
      else {
        const [first, last] = entry.between;
        const parts = isOverMidnight(entry.between)
          ? [
              ["00:00", last],
              [first, "23:59:59"],
            ]
          : [[first, last]];
        for (const [from, to] of parts as [string, string][]) {
          const window = { from: `${date}T${from.length === 5 ? `${from}:00` : from}`, to: endOf(date, to) };
          const before = windows.at(-1);
          // A night is kept as two windows of a day each.
          if (before !== undefined && before.to === window.from && before.timezone === entry.timezone)
            before.to = window.to;
          else windows.push({ ...window, ...(entry.timezone === undefined ? {} : { timezone: entry.timezone }) });
        }
      }
    }
  }
  return {
    dates: [...dates].sort(),
    windows: windows.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)),
    rules,
  };
}
