import { MONTH_NAMES, WEEKDAY_NAMES } from "../texts/fields.ts";
import { clockText } from "./dialect.ts";

const NUMBERS = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];
export const ORDINALS = ["", "first", "second", "third", "fourth", "fifth"];
const UNITS = ["second", "minute", "hour", "day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];
export const UNIT_TEXT = { second: "s", minute: "m", hour: "h", day: "d", week: "w" } as const;
export const FULL_DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
export const FULL_MONTHS = [
  ...["january", "february", "march", "april", "may", "june"],
  ...["july", "august", "september", "october", "november", "december"],
];

const OTHER_DAYS = new Map([
  ["tues", 2],
  ["thur", 4],
  ["thurs", 4],
]);
const SHORT_UNITS = new Map<string, Unit>([
  ["sec", "second"],
  ["min", "minute"],
  ["hr", "hour"],
]);

export function weekdayOfWord(word: string): number {
  const bare = word.replace(/s$/, "");
  const found = [WEEKDAY_NAMES, FULL_DAYS].map((names) => Math.max(names.indexOf(word), names.indexOf(bare)));
  const other = OTHER_DAYS.get(word) ?? -1;
  return Math.max(...found, other);
}

export function monthOfWord(word: string): number {
  return Math.max(MONTH_NAMES.indexOf(word), FULL_MONTHS.indexOf(word), word === "sept" ? 8 : -1) + 1;
}

export function numberOfWord(word: string | undefined): number | null {
  if (word === undefined) return null;
  if (/^\d{1,6}$/.test(word)) return Number(word);
  const index = NUMBERS.indexOf(word);
  if (index > 0) return index;
  return word === "a" || word === "an" ? 1 : null;
}

export function ordinalOfWord(word: string | undefined): number | null {
  if (word === undefined) return null;
  if (word === "last") return -1;
  const index = ORDINALS.indexOf(word);
  if (index > 0) return index;
  const match = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(word);
  return match === null ? null : Number(match[1]);
}

export function unitOfWord(word: string | undefined): Unit | null {
  const bare = word?.replace(/s$/, "");
  const short = SHORT_UNITS.get(bare ?? "");
  return short ?? UNITS.find((unit) => unit === bare) ?? null;
}

/** A time of day; a bare number only where it can be nothing else. */
export function timeOfWord(word: string | undefined, bare: boolean): string | null {
  if (word === undefined) return null;
  if (word === "noon" || word === "midday") return "12:00";
  if (word === "midnight") return "00:00";
  const match = /^(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?(am|pm)?$/.exec(word);
  if (match === null || (match[2] === undefined && match[4] === undefined && !bare)) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (match[4] !== undefined && (hour < 1 || hour > 12)) return null;
  const full = match[4] === undefined ? hour : (hour % 12) + (match[4] === "pm" ? 12 : 0);
  return full > 23 || minute > 59 || second > 59 ? null : clockText(full, minute, second);
}

/** Splits into words: lower case, commas alone, `9 am` joined. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/[’']s\b/g, "s")
    .replace(/[A-Za-z_]+\/[A-Za-z_/+-]+/g, (zone) => ` ${zone} `)
    .replace(/(\d)\s+([ap]\.?m\.?)(?=\W|$)/gi, (_all, digit: string, half: string) => digit + half.replaceAll(".", ""))
    .replace(/[,;]|\band\b|\bor\b|&/gi, " , ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => (word.includes("/") ? word : word.toLowerCase().replace(/\.$/, "")));
}

export class Words {
  private at = 0;
  private readonly words: readonly string[];
  constructor(words: readonly string[]) {
    this.words = words;
  }
  peek(ahead = 0): string | undefined {
    return this.words[this.at + ahead];
  }
  take(): string | undefined {
    return this.words[this.at++];
  }
  /** Takes the words where they come next. */
  skip(...words: string[]): boolean {
    if (!words.every((word, i) => this.peek(i) === word)) return false;
    this.at += words.length;
    return true;
  }
  get done(): boolean {
    return this.at >= this.words.length;
  }
  /** Tries a phrase, and goes back where it is none. */
  attempt<T>(phrase: () => T | null): T | null {
    const from = this.at;
    const found = phrase();
    if (found === null) this.at = from;
    return found;
  }
  /** A list of what `one` reads, with commas between. */
  list<T>(one: () => T | null): T[] {
    const found: T[] = [];
    for (;;) {
      const next = this.attempt(() => {
        if (found.length > 0) {
          if (!this.skip(",")) return null;
          while (this.skip(","));
        }
        return one();
      });
      if (next === null) return found;
      found.push(next);
    }
  }
}
