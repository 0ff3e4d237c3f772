import { CronExpressionParser } from "cron-parser";
import { SpecError, showValue } from "../errors.ts";
import type { CalendarEntry, FieldValue } from "../types.ts";
import { daysInMonth } from "../zone/civil.ts";
import { FieldProblem, parseField } from "./fields.ts";

/** A cron expression as the calendar entries that fire at its instants: one, or one for each way the day may be chosen. */
export interface CronExpression {
  /** They share their times of day. */
  entries: readonly CalendarEntry[];
  /** From a `CRON_TZ=` prefix. */
  timezone?: string;
}

type CronFieldName = "second" | "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek";

interface CronFieldText {
  field: CronFieldName;
  name: string;
  taken: string;
  /** Forms beyond numbers, names, lists, ranges and steps. */
  special?: RegExp;
}

const LIST = "a list, a range such as 1-5, or a step such as */2";

const FIELDS: readonly CronFieldText[] = [
  { field: "second", name: "second", taken: `0–59, ${LIST}` },
  { field: "minute", name: "minute", taken: `0–59, ${LIST}` },
  { field: "hour", name: "hour", taken: `0–23, ${LIST}` },
  {
    field: "dayOfMonth",
    name: "day of month",
    taken: `1–31, L (last), L-3 (third before the last), 15W or LW (nearest or last weekday), ${LIST}`,
    special: /^(?:l|lw|wl|l-\d{1,2}|\d{1,2}w)$/i,
  },
  { field: "month", name: "month", taken: `1–12 or jan–dec, ${LIST}` },
  {
    field: "dayOfWeek",
    name: "day of week",
    taken: `0–7 (0 and 7 are Sunday) or sun–sat, 5L (last Friday), 5#2 (second Friday), ${LIST}`,
    special: /^(?:[0-7]|[a-z]{3,9})(?:l|#[1-5])$/i,
  },
];

const MACROS = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

const MAX_LENGTH = 1000;
const MAX_FIELD_LENGTH = 400;
const TAKEN =
  "a cron expression of 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds first, or @hourly, @daily, @weekly, @monthly or @yearly is expected";

function refuse(path: string, given: unknown, message: string): SpecError {
  return new SpecError([{ path, given, message: `${message}; given: ${showValue(given)}` }]);
}

function splitZone(expression: string): { timezone?: string; rest: string } {
  const match = /^(?:CRON_TZ|TZ)=(\S{1,100})\s+/.exec(expression);
  return match ? { timezone: match[1] as string, rest: expression.slice(match[0].length) } : { rest: expression };
}

/** The zone of a `CRON_TZ=` prefix, known or not. */
export function cronZoneOf(expression: unknown): string | undefined {
  return typeof expression === "string" && expression.length <= MAX_LENGTH
    ? splitZone(expression.trim()).timezone
    : undefined;
}

/** Expressions read lately: one that is saved is read several times in a row. */
const known = new Map<string, CronExpression>();
const MAX_KNOWN = 2000;

/** What a cron expression means. Throws SpecError naming the field (in its message) and what it would take. */
export function parseCron(expression: string, path = "cron"): CronExpression {
  let cron = known.get(expression);
  if (cron === undefined) {
    cron = readCron(expression, path);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(expression, cron);
  }
  return cron;
}

/** Whose expression it may be, where it is none of ours; empty where nothing says so. */
function hintOf(text: string, fields: number): string {
  const looks = /^(?:cron|rate|at)\(/i.test(text)
    ? "AWS's"
    : /^@every\b/i.test(text)
      ? "Go's"
      : /(?:^|\s)H\b/.test(text)
        ? "Jenkins's"
        : /\d?~\d?/.test(text) && fields === 5
          ? "OpenBSD's"
          : fields === 7
            ? "Quartz's (with seconds and years)"
            : null;
  return looks === null ? "" : `; it looks like ${looks}: "almanac spec parse" reads it`;
}

function readCron(expression: string, path: string): CronExpression {
  if (typeof expression !== "string") throw refuse(path, expression, TAKEN);
  if (expression.length > MAX_LENGTH) throw refuse(path, expression, `at most ${MAX_LENGTH} characters are allowed`);
  const { timezone, rest } = splitZone(expression.trim());
  const text = rest.startsWith("@") ? (MACROS.get(rest.toLowerCase()) ?? "") : rest;
  const texts = text === "" ? [] : text.split(/\s+/);
  if (texts.length !== 5 && texts.length !== 6) {
    const count = texts.length === 0 ? "" : `, not ${texts.length} fields`;
    throw refuse(path, expression, `${TAKEN}${count}${hintOf(rest, texts.length)}`);
  }
  const all = texts.length === 6 ? texts : ["0", ...texts];
  const reads = FIELDS.map((field, i) => {
    const read = readField(field, all[i] as string);
    if (!("problem" in read)) return read;
    const shown = (all[i] as string).slice(0, 40);
    throw refuse(
      path,
      expression,
      `the ${field.name} field takes ${field.taken}, not "${shown}" (${read.problem})${hintOf(rest, texts.length)}`,
    );
  }) as [FieldRead, FieldRead, FieldRead, FieldRead, FieldRead, FieldRead];
  const [second, minute, hour, day, month, weekday] = reads;
  const noDay = () =>
    refuse(path, expression, `the day of month field takes a day that one of the months has, not "${all[3]}"`);
  // Days that only we read exist or not by our own count.
  if (day.special.length > 0 && isAny(weekday) && !hasDay(day, month)) throw noDay();
  const months = day.special.length > 0 ? { ...month, plain: "*" } : month;
  let plain: ReturnType<typeof CronExpressionParser.parse>["fields"];
  try {
    const fields = [second, minute, hour, day, months, weekday].map((read) => read.plain ?? "*");
    plain = CronExpressionParser.parse(fields.join(" "), { tz: "UTC", currentDate: 0 }).fields;
  } catch {
    // Each field holds for itself, so it is the date that does not exist.
    throw noDay();
  }
  const base: CalendarEntry = {
    ...(all[4] === "*" ? {} : { month: timeValue(month, month.values) }),
    hour: timeValue(hour, plain.hour.values),
    minute: timeValue(minute, plain.minute.values),
    ...(all[0] === "0" ? {} : { second: timeValue(second, plain.second.values) }),
  };
  const weekdays = plain.dayOfWeek.values.map((value) => Number(value) % 7).sort((a, b) => a - b);
  const entries = dayEntries(
    isAny(day) ? null : dayValue(day, plain.dayOfMonth.values as readonly number[]),
    isAny(weekday) ? [] : weekGroups(weekday, [...new Set(weekdays)]),
    day.starred || weekday.starred,
  ).map((days) => ({ ...days, ...base }));
  return { entries, ...(timezone === undefined ? {} : { timezone }) };
}

/** A field as cron-parser is to read it, and what of it only we read. */
interface FieldRead {
  /** Numbers, ranges and steps; null where there are none of them. */
  plain: string | null;
  special: readonly string[];
  /** What the plain part means. */
  values: readonly number[];
  /** It begins with `*`, so that it lists no values (crontab's own rule), and as it is written. */
  starred: boolean;
  text: string;
}

/** Whether a field restricts nothing, and says so by a star. */
function isAny(read: FieldRead): boolean {
  return read.text === "*" || read.text === "*/1";
}

function readField(field: CronFieldText, text: string): FieldRead | { problem: string } {
  if (text.length > MAX_FIELD_LENGTH) return { problem: `at most ${MAX_FIELD_LENGTH} characters are allowed` };
  const isDay = field.field === "dayOfMonth" || field.field === "dayOfWeek";
  const shown = isDay && text === "?" ? "*" : text.toLowerCase();
  try {
    const special: string[] = [];
    const values = new Set<number>();
    const items = shown.split(",");
    for (const item of items) {
      if (field.special?.test(item)) special.push(readSpecial(field, item));
      else for (const value of parsePlain(field.field, item)) values.add(value);
    }
    // Cron-parser knows fewer names and ranges, and no step beyond the field; numbers it knows.
    const simple = items.length === 1 && /^(?:\*|\d+|\d+-\d+)$/.test(shown) && !isBackwards(shown);
    const plain = values.size === 0 ? null : simple ? shown : [...values].join(",");
    const sorted = [...values].sort((a, b) => a - b);
    return { plain, special, values: sorted, starred: shown.startsWith("*"), text: shown };
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: error.message };
    throw error;
  }
}

/** Whether one of the months has one of the days. */
function hasDay(day: FieldRead, month: FieldRead): boolean {
  const { values, fromEnd, nearestWeekday, lastWeekday } = parseField("dayOfMonth", [...day.values, ...day.special]);
  const longest = Math.max(...month.values.map((value) => daysInMonth(2000, value)));
  return lastWeekday || [...values, ...fromEnd, ...nearestWeekday].some((value) => value <= longest);
}

function isBackwards(range: string): boolean {
  const [from, to] = range.split("-").map(Number);
  return to !== undefined && (from as number) > to;
}

/** `friday#2` as `5#2`, `LW` as it is; throws FieldProblem where its number is out of range. */
function readSpecial(field: CronFieldText, item: string): string {
  if (field.field === "dayOfMonth") {
    parseField("dayOfMonth", item);
    return item.toUpperCase();
  }
  const week = /#[1-5]$/.exec(item)?.[0] ?? "L";
  return `${parsePlain("dayOfWeek", item.replace(/(?:l|#[1-5])$/, ""))[0]}${week}`;
}

/** The values of a list item without cron's special letters. Throws FieldProblem. */
function parsePlain(field: CronFieldName, item: string): readonly number[] {
  // The letters of a calendar field (`L`, `LW`, `15W`), which are no part of a name such as wed or jul.
  if (/^[lw](?![a-z]{2})|\d[lw]/i.test(item)) throw new FieldProblem("letters are names only");
  if (/^-/.test(item)) throw new FieldProblem("numbers from the end are not taken");
  return parseField(field, item).values;
}

/** A field of an entry. What begins with `*` stays as it was written, so that it goes on saying so. */
function timeValue(read: FieldRead, values: readonly number[]): FieldValue {
  if (read.starred) return isAny(read) ? "*" : read.text;
  return values.length === 1 ? (values[0] as number) : values;
}

function dayValue(read: FieldRead, values: readonly number[]): FieldValue {
  if (read.starred && read.special.length === 0) return read.text;
  const all = [...(read.plain === null ? [] : values), ...read.special];
  return all.length === 1 ? (all[0] as number | string) : all;
}

type WeekGroup = Pick<CalendarEntry, "dayOfWeek" | "weekOfMonth">;

/** The weekdays of a field: those of every week, and those of some weeks of the month, together where the weeks are the same. */
function weekGroups(read: FieldRead, weekdays: readonly number[]): WeekGroup[] {
  const groups: WeekGroup[] = [];
  const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? (list[0] as T) : list);
  if (read.plain !== null) {
    groups.push({ dayOfWeek: read.starred && read.special.length === 0 ? read.text : one(weekdays) });
  }
  const weeksByDay = new Map<number, number[]>();
  for (const item of read.special) {
    const day = Number(item[0]) % 7;
    weeksByDay.set(day, [...(weeksByDay.get(day) ?? []), item.endsWith("L") ? -1 : Number(item[2])]);
  }
  const daysByWeeks = new Map<string, { weeks: number[]; days: number[] }>();
  for (const [day, list] of [...weeksByDay].sort(([a], [b]) => a - b)) {
    const weeks = [...new Set(list)].sort((a, b) => (a < 0 ? 1 : b < 0 ? -1 : a - b));
    const group = daysByWeeks.get(weeks.join()) ?? { weeks, days: [] };
    group.days.push(day);
    daysByWeeks.set(weeks.join(), group);
  }
  for (const { weeks, days } of daysByWeeks.values()) groups.push({ dayOfWeek: one(days), weekOfMonth: one(weeks) });
  return groups;
}

/** The day fields of the entries. Where both are restricted, either matches, except where one of them begins with `*`: then both must. */
function dayEntries(day: FieldValue | null, weeks: readonly WeekGroup[], both: boolean): Partial<CalendarEntry>[] {
  if (day === null) return weeks.length === 0 ? [{}] : [...weeks];
  if (weeks.length === 0) return [{ dayOfMonth: day }];
  return both ? weeks.map((week) => ({ dayOfMonth: day, ...week })) : [{ dayOfMonth: day }, ...weeks];
}
