import type { CalendarEntry, ExcludedEntry, Exclusion } from "../../../../../shared/schedule/index.ts";
import type { CalendarEvent } from "./events.ts";
import { DAY_MS, type Rule } from "./recurrence.ts";

const iso = (at: number): string => new Date(at).toISOString();
const dateOf = (at: number): string => iso(at).slice(0, 10);
const timeOf = (at: number): string => iso(at).slice(11, 19);
const withComment = (comment: string): { comment?: string } => (comment === "" ? {} : { comment });
const withZone = (zone: string | null): { timezone?: string } => (zone === null ? {} : { timezone: zone });

/** One occurrence: local ms. */
export interface Occurrence {
  at: number;
  lengthMs: number;
  isDate: boolean;
  zone: string | null;
  comment: string;
}

/** An occurrence as days and windows; its end is not part of it. */
export function exclusionsOf({ at, lengthMs, isDate, zone, comment }: Occurrence): Exclusion[] {
  const end = at + lengthMs;
  if (isDate) {
    const [from, to] = [dateOf(at), dateOf(end - DAY_MS)];
    return from === to && comment === "" ? [from] : [{ from, to, ...withComment(comment) }];
  }
  const windows: Exclusion[] = [];
  for (let from = at; from < end; ) {
    const midnight = (Math.floor(from / DAY_MS) + 1) * DAY_MS;
    const to = Math.min(midnight, end);
    const date = new Date(from);
    windows.push({
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      dayOfMonth: date.getUTCDate(),
      between: [timeOf(from), timeOf(to - 1000)],
      ...withZone(zone),
      ...withComment(comment),
    });
    from = to;
  }
  return windows;
}

/** The days that a rule names in the words of an entry; null where an entry has none for it. */
function daysOf(rule: Rule, start: number): CalendarEntry | null {
  const { freq, interval, byMonth, byMonthDay, byDay } = rule;
  const date = new Date(start);
  const other = [rule.byWeekNo, rule.byYearDay, rule.byHour, rule.byMinute, rule.bySecond, rule.bySetPos];
  if (interval !== 1 || other.some((list) => list.length > 0)) return null;
  const plain = byMonthDay.length === 0 && byDay.length === 0;
  const yearly = freq === "YEARLY";
  if (!yearly && freq !== "MONTHLY" && freq !== "WEEKLY" && freq !== "DAILY") return null;
  const months = byMonth.length > 0 ? byMonth : yearly && plain ? [date.getUTCMonth() + 1] : [];
  const monthDays = plain && (yearly || freq === "MONTHLY") ? [date.getUTCDate()] : byMonthDay;
  const weekdays = plain && freq === "WEEKLY" ? [{ n: 0, weekday: date.getUTCDay() }] : byDay;
  const [first] = weekdays;
  const n = first?.n ?? 0;
  if (weekdays.some((day) => day.n !== n) || n < -1 || n > 5) return null;
  // Of a year and not of a month.
  if (n !== 0 && yearly && byMonth.length === 0) return null;
  const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? (list[0] as T) : list);
  return {
    ...(months.length > 0 ? { month: one(months) } : {}),
    ...(monthDays.length > 0 ? { dayOfMonth: one(monthDays) } : {}),
    ...(weekdays.length > 0 ? { dayOfWeek: one(weekdays.map((day) => day.weekday)) } : {}),
    ...(n !== 0 && freq !== "WEEKLY" && freq !== "DAILY" ? { weekOfMonth: n } : {}),
  };
}

/** The same a day later, for what goes on over midnight; null where that cannot be said. */
function nextDay(days: CalendarEntry, isPlain: boolean): CalendarEntry | null {
  const { dayOfWeek, dayOfMonth, month, weekOfMonth } = days;
  if (dayOfMonth === undefined && weekOfMonth === undefined && month === undefined) {
    if (dayOfWeek === undefined) return days;
    const shifted = [dayOfWeek].flat().map((day) => (Number(day) + 1) % 7);
    return { dayOfWeek: shifted.length === 1 ? (shifted[0] as number) : shifted };
  }
  if (!isPlain || typeof month !== "number" || typeof dayOfMonth !== "number") return null;
  // The day after 28 February depends on the year, and 29 February is not in each.
  if (month === 2 && dayOfMonth >= 28) return null;
  const next = new Date(Date.UTC(2001, month - 1, dayOfMonth + 1));
  return { month: next.getUTCMonth() + 1, dayOfMonth: next.getUTCDate() };
}

/** More days at once are written out. */
const maxDays = 31;

/**
 * An event that repeats for ever as entries that do, in place of a list that ends; null where entries cannot say it.
 * `years` bounds them.
 */
export function everlasting(
  { rule, start, lengthMs, summary }: CalendarEvent,
  years: string | null,
): ExcludedEntry[] | null {
  if (rule === null) return null;
  const first = daysOf(rule, start.at);
  if (first === null || lengthMs > maxDays * DAY_MS) return null;
  const isPlain = rule.byDay.length === 0 && typeof first.month === "number";
  const entries: ExcludedEntry[] = [];
  const common = {
    ...(years === null ? {} : { year: /^\d+$/.test(years) ? Number(years) : years }),
    ...(start.isDate ? {} : withZone(start.zone)),
    ...withComment(summary),
  };
  let days: CalendarEntry | null = first;
  const timeFrom = start.at - Math.floor(start.at / DAY_MS) * DAY_MS;
  for (let done = 0; done < lengthMs; ) {
    if (days === null) return null;
    // What goes on into the next year is not of the years that are given.
    if (years !== null && entries.length > 0 && days.month === 1 && days.dayOfMonth === 1) return null;
    const from = entries.length === 0 ? timeFrom : 0;
    const length = Math.min(DAY_MS - from, lengthMs - done);
    const whole = start.isDate || length === DAY_MS;
    entries.push({ ...days, ...(whole ? {} : { between: [timeOf(from), timeOf(from + length - 1000)] }), ...common });
    done += length;
    days = nextDay(days, isPlain);
  }
  return entries;
}
