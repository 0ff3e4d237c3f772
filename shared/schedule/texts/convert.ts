import { listOf } from "../matcher/compile.ts";
import type { CalendarEntry, IntervalEntry, ScheduleSpec } from "../types.ts";
import { DAY_MS } from "../zone/civil.ts";
import { getZone, isKnownZone } from "../zone/zone.ts";
import { cronEntries, parseCron } from "./cron.ts";
import { type FieldSet, fieldText, parseField } from "./fields.ts";
import { compileTimes, timeOfDayText } from "./timesOfDay.ts";

/** Something that the other form cannot say. */
export interface Lost {
  path: string;
  message: string;
}

/** The calendar entries that fire at the instants of a cron expression. Throws SpecError. */
export function cronToSpec(expression: string): { calendar: CalendarEntry[]; timezone?: string; lost: Lost[] } {
  const fields = parseCron(expression);
  const zone = fields.timezone === undefined ? {} : { timezone: fields.timezone };
  return { calendar: cronEntries(fields), ...zone, lost: [] };
}

/** The cron expressions of a spec, and what cron cannot say. What is lost is left out of the expressions, or its whole entry is. */
export function specToCron(spec: ScheduleSpec): { cron: string[]; lost: Lost[] } {
  const cron: string[] = [...listOf(spec.cron)];
  const lost: Lost[] = [];
  listOf<CalendarEntry>(spec.calendar).forEach((entry, i) => {
    const path = Array.isArray(spec.calendar) ? `calendar[${i}]` : "calendar";
    cron.push(...entryToCron(entry, path, spec, lost));
  });
  listOf<string | IntervalEntry>(spec.interval).forEach((_entry, i) => {
    const path = Array.isArray(spec.interval) ? `interval[${i}]` : "interval";
    lost.push({ path, message: "Cron has no intervals that keep a phase." });
  });
  if (spec.exclude !== undefined && listOf(spec.exclude).length > 0)
    lost.push({ path: "exclude", message: "Cron has no exclusions." });
  return { cron, lost };
}

/** More expressions than this for one entry are nothing a person would keep. */
const MAX_EXPRESSIONS = 24;

