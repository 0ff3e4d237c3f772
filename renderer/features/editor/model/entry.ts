import {
  compileTimes,
  isOverMidnight,
  parseTimeOfDay,
  timeOfDayText,
} from "../../../../shared/schedule/texts/timesOfDay.ts";
import type { CalendarEntry, FieldValue } from "../../../../shared/schedule/types.ts";
import { readField, type Selection, toggled, writeField } from "./fields.ts";

/** Which days an entry is about; what the segmented control over its day pickers shows. */
export type DayMode = "every" | "weekdays" | "monthDays" | "nth" | "business" | "both";
export type TimeMode = "times" | "every" | "fields";

export const dayModeOf = (entry: CalendarEntry): DayMode => {
  if (entry.businessDay !== undefined) return "business";
  if (entry.weekOfMonth !== undefined) return entry.dayOfMonth === undefined ? "nth" : "both";
  if (entry.dayOfMonth !== undefined) return entry.dayOfWeek === undefined ? "monthDays" : "both";
  return entry.dayOfWeek === undefined ? "every" : "weekdays";
};

/** The entry with fields changed; one that becomes undefined is left out. */
export function withFields(entry: CalendarEntry, changes: Partial<CalendarEntry>): CalendarEntry {
  const next: Record<string, unknown> = { ...entry };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete next[key];
    else next[key] = value;
  }
  return next as CalendarEntry;
}

/** The entry in another day mode: what the mode shows is kept or given a first value, the rest is left out. */
export function withDayMode(from: CalendarEntry, mode: DayMode): CalendarEntry {
  const { dayOfMonth, dayOfWeek, weekOfMonth } = from;
  const entry = mode === "business" ? from : withFields(from, { businessDay: undefined });
  switch (mode) {
    case "business":
      // A business day is no holiday, so nothing is to be moved.
      return withFields(entry, {
        dayOfMonth: undefined,
        dayOfWeek: undefined,
        weekOfMonth: undefined,
        onHoliday: undefined,
        businessDay: from.businessDay ?? -1,
      });
    case "every":
      return withFields(entry, { dayOfMonth: undefined, dayOfWeek: undefined, weekOfMonth: undefined });
    case "weekdays":
      return withFields(entry, { dayOfMonth: undefined, weekOfMonth: undefined, dayOfWeek: dayOfWeek ?? "mon-fri" });
    case "monthDays":
      return withFields(entry, { dayOfMonth: dayOfMonth ?? 1, dayOfWeek: undefined, weekOfMonth: undefined });
    case "nth":
      return withFields(entry, {
        dayOfMonth: undefined,
        dayOfWeek: weekOfMonth ? dayOfWeek : "mon",
        weekOfMonth: weekOfMonth ?? 1,
      });
    case "both":
      return withFields(entry, { dayOfMonth: dayOfMonth ?? 13, dayOfWeek: dayOfWeek ?? "fri" });
  }
}

/** A weekday of the month: `{ week: 2, day: 2 }` is the second Tuesday, week -1 the last. */
export interface NthWeekday {
  week: number;
  day: number;
}

const allDays = [0, 1, 2, 3, 4, 5, 6];
const allWeeks = [1, 2, 3, 4, 5, -1];

/** What an entry still lacks, where a choice was begun and nothing is chosen yet; null where it is whole. */
export function unfinished(entry: CalendarEntry): string | null {
  const empty = (value: unknown) => Array.isArray(value) && value.length === 0;
  if (empty(entry.weekOfMonth)) return "Choose at least one weekday of the month.";
  if (empty(entry.dayOfMonth)) return "Choose at least one day of the month.";
  if (empty(entry.businessDay)) return "Choose at least one business day.";
  if (empty(entry.dayOfWeek)) return "Choose at least one weekday.";
  return empty(entry.times) ? "Choose at least one time." : null;
}

/** The weekdays of the month an entry means: its weeks with each of its days. Null where a field is only text. */
export function nthWeekdays(entry: CalendarEntry): NthWeekday[] | null {
  const days = entry.dayOfWeek === undefined ? allDays : readField("dayOfWeek", entry.dayOfWeek)?.numbers;
  const weeks = readField("weekOfMonth", entry.weekOfMonth)?.numbers;
  if (!days || !weeks) return null;
  return weeks.flatMap((week) => days.map((day) => ({ week, day })));
}

