import { compileSpec } from "../matcher/compile.ts";
import { nextOccurrence } from "../matcher/occurrences.ts";
import { listOf } from "../texts/lists.ts";
import type { CalendarEntry, FieldValue, IntervalEntry, ScheduleSpec } from "../types.ts";
import { dateOf, dateText, weekdayOf } from "../zone/civil.ts";
import { offsetAt } from "../zone/zone.ts";
import { clockText, inZone, type Reader, refuseWhen } from "./dialect.ts";
import { secondsOf, walkRule } from "./rruleDays.ts";
import { type ByDay, instantOfLocal, type Rule, readRuleText } from "./rruleText.ts";

/** What no rule of ours says is listed so far ahead, and so many times at most. */
const LISTED_DAYS = 10 * 366;
const MAX_LISTED = 1000;
const MAX_COUNTED = 100_000;

const iso = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");
const one = <T extends number | string>(list: readonly T[]): FieldValue => (list.length === 1 ? (list[0] as T) : list);
const textOf = (day: number, second: number): string =>
  `${dateText(day)}T${clockText(Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60)}`;

/** Weekdays of the month, those of the same weeks together. */
function weekdayEntries(byDay: readonly ByDay[]): CalendarEntry[] {
  const groups = new Map<number, number[]>();
  for (const { weekday, nth } of byDay) groups.set(nth, [...(groups.get(nth) ?? []), weekday]);
  return [...groups].map(([nth, days]): CalendarEntry => {
    const dayOfWeek = one([...new Set(days)].sort((a, b) => a - b));
    if (nth === 0) return { dayOfWeek };
    if (nth >= -1) return { dayOfWeek, weekOfMonth: nth };
    // The last but one and so on, by the days from the end.
    return { dayOfWeek, dayOfMonth: Array.from({ length: 7 }, (_, i) => nth * 7 + i).filter((day) => day >= -31) };
  });
}

/** The entries' days of a rule of days; null where our entries cannot say them. */
function dayEntries(rule: Rule): CalendarEntry[] | null {
  const { freq, interval, byDay, byMonthDay, byMonth, start } = rule;
  if (rule.bySetPos.length > 0 || rule.byWeekNo.length > 0 || rule.byYearDay.length > 0) return null;
  const month = byMonth.length > 0 ? { month: one(byMonth) } : {};
  const date = dateOf(start.day);
  const from = dateText(start.day);
  if (freq === "DAILY") {
    if (interval > 1) return null;
    const days = byMonthDay.length > 0 ? { dayOfMonth: one(byMonthDay) } : {};
    const weekdays = byDay.length > 0 ? { dayOfWeek: one(byDay.map(({ weekday }) => weekday)) } : {};
    return [{ ...month, ...days, ...weekdays }];
  }
  if (freq === "WEEKLY") {
    if (byMonthDay.length > 0) return null;
    const days = byDay.length > 0 ? byDay.map(({ weekday }) => weekday) : [weekdayOf(start.day)];
    if (interval === 1) return [{ ...month, dayOfWeek: one(days) }];
    // Our weeks begin on Monday: days of the rule's week that lie in another of ours are entries of their own.
    const first = start.day - ((weekdayOf(start.day) - rule.weekStart + 7) % 7);
    const byMonday = new Map<number, number[]>();
    for (const day of days) {
      const at = first + ((day - rule.weekStart + 7) % 7);
      const monday = at - ((weekdayOf(at) + 6) % 7);
      byMonday.set(monday, [...(byMonday.get(monday) ?? []), day]);
    }
    return [...byMonday].map(([monday, list]) => ({
      ...month,
      dayOfWeek: one(list),
      everyWeeks: interval,
      from: dateText(monday),
    }));
  }
  const inMonths = freq === "MONTHLY" || byMonth.length > 0;
  if (byDay.some(({ nth }) => (!inMonths && nth !== 0) || Math.abs(nth) > 5)) return null;
  // The fifth last and a date besides would each need the day of the month.
  if (byMonthDay.length > 0 && byDay.some(({ nth }) => nth < -1)) return null;
  const days: CalendarEntry[] = byDay.length > 0 ? weekdayEntries(byDay) : [{}];
  const plain = byDay.length === 0 && byMonthDay.length === 0;
  const dayOfMonth = byMonthDay.length > 0 ? one(byMonthDay) : plain ? date.dayOfMonth : null;
  const inYear = freq === "YEARLY" && plain && byMonth.length === 0 ? { month: date.month } : month;
  const period =
    interval === 1
      ? {}
      : freq === "MONTHLY"
        ? { everyMonths: interval, from: `${from.slice(0, 8)}01` }
        : { year: `${date.year}-9999/${interval}` };
  return days.map((entry) => ({ ...inYear, ...entry, ...(dayOfMonth === null ? {} : { dayOfMonth }), ...period }));
}