function entryToCron(entry: CalendarEntry, path: string, spec: ScheduleSpec, lost: Lost[]): string[] {
  const drop = (field: string, message: string): string[] => {
    lost.push({ path: `${path}.${field}`, message });
    return [];
  };
  if (entry.year !== undefined && !parseField("year", entry.year).all) return drop("year", "Cron has no years.");
  const days = entry.dayOfMonth === undefined ? null : parseField("dayOfMonth", entry.dayOfMonth);
  const weekdays = entry.dayOfWeek === undefined ? null : parseField("dayOfWeek", entry.dayOfWeek);
  const weeks = entry.weekOfMonth === undefined ? null : parseField("weekOfMonth", entry.weekOfMonth);
  if (days && (days.nearestWeekday.length > 0 || days.lastWeekday))
    return drop("dayOfMonth", "Cron has no nearest weekday.");
  if (days?.fromEnd.some((back) => back !== 1))
    return drop("dayOfMonth", "Cron can say the last day of a month, not one before it.");
  const monthDays = days && !days.all ? [...days.values.map(String), ...(days.fromEnd.length > 0 ? ["L"] : [])] : null;
  let week: string[] | null = weekdays && !weekdays.all ? weekdays.values.map(String) : null;
  let monthDayText = monthDays
    ? days && days.fromEnd.length === 0
      ? fieldText("dayOfMonth", days.values)
      : monthDays.join(",")
    : "*";
  if (weeks && !weeks.all) {
    if (monthDays) return drop("weekOfMonth", "Cron cannot hold a day of the month and a week of the month together.");
    if (weekdays && !weekdays.all) week = nthWeekdays(weekdays, weeks);
    else if (weeks.values.includes(-1)) return drop("weekOfMonth", "Cron has no last week of the month.");
    else {
      monthDayText = fieldText(
        "dayOfMonth",
        weeks.values.flatMap((w) => range((w - 1) * 7 + 1, Math.min(31, w * 7))),
      );
    }
  } else if (monthDays && week) {
    return drop("dayOfWeek", "Cron runs when either the day of the month or the day of the week matches, not both.");
  }
  const weekTexts = week === null ? ["*"] : weeks && !weeks.all ? week : [fieldText("dayOfWeek", week.map(Number))];
  const month = entry.month === undefined ? "*" : fieldText("month", parseField("month", entry.month).values);
  const times = compileTimes(entry);
  const clocks = clockTexts(times);
  const expressions = clocks.flatMap(({ second, minute, hour }) =>
    weekTexts.map(
      (weekday) => `${second === "0" ? "" : `${second} `}${minute} ${hour} ${monthDayText} ${month} ${weekday}`,
    ),
  );
  const timeField =
    (["every", "times", "second", "minute"] as const).find((name) => entry[name] !== undefined) ?? "hour";
  if (expressions.length > MAX_EXPRESSIONS) {
    return drop(timeField, `Cron would take ${expressions.length} expressions for these times.`);
  }
  // One of several times of an entry becomes the only one of its expression.
  const fixed = times.length > 1 && (spec.dst ?? "vixie") === "vixie" ? clocks.flatMap(({ only }) => only ?? []) : [];
  const affected = fixed.filter((time) => meetsClockChange(spec.timezone ?? "UTC", time)).map(timeOfDayText);
  if (affected.length > 0) {
    lost.push({
      path: `${path}.${timeField}`,
      message: `Where the clock changes, ${affected.join(" and ")} by itself runs after the gap, or once, instead of not or twice.`,
    });
  }
  if (entry.comment !== undefined) lost.push({ path: `${path}.comment`, message: "Cron has no comments." });
  return expressions;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function nthWeekdays(weekdays: FieldSet, weeks: FieldSet): string[] {
  const texts: string[] = [];
  for (const week of weeks.values) {
    if (week === -1) texts.push(weekdays.values.map((day) => `${day}L`).join(","));
    else for (const day of weekdays.values) texts.push(`${day}#${week}`);
  }
  return texts;
}

/** Whether a zone's clock skips or repeats a time of day (ms) on some day of these decades. */
function meetsClockChange(timezone: string, time: number): boolean {
  if (!isKnownZone(timezone)) return false;
  const zone = getZone(timezone);
  // Asked for the last first: asking may add segments.
  const last = zone.segmentOf(Date.UTC(2050, 0, 1));
  for (let i = zone.segmentOf(Date.UTC(2000, 0, 1)) + 1; i <= last; i++) {
    const at = zone.segmentAt[i] as number;
    const [before, after] = [zone.segmentOffset[i - 1] as number, zone.segmentOffset[i] as number];
    const past = time - (at + Math.min(before, after));
    if (past - Math.floor(past / DAY_MS) * DAY_MS < Math.abs(after - before)) return true;
  }
  return false;
}

/** Times of day as products of second, minute and hour: as few as a simple grouping finds. `only` is the single time of one that has no other. */
function clockTexts(times: Int32Array): { second: string; minute: string; hour: string; only: number | null }[] {
  const byHour = new Map<number, number[]>();
  for (const ms of times) {
    const seconds = ms / 1000;
    const hour = Math.floor(seconds / 3600);
    const list = byHour.get(hour);
    if (list) list.push(seconds % 3600);
    else byHour.set(hour, [seconds % 3600]);
  }
  const byPattern = new Map<string, { hours: number[]; rest: number[] }>();
  for (const [hour, rest] of byHour) {
    const key = rest.join(",");
    const group = byPattern.get(key);
    if (group) group.hours.push(hour);
    else byPattern.set(key, { hours: [hour], rest });
  }
  return [...byPattern.values()].flatMap(({ hours, rest }) => {
    const bySeconds = new Map<string, { minutes: number[]; seconds: number[] }>();
    for (const minute of new Set(rest.map((value) => Math.floor(value / 60)))) {
      const seconds = rest.filter((value) => Math.floor(value / 60) === minute).map((value) => value % 60);
      const group = bySeconds.get(seconds.join(","));
      if (group) group.minutes.push(minute);
      else bySeconds.set(seconds.join(","), { minutes: [minute], seconds });
    }
    return [...bySeconds.values()].map((group) => ({
      second: fieldText("second", group.seconds),
      minute: fieldText("minute", group.minutes),
      hour: fieldText("hour", hours),
      only:
        hours.length * group.minutes.length * group.seconds.length === 1
          ? ((hours[0] as number) * 3600 + (group.minutes[0] as number) * 60 + (group.seconds[0] as number)) * 1000
          : null,
    }));
  });
}
