import { formatDuration, parseDuration } from "../texts/duration.ts";
import { type FieldName, type FieldSet, parseField } from "../texts/fields.ts";
import { listOf } from "../texts/lists.ts";
import { compileTimes, isOverMidnight, parseTimeOfDay, timeOfDayText } from "../texts/timesOfDay.ts";
import type { CalendarEntry, FieldValue } from "../types.ts";
import { DAY_MS, dateOf, parseDate } from "../zone/civil.ts";

// The parts of an entry in words: its time of day and its days. Entries with the same words fire at the same instants.

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** `a, b and c`. */
export function join(parts: readonly string[], last = "and"): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}

/** Runs of three or more as `a–b`, the rest one by one. */
export function runs(values: readonly number[], name: (value: number) => string): string[] {
  const texts: string[] = [];
  for (let i = 0; i < values.length; ) {
    let j = i;
    while (j + 1 < values.length && values[j + 1] === (values[j] as number) + 1) j++;
    const from = values[i] as number;
    const to = values[j] as number;
    if (j - i >= 2) texts.push(`${name(from)}–${name(to)}`);
    else for (let v = from; v <= to; v++) texts.push(name(v));
    i = j + 1;
  }
  return texts;
}

/** From so many values on, what is evenly spread is said as a step rather than one by one. */
const LEAST_STEPS = 5;

/** The distance of values that are evenly spread, where there are enough of them to say it so; null otherwise. */
function stepOf(values: ArrayLike<number>): number | null {
  if (values.length < LEAST_STEPS) return null;
  const step = (values[1] as number) - (values[0] as number);
  for (let i = 2; i < values.length; i++) if ((values[i] as number) - (values[i - 1] as number) !== step) return null;
  return step;
}

/** `every 4th year from 2028 to 2060`; null where the values are not evenly spread, or one after the other. */
function everyNth(unit: string, values: readonly number[], name: (value: number) => string): string | null {
  const step = stepOf(values);
  if (step === null || step === 1) return null;
  return `every ${ordinal(step)} ${unit} from ${name(values[0] as number)} to ${name(values.at(-1) as number)}`;
}

/** `minutes 5, 10–12 and 20`, `every 7th minute from 0 to 56`. */
function unitList(unit: string, values: readonly number[]): string {
  return everyNth(unit, values, String) ?? `${unit}${values.length > 1 ? "s" : ""} ${join(runs(values, String))}`;
}

/** How often within the whole: `every second`, `every 5 minutes`; or null where that does not say it. */
function unitEvery(unit: string, values: readonly number[], size: number): string | null {
  if (values.length === size) return `every ${unit}`;
  if (values.length < 3 || size % values.length !== 0) return null;
  const step = size / values.length;
  return values.every((value, i) => value === i * step) ? `every ${step} ${unit}s` : null;
}

const UNIT_WORDS = { w: "week", d: "day", h: "hour", m: "minute", s: "second", ms: "millisecond" } as const;

/** A duration as it was written, with its units in words: `1 hour 30 minutes`. */
export function durationWords(text: string): string {
  const parts = [...text.matchAll(/([\d.]+)(ms|[wdhms])/g)].map(([, count, unit]) => {
    const word = UNIT_WORDS[unit as keyof typeof UNIT_WORDS];
    return { count: Number(count), words: `${Number(count)} ${word}${Number(count) === 1 ? "" : "s"}` };
  });
  const said = parts.filter(({ count }) => count > 0);
  return (said.length > 0 ? said : parts).map(({ words }) => words).join(" ");
}

/** `every second`, `every 90 minutes`. */
export function everyWords(text: string): string {
  return `every ${durationWords(text).replace(/^1 (\w+)$/, "$1")}`;
}

