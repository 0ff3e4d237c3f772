import { WEEKDAY_NAMES } from "../texts/fields.ts";
import type { FieldValue } from "../types.ts";
import { zoneOfCity } from "../zone/cities.ts";
import { DAY_MS, dateText, dayOf, daysInMonth, FIRST_YEAR, parseDate } from "../zone/civil.ts";
import { isKnownZone } from "../zone/zone.ts";
import {
  FULL_MONTHS,
  monthOfWord,
  numberOfWord,
  ordinalOfWord,
  timeOfWord,
  type Unit,
  unitOfWord,
  type Words,
  weekdayOfWord,
} from "./vocabulary.ts";

// Phrases of a text are read one after the other, in any order; the whole of it has to be understood.

const QUARTERS = "1,4,7,10";

/** What the phrases have said so far. */
export interface Said {
  every?: { count: number; unit: Unit };
  weekdays?: FieldValue;
  /** Which of the month, for weekdays, business days or days. */
  nth?: { weeks: number[]; of: "weekday" | "business" | "day" };
  /** `every second thursday`: each so many weeks. */
  alternate?: number;
  monthDays?: (number | string)[];
  months?: FieldValue;
  times?: string[];
  between?: readonly [string, string];
  from?: string;
  dates?: string[];
  after?: number;
  zone?: string;
  daily?: boolean;
}

/** A date that is understood and does not exist. The message says so in words. */
export class NoSuchDate extends Error {}

const ordinalText = (day: number): string => {
  const tens = day % 100;
  return `${day}${tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")}`;
};

/** Refuses a day that a month does not have; of a month of no year, one that it never has. */
function checkDay(day: number, month: number, year: number | null): void {
  const length = daysInMonth(year ?? 2000, month);
  if (day >= 1 && day <= length) return;
  const name = FULL_MONTHS[month - 1] ?? "";
  const ofYear = year === null ? "" : ` ${year}`;
  throw new NoSuchDate(
    `${name.charAt(0).toUpperCase()}${name.slice(1)}${ofYear} has no ${ordinalText(day)}; its last day is the ${ordinalText(length)}`,
  );
}

/** Reads phrases into what they say. Returns whether one was read. Throws NoSuchDate. */
export function readPhrase(words: Words, said: Said): boolean {
  for (const phrase of [
    readZone,
    readIn,
    readTimes,
    readBetween,
    readEvery,
    readAdverb,
    readDates,
    readNth,
    readWeekdays,
    readMonthDay,
    readMonthDays,
    readMonths,
    readFrom,
  ]) {
    const read = words.attempt(() => (phrase(words, said) ? true : null));
    if (read) return true;
  }
  return (
    words.skip("of", "the", "month") ||
    words.skip("of", "each", "month") ||
    words.skip("of", "every", "month") ||
    words.skip(",")
  );
}

/** `Europe/Berlin`, `in UTC`, `in Berlin`, `New York time`. */
function readZone(words: Words, said: Said): boolean {
  const isIntroduced = words.skip("in");
  const word = words.peek();
  if (word === undefined) return false;
  const named = word.includes("/") ? word : word.toUpperCase();
  // Of the names without a slash those that people say; others are words.
  if ((word.includes("/") || /^(?:utc|gmt|est|mst|hst)$/.test(word)) && isKnownZone(named)) {
    words.take();
    said.zone = named;
  } else {
    const zone = words.attempt(() => readCity(words));
    if (zone === null) return false;
    said.zone = zone;
    // A city alone may be the name of anything.
    if (!isIntroduced && words.peek() !== "time") return false;
  }
  words.skip("time");
  return true;
}

/** The most words that a zone's city has: Dar es Salaam, Port of Spain. */
const cityWords = 3;

/** The zone of a city that IANA names one after, in one word or several. */
function readCity(words: Words): string | null {
  for (let length = cityWords; length > 0; length--) {
    const city = Array.from({ length }, (_, ahead) => words.peek(ahead) ?? "");
    const zone = city.every((word) => /^[a-z][a-z-]*$/.test(word)) ? zoneOfCity(city.join("_")) : null;
    if (zone === null) continue;
    for (let taken = 0; taken < length; taken++) words.take();
    return zone;
  }
  return null;
}

/** `in 20 minutes`, `in 1 hour and 30 minutes`. */
function readIn(words: Words, said: Said): boolean {
  if (!words.skip("in")) return false;
  const parts = words.list(() => {
    const count = numberOfWord(words.take());
    const unit = unitOfWord(words.take());
    if (count === null || unit === null || unit === "month") return null;
    return count * { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS }[unit];
  });
  if (parts.length === 0) return false;
  said.after = parts.reduce((sum, part) => sum + part, 0);
  return true;
}

