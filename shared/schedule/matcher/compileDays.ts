import { specError } from "../errors.ts";
import { listOf } from "../texts/lists.ts";
import { compileWindows, hasTimeFields } from "../texts/timesOfDay.ts";
import type { CalendarEntry, Exclusion, ScheduleSpec, SpecContext } from "../types.ts";
import { parseDate } from "../zone/civil.ts";
import { businessDayRule, onHolidayRule } from "./businessDays.ts";
import { allDaysRule, compileDates, type DayRule, datesDayRule, rangeDayRule } from "./dayRules.ts";
import { coverDay, mergeWindows, type WindowRule } from "./exclusions.ts";
import { everyMonthsRule, everyWeeksRule } from "./periodRules.ts";

type Calendars = Pick<SpecContext, "calendars">;

/** The rule of an entry's days, all fields of which must match. Throws SpecError where it names a calendar that is not known. */
export function compileDays(entry: CalendarEntry, context: Calendars, path = "calendar"): DayRule {
  const { businessDay, everyWeeks, everyMonths, from, onHoliday = "skip" } = entry;
  const names = listOf(entry.holidays);
  const holidays = names.flatMap((name) => daysOfCalendar(name, context, `${path}.holidays`));
  const rules = [compileDates(entry)];
  if (businessDay !== undefined) rules.push(businessDayRule(businessDay, holidays));
  if (everyWeeks !== undefined && from !== undefined) rules.push(everyWeeksRule(everyWeeks, from));
  if (everyMonths !== undefined && from !== undefined) rules.push(everyMonthsRule(everyMonths, from));
  const days = allDaysRule(rules);
  return names.length > 0 && businessDay === undefined ? onHolidayRule(days, holidays, onHoliday) : days;
}

function calendarOf(name: string, { calendars }: Calendars, path: string): readonly Exclusion[] {
  const calendar = calendars?.get(name);
  if (calendar) return calendar.entries;
  throw specError(path, name, "the name of an exclusion calendar that exists is expected");
}

/** The whole days of an exclusion calendar: its windows are no days. Throws SpecError where there is none of that name. */
export function daysOfCalendar(name: string, context: Calendars, path: string): DayRule[] {
  return sortExclusions(calendarOf(name, context, path), context).wholeDays;
}

/** Exclusions with the entries of named calendars in their place. Throws SpecError where a calendar is not known. */
export function resolveExclusions(spec: ScheduleSpec, context: Calendars): Exclusion[] {
  const list = listOf<Exclusion>(spec.exclude);
  return list.flatMap((exclusion, i) => {
    if (typeof exclusion === "string" || !("calendar" in exclusion)) return [exclusion];
    const path = Array.isArray(spec.exclude) ? `exclude[${i}].calendar` : "exclude.calendar";
    return [...calendarOf(exclusion.calendar, context, path)];
  });
}

const MAX_LISTED_DAYS = 40;

/** Exclusions as rules: whole days, and parts of a day. */
export function sortExclusions(
  list: readonly Exclusion[],
  context: Calendars,
): { wholeDays: DayRule[]; windowRules: WindowRule[] } {
  const wholeDays: DayRule[] = [];
  /** Entries that mean the same days are one rule. */
  const windowsByDays = new Map<string, { days: DayRule; lists: Int32Array[] }>();
  const dates: number[] = [];
  for (const exclusion of list) {
    if (typeof exclusion === "string") dates.push(parseDate(exclusion) as number);
    else if ("to" in exclusion) {
      const from = parseDate(exclusion.from) as number;
      const to = parseDate(exclusion.to) as number;
      // Holidays come by the hundred: as single days all of them cost one look-up.
      if (to - from < MAX_LISTED_DAYS) for (let day = from; day <= to; day++) dates.push(day);
      else wholeDays.push(rangeDayRule(from, to));
    } else if (!("calendar" in exclusion)) {
      if (!hasTimeFields(exclusion)) {
        wholeDays.push(compileDays(exclusion, context, "exclude"));
        continue;
      }
      const {
        hour: _hour,
        minute: _minute,
        second: _second,
        times: _times,
        every: _every,
        between: _between,
        ...days
      } = exclusion;
      const key = JSON.stringify(days, (name, value) => (name === "comment" ? undefined : value));
      const windows = compileWindows(exclusion);
      const known = windowsByDays.get(key);
      if (known) known.lists.push(windows);
      else windowsByDays.set(key, { days: compileDays(exclusion, context, "exclude"), lists: [windows] });
    }
  }
  const windowRules: WindowRule[] = [];
  for (const { days, lists } of windowsByDays.values()) {
    const windows = mergeWindows(lists);
    if (coverDay(windows)) wholeDays.push(days);
    else windowRules.push({ days, windows });
  }
  if (dates.length > 0) wholeDays.push(datesDayRule(dates));
  return { wholeDays, windowRules };
}
