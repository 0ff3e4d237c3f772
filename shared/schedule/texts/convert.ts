import type { CalendarEntry, DstPolicy, IntervalEntry, ScheduleSpec } from "../types.ts";
import { meetsClockChange } from "../zone/zone.ts";
import { parseCron } from "./cron.ts";
import { type FieldSet, fieldText, parseField } from "./fields.ts";
import { listOf } from "./lists.ts";
import { compileTimes, hasFixedTimes, timeOfDayText } from "./timesOfDay.ts";

/** Something that the other form cannot say. */
export interface Lost {
  path: string;
  message: string;
}

/** The calendar entries that fire at the instants of a cron expression. Throws SpecError. */
export function cronToSpec(expression: string): { calendar: CalendarEntry[]; timezone?: string; lost: Lost[] } {
  const { entries, ...zone } = parseCron(expression);
  return { calendar: [...entries], ...zone, lost: [] };
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
  if (spec.at !== undefined) lost.push({ path: "at", message: "Cron has no times that come once." });
  if (spec.onlyOn !== undefined) lost.push({ path: "onlyOn", message: "Cron has no calendars." });
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
  if (entry.businessDay !== undefined) return drop("businessDay", "Cron has no business days.");
  if (entry.holidays !== undefined) return drop("holidays", "Cron has no holidays.");
  const every = (["everyWeeks", "everyMonths"] as const).find((name) => entry[name] !== undefined);
  if (every !== undefined)
    return drop(every, `Cron cannot count ${every === "everyWeeks" ? "weeks" : "months"} from a date.`);
  if (entry.year !== undefined && !parseField("year", entry.year).all) return drop("year", "Cron has no years.");
  const days = dayTexts(entry);
  if ("field" in days) return drop(days.field, days.message);
  const month = entry.month === undefined ? "*" : fieldText("month", parseField("month", entry.month).values);
  const times = compileTimes(entry);
  const timeField =
    (["every", "times", "second", "minute"] as const).find((name) => entry[name] !== undefined) ?? "hour";
  const clocks = clockTexts(times);
  if (clocks.length > MAX_EXPRESSIONS) {
    return drop(timeField, `Cron would take ${clocks.length} expressions for these times.`);
  }
  const affected = [...times].filter((time) => meetsClockChange(spec.timezone ?? "UTC", time));
  const written = affected.length === 0 ? clocks : clocks.map((clock) => clockLike(clock, entry, spec.dst ?? "vixie"));
  if (written.includes(null)) {
    const shown = affected.length > 3 ? "some of these times" : affected.map(timeOfDayText).join(" and ");
    drop(
      entry.dst === undefined ? timeField : "dst",
      `Where the clock changes, cron cannot do with ${shown} what the entry says.`,
    );
  }
  if (entry.comment !== undefined) drop("comment", "Cron has no comments.");
  const expressions = clocks.map((clock, i) => {
    const { second, minute, hour } = written[i] ?? clock;
    return `${second === "0" ? "" : `${second} `}${minute} ${hour} ${days.day} ${month} ${days.week}`;
  });
  // Each field holds for itself, so it is the date that does not exist.
  if (!expressions.every(isCron)) {
    return drop(entry.dayOfMonth === undefined ? "weekOfMonth" : "dayOfMonth", "Cron takes no date that never comes.");
  }
  return expressions;
}

function isCron(expression: string): boolean {
  try {
    parseCron(expression);
    return true;
  } catch {
    return false;
  }
}

/** The day fields of an expression, or which field of the entry it cannot say. */
function dayTexts(entry: CalendarEntry): { day: string; week: string } | { field: string; message: string } {
  const days = entry.dayOfMonth === undefined ? null : parseField("dayOfMonth", entry.dayOfMonth);
  const weekdays = entry.dayOfWeek === undefined ? null : parseField("dayOfWeek", entry.dayOfWeek);
  const weeks = entry.weekOfMonth === undefined ? null : parseField("weekOfMonth", entry.weekOfMonth);
  const day = days === null || days.all ? "*" : monthDayText(days);
  const week = weekdays === null || weekdays.all ? "*" : fieldText("dayOfWeek", weekdays.values);
  if (weeks === null || weeks.all) {
    if (day === "*" || week === "*" || day.startsWith("*") || week.startsWith("*")) return { day, week };
    return {
      field: "dayOfWeek",
      message: "Cron runs when either the day of the month or the day of the week matches, not both.",
    };
  }
  if (week !== "*" && (day === "*" || day.startsWith("*"))) {
    return { day, week: nthWeekdays(weekdays as FieldSet, weeks).join(",") };
  }
  if (day !== "*") {
    return {
      field: "weekOfMonth",
      message: "Cron cannot hold a day of the month and a week of the month together.",
    };
  }
  const inWeeks = weeks.values.filter((w) => w > 0).flatMap((w) => range((w - 1) * 7 + 1, Math.min(31, w * 7)));
  const last = weeks.values.includes(-1) ? range(0, 6).map((back) => (back === 0 ? "L" : `L-${back}`)) : [];
  return { day: [...(inWeeks.length > 0 ? [fieldText("dayOfMonth", inWeeks)] : []), ...last].join(","), week: "*" };
}

function monthDayText(set: FieldSet): string {
  return [
    ...(set.values.length > 0 ? [fieldText("dayOfMonth", set.values)] : []),
    ...set.fromEnd.map((back) => (back === 1 ? "L" : `L-${back - 1}`)),
    ...set.nearestWeekday.map((day) => `${day}W`),
    ...(set.lastWeekday ? ["LW"] : []),
  ].join(",");
}

interface ClockTexts {
  second: string;
  minute: string;
  hour: string;
}

/** The same times, so written that cron does with them what the entry says where the clock changes; null where it cannot. */
function clockLike(clock: ClockTexts, entry: CalendarEntry, dst: DstPolicy): ClockTexts | null {
  const own = entry.dst ?? dst;
  if (dst !== "vixie" || own === "shift") return own === dst ? clock : null;
  const names = ["second", "minute", "hour"] as const;
  const isFixed = names.every((name) => !clock[name].startsWith("*"));
  const wanted = own === "vixie" && hasFixedTimes(entry);
  if (isFixed === wanted) return clock;
  if (wanted) {
    const whole = { second: "0-59", minute: "0-59", hour: "0-23" };
    const listed = (name: (typeof names)[number]) => clock[name].replace(/^\*/, whole[name]);
    return { second: listed("second"), minute: listed("minute"), hour: listed("hour") };
  }
  // A step beyond the field takes its first value alone, so a field that has that one can begin with a star.
  const name = names.slice(1).find((one) => /^0(,|$)/.test(clock[one]));
  if (name === undefined) return null;
  return { ...clock, [name]: clock[name].replace(/^0/, name === "minute" ? "*/60" : "*/24") };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function nthWeekdays(weekdays: FieldSet, weeks: FieldSet): string[] {
  const inOrder = [...weeks.values.filter((week) => week > 0), ...weeks.values.filter((week) => week < 0)];
  return inOrder.flatMap((week) => weekdays.values.map((day) => (week === -1 ? `${day}L` : `${day}#${week}`)));
}

/** Times of day as products of second, minute and hour: as few as a simple grouping finds. */
function clockTexts(times: Int32Array): ClockTexts[] {
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
    }));
  });
}