/** Times that are spread evenly over the whole day or a part of it: `every 2 hours`, `every hour from 09:00 to 17:00`. */
function evenTimes(times: Int32Array): string | null {
  const step = stepOf(times);
  if (step === null) return null;
  const [first, last] = [times[0] as number, times.at(-1) as number];
  const every = everyWords(formatDuration(step));
  return first === 0 && last + step === DAY_MS
    ? every
    : `${every} from ${timeOfDayText(first)} to ${timeOfDayText(last)}`;
}

function namedTimes(times: Int32Array): string {
  return `at ${join([...times].map(timeOfDayText))}`;
}

/** More times than this are said by their hours, minutes and seconds. */
const MAX_NAMED_TIMES = 8;

const two = (n: number) => String(n).padStart(2, "0");

function fieldsPhrase(entry: CalendarEntry): string {
  const times = compileTimes(entry);
  const hours = parseField("hour", entry.hour ?? 0).values;
  const minutes = parseField("minute", entry.minute ?? 0).values;
  const seconds = parseField("second", entry.second ?? 0).values;
  const everyHour = hours.length === 24;
  const onMinute = seconds.length === 1 && seconds[0] === 0;
  // Once an hour or minute at another than its first is said by that minute or second.
  const off = seconds.length === 1 && !onMinute ? minutes.length === 60 : minutes.length === 1 && minutes[0] !== 0;
  const even = everyHour && off ? null : evenTimes(times);
  if (even !== null) return even;
  if (times.length <= MAX_NAMED_TIMES) return namedTimes(times);
  const [firstHour, lastHour] = [hours[0] as number, hours.at(-1) as number];
  const inOneRun = lastHour - firstHour === hours.length - 1;
  const ofHours = inOneRun ? ` between ${two(firstHour)}:00 and ${two(lastHour)}:59` : ` in ${unitList("hour", hours)}`;
  const ofEveryHour = everyHour ? " of every hour" : ofHours;
  if (onMinute) {
    const everyMinutes = unitEvery("minute", minutes, 60);
    if (everyMinutes) return `${everyMinutes}${ofHours}`;
    return `at ${unitList("minute", minutes)}${ofEveryHour}`;
  }
  const everySeconds = unitEvery("second", seconds, 60);
  if (minutes.length === 60) {
    return `${everySeconds ?? `at ${unitList("second", seconds)} of every minute`}${everyHour ? "" : ofHours}`;
  }
  return everySeconds
    ? `${everySeconds} in ${unitList("minute", minutes)}${ofEveryHour}`
    : `at ${unitList("second", seconds)} in ${unitList("minute", minutes)}${ofEveryHour}`;
}

/** An entry's time of day: `at 09:00`, `every 15 minutes from 09:00 to 17:00`. */
export function clockPhrase(entry: CalendarEntry): string {
  if (entry.times) return evenTimes(compileTimes(entry)) ?? namedTimes(compileTimes(entry));
  const { between } = entry;
  const window = between && `from ${between[0]} to ${between[1]}`;
  // Of every day the two parts of a window over midnight are one night; of some days they are not.
  const parted = between !== undefined && isOverMidnight(between) && dayPhrase(entry) !== "" ? between : null;
  if (entry.every === undefined) {
    if (window === undefined) return fieldsPhrase(entry);
    return parted === null ? window : `from 00:00 to ${parted[1]} and from ${parted[0]} to 24:00`;
  }
  const times = compileTimes(entry);
  if (times.length === 1) return namedTimes(times);
  const [first, last] = [times[0] as number, times.at(-1) as number];
  const every = everyWords(entry.every);
  if (first === 0 && times.length * parseDuration(entry.every) === DAY_MS) return every;
  if (parted !== null) {
    const from = parseTimeOfDay(parted[0]) as number;
    return partedTimes(
      every,
      times.filter((time) => time < from),
      times.filter((time) => time >= from),
    );
  }
  return `${every} ${window ?? `from ${timeOfDayText(first)} to ${timeOfDayText(last)}`}`;
}

