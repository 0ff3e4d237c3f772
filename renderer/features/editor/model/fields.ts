import {
  type FieldName,
  FieldProblem,
  parseField,
  takenBy,
  WEEKDAY_NAMES,
} from "../../../../shared/schedule/texts/fields.ts";
import type { FieldValue } from "../../../../shared/schedule/types.ts";

export type { FieldName };

/** First and last value that toggles show. Years are shown by the page, from the present one on. */
export const fieldRanges: Readonly<Record<Exclude<FieldName, "year">, readonly [min: number, max: number]>> = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  dayOfMonth: [1, 31],
  businessDay: [1, 23],
  month: [1, 12],
  dayOfWeek: [0, 6],
  weekOfMonth: [1, 5],
};

/** A field as toggles show it: numbers in order (Sunday 0, the last week -1), and days that are no plain number (`L`, `-2`, `15W`, `LW`). */
export interface Selection {
  numbers: readonly number[];
  special: readonly string[];
}

export const nothing: Selection = { numbers: [], special: [] };

/** Reads a field; null where it is no field, and only its text can be edited. */
export function readField(name: FieldName, value: FieldValue | undefined): Selection | null {
  if (value === undefined || (typeof value === "object" && value.length === 0)) return nothing;
  try {
    const set = parseField(name, value);
    return {
      numbers: set.values,
      special: [
        ...set.fromEnd.map((back) => (back === 1 ? "L" : `-${back}`)),
        ...set.nearestWeekday.map((day) => `${day}W`),
        ...(set.lastWeekday ? ["LW"] : []),
      ],
    };
  } catch (error) {
    if (error instanceof FieldProblem) return null;
    throw error;
  }
}

/** Why a field's text is refused, and what would be taken; null where it is fine. */
export function fieldProblem(name: FieldName, value: FieldValue): string | null {
  try {
    parseField(name, value);
    return null;
  } catch (error) {
    if (error instanceof FieldProblem) return `${error.message}; takes ${takenBy(name)}`;
    throw error;
  }
}

/** Writes a selection in the shortest form that reads well; undefined where every value is selected (the field is left out). */
export function writeField(name: FieldName, selection: Selection): FieldValue | undefined {
  const numbers = [...new Set(selection.numbers)].sort((a, b) => a - b);
  if (name !== "year" && selection.special.length === 0) {
    const [min, max] = fieldRanges[name];
    if (numbers.filter((n) => n >= min).length === max - min + 1) return undefined;
  }
  const label = (n: number): number | string => (name === "dayOfWeek" ? (WEEKDAY_NAMES[n] as string) : n);
  const parts: (number | string)[] = [];
  for (let i = 0; i < numbers.length; ) {
    let end = i;
    while (end + 1 < numbers.length && numbers[end + 1] === (numbers[end] as number) + 1) end++;
    // Only a run of three or more is shorter as a range; weeks never begin one with -1, whose range would not read.
    const isRange = end - i >= 2 && (numbers[i] as number) >= 0;
    if (isRange) parts.push(`${label(numbers[i] as number)}-${label(numbers[end] as number)}`);
    else for (let k = i; k <= end; k++) parts.push(label(numbers[k] as number));
    i = end + 1;
  }
  for (const part of selection.special) parts.push(part.startsWith("-") ? Number(part) : part);
  if (parts.length === 0) return [];
  if (parts.length === 1) return parts[0];
  return name === "dayOfWeek" || parts.some((part) => typeof part === "string" && part.includes("-"))
    ? parts.join(",")
    : parts;
}

/** The selection with one number or special day put in or taken out. */
export function toggled(selection: Selection, part: number | string): Selection {
  const flip = <T>(list: readonly T[], item: T): T[] =>
    list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
  return typeof part === "number"
    ? { ...selection, numbers: flip(selection.numbers, part) }
    : { ...selection, special: flip(selection.special, part) };
}

/** A field's value as the text of an input. */
export function fieldText(value: FieldValue | undefined): string {
  return value === undefined ? "" : typeof value === "object" ? value.join(",") : String(value);
}

/** What was typed, as a field: a number where it is one, left out where it is empty. */
export function fieldFromText(text: string): FieldValue | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  return /^(0|-?[1-9]\d{0,3})$/.test(trimmed) ? Number(trimmed) : trimmed;
}