function readTimes(words: Words, said: Said): boolean {
  const introduced = words.skip("at");
  const times = words.list(() => {
    words.skip("at");
    const time = timeOfWord(words.take(), introduced);
    words.skip("oclock");
    return time;
  });
  if (times.length === 0) return false;
  said.times = [...(said.times ?? []), ...times];
  return true;
}

function readBetween(words: Words, said: Said): boolean {
  if (!words.skip("between") && !words.skip("from")) return false;
  const first = timeOfWord(words.take(), true);
  if (!(words.skip(",") || words.skip("to") || words.skip("until") || words.skip("-"))) return false;
  const last = timeOfWord(words.take(), true);
  if (first === null || last === null) return false;
  said.between = [first, last];
  return true;
}

function readEvery(words: Words, said: Said): boolean {
  if (!words.skip("every") && !words.skip("each")) return false;
  if (words.skip("quarter")) {
    said.months = QUARTERS;
    return true;
  }
  if (words.skip("weekday") || words.skip("working", "day") || words.skip("business", "day")) {
    said.weekdays = "mon-fri";
    return true;
  }
  if (words.skip("weekend")) {
    said.weekdays = "sat,sun";
    return true;
  }
  // `every 24 december`, and not `every second` or `every 2 weeks`.
  const isDate = /^\d/.test(words.peek() ?? "") || monthOfWord(words.peek() ?? "") > 0;
  if (isDate && words.attempt(() => readMonthDay(words, said) || null)) return true;
  const other = words.skip("other") ? 2 : null;
  const nth = other ?? ordinalOfWord(words.peek());
  if (nth !== null && nth > 1 && weekdayOfWord(words.peek(other === null ? 1 : 0) ?? "") >= 0) {
    // Followed by "of the month" it is that weekday of the month.
    if (other === null) words.take();
    const day = weekdayOfWord(words.take() as string);
    said.weekdays = day;
    if (words.skip("of", "the", "month") || words.skip("of", "each", "month"))
      said.nth = { weeks: [nth], of: "weekday" };
    else said.alternate = nth;
    return true;
  }
  const count = other ?? numberOfWord(words.peek());
  if (other === null && count !== null) words.take();
  const unit = unitOfWord(words.peek());
  if (unit !== null) {
    words.take();
    if (unit === "day" && (count ?? 1) === 1) said.daily = true;
    else said.every = { count: count ?? 1, unit };
    return true;
  }
  if (count !== null) return false;
  if (nth !== null) return readNth(words, said);
  return weekdayOfWord(words.peek() ?? "") >= 0 ? readWeekdays(words, said) : readMonths(words, said);
}

function readAdverb(words: Words, said: Said): boolean {
  const word = words.take();
  if (word === "daily" || word === "everyday") said.daily = true;
  else if (word === "hourly") said.every = { count: 1, unit: "hour" };
  else if (word === "quarterly") said.months = QUARTERS;
  else if (word === "weekly") said.every = { count: 1, unit: "week" };
  else if (word === "monthly") said.every = { count: 1, unit: "month" };
  else return word === "yearly" || word === "annually";
  return true;
}

const skipOn = (words: Words) => {
  words.skip("on");
  words.skip("the");
};

/** `2026-12-24`, `24 december 2026`, `december 24 , 2026`; with `T18:00`, too. */
export function readDates(words: Words, said: Said): boolean {
  words.skip("on");
  const dates = words.list(() => {
    words.skip("the");
    const word = words.take() ?? "";
    const iso = /^(\d{4}-\d{2}-\d{2})(?:t(\d{2}:\d{2}(?::\d{2})?))?$/.exec(word);
    if (iso !== null) {
      if (parseDate(iso[1] as string) === null) throw new NoSuchDate(`there is no date ${iso[1]}`);
      return iso[2] === undefined ? (iso[1] as string) : `${iso[1]}T${iso[2]}`;
    }
    const dayFirst = monthOfWord(words.peek() ?? "") > 0 || words.peek() === "of";
    if (dayFirst) words.skip("of");
    const monthWord = dayFirst ? words.take() : word;
    const dayWord = dayFirst ? word : words.take();
    const month = monthOfWord(monthWord ?? "");
    const day = numberOfWord(dayWord) ?? ordinalOfWord(dayWord);
    if (!dayFirst) words.skip(",");
    const year = /^\d{4}$/.test(words.peek() ?? "") ? Number(words.take()) : null;
    if (month === 0 || day === null || year === null || year < FIRST_YEAR) return null;
    checkDay(day, month, year);
    return dateText(dayOf(year, month, day));
  });
  if (dates.length === 0) return false;
  said.dates = [...(said.dates ?? []), ...dates];
  return true;
}

