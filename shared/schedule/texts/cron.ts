import { CronExpressionParser } from "cron-parser";
import { SpecError, showValue } from "../errors.ts";
import type { CalendarEntry } from "../types.ts";
import { FieldProblem, parseField } from "./fields.ts";

/** A cron expression as its values. `null` stands for a `*` that does not restrict. */
export interface CronFields {
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** Days of the month; `L` is the last. */
  days: readonly (number | "L")[] | null;
  months: readonly number[] | null;
  /** Days of the week, 0 is Sunday. */
  weekdays: readonly number[] | null;
  /** Days of the week whose last one of the month is meant (`5L`). */
  lastWeekdays: readonly number[];
  /** `5#2`: the values of `weekdays` only in that week. */
  nth: number | null;
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
  { field: "dayOfMonth", name: "day of month", taken: `1–31, L (last), ${LIST}`, special: /^L()$/i },
  { field: "month", name: "month", taken: `1–12 or jan–dec, ${LIST}` },
  {
    field: "dayOfWeek",
    name: "day of week",
    taken: `0–7 (0 and 7 are Sunday) or sun–sat, 5L (last Friday), 5#2 (second Friday), ${LIST}`,
    special: /^([0-7]|sun|mon|tue|wed|thu|fri|sat)L$/i,
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
  "a cron expression of 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds first, or @hourly, @daily, @weekly, @monthly or @yearly is taken";

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
const known = new Map<string, CronFields>();
const MAX_KNOWN = 2000;

/** The values of a cron expression. Throws SpecError naming the field (in its message) and what it would take. */
export function parseCron(expression: string, path = "cron"): CronFields {
  let fields = known.get(expression);
  if (fields === undefined) {
    fields = readCron(expression, path);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(expression, fields);
  }
  return fields;
}

function readCron(expression: string, path: string): CronFields {
  if (typeof expression !== "string") throw refuse(path, expression, TAKEN);
  if (expression.length > MAX_LENGTH) throw refuse(path, expression, `at most ${MAX_LENGTH} characters are taken`);
  const { timezone, rest } = splitZone(expression.trim());
  const text = rest.startsWith("@") ? (MACROS.get(rest.toLowerCase()) ?? "") : rest;
  const texts = text === "" ? [] : text.split(/\s+/);
  if (texts.length !== 5 && texts.length !== 6) {
    throw refuse(path, expression, texts.length === 0 ? TAKEN : `${TAKEN}, not ${texts.length} fields`);
  }
  const all = texts.length === 6 ? texts : ["0", ...texts];
  const plain = FIELDS.map((field, i) => {
    const read = readField(field, all[i] as string);
    if ("text" in read) return read.text;
    const shown = (all[i] as string).slice(0, 40);
    throw refuse(path, expression, `the ${field.name} field takes ${field.taken}, not "${shown}" (${read.problem})`);
  });
  let parsed: ReturnType<typeof CronExpressionParser.parse>["fields"];
  try {
    parsed = CronExpressionParser.parse(plain.join(" "), { tz: "UTC", currentDate: 0 }).fields;
  } catch {
    // Each field holds for itself, so it is the date that does not exist.
    throw refuse(path, expression, `the day of month field takes a day that one of the months has, not "${all[3]}"`);
  }
  const weekdays = parsed.dayOfWeek.values as readonly (number | string)[];
  return {
    seconds: parsed.second.values,
    minutes: parsed.minute.values,
    hours: parsed.hour.values,
    days: all[3] === "*" ? null : (parsed.dayOfMonth.values as readonly (number | "L")[]),
    months: all[4] === "*" ? null : parsed.month.values,
    weekdays: all[5] === "*" ? null : sundayFirst(weekdays.filter((value) => typeof value === "number")),
    lastWeekdays: sundayFirst(weekdays.filter((value) => typeof value === "string").map((value) => Number(value[0]))),
    nth: parsed.dayOfWeek.nthDay > 0 ? parsed.dayOfWeek.nthDay : null,
    ...(timezone === undefined ? {} : { timezone }),
  };
}

function sundayFirst(weekdays: readonly number[]): number[] {
  return [...new Set(weekdays.map((value) => value % 7))].sort((a, b) => a - b);
}

/**
 * A field as cron-parser is to read it, or what is wrong with it. Cron-parser takes more than cron has (`?`, `H`, wide
 * steps) and less (a value named twice), so the text is held against the forms of a calendar field before.
 */
function readField(field: CronFieldText, text: string): { text: string } | { problem: string } {
  if (text.length > MAX_FIELD_LENGTH) return { problem: `at most ${MAX_FIELD_LENGTH} characters are taken` };
  const items = text.split(",");
  try {
    const week = field.field === "dayOfWeek" ? /^([0-7]|[a-z]{3})(#[1-5])$/i.exec(text) : null;
    if (week) return { text: `${parsePlain(field.field, week[1] as string)[0]}${week[2]}` };
    const kept = new Set<string>();
    for (const item of items) {
      const special = field.special?.exec(item);
      if (special) kept.add(special[1] ? `${parsePlain(field.field, special[1])[0]}L` : "L");
      else for (const value of parsePlain(field.field, item)) kept.add(String(value));
    }
    // Cron-parser knows no range that ends with Sunday by name, so that is written out.
    const asWritten = items.length === 1 && !kept.has("L") && !/-sun/i.test(text);
    return { text: asWritten ? text : [...kept].join(",") };
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: error.message };
    throw error;
  }
}

/** The values of a list item without cron's special letters. Throws FieldProblem. */
function parsePlain(field: CronFieldName, item: string): readonly number[] {
  // The letters of a calendar field (`L`, `LW`, `15W`), which are no part of a name such as wed or jul.
  if (/^[lw](?![a-z]{2})|\d[lw]/i.test(item)) throw new FieldProblem("letters are names only");
  if (/^-/.test(item)) throw new FieldProblem("numbers from the end are not taken");
  return parseField(field, item).values;
}

const FULL_60 = 60;

function fieldOf(values: readonly number[], size: number): number | string | readonly number[] {
  if (values.length === size) return "*";
  return values.length === 1 ? (values[0] as number) : values;
}

/** The calendar entries that fire at the same instants: one, or one for each way the day may be chosen. */
export function cronEntries(fields: CronFields): CalendarEntry[] {
  const base: CalendarEntry = {
    ...(fields.months ? { month: fieldOf(fields.months, 12) } : {}),
    hour: fieldOf(fields.hours, 24),
    minute: fieldOf(fields.minutes, FULL_60),
    ...(fields.seconds.length === 1 && fields.seconds[0] === 0 ? {} : { second: fieldOf(fields.seconds, FULL_60) }),
  };
  const entries: CalendarEntry[] = [];
  if (fields.days) {
    const days = fields.days.map((day) => (day === "L" ? "L" : day));
    entries.push({ dayOfMonth: days.length === 1 ? (days[0] as number | string) : days, ...base });
  }
  if (fields.weekdays && fields.weekdays.length > 0) {
    const nth = fields.nth === null ? {} : { weekOfMonth: fields.nth };
    entries.push({
      dayOfWeek: fields.weekdays.length === 1 ? (fields.weekdays[0] as number) : fields.weekdays,
      ...nth,
      ...base,
    });
  }
  if (fields.lastWeekdays.length > 0) {
    const days = [...new Set(fields.lastWeekdays)];
    entries.push({ dayOfWeek: days.length === 1 ? (days[0] as number) : days, weekOfMonth: -1, ...base });
  }
  return entries.length > 0 ? entries : [base];
}