/**
 * The entry with one weekday of the month put in or taken out. An entry pairs each of its weeks with each of its days, so
 * a choice that is no such rectangle takes several entries: the first is the one that was edited.
 */
export function toggleNth(entry: CalendarEntry, cell: NthWeekday): CalendarEntry[] {
  const cells = nthWeekdays(entry) ?? [];
  const has = cells.some((c) => c.week === cell.week && c.day === cell.day);
  const next = has ? cells.filter((c) => c.week !== cell.week || c.day !== cell.day) : [...cells, cell];
  if (next.length === 0) return [withFields(entry, { dayOfWeek: [], weekOfMonth: [] })];
  const weeksByDays = new Map<string, { days: number[]; weeks: number[] }>();
  for (const week of allWeeks) {
    const days = allDays.filter((day) => next.some((c) => c.week === week && c.day === day));
    if (days.length === 0) continue;
    const group = weeksByDays.get(days.join()) ?? { days, weeks: [] };
    group.weeks.push(week);
    weeksByDays.set(days.join(), group);
  }
  const groups = [...weeksByDays.values()];
  // What stays as it was stays in this card, so that the new choice is the new card.
  groups.sort((a, b) => Number(isNew(a, cell, has)) - Number(isNew(b, cell, has)));
  return groups.map((group) =>
    withFields(entry, {
      dayOfWeek: writeField("dayOfWeek", { numbers: group.days, special: [] }),
      weekOfMonth: group.weeks.length === 1 ? group.weeks[0] : group.weeks,
    }),
  );
}

const isNew = (group: { days: number[]; weeks: number[] }, cell: NthWeekday, removed: boolean): boolean =>
  !removed && group.weeks.includes(cell.week) && group.days.includes(cell.day);

/** The entry with one value of a field put in or taken out. Months and years none of which is left mean any. */
export function toggleValue(
  entry: CalendarEntry,
  name: "dayOfMonth" | "month" | "dayOfWeek" | "year" | "hour" | "minute" | "second",
  part: number | string,
): CalendarEntry {
  const current: Selection = readField(name, entry[name]) ?? { numbers: [], special: [] };
  const value = writeField(name, toggled(current, part));
  const optional = name === "month" || name === "year";
  const written = optional && Array.isArray(value) && value.length === 0 ? undefined : value;
  // Hours, minutes and seconds left out are 0, not any: every one of them has to be said.
  const isTime = name === "hour" || name === "minute" || name === "second";
  return withFields(entry, { [name]: written ?? (isTime ? "*" : undefined) });
}

const oneNumber = (value: FieldValue | undefined): number | null => {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,2}$/.test(value) ? Number(value) : null;
};

const isOneTime = (entry: CalendarEntry): boolean =>
  oneNumber(entry.hour) !== null && oneNumber(entry.minute) !== null && oneNumber(entry.second) !== null;

export function timeModeOf(entry: CalendarEntry): TimeMode {
  if (entry.times !== undefined) return "times";
  if (entry.every !== undefined || entry.between !== undefined) return "every";
  return isOneTime(entry) ? "times" : "fields";
}

/** The times of day of an entry as `HH:MM[:SS]` in order, for chips. Empty where they cannot be told. */
export function chipTimes(entry: CalendarEntry): string[] {
  if (entry.times) return [...entry.times];
  return timesOfDay(entry).map(timeOfDayText);
}

/** Every time of day of an entry in ms; empty where it is refused or there are more than a strip can show. */
export function timesOfDay(entry: CalendarEntry, limit = 2000): number[] {
  try {
    if (entry.every !== undefined && everyWithin(entry) > limit) return [];
    const times = compileTimes(entry);
    return times.length > limit ? [] : [...times];
  } catch {
    return [];
  }
}

function everyWithin(entry: CalendarEntry): number {
  return compileTimes({ ...entry, times: undefined }).length;
}

/** Changes that leave an entry without any time of day. */
export const noTimes = {
  hour: undefined,
  minute: undefined,
  second: undefined,
  times: undefined,
  every: undefined,
  between: undefined,
};