/** `the first and third monday`, `last business day`, `last day`. */
function readNth(words: Words, said: Said): boolean {
  skipOn(words);
  const weeks = words.list(() => {
    words.skip("the");
    return ordinalOfWord(words.take());
  });
  if (weeks.length === 0) return false;
  if (words.skip("business", "day") || words.skip("working", "day") || words.skip("workday") || words.skip("weekday")) {
    said.nth = { weeks, of: "business" };
    readOf(words, said);
    return true;
  }
  const days = words.list(() => {
    const day = weekdayOfWord(words.take() ?? "");
    return day < 0 ? null : day;
  });
  if (days.length > 0) {
    if (weeks.some((week) => week > 5)) return false;
    said.weekdays = days.length === 1 ? (days[0] as number) : days;
    said.nth = { weeks, of: "weekday" };
    readOf(words, said);
    return true;
  }
  if (!words.skip("day")) return false;
  said.nth = { weeks, of: "day" };
  readOf(words, said);
  return true;
}

/** `of the month`, `of january`, `of each quarter`. */
function readOf(words: Words, said: Said): void {
  words.attempt(() => {
    if (!words.skip("of") && !words.skip("in")) return null;
    if (!words.skip("the") && !words.skip("each")) words.skip("every");
    if (words.skip("month")) return true;
    if (words.skip("quarter")) {
      said.months = QUARTERS;
      return true;
    }
    const months = words.list(() => monthOfWord(words.take() ?? "") || null);
    if (months.length === 0) return null;
    said.months = months.length === 1 ? (months[0] as number) : months;
    return true;
  });
}

function readWeekdays(words: Words, said: Said): boolean {
  skipOn(words);
  if (
    words.skip("weekdays") ||
    words.skip("workdays") ||
    words.skip("business", "days") ||
    words.skip("working", "days")
  ) {
    said.weekdays = "mon-fri";
    return true;
  }
  if (words.skip("weekends")) {
    said.weekdays = "sat,sun";
    return true;
  }
  const days = words.list((): string | null => {
    const word = words.take() ?? "";
    const [first, last] = /^([a-z]+)[-–]([a-z]+)$/.exec(word)?.slice(1) ?? [word, undefined];
    const from = weekdayOfWord(first as string);
    if (from < 0) return null;
    const through = last ?? (words.skip("to") || words.skip("through") || words.skip("-") ? words.take() : undefined);
    if (through === undefined) return WEEKDAY_NAMES[from] as string;
    const to = weekdayOfWord(through);
    return to < 0 ? null : `${WEEKDAY_NAMES[from]}-${WEEKDAY_NAMES[to]}`;
  });
  if (days.length === 0) return false;
  said.weekdays = days.join(",");
  return true;
}

/** `24 december`, `december 24th`: each year. */
function readMonthDay(words: Words, said: Said): boolean {
  skipOn(words);
  const first = words.take();
  words.skip("of");
  const second = words.take();
  const dayFirst = monthOfWord(second ?? "") > 0;
  const [dayWord, monthWord] = dayFirst ? [first, second] : [second, first];
  const month = monthOfWord(monthWord ?? "");
  const day = ordinalOfWord(dayWord) ?? numberOfWord(dayWord);
  // `june 45 minutes` is no date.
  if (month === 0 || day === null || (!dayFirst && unitOfWord(words.peek()) !== null)) return false;
  checkDay(day, month, null);
  said.months = month;
  said.monthDays = [day];
  return true;
}

/** `the 1st and 15th`, `the 31st or the months last day`. */
function readMonthDays(words: Words, said: Said): boolean {
  skipOn(words);
  if (words.skip("day")) words.skip("the");
  const days = words.list(() => {
    words.skip("the");
    words.skip("months");
    if (words.skip("last", "day")) return "L";
    const day = ordinalOfWord(words.take());
    return day === null || day < 1 || day > 31 ? null : day;
  });
  if (days.length === 0) return false;
  // Where there is no 31st, the last day stands for it; where there is, it is the last day.
  said.monthDays =
    days.includes("L") && days.includes(31) ? ["L", ...days.filter((day) => day !== "L" && day !== 31)] : days;
  readOf(words, said);
  return true;
}

function readMonths(words: Words, said: Said): boolean {
  words.skip("in");
  const months = words.list(() => monthOfWord(words.take() ?? "") || null);
  if (months.length === 0) return false;
  said.months = months.length === 1 ? (months[0] as number) : months;
  return true;
}

/** `from 2026-01-05`, `starting on 5 january 2026`: what weeks are counted from. */
function readFrom(words: Words, said: Said): boolean {
  if (!words.skip("from") && !words.skip("starting") && !words.skip("since")) return false;
  const dates: Said = {};
  if (!readDates(words, dates) || dates.dates?.length !== 1) return false;
  said.from = dates.dates[0]?.slice(0, 10) as string;
  return true;
}
