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

const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? (list[0] as T) : list);

/** The days that a rule names in the words of an entry, its interval aside; null where an entry has none for it. */
function daysOf(rule: Rule, start: number): CalendarEntry | null {
  const { freq, byMonth, byMonthDay, byDay } = rule;
  const date = new Date(start);
  const other = [rule.byWeekNo, rule.byYearDay, rule.byHour, rule.byMinute, rule.bySecond, rule.bySetPos];
  if (other.some((list) => list.length > 0)) return null;
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

/** As many weeks and months as an entry counts in. */
const [maxWeeks, maxMonths] = [520, 1200];

/** A part of an occurrence that lies on one day. */
interface Piece {
  /** Days after the first. */
  day: number;
  time: { between?: readonly [string, string] };
}

/** What an occurrence covers, day by day. */
function piecesOf({ start, lengthMs }: CalendarEvent): Piece[] {
  const pieces: Piece[] = [];
  const timeFrom = start.at - Math.floor(start.at / DAY_MS) * DAY_MS;
  for (let done = 0; done < lengthMs; ) {
    const from = pieces.length === 0 ? timeFrom : 0;
    const length = Math.min(DAY_MS - from, lengthMs - done);
    const whole = start.isDate || length === DAY_MS;
    pieces.push({
      day: pieces.length,
      time: whole ? {} : { between: [timeOf(from), timeOf(from + length - 1000)] },
    });
    done += length;
  }
  return pieces;
}

const weekdayOf = (at: number): number => new Date(at).getUTCDay();
const mondayOf = (at: number): number => at - ((weekdayOf(at) + 6) % 7) * DAY_MS;

/** The weekday of each nth week by which a rule repeats: of weeks that begin on the rule's own first day. */
function nthWeeks(rule: Rule, start: number, pieces: readonly Piece[]): ExcludedEntry[] | null {
  const weeks = rule.freq === "WEEKLY" ? rule.interval : rule.interval / 7;
  if (!Number.isInteger(weeks) || weeks > maxWeeks) return null;
  const plain = rule.byDay.length === 0 && rule.byMonthDay.length === 0 && rule.byMonth.length === 0;
  if (rule.freq === "DAILY" && !plain) return null;
  const days = daysOf({ ...rule, freq: "WEEKLY" }, start);
  if (days === null) return null;
  const { dayOfWeek, ...others } = days;
  // A day that a month or a date limits is another on the day after.
  if (dayOfWeek === undefined || (pieces.length > 1 && Object.keys(others).length > 0)) return null;
  const first = Math.floor(start / DAY_MS) * DAY_MS;
  const weekBegins = first - ((weekdayOf(first) - rule.weekStart + 7) % 7) * DAY_MS;
  const inFirstWeek = [dayOfWeek].flat().map((day) => weekBegins + ((Number(day) - rule.weekStart + 7) % 7) * DAY_MS);
  return pieces.flatMap(({ day, time }) => {
    // An entry's weeks begin on Monday: days of one week of the rule may be of two of the entry's.
    const byWeek = new Map<number, number[]>();
    for (const date of inFirstWeek.map((at) => at + day * DAY_MS)) {
      const monday = mondayOf(date);
      byWeek.set(monday, [...(byWeek.get(monday) ?? []), weekdayOf(date)]);
    }
    const begins = first + day * DAY_MS;
    return [...byWeek].map(([monday, weekdays]): ExcludedEntry => {
      const from = begins < monday ? monday : begins < monday + 7 * DAY_MS ? begins : monday + weeks * 7 * DAY_MS;
      return { ...others, dayOfWeek: one(weekdays), everyWeeks: weeks, from: dateOf(from), ...time };
    });
  });
}

/** The days of each nth month by which a rule repeats. */
function nthMonths(rule: Rule, start: number, pieces: readonly Piece[]): ExcludedEntry[] | null {
  const days = daysOf(rule, start);
  const [piece] = pieces;
  if (days === null || piece === undefined || pieces.length > 1 || rule.interval > maxMonths) return null;
  return [{ ...days, everyMonths: rule.interval, from: dateOf(start), ...piece.time }];
}

/** Whether a rule's entry counts from the event's first day, and holds for no day before. */
export function countsFromStart(rule: Rule): boolean {
  return rule.interval > 1 && (rule.freq === "MONTHLY" || rule.freq === "WEEKLY" || rule.freq === "DAILY");
}

/** Whether an event begins on a day that its rule names, too. */
export function beginsByRule({ rule, start }: CalendarEvent): boolean {
  if (rule === null) return false;
  const date = new Date(start.at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const nth = (n: number): boolean =>
    n === 0 || rule.freq !== "MONTHLY" || (n > 0 ? Math.ceil(day / 7) === n : Math.ceil((length - day + 1) / 7) === -n);
  return (
    (rule.byMonth.length === 0 || rule.byMonth.includes(month + 1)) &&
    (rule.byMonthDay.length === 0 || rule.byMonthDay.some((n) => (n > 0 ? n : length + n + 1) === day)) &&
    (rule.byDay.length === 0 || rule.byDay.some(({ n, weekday }) => weekday === date.getUTCDay() && nth(n)))
  );
}

/** The days of a rule's each year, and what goes on after them. */
function eachYear(
  { rule, start }: CalendarEvent & { rule: Rule },
  pieces: readonly Piece[],
  years: string | null,
): ExcludedEntry[] | null {
  const first = daysOf(rule, start.at);
  if (first === null) return null;
  const isPlain = rule.byDay.length === 0 && typeof first.month === "number";
  const entries: ExcludedEntry[] = [];
  let days: CalendarEntry | null = first;
  for (const { day, time } of pieces) {
    if (days === null) return null;
    // What goes on into the next year is not of the years that are given.
    if (years !== null && day > 0 && days.month === 1 && days.dayOfMonth === 1) return null;
    entries.push({ ...days, ...time });
    days = nextDay(days, isPlain);
  }
  return entries;
}

/**
 * An event that repeats for ever as entries that do, in place of a list that ends; null where entries cannot say it.
 * `years` bounds them, an empty text to none.
 */
export function everlasting(event: CalendarEvent, years: string | null): ExcludedEntry[] | null {
  const { rule, start, lengthMs, summary } = event;
  if (rule === null || lengthMs > maxDays * DAY_MS) return null;
  if (years === "") return [];
  const pieces = piecesOf(event);
  const entries = !countsFromStart(rule)
    ? eachYear({ ...event, rule }, pieces, years)
    : rule.freq === "MONTHLY"
      ? nthMonths(rule, start.at, pieces)
      : nthWeeks(rule, start.at, pieces);
  const common = {
    ...(years === null ? {} : { year: /^\d+$/.test(years) ? Number(years) : years }),
    ...(start.isDate ? {} : withZone(start.zone)),
    ...withComment(summary),
  };
  return entries?.map((entry) => ({ ...entry, ...common })) ?? null;
}
