import { fieldText, isStarred, parseField } from "../texts/fields.ts";
import { compileTimes, hasFixedTimes, timeOfDayText, windowOf } from "../texts/timesOfDay.ts";
import type { CalendarEntry, FieldValue } from "../types.ts";
import { DAY_MS, dateOf, weekdayOf } from "../zone/civil.ts";
import type { Zone } from "../zone/zone.ts";
import { MoveProblem } from "./problem.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const alone = (why: string) => new MoveProblem("scope", `this one alone, because ${why}`);

/** An entry that fires at another time of day, or on another weekday or day of the month, and how far that is on its clock (ms). */
export function moveEntry(
  entry: CalendarEntry,
  zone: Zone,
  from: number,
  to: number,
): { entries: CalendarEntry[]; byMs: number } {
  const old = readingOf(zone, from);
  const next = readingOf(zone, to);
  if (!compileTimes(entry).includes(old.time)) throw alone("the clock changes then");
  const days = next.day - old.day;
  if (days === 0 || isDaily(entry)) {
    const moved = hasFixedTimes(entry)
      ? { entry: replaceTime(entry, old.time, next.time), byMs: next.time - old.time }
      : shiftPattern(entry, old.time, next.time);
    return { entries: [moved.entry], byMs: moved.byMs };
  }
  if (!hasFixedTimes(entry)) throw alone("it fires by a pattern of the day");
  return moveDay(entry, old, next);
}

interface Reading {
  day: number;
  /** Ms of day. */
  time: number;
}

function readingOf(zone: Zone, at: number): Reading {
  const local = at + zone.offsetAt(at);
  const day = Math.floor(local / DAY_MS);
  return { day, time: local - day * DAY_MS };
}

const dayFields = [
  "dayOfMonth",
  "month",
  "dayOfWeek",
  "weekOfMonth",
  "year",
  "businessDay",
  "everyWeeks",
  "everyMonths",
];

/** Whether an entry fires on every day there is: so it is the same on the day before and after. */
const isDaily = (entry: CalendarEntry): boolean =>
  dayFields.every((field) => entry[field as keyof CalendarEntry] === undefined) && entry.holidays === undefined;

/** An entry with other times of day, said as before where that can be. */
function withTimes(entry: CalendarEntry, times: readonly number[]): CalendarEntry {
  const { hour: _h, minute: _m, second: _s, times: listed, every: _e, between: _b, ...rest } = entry;
  const [only, ...more] = times;
  if (listed !== undefined || only === undefined || more.length > 0)
    return { ...rest, times: [...times].sort((a, b) => a - b).map(timeOfDayText) };
  const seconds = only / 1000;
  return {
    ...rest,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    ...(seconds % 60 === 0 ? {} : { second: seconds % 60 }),
  };
}

/** Longer lists of times are nothing a person would keep. */
const mostTimes = 96;

function replaceTime(entry: CalendarEntry, from: number, to: number): CalendarEntry {
  const times = [...compileTimes(entry)];
  if (times.includes(to)) throw new MoveProblem("to", "a time at which it does not fire anyway");
  if (times.length > mostTimes) throw alone(`it fires at ${times.length} times of the day`);
  return withTimes(
    entry,
    times.map((time) => (time === from ? to : time)),
  );
}