/** Numbers from `first` on, each so many, within a circle; null where they do not come out even. */
function roundOf(first: number, step: number, size: number): number[] | null {
  if (size % step !== 0) return null;
  return Array.from({ length: size / step }, (_, i) => (first % step) + i * step);
}

const isAnchoredAt = ({ interval }: ScheduleSpec, at: number): boolean => {
  const entries = listOf<string | IntervalEntry>(interval);
  const [only] = entries;
  return entries.length === 1 && typeof only === "object" && only.anchor === iso(at);
};

/** A rule of hours, minutes or seconds, with days to limit it: an interval, or entries; null where neither says it. */
function clockSpec(rule: Rule, zone: string): ScheduleSpec | null {
  const { freq, interval, start } = rule;
  const limits = [rule.bySecond, rule.byMinute, rule.byHour, rule.byDay, rule.byMonthDay, rule.byMonth];
  const unit = { SECONDLY: "s", MINUTELY: "m", HOURLY: "h" }[freq as string];
  if (limits.every((list) => list.length === 0)) {
    return { interval: { every: `${interval}${unit}`, anchor: iso(instantOfLocal(zone, start, offsetAt)) } };
  }
  const [hour, minute, second] = [
    Math.floor(start.second / 3600),
    Math.floor(start.second / 60) % 60,
    start.second % 60,
  ];
  const among = (all: readonly number[] | null, by: readonly number[]) =>
    by.length === 0 || all === null ? all : all.filter((value) => by.includes(value));
  const every = (size: number) => Array.from({ length: size }, (_, i) => i);
  const or = (by: readonly number[], value: number) => (by.length > 0 ? by : [value]);
  const hours = among(freq === "HOURLY" ? roundOf(hour, interval, 24) : every(24), rule.byHour);
  const minutes =
    freq === "HOURLY"
      ? or(rule.byMinute, minute)
      : among(freq === "MINUTELY" ? roundOf(minute, interval, 60) : every(60), rule.byMinute);
  const seconds = freq === "SECONDLY" ? among(roundOf(second, interval, 60), rule.bySecond) : or(rule.bySecond, second);
  if (!hours?.length || !minutes?.length || !seconds?.length) return null;
  const days = dayEntries({ ...rule, freq: "DAILY", interval: 1 });
  if (days === null) return null;
  const field = (values: readonly number[], size: number): FieldValue => (values.length === size ? "*" : one(values));
  return {
    calendar: days.map((day) => ({
      ...day,
      hour: field(hours, 24),
      minute: field(minutes, 60),
      ...(seconds.length === 1 && seconds[0] === 0 ? {} : { second: field(seconds, 60) }),
    })),
  };
}

/** The times of a rule of days, as entries have them. */
function timesOf(rule: Rule): string[] {
  return secondsOf(rule).map((second) =>
    clockText(Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60),
  );
}

function ruleSpec(rule: Rule, zone: string): ScheduleSpec | null {
  if (rule.freq === "SECONDLY" || rule.freq === "MINUTELY" || rule.freq === "HOURLY") return clockSpec(rule, zone);
  const limits = [rule.byDay, rule.byMonthDay, rule.byMonth, rule.byYearDay, rule.byWeekNo, rule.bySetPos];
  if (rule.freq === "DAILY" && rule.interval > 1 && limits.every((list) => list.length === 0)) {
    const seconds = secondsOf(rule);
    // Each time of the day keeps a phase of its own.
    const intervals = seconds.map((second) => ({
      every: `${rule.interval}d`,
      anchor: iso(instantOfLocal(zone, { day: rule.start.day, second }, offsetAt)),
    }));
    return { interval: intervals.length === 1 ? (intervals[0] as { every: string; anchor: string }) : intervals };
  }
  const days = dayEntries(rule);
  if (days === null) return null;
  const entries = days.map((day) => ({ ...day, times: timesOf(rule) }));
  return { calendar: entries.length === 1 ? (entries[0] as CalendarEntry) : entries };
}

