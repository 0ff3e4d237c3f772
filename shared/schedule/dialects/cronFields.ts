import { MONTH_NAMES, WEEKDAY_NAMES } from "../texts/fields.ts";
import { type Dialect, dialectNames, refuseWhen } from "./dialect.ts";

export type CronField = "second" | "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek" | "year";

/** How a program's cron differs from the others'. */
export interface CronGrammar {
  dialect: Dialect;
  /** The number of Sunday: 0, or 1 where the week begins there. */
  sunday: 0 | 1;
  /** Whether 7 is Sunday, too. */
  seven: boolean;
  names: boolean;
  /** Ranges over the end. */
  wraps: boolean;
  /** Steps larger than the field. */
  wideSteps: boolean;
  /** `5/10`: from 5 on. */
  stepsFrom: boolean;
  /** `?` in a day field. */
  question: boolean;
  /** `L`, `W` and `#`. */
  letters: boolean;
  years: readonly [first: number, last: number];
}

const RANGES: Readonly<Record<CronField, readonly [number, number]>> = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  dayOfMonth: [1, 31],
  month: [1, 12],
  dayOfWeek: [0, 6],
  year: [1900, 9999],
};

const LABELS: Readonly<Record<CronField, string>> = {
  second: "second",
  minute: "minute",
  hour: "hour",
  dayOfMonth: "day of month",
  month: "month",
  dayOfWeek: "day of week",
  year: "year",
};

/** A field in our own syntax, and what is worth a note. */
export interface FieldReading {
  text: string;
  notes: string[];
}

/** Says a field of another program's cron in the syntax of ours. Throws SpecError naming the field. */
export function readCronField(grammar: CronGrammar, field: CronField, text: string, given: string): FieldReading {
  const [min, max] = numbersOf(grammar, field);
  const notes: string[] = [];
  const refuse = (why: string) => {
    const taken = `${min}–${max}${field === "month" && grammar.names ? " or JAN–DEC" : ""}${
      field === "dayOfWeek" ? `${grammar.names ? " or SUN–SAT" : ""} (${grammar.sunday} is Sunday)` : ""
    }`;
    return refuseWhen(
      given,
      `the ${LABELS[field]} field of ${dialectNames[grammar.dialect]} takes ${taken}, lists, ranges and steps, not "${text.slice(0, 40)}" (${why})`,
    );
  };
  const numberOf = (value: string): number => {
    if (/^\d{1,4}$/.test(value)) {
      const number = Number(value);
      if (number < min || number > max) throw refuse(`${value} is out of range`);
      return number;
    }
    const list = field === "month" ? MONTH_NAMES : field === "dayOfWeek" ? WEEKDAY_NAMES : [];
    const index = grammar.names ? list.indexOf(value.toLowerCase()) : -1;
    if (index < 0) throw refuse(`"${value.slice(0, 20)}" is not understood`);
    return index + (field === "month" ? 1 : grammar.sunday);
  };
  // Our own weekdays begin with Sunday as 0.
  const ours = (value: number) => (field === "dayOfWeek" ? value - grammar.sunday : value);
  const items = text.split(",").map((item) => {
    if (item === "?" && grammar.question && (field === "dayOfMonth" || field === "dayOfWeek")) {
      if (text !== "?") throw refuse("? stands alone");
      return "*";
    }
    const letters = grammar.letters ? readLetters(field, item, numberOf, ours, refuse, notes) : null;
    if (letters !== null) return letters;
    const match = /^(?:(\*)|([a-z]{3}|\d{1,4})(?:-([a-z]{3}|\d{1,4}))?)(?:\/(\d{1,4}))?$/i.exec(item);
    if (match === null) throw refuse(`"${item.slice(0, 20)}" is not understood`);
    const [, star, first, last, stepText] = match;
    const step = stepText === undefined ? null : Number(stepText);
    if (step !== null && (step < 1 || (!grammar.wideSteps && step > max)))
      throw refuse(`a step of ${step} is out of range`);
    const tail = step === null ? "" : `/${step}`;
    if (star !== undefined) return field === "year" && step !== null ? `${min}-${max}${tail}` : `*${tail}`;
    const from = numberOf(first as string);
    if (last === undefined) {
      if (step === null) return String(ours(from));
      if (!grammar.stepsFrom) throw refuse("a step needs a range or * before it");
      return `${ours(from)}-${ours(max)}${tail}`;
    }
    const to = numberOf(last);
    if (from > to && !(grammar.wraps && field !== "year")) throw refuse(`the range ${item} runs backwards`);
    return `${ours(from)}-${ours(to)}${tail}`;
  });
  return { text: items.join(","), notes };
}

function numbersOf(grammar: CronGrammar, field: CronField): readonly [number, number] {
  if (field === "year") return grammar.years;
  if (field !== "dayOfWeek") return RANGES[field];
  return [grammar.sunday, grammar.sunday === 1 || grammar.seven ? 7 : 6];
}

/** An item with `L`, `W` or `#`; null where it has none of them. */
function readLetters(
  field: CronField,
  item: string,
  numberOf: (text: string) => number,
  ours: (value: number) => number,
  refuse: (why: string) => Error,
  notes: string[],
): string | null {
  if (field === "dayOfMonth") {
    if (/^(l|lw|wl|\d{1,2}w)$/i.test(item)) {
      if (/\d/.test(item)) numberOf(item.slice(0, -1));
      return item.toUpperCase();
    }
    if (/^l-\d{1,2}$/i.test(item)) return item.toUpperCase();
    if (/^l-\d{1,2}w$/i.test(item)) throw refuse("the weekday nearest a day before the last cannot be said");
    return null;
  }
  if (field !== "dayOfWeek") return null;
  if (/^l$/i.test(item)) {
    notes.push("L as the day of week means Saturday, each week.");
    return "6";
  }
  const match = /^([a-z]{3}|\d)(?:(l)|#([1-5]))$/i.exec(item);
  if (match === null) return null;
  return `${ours(numberOf(match[1] as string))}${match[2] === undefined ? `#${match[3]}` : "L"}`;
}