/** The entry firing at these times of day. One time stays in hour and minute where it was written so. */
export function withTimes(entry: CalendarEntry, times: readonly string[]): CalendarEntry {
  const sorted = [...new Set(times)].sort();
  const first = sorted[0];
  if (
    sorted.length === 1 &&
    first !== undefined &&
    entry.times === undefined &&
    entry.hour !== undefined &&
    timeModeOf(entry) === "times"
  ) {
    const [hour, minute, second] = first.split(":").map(Number);
    return withFields(entry, { hour, minute, second: second === undefined || second === 0 ? undefined : second });
  }
  return withFields(entry, { ...noTimes, times: sorted });
}

/** The entry in another time mode, keeping what the modes have in common. */
export function withTimeMode(entry: CalendarEntry, mode: TimeMode): CalendarEntry {
  if (mode === timeModeOf(entry)) return entry;
  const times = timesOfDay(entry);
  const first = times[0] ?? 9 * 3_600_000;
  switch (mode) {
    case "times":
      // More chips than a person would place are a window's times, of which the first is kept.
      return withFields(entry, {
        ...noTimes,
        times: (times.length > 0 && times.length <= 24 ? times : [first]).map(timeOfDayText),
      });
    case "every": {
      const last = times.at(-1) ?? first;
      const to = last > first ? last : Math.min(first + 8 * 3_600_000, 86_340_000);
      return withFields(entry, { ...noTimes, every: "15m", between: [timeOfDayText(first), timeOfDayText(to)] });
    }
    case "fields": {
      const unique = (unit: number, size: number) => [...new Set(times.map((time) => Math.floor(time / unit) % size))];
      const hours = times.length > 0 ? unique(3_600_000, 24) : [9];
      const minutes = times.length > 0 ? unique(60_000, 60) : [0];
      // Two of each at least, because one time is shown as a chip.
      const wide =
        hours.length === 1 && minutes.length === 1 ? [hours[0] as number, ((hours[0] as number) + 1) % 24] : hours;
      return withFields(entry, {
        ...noTimes,
        hour: writeField("hour", { numbers: wide, special: [] }) ?? "*",
        minute: writeField("minute", { numbers: minutes, special: [] }) ?? "*",
      });
    }
  }
}

/** A time of day as it is typed (`9`, `9:30`, `0930`, `9:30 pm`), as `HH:MM[:SS]`; null where it is none. */
export function readTime(text: string): string | null {
  const match = /^(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?\s*([ap])?\.?m?\.?$/i.exec(text.trim());
  if (!match) return null;
  let hour = Number(match[1]);
  const half = match[4]?.toLowerCase();
  if (half && (hour < 1 || hour > 12)) return null;
  if (half) hour = (hour % 12) + (half === "p" ? 12 : 0);
  const written = `${String(hour).padStart(2, "0")}:${match[2] ?? "00"}${match[3] ? `:${match[3]}` : ""}`;
  const ms = parseTimeOfDay(written);
  return ms === null ? null : timeOfDayText(ms);
}

/** First and last time of day of a window. */
export type Span = readonly [from: string, to: string];

/** A window moved by some minutes as a whole: at the edge of the day it stops, but one over midnight goes round. */
export function moveSpan([from, to]: Span, minutes: number): Span {
  if (isOverMidnight([from, to])) {
    const day = 86_400_000;
    const moved = (time: string) => {
      const ms = (parseTimeOfDay(time) ?? 0) + minutes * 60_000;
      return timeOfDayText(((ms % day) + day) % day);
    };
    return [moved(from), moved(to)];
  }
  const moved: Span = [moveTime(from, minutes), moveTime(to, minutes)];
  const lengthOf = (span: Span) => (parseTimeOfDay(span[1]) ?? 0) - (parseTimeOfDay(span[0]) ?? 0);
  return lengthOf(moved) === lengthOf([from, to]) ? moved : [from, to];
}

/** A time of day moved by some minutes, kept within its day. */
export function moveTime(time: string, minutes: number): string {
  const ms = parseTimeOfDay(time) ?? 0;
  const within = ms % 60_000;
  return timeOfDayText(Math.min(86_340_000, Math.max(0, ms - within + minutes * 60_000)) + within);
}
