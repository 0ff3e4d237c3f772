import { CronExpressionParser } from "cron-parser";
import { SpecError, showValue } from "./errors.ts";
import type { CalendarEntry } from "./types.ts";

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

interface CronFieldText {
  name: string;
  taken: string;
  pattern: RegExp;
}

// Cron-parser takes more than cron does (fewer fields, `?`, `H`, loosely read numbers), so each field is first held against these.
const LIST = "a list, a range such as 1-5, or a step such as */2";
const number = "\\d{1,2}";
const item = (value: string) => `(?:\\*|${value}(?:-${value})?)(?:/${number})?`;
const listOf = (...items: string[]) => new RegExp(`^(?:${items.join("|")})(?:,(?:${items.join("|")}))*$`, "i");
const MONTH = `(?:${number}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`;
const WEEKDAY = "(?:[0-7]|sun|mon|tue|wed|thu|fri|sat)";

const SECOND: CronFieldText = { name: "second", taken: `0–59, ${LIST}`, pattern: listOf(item(number)) };
const FIELDS: readonly CronFieldText[] = [
  { name: "minute", taken: `0–59, ${LIST}`, pattern: listOf(item(number)) },
  { name: "hour", taken: `0–23, ${LIST}`, pattern: listOf(item(number)) },
  { name: "day of month", taken: `1–31, L (last), ${LIST}`, pattern: listOf(item(number), "L") },
  { name: "month", taken: `1–12 or jan–dec, ${LIST}`, pattern: listOf(item(MONTH)) },
  {
    name: "day of week",
    taken: `0–7 (0 and 7 are Sunday) or sun–sat, 5L (last Friday), 5#2 (second Friday), ${LIST}`,
    pattern: new RegExp(`^${WEEKDAY}#[1-5]$|${listOf(item(WEEKDAY), `${WEEKDAY}L`).source}`, "i"),
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
const TAKEN =
  "a cron expression of 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds first, or @hourly, @daily, @weekly, @monthly or @yearly is taken";

function refuse(path: string, given: unknown, message: string): SpecError {
  return new SpecError([{ path, given, message: `${message}; given: ${showValue(given)}` }]);
}

function splitZone(expression: string): { timezone?: string; rest: string } {
  const match = /^(?:CRON_TZ|TZ)=(\S{1,100})\s+/.exec(expression);
  return match ? { timezone: match[1] as string, rest: expression.slice(match[0].length) } : { rest: expression };
}

/** The values of a cron expression. Throws SpecError naming the field (in its message) and what it would take. */
export function parseCron(expression: string, path = "cron"): CronFields {
  if (typeof expression !== "string") throw refuse(path, expression, TAKEN);
  if (expression.length > MAX_LENGTH) throw refuse(path, expression, `at most ${MAX_LENGTH} characters are taken`);
  const { timezone, rest } = splitZone(expression.trim());
  const text = rest.startsWith("@") ? (MACROS.get(rest.toLowerCase()) ?? "") : rest;
  const texts = text === "" ? [] : text.split(/\s+/);
  if (texts.length !== 5 && texts.length !== 6) {
    throw refuse(path, expression, texts.length === 0 ? TAKEN : `${TAKEN}, not ${texts.length} fields`);
  }
  const fields = texts.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  fields.forEach((field, i) => {
    const problem = fieldProblem(field, texts[i] as string, i + 6 - texts.length);
    if (problem)
      throw refuse(
        path,
        expression,
        `the ${field.name} field takes ${field.taken}; "${texts[i]?.slice(0, 40)}" is not taken${problem}`,
      );
  });
  let parsed: ReturnType<typeof CronExpressionParser.parse>["fields"];
  try {
    parsed = CronExpressionParser.parse(withoutRepeats(texts).join(" "), { tz: "UTC", currentDate: 0 }).fields;
  } catch (error) {
    throw refuse(path, expression, `${TAKEN} (${error instanceof Error ? error.message : String(error)})`);
  }
  const weekdayText = texts.at(-1) as string;
  const weekdays = parsed.dayOfWeek.values as readonly (number | string)[];
  const plain = weekdays.filter((v) => typeof v === "number").map((v) => v % 7);
  const result: CronFields = {
    seconds: parsed.second.values,
    minutes: parsed.minute.values,
    hours: parsed.hour.values,
    days: texts.at(-3) === "*" ? null : (parsed.dayOfMonth.values as readonly (number | "L")[]),
    months: texts.at(-2) === "*" ? null : parsed.month.values,
    weekdays: weekdayText === "*" ? null : [...new Set(plain)].sort((a, b) => a - b),
    lastWeekdays: weekdays.filter((v) => typeof v === "string").map((v) => Number(v.slice(0, -1)) % 7),
    nth: parsed.dayOfWeek.nthDay > 0 ? parsed.dayOfWeek.nthDay : null,
    ...(timezone === undefined ? {} : { timezone }),
  };
  refuseImpossibleDate(result, path, expression);
  return result;
}

/** Cron allows a value to be named twice ("0,7" is Sunday twice); cron-parser does not. */
function withoutRepeats(texts: readonly string[]): string[] {
  return texts.map((text, i) => {
    const items = text.toLowerCase().split(",");
    const sunday = i === texts.length - 1;
    return [...new Set(sunday ? items.map((v) => (v === "7" || v === "sun" ? "0" : v)) : items)].join(",");
  });
}

function fieldProblem(field: CronFieldText, text: string, index: number): string | null {
  if (text.length > 400 || !field.pattern.test(text)) return "";
  // Alone among stars, so that what cron-parser says concerns this field.
  const alone = ["*", "*", "*", "*", "*", "*"];
  const [only] = withoutRepeats(index === 5 ? ["*", text] : [text, "*"]).filter((_, i) => i === (index === 5 ? 1 : 0));
  alone[index] = only as string;
  try {
    CronExpressionParser.parse(alone.join(" "), { tz: "UTC", currentDate: 0 });
    return null;
  } catch (error) {
    return ` (${error instanceof Error ? error.message : String(error)})`;
  }
}

const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function refuseImpossibleDate(fields: CronFields, path: string, expression: string): void {
  // With a day of the week beside it, the days that do not exist are only an alternative.
  if (!fields.days || !fields.months || fields.weekdays || fields.lastWeekdays.length > 0) return;
  const months = fields.months;
  const possible = fields.days.some(
    (day) => day === "L" || months.some((m) => day <= (LONGEST_MONTH[m - 1] as number)),
  );
  if (!possible) {
    throw refuse(
      path,
      expression,
      "the day of month field never matches in these months: a day that the month has is taken",
    );
  }
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
