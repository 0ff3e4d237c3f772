import type { CalendarEntry, CalendarName, Exclusion, ScheduleSpec } from "../types.ts";

/** The entries of a field that may hold one or several. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The name of a calendar in either form. */
export const nameOf = (name: CalendarName): string => (typeof name === "string" ? name : name.calendar);

/** The exclusion calendars that a spec names, each once: in `exclude`, in `onlyOn`, and as the holidays of entries. */
export function calendarNames(spec: ScheduleSpec): string[] {
  const excluded = listOf<Exclusion>(spec.exclude).filter((one) => typeof one === "object");
  const entries = [...listOf<CalendarEntry>(spec.calendar), ...excluded];
  return [
    ...new Set([
      ...excluded.flatMap((one) => ("calendar" in one ? [one.calendar] : [])),
      ...listOf<CalendarName>(spec.onlyOn).map(nameOf),
      ...entries.flatMap((entry) => ("holidays" in entry ? listOf(entry.holidays) : [])),
    ]),
  ];
}