/** `every 15 minutes from 00:00 to 06:00 and from 22:00 to 23:45`: of the parts of a day that a window over midnight has. */
function partedTimes(every: string, early: Int32Array, late: Int32Array): string {
  if (early.length < 2 && late.length < 2) return namedTimes(Int32Array.of(...early, ...late));
  const span = (times: Int32Array) =>
    `from ${timeOfDayText(times[0] as number)} to ${timeOfDayText(times.at(-1) as number)}`;
  const parts = [early, late].filter((times) => times.length > 0);
  // What comes once goes last, so that "every" is not said of it.
  parts.sort((a, b) => Number(a.length === 1) - Number(b.length === 1));
  return `${every} ${join(parts.map((times) => (times.length === 1 ? namedTimes(times) : span(times))))}`;
}

/** `weekdays`, `weekends`, `Mondays and Fridays`, `Monday–Thursday`. */
function weekdaysPhrase(values: readonly number[]): string {
  const key = values.join("");
  if (key === "12345") return "weekdays";
  if (key === "06") return "weekends";
  const names = runs(mondayFirst(values), (value) => WEEKDAYS[value % 7] as string);
  // A run reads badly in the plural.
  return join(names.some((name) => name.includes("–")) ? names : names.map((name) => `${name}s`));
}

/** Monday first and Sunday as 7, so that a week reads in order. */
function mondayFirst(values: readonly number[]): number[] {
  return values.map((value) => (value === 0 ? 7 : value)).sort((a, b) => a - b);
}

/** `a weekday`, `a Monday or Friday`. */
function aWeekday(values: readonly number[]): string {
  const key = values.join("");
  if (key === "12345") return "a weekday";
  if (key === "06") return "a Saturday or Sunday";
  return `a ${join(
    mondayFirst(values).map((value) => WEEKDAYS[value % 7] as string),
    "or",
  )}`;
}

const NTH = ["", "first", "second", "third", "fourth", "fifth"];

/** The last week comes last. */
function weekValues(set: FieldSet): number[] {
  return [...set.values.filter((v) => v > 0), ...set.values.filter((v) => v < 0)];
}

/** `the 1st, 15th and last day`. */
function monthDaysPhrase(set: FieldSet, last = "and"): string {
  const every = everyNth("day", set.values, (value) => `the ${ordinal(value)}`);
  const parts = every === null ? runs(set.values, ordinal) : [every];
  const plain = every === null && parts.length > 0;
  const ends = [...set.fromEnd]
    .reverse()
    .map((back) => (back === 1 ? "last day" : back === 2 ? "last day but one" : `${ordinal(back)}-to-last day`));
  // One article does for the days that are told in a word.
  parts.push(...ends.map((end, i) => (plain || i > 0 ? end : `the ${end}`)));
  for (const day of set.nearestWeekday) parts.push(`the weekday nearest the ${ordinal(day)}`);
  if (set.lastWeekday) parts.push("the last weekday");
  return `${plain ? "the " : ""}${join(parts, last)}`;
}

/** The field's values where it restricts, else null. */
export function restricting(
  name: Extract<FieldName, "dayOfMonth" | "month" | "dayOfWeek" | "weekOfMonth" | "year">,
  value: FieldValue | undefined,
): FieldSet | null {
  if (value === undefined) return null;
  const set = parseField(name, value);
  return set.all ? null : set;
}

/** `1 January 2026` of a date. */
export function dateWords(text: string): string {
  const { year, month, dayOfMonth } = dateOf(parseDate(text) as number);
  return `${dayOfMonth} ${MONTHS[month - 1]} ${year}`;
}

/** `the first and last business day`. */
function businessDaysPhrase(value: FieldValue): string {
  const set = parseField("businessDay", value);
  const ends = [...set.fromEnd].reverse().map((back) => (back === 1 ? "last" : `${ordinal(back)}-to-last`));
  return `the ${join([...runs(set.values, (nth) => NTH[nth] ?? ordinal(nth)), ...ends])} business day`;
}

