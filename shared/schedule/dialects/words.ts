import { MONTH_NAMES, parseField, WEEKDAY_NAMES } from "../texts/fields.ts";
import type { CalendarEntry, FieldValue, ScheduleSpec } from "../types.ts";
import { DAY_MS, dateText, dayOf, daysInMonth, parseDate, weekdayOf } from "../zone/civil.ts";
import { getZone, isKnownZone } from "../zone/zone.ts";
import { clockText, inZone, type Reader, type Reading, refuseWhen, type WhenContext } from "./dialect.ts";

// Phrases of a text are read one after the other, in any order; the whole of it has to be understood.

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
const ORDINALS = ["", "first", "second", "third", "fourth", "fifth"];
const UNITS = ["second", "minute", "hour", "day", "week", "month"] as const;
type Unit = (typeof UNITS)[number];
const UNIT_TEXT = { second: "s", minute: "m", hour: "h", day: "d", week: "w" } as const;
const FULL_DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const FULL_MONTHS = [
  ...["january", "february", "march", "april", "may", "june"],
  ...["july", "august", "september", "october", "november", "december"],
];
const QUARTERS = "1,4,7,10";

/** What the phrases have said so far. */
interface Said {
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

function weekdayOfWord(word: string): number {
  const bare = word.replace(/s$/, "");
  const found = [WEEKDAY_NAMES, FULL_DAYS].map((names) => Math.max(names.indexOf(word), names.indexOf(bare)));
  const other = OTHER_DAYS.get(word) ?? -1;
  return Math.max(...found, other);
}

function monthOfWord(word: string): number {
  return Math.max(MONTH_NAMES.indexOf(word), FULL_MONTHS.indexOf(word), word === "sept" ? 8 : -1) + 1;
}

function numberOfWord(word: string | undefined): number | null {
  if (word === undefined) return null;
  if (/^\d{1,6}$/.test(word)) return Number(word);
  const index = NUMBERS.indexOf(word);
  if (index > 0) return index;
  return word === "a" || word === "an" ? 1 : null;
}

function ordinalOfWord(word: string | undefined): number | null {
  if (word === undefined) return null;
  if (word === "last") return -1;
  const index = ORDINALS.indexOf(word);
  if (index > 0) return index;
  const match = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(word);
  return match === null ? null : Number(match[1]);
}

function unitOfWord(word: string | undefined): Unit | null {
  const bare = word?.replace(/s$/, "");
  const short = SHORT_UNITS.get(bare ?? "");
  return short ?? UNITS.find((unit) => unit === bare) ?? null;
}

/** A time of day; a bare number only where it can be nothing else. */
function timeOfWord(word: string | undefined, bare: boolean): string | null {
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
function wordsOf(text: string): string[] {
  return text
    .replace(/[’']s\b/g, "s")
    .replace(/[A-Za-z_]+\/[A-Za-z_/+-]+/g, (zone) => ` ${zone} `)
    .replace(/(\d)\s+([ap]\.?m\.?)(?=\W|$)/gi, (_all, digit: string, half: string) => digit + half.replaceAll(".", ""))
    .replace(/[,;]|\band\b|\bor\b|&/gi, " , ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => (word.includes("/") ? word : word.toLowerCase().replace(/\.$/, "")));
}

class Words {
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

/** Reads phrases into what they say. Returns whether one was read. */
function readPhrase(words: Words, said: Said): boolean {
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

function readZone(words: Words, said: Said): boolean {
  words.skip("in");
  const word = words.take();
  if (word === undefined || !(word.includes("/") || word === "utc") || !isKnownZone(word)) return false;
  said.zone = word === "utc" ? "UTC" : word;
  return true;
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
function readDates(words: Words, said: Said): boolean {
  words.skip("on");
  const dates = words.list(() => {
    words.skip("the");
    const word = words.take() ?? "";
    const iso = /^(\d{4}-\d{2}-\d{2})(?:t(\d{2}:\d{2}(?::\d{2})?))?$/.exec(word);
    if (iso !== null) {
      if (parseDate(iso[1] as string) === null) return null;
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
    if (month === 0 || day === null || year === null || day < 1 || day > daysInMonth(year, month)) return null;
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
  if (month === 0 || day === null || day < 1 || day > daysInMonth(2000, month)) return false;
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

/** The local date and time of an instant, as `YYYY-MM-DDTHH:MM:SS`. */
function localText(at: number, zone: string): string {
  const local = at + getZone(zone).offsetAt(at);
  return new Date(local).toISOString().slice(0, 19).replace(/:00$/, "");
}

/** Words such as "every 5 minutes", "weekdays at 9:00", "in 20 minutes". */
export const readWords: Reader = (text, context) => {
  const said: Said = {};
  const words = new Words(wordsOf(text));
  const today = /^(today|tomorrow)$/.exec(words.peek() ?? "")?.[1];
  if (today !== undefined) {
    words.take();
    const at = presentOf(context, text) + (today === "tomorrow" ? DAY_MS : 0);
    said.dates = [localText(at, context.timezone ?? "UTC").slice(0, 10)];
  }
  while (!words.done) {
    if (readPhrase(words, said)) continue;
    throw refuseWhen(
      text,
      `"${(words.peek() ?? "").slice(0, 40)}" is not understood; cron, another program's text, or words such as "every 5 minutes", "weekdays at 9:00" or "first monday of the month at 18:00" are taken`,
    );
  }
  return build(said, text, { ...context, ...(said.zone === undefined ? {} : { timezone: said.zone }) });
};

function presentOf({ now }: WhenContext, text: string): number {
  if (now === undefined)
    throw refuseWhen(text, "it counts from the present, which is not told here; a date such as 2026-12-24 is taken");
  return now;
}

/** A date may be said with its weekday, and with nothing that repeats. */
function checkDates({ dates = [], weekdays, ...said }: Said, text: string): void {
  for (const date of dates) {
    const day = weekdayOf(parseDate(date.slice(0, 10)) as number);
    if (weekdays !== undefined && !parseField("dayOfWeek", weekdays).values.includes(day)) {
      throw refuseWhen(text, `${date.slice(0, 10)} is a ${FULL_DAYS[day]}`);
    }
  }
  if (said.every ?? said.nth ?? said.alternate ?? said.monthDays ?? said.months ?? said.between ?? said.daily) {
    throw refuseWhen(text, "a date comes once, and nothing that repeats goes with it");
  }
}

function build(said: Said, text: string, context: WhenContext): Reading {
  const notes: string[] = [];
  const zone = context.timezone ?? "UTC";
  const spec = (when: ScheduleSpec): Reading => ({ spec: inZone(when, context.timezone), notes });
  if (said.after !== undefined) return spec({ at: localText(presentOf(context, text) + said.after, zone) });
  const times = said.times === undefined ? undefined : [...new Set(said.times)].sort();
  if (said.dates !== undefined) {
    checkDates(said, text);
    const at = said.dates.flatMap((date) =>
      date.includes("T") ? [date] : (times ?? ["00:00"]).map((time) => `${date}T${time}`),
    );
    if (times === undefined && said.dates.some((date) => !date.includes("T")))
      notes.push("No time is said: 00:00 is taken.");
    return spec({ at: at.length === 1 ? (at[0] as string) : at });
  }
  const { every } = said;
  const days = daysOf(said, text, context, notes);
  const bound = Object.keys(days).length > 0;
  if (every !== undefined && (every.unit === "second" || every.unit === "minute" || every.unit === "hour")) {
    if (times !== undefined)
      throw refuseWhen(text, `every ${every.count} ${every.unit}s and times of day do not go together`);
    const duration = `${every.count}${UNIT_TEXT[every.unit]}`;
    if (!bound && said.between === undefined) return spec({ interval: duration });
    return spec({
      calendar: { ...days, every: duration, ...(said.between === undefined ? {} : { between: said.between }) },
    });
  }
  if (said.between !== undefined)
    throw refuseWhen(
      text,
      "between two times is taken with every so many minutes, such as every 15 minutes between 9:00 and 17:00",
    );
  const dayless = !bound && said.daily !== true && every === undefined;
  if (dayless && times === undefined) throw refuseWhen(text, "it says neither days nor times");
  if (
    every !== undefined &&
    !bound &&
    (every.unit === "day" || every.unit === "week") &&
    (every.count > 1 || times === undefined)
  ) {
    if (times === undefined) return spec({ interval: `${every.count}${UNIT_TEXT[every.unit]}` });
    if (times.length > 1) throw refuseWhen(text, `every ${every.count} ${every.unit}s takes one time of day`);
    const date = said.from ?? localText(presentOf(context, text), zone).slice(0, 10);
    const local = (parseDate(date) as number) * DAY_MS + Date.parse(`1970-01-01T${times[0]}Z`);
    const anchor = new Date(local - getZone(zone).offsetAt(local)).toISOString().replace(".000Z", "Z");
    return spec({ interval: { every: `${every.count}${UNIT_TEXT[every.unit]}`, anchor } });
  }
  if (every !== undefined && !bound)
    throw refuseWhen(
      text,
      `on which day of the ${every.unit}? Such as "${every.unit}ly on ${every.unit === "week" ? "monday" : "the 1st"} at 9:00"`,
    );
  if (times === undefined) notes.push("No time is said: 00:00 is taken.");
  return spec({ calendar: { ...days, times: times ?? ["00:00"] } });
}

/** The day fields of an entry. */
function daysOf(said: Said, text: string, context: WhenContext, notes: string[]): CalendarEntry {
  const { every, nth, weekdays, alternate } = said;
  const days: CalendarEntry = {};
  const one = (list: readonly (number | string)[]): FieldValue =>
    list.length === 1 ? (list[0] as number | string) : list;
  if (said.months !== undefined) days.month = said.months;
  if (nth?.of === "business") days.businessDay = one(nth.weeks);
  else if (nth?.of === "day") days.dayOfMonth = one(nth.weeks.map((week) => (week < 0 ? "L" : week)));
  else if (nth !== undefined) days.weekOfMonth = one(nth.weeks);
  if (weekdays !== undefined) days.dayOfWeek = weekdays;
  if (said.monthDays !== undefined) days.dayOfMonth = one(said.monthDays);
  const count = alternate ?? (every?.unit === "week" || every?.unit === "month" ? every.count : 1);
  const chosen = weekdays !== undefined || said.monthDays !== undefined || nth !== undefined;
  if (count > 1 && chosen) {
    const from = said.from ?? localText(presentOf(context, text), context.timezone ?? "UTC").slice(0, 10);
    if (alternate === undefined && every?.unit === "month") days.everyMonths = count;
    else days.everyWeeks = count;
    days.from = from;
    if (said.from === undefined)
      notes.push(`Counted from this ${days.everyMonths === undefined ? "week" : "month"}: ${from}.`);
    if (alternate !== undefined && alternate <= 5) {
      const week = ORDINALS[alternate] as string;
      notes.push(
        `"every ${week}" is read as each ${alternate} weeks; the ${week} of each month is said as "the ${week} ${FULL_DAYS[Number(weekdays)] ?? "day"} of the month".`,
      );
    }
  }
  if (said.months !== undefined && !chosen) days.dayOfMonth = 1;
  return days;
}
