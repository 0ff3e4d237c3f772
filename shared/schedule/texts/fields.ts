import type { FieldValue } from "../types.ts";

export type FieldName =
  | "second"
  | "minute"
  | "hour"
  | "dayOfMonth"
  | "businessDay"
  | "month"
  | "dayOfWeek"
  | "weekOfMonth"
  | "year";

interface FieldDefinition {
  min: number;
  max: number;
  names?: readonly string[];
  /** What the field takes, for messages. */
  taken: string;
}

export const WEEKDAY_NAMES: readonly string[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
export const MONTH_NAMES: readonly string[] = [
  "jan",
  "feb",
  "mar",
  "apr",
  "may",
  "jun",
  "jul",
  "aug",
  "sep",
  "oct",
  "nov",
  "dec",
];

/** Names of more letters than three that are taken beside the full ones. */
const OTHER_NAMES: Readonly<Record<string, string>> = { tues: "tue", thur: "thu", thurs: "thu", sept: "sep" };
const FULL_NAMES = new Map(
  [
    ...["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    ...[
      "january",
      "february",
      "march",
      "april",
      "june",
      "july",
      "august",
      "september",
      "october",
      "november",
      "december",
    ],
  ].map((name) => [name, name.slice(0, 3)]),
);

export const FIRST_FIELD_YEAR = 1900;
export const LAST_FIELD_YEAR = 9999;

const DEFINITIONS: Record<FieldName, FieldDefinition> = {
  second: { min: 0, max: 59, taken: "0–59" },
  minute: { min: 0, max: 59, taken: "0–59" },
  hour: { min: 0, max: 23, taken: "0–23" },
  dayOfMonth: {
    min: 1,
    max: 31,
    taken: "1–31, L (last), -2 or L-1 (last but one), 15W or LW (nearest or last weekday)",
  },
  businessDay: { min: 1, max: 23, taken: "1–23 (1 is the first of the month), -1 (last) to -23" },
  month: { min: 1, max: 12, names: MONTH_NAMES, taken: "1–12 or jan–dec" },
  dayOfWeek: { min: 0, max: 7, names: WEEKDAY_NAMES, taken: "0–6 (0 is Sunday, 7 too) or sun–sat" },
  weekOfMonth: { min: 1, max: 5, taken: "1–5 or -1 (last)" },
  year: { min: FIRST_FIELD_YEAR, max: LAST_FIELD_YEAR, taken: `${FIRST_FIELD_YEAR}–${LAST_FIELD_YEAR}` },
};

/** The values a field allows. */
export interface FieldSet {
  /** Sorted, each once. Sunday is 0; the last week is -1. */
  values: readonly number[];
  /** Days counted from the end of the month: 1 is the last. */
  fromEnd: readonly number[];
  /** Days whose nearest weekday in the month is meant (`15W`). */
  nearestWeekday: readonly number[];
  /** The month's last weekday (`LW`). */
  lastWeekday: boolean;
  /** Every value there is, so that the field does not restrict. */
  all: boolean;
}

/** Whether a field's text begins with `*` (or with `?`, which stands for it): what is written so lists no values of its own. */
export function isStarred(value: FieldValue | undefined): boolean {
  const first = Array.isArray(value)
    ? (value as readonly (number | string)[])[0]
    : (value as number | string | undefined);
  return typeof first === "string" && /^\s*[*?]/.test(first);
}

export class FieldProblem extends Error {}

/** More than any list that means something. */
const MAX_TEXT = 400;
const MAX_LIST = 400;

/** What a field takes, as words for a message. */
export function takenBy(name: FieldName): string {
  return `${DEFINITIONS[name].taken}, a list, a range such as ${name === "dayOfWeek" ? "mon-fri" : name === "year" ? "2026-2030" : "1-5"}, or a step such as */2`;
}

interface Parts {
  values: Set<number>;
  fromEnd: Set<number>;
  nearest: Set<number>;
  lastWeekday: boolean;
}

/** The values of a field in any of its forms. Throws FieldProblem saying what is wrong with the text. */
export function parseField(name: FieldName, value: FieldValue): FieldSet {
  const parts: Parts = { values: new Set(), fromEnd: new Set(), nearest: new Set(), lastWeekday: false };
  const list = Array.isArray(value) ? (value as readonly (number | string)[]) : [value as number | string];
  if (list.length === 0) throw new FieldProblem("an empty list never matches");
  if (list.length > MAX_LIST) throw new FieldProblem(`at most ${MAX_LIST} values are allowed`);
  for (const item of list) {
    if (typeof item === "number") addNumber(name, item, parts);
    else if (typeof item === "string") addText(name, item, parts);
    else throw new FieldProblem("a number, a text or a list of these is expected");
  }
  const values = [...parts.values].sort((a, b) => a - b);
  const { min, max } = DEFINITIONS[name];
  const size = name === "dayOfWeek" ? 7 : max - min + 1;
  return {
    values,
    fromEnd: [...parts.fromEnd].sort((a, b) => a - b),
    nearestWeekday: [...parts.nearest].sort((a, b) => a - b),
    lastWeekday: parts.lastWeekday,
    all: values.filter((v) => v >= min).length === size,
  };
}

/** How far from the end of the month a field counts; 0 where it does not. */
const fromEndOf = (name: FieldName): number => (name === "dayOfMonth" ? 31 : name === "businessDay" ? 23 : 0);

function addNumber(name: FieldName, value: number, parts: Parts): void {
  const { min, max } = DEFINITIONS[name];
  if (!Number.isInteger(value)) throw new FieldProblem("whole numbers are expected");
  if (fromEndOf(name) > 0 && value < 0 && value >= -fromEndOf(name)) parts.fromEnd.add(-value);
  else if (name === "weekOfMonth" && value === -1) parts.values.add(-1);
  else if (value < min || value > max) throw new FieldProblem(`${value} is out of range`);
  else parts.values.add(name === "dayOfWeek" ? value % 7 : value);
}

function addText(name: FieldName, text: string, parts: Parts): void {
  if (text.length > MAX_TEXT) throw new FieldProblem(`at most ${MAX_TEXT} characters are allowed`);
  for (const raw of text.split(",")) {
    const item = raw.trim().toLowerCase();
    if (item === "") throw new FieldProblem("there is nothing between two commas, or nothing at all");
    if (name === "dayOfMonth" && addSpecialDay(item, parts)) continue;
    if (name === "businessDay" && /^(?:l|-\d{1,2})$/.test(item)) {
      addNumber(name, item === "l" ? -1 : Number(item), parts);
      continue;
    }
    if (name === "weekOfMonth" && (item === "l" || item === "-1")) {
      parts.values.add(-1);
      continue;
    }
    addRange(name, item, parts);
  }
}

function addSpecialDay(item: string, parts: Parts): boolean {
  if (item === "l") parts.fromEnd.add(1);
  else if (item === "lw" || item === "wl") parts.lastWeekday = true;
  else if (/^-\d{1,2}$/.test(item)) addNumber("dayOfMonth", Number(item), parts);
  else if (/^l-\d{1,2}$/.test(item)) {
    const before = Number(item.slice(2));
    if (before > 30) throw new FieldProblem(`a month has no ${before} days before its last`);
    parts.fromEnd.add(before + 1);
  } else if (/^\d{1,2}w$/.test(item)) {
    const day = Number(item.slice(0, -1));
    if (day < 1 || day > 31) throw new FieldProblem(`${day} is out of range`);
    parts.nearest.add(day);
  } else return false;
  return true;
}

/** Fields whose last value is followed by their first, so that a range may go over the end (`22-2`, `fri-mon`). */
const ROUND: readonly FieldName[] = ["second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"];

function addRange(name: FieldName, item: string, parts: Parts): void {
  const { min, max } = DEFINITIONS[name];
  const match = /^(?:([*])|([a-z]{3,9}|\d{1,4})(?:-([a-z]{3,9}|\d{1,4}))?)(?:\/(\d{1,4}))?$/.exec(item);
  if (!match) throw new FieldProblem(`"${item.slice(0, 20)}" is not understood`);
  // A step larger than the field takes the first value alone.
  const step = match[4] === undefined ? 1 : Number(match[4]);
  if (step < 1) throw new FieldProblem(`a step of ${step} never moves on`);
  const size = name === "dayOfWeek" ? 7 : max - min + 1;
  let from: number;
  let to: number;
  if (match[1]) {
    from = min;
    to = min + size - 1;
  } else {
    from = readValue(name, match[2] as string);
    to = match[3] !== undefined ? readValue(name, match[3]) : match[4] !== undefined ? max : from;
    if (from > to) {
      if (!ROUND.includes(name)) throw new FieldProblem(`the range ${item} runs backwards`);
      to += size;
    }
  }
  for (let value = from; value <= to; value += step) parts.values.add(min + ((value - min) % size));
}

function readValue(name: FieldName, text: string): number {
  const { min, max, names } = DEFINITIONS[name];
  if (/^[a-z]/.test(text)) {
    const index = names?.indexOf(FULL_NAMES.get(text) ?? OTHER_NAMES[text] ?? text) ?? -1;
    if (index < 0) throw new FieldProblem(`"${text}" is not understood`);
    return index + min;
  }
  const value = Number(text);
  if (value < min || value > max) throw new FieldProblem(`${value} is out of range`);
  return value;
}

/** The shortest text in cron's field syntax for sorted values: ranges, and steps over the whole field. */
export function fieldText(name: FieldName, values: readonly number[]): string {
  const { min } = DEFINITIONS[name];
  const max = name === "dayOfWeek" ? 6 : DEFINITIONS[name].max;
  if (values.length === max - min + 1) return "*";
  const step = values.length > 2 ? (values[1] as number) - (values[0] as number) : 0;
  const even = step > 1 && values.every((v, i) => i === 0 || v - (values[i - 1] as number) === step);
  if (even && values[0] === min && (values.at(-1) as number) + step > max) return `*/${step}`;
  const texts: string[] = [];
  for (let i = 0; i < values.length; ) {
    let j = i;
    while (j + 1 < values.length && (values[j + 1] as number) === (values[j] as number) + 1) j++;
    const [from, to] = [values[i] as number, values[j] as number];
    if (j - i >= 2) texts.push(`${from}-${to}`);
    else for (let v = from; v <= to; v++) texts.push(String(v));
    i = j + 1;
  }
  if (even && texts.length > 3) return `${values[0]}-${values.at(-1)}/${step}`;
  return texts.join(",");
}