/** `, or the business day before where that is a day of "holidays"`. */
function holidaysPhrase(entry: CalendarEntry): string {
  const names = join(
    listOf(entry.holidays).map((name) => `"${name}"`),
    "or",
  );
  if (names === "") return "";
  if (entry.businessDay !== undefined) return ` (no days of ${names})`;
  const { onHoliday = "skip" } = entry;
  return onHoliday === "skip"
    ? `, but not on days of ${names}`
    : `, or the business day ${onHoliday} where that is a day of ${names}`;
}

/** `in every 2nd week from 5 January 2026`. */
function periodPhrase({ everyWeeks, everyMonths, from }: CalendarEntry): string {
  if (from === undefined) return "";
  const [count, unit] = everyWeeks === undefined ? [everyMonths ?? 1, "month"] : [everyWeeks, "week"];
  return `${count === 1 ? "" : `in every ${ordinal(count)} ${unit} `}from ${dateWords(from)}`;
}

/** An entry's days with its weeks, months and holidays; empty where it means every day. */
export function dayPhrase(entry: CalendarEntry): string {
  return [datesPhrase(entry), periodPhrase(entry)].filter((part) => part !== "").join(" ") + holidaysPhrase(entry);
}

/** An entry's days: `on the second Tuesday of the month`; empty where it means every day. */
function datesPhrase(entry: CalendarEntry): string {
  const dayOfMonth = restricting("dayOfMonth", entry.dayOfMonth);
  const dayOfWeek = restricting("dayOfWeek", entry.dayOfWeek);
  const weekOfMonth = restricting("weekOfMonth", entry.weekOfMonth);
  const month = restricting("month", entry.month);
  const months = month && join(runs(month.values, (value) => MONTHS[value - 1] as string));
  const year = restricting("year", entry.year);
  const years = year && (everyNth("year", year.values, String) ?? join(runs(year.values, String)));
  const oneYear = year?.values.length === 1;
  const inYears = years === null ? "" : months !== null && oneYear ? ` ${years}` : ` in ${years}`;
  const ofMonths = ` of ${months ?? "the month"}${inYears}`;
  const where: string[] = [];
  let days: string;
  if (entry.businessDay !== undefined) {
    days = `on ${businessDaysPhrase(entry.businessDay)}${ofMonths}`;
    if (dayOfWeek) where.push(aWeekday(dayOfWeek.values));
    if (weekOfMonth) where.push(`in week ${join(weekValues(weekOfMonth).map(String), "or")}`);
  } else if (weekOfMonth) {
    const weeks = weekValues(weekOfMonth);
    if (dayOfWeek && dayOfWeek.values.length <= 2) {
      const nth = join(weeks.map((week) => (week < 0 ? "last" : (NTH[week] as string))));
      days = `on the ${nth} ${join(mondayFirst(dayOfWeek.values).map((value) => WEEKDAYS[value % 7] as string))}${ofMonths}`;
    } else {
      const spans = weeks.map((week) =>
        week < 0 ? "last seven days" : `${ordinal(week * 7 - 6)}–${ordinal(Math.min(31, week * 7))}`,
      );
      days = `on the ${join(spans)}${ofMonths}`;
      if (dayOfWeek) where.push(aWeekday(dayOfWeek.values));
    }
    if (dayOfMonth) where.push(monthDaysPhrase(dayOfMonth, "or"));
  } else if (dayOfMonth) {
    days = `on ${monthDaysPhrase(dayOfMonth)}${ofMonths}`;
    if (dayOfWeek) where.push(aWeekday(dayOfWeek.values));
  } else {
    const onDays = dayOfWeek ? `on ${weekdaysPhrase(dayOfWeek.values)}` : "";
    const inMonths = months === null ? "" : ` in ${months}`;
    const ofYears = months !== null && years !== null && !oneYear ? ` of ${years}` : inYears;
    days = `${onDays}${inMonths}${ofYears}`.trim();
  }
  return where.length > 0 ? `${days} where that is ${where.join(" and ")}` : days;
}