/** iCalendar's RRULE, with DTSTART, RDATE and EXDATE: as a rule of ours where one says it, and else as a list with its end. */
export const readRrule: Reader = (text, context) => {
  const { rule, zone: ownZone, hasStart, exdates, rdates } = readRuleText(text, context, offsetAt);
  const zone = ownZone ?? "UTC";
  const notes: string[] = [];
  const startAt = instantOfLocal(zone, rule.start, offsetAt);
  const untilAt =
    rule.until === null ? null : "at" in rule.until ? rule.until.at : instantOfLocal(zone, rule.until, offsetAt);
  const clockRule = rule.freq === "SECONDLY" || rule.freq === "MINUTELY" || rule.freq === "HOURLY";
  if (!hasStart) notes.push(`It has no DTSTART: it is counted from ${textOf(rule.start.day, rule.start.second)}.`);
  if (clockRule && zone !== "UTC") notes.push("Where the clock changes, hours and minutes count real time.");
  const direct = ruleSpec(rule, zone);
  let spec: ScheduleSpec;
  if (direct === null) {
    if (clockRule) {
      const named = (["bySetPos", "byWeekNo", "byYearDay"] as const).find((name) => rule[name].length > 0);
      throw refuseWhen(
        text,
        `FREQ=${rule.freq}${named ? ` with ${named.toUpperCase()}` : ` each ${rule.interval}`} does not come out even with a day, and cannot be said`,
      );
    }
    const at: string[] = [];
    let cut = false;
    walkRule(rule, rule.start.day + LISTED_DAYS, (day, second) => {
      if (untilAt !== null && instantOfLocal(zone, { day, second }, offsetAt) > untilAt) return false;
      if (rule.count !== null && at.length >= rule.count) return false;
      if (at.length >= MAX_LISTED) {
        cut = true;
        return false;
      }
      at.push(textOf(day, second));
      return true;
    });
    if (at.length === 0) throw refuseWhen(text, "no date within ten years is one of the rule's");
    const endless = cut || (rule.count === null ? rule.until === null : at.length < rule.count);
    const parts = (["bySetPos", "byWeekNo", "byYearDay"] as const)
      .filter((name) => rule[name].length > 0)
      .map((name) => name.toUpperCase());
    notes.push(
      `${parts.join(" and ") || "This rule"} cannot be said as a rule here: its ${at.length} times ${endless ? "so far ahead as the list goes" : ""} are listed, the last on ${at.at(-1)}.`.replace(
        "  ",
        " ",
      ),
    );
    spec = { at };
  } else {
    spec = direct;
    // Nothing before DTSTART is the rule's; an interval whose anchor it is says that already.
    if (hasStart && !isAnchoredAt(spec, startAt)) spec = { ...spec, startAt: iso(startAt) };
    if (untilAt !== null) spec = { ...spec, endAt: iso(untilAt + 1000) };
    if (rule.count !== null) {
      if (rule.count > MAX_COUNTED) throw refuseWhen(text, `COUNT takes at most ${MAX_COUNTED}`);
      const compiled = compileSpec(inZone(spec, ownZone), { anchorAt: startAt });
      let last: number | null = startAt - 1;
      for (let n = 0; n < rule.count && last !== null; n++) last = nextOccurrence(compiled, last);
      if (last !== null) spec = { ...spec, endAt: iso(last + 1000) };
      notes.push(`COUNT=${rule.count} is said as an end.`);
    }
  }
  if (exdates.length > 0) {
    spec = { ...spec, exclude: exdates };
    if (secondsOf(rule).length > 1 || clockRule) notes.push("EXDATE leaves the whole day out.");
  }
  if (rdates.length > 0) spec = { ...spec, at: [...(spec.at === undefined ? [] : [spec.at].flat()), ...rdates] };
  return { spec: inZone(spec, ownZone), notes };
};