/** Moves "every 15 minutes between", "each hour at" and "each minute at", as a whole. */
function shiftPattern(entry: CalendarEntry, from: number, to: number): { entry: CalendarEntry; byMs: number } {
  if (entry.every !== undefined) {
    const [first, last] = windowOf(entry);
    const byMs = to - from;
    const leavesDay = Math.min(first, last) + byMs < 0 || Math.max(first, last) + byMs >= DAY_MS;
    // Over midnight some times would change to another day, which is the same only where every day is.
    const isOverMidnight = first > last && isDaily(entry);
    if (entry.between === undefined || (!isOverMidnight && (leavesDay || first > last)))
      throw alone("its times would go over the end of the day");
    const moved = (time: number) => timeOfDayText((time + byMs + DAY_MS) % DAY_MS);
    const between: [string, string] = [moved(first), moved(last)];
    return { entry: { ...entry, between }, byMs };
  }
  const isWhole = (name: "hour" | "minute") =>
    isStarred(entry[name]) && parseField(name, entry[name] as FieldValue).all;
  const isOne = (name: "minute" | "second") =>
    !isStarred(entry[name]) && parseField(name, entry[name] ?? 0).values.length === 1;
  const isMinutely = isWhole("minute");
  if (!isWhole("hour") || !(isMinutely || isOne("minute")) || !isOne("second"))
    throw alone("it fires by a pattern of the day");
  const periodMs = isMinutely ? minuteMs : hourMs;
  const { second: _, ...rest } = entry;
  const seconds = Math.floor((to % periodMs) / 1000);
  return {
    entry: {
      ...rest,
      ...(isMinutely ? {} : { minute: Math.floor(seconds / 60) }),
      ...(seconds % 60 === 0 ? {} : { second: seconds % 60 }),
    },
    byMs: (to - from) % periodMs,
  };
}

/** Moves one weekday, or one day of the month, of one time of day; the entry's others stay. */
function moveDay(entry: CalendarEntry, old: Reading, next: Reading): { entries: CalendarEntry[]; byMs: number } {
  const { dayOfWeek, dayOfMonth } = entry;
  const isPlain = (["weekOfMonth", "businessDay", "everyWeeks", "everyMonths", "holidays"] as const).every(
    (field) => entry[field] === undefined,
  );
  if (!isPlain || (dayOfWeek === undefined) === (dayOfMonth === undefined)) throw alone("its days are counted");
  const byMs = (next.day - old.day) * DAY_MS + next.time - old.time;
  if (dayOfWeek !== undefined) {
    if (entry.month !== undefined || entry.year !== undefined) throw alone("its weekdays are those of some months");
    return {
      entries: splitDay(entry, "dayOfWeek", weekdayOf(old.day), weekdayOf(next.day), old.time, next.time),
      byMs: byMs % (7 * DAY_MS),
    };
  }
  const [was, will] = [dateOf(old.day), dateOf(next.day)];
  const set = parseField("dayOfMonth", dayOfMonth as FieldValue);
  if (set.fromEnd.length + set.nearestWeekday.length > 0 || set.lastWeekday) throw alone("its days are counted");
  if (was.month !== will.month || was.year !== will.year) throw alone("that is another month");
  // What no month or not every month has would not come as often.
  if (will.dayOfMonth > 28 || was.dayOfMonth > 28) throw alone("not every month has that day");
  return { entries: splitDay(entry, "dayOfMonth", was.dayOfMonth, will.dayOfMonth, old.time, next.time), byMs };
}

function splitDay(
  entry: CalendarEntry,
  field: "dayOfWeek" | "dayOfMonth",
  day: number,
  to: number,
  time: number,
  toTime: number,
): CalendarEntry[] {
  const days = parseField(field, entry[field] as FieldValue).values;
  const times = [...compileTimes(entry)];
  if (days.includes(to) && times.includes(toTime))
    throw new MoveProblem("to", "a time at which it does not fire anyway");
  const on = (list: readonly number[]): CalendarEntry => ({
    ...entry,
    [field]: list.length === 1 ? (list[0] as number) : fieldText(field, list),
  });
  const otherDays = days.filter((each) => each !== day);
  const otherTimes = times.filter((each) => each !== time);
  if (otherTimes.length === 0 && toTime === time) return [on([...otherDays, to].sort((a, b) => a - b))];
  return [
    ...(otherDays.length === 0 ? [] : [on(otherDays)]),
    ...(otherTimes.length === 0 ? [] : [withTimes(on([day]), otherTimes)]),
    withTimes(on([to]), [toTime]),
  ];
}
