import { DAY_MS, dateOf, dateText, parseDate } from "./civil.ts";
import { listOf } from "./compile.ts";
import { type CronFields, cronEntries, cronZoneOf, parseCron } from "./cron.ts";
import { type FieldSet, parseField } from "./fields.ts";
import { compileTimes, hasTimeFields, timeOfDayText } from "./timesOfDay.ts";
import type { CalendarEntry, Exclusion, FieldValue, IntervalEntry, ScheduleSpec } from "./types.ts";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
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
function join(parts: readonly string[], last = "and"): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}

/** Runs of three or more as `a–b`, the rest one by one. */
function runs(values: readonly number[], name: (value: number) => string, dash = "–"): string[] {
  const texts: string[] = [];
  for (let i = 0; i < values.length; ) {
    let j = i;
    while (j + 1 < values.length && values[j + 1] === (values[j] as number) + 1) j++;
    const from = values[i] as number;
    const to = values[j] as number;
    if (j - i >= 2) texts.push(`${name(from)}${dash}${name(to)}`);
    else for (let v = from; v <= to; v++) texts.push(name(v));
    i = j + 1;
  }
  return texts;
}

/** The step of values that are spread evenly from 0 and go into the whole without rest, or null. */
function stepOf(values: readonly number[], size: number): number | null {
  if (values.length < 3 || values.length === size || size % values.length !== 0) return null;
  const step = size / values.length;
  return values.every((value, i) => value === i * step) ? step : null;
}

/** `minutes 5, 10–12 and 20`. */
function unitList(unit: string, values: readonly number[]): string {
  return `${unit}${values.length > 1 ? "s" : ""} ${join(runs(values, String))}`;
}

/** How often within the whole: `every second`, `every 5 minutes`; or null where that does not say it. */
function unitEvery(unit: string, values: readonly number[], size: number): string | null {
  if (values.length === size) return `every ${unit}`;
  const step = stepOf(values, size);
  return step === null ? null : `every ${step} ${unit}s`;
}

const two = (n: number) => String(n).padStart(2, "0");

const UNIT_WORDS = { w: "week", d: "day", h: "hour", m: "minute", s: "second", ms: "millisecond" } as const;

/** A duration as it was written, with its units in words: `1 hour 30 minutes`. */
function durationWords(text: string): string {
  return text
    .replace(
      /([\d.]+)(ms|[wdhms])/g,
      (_, count: string, unit: keyof typeof UNIT_WORDS) =>
        `${Number(count)} ${UNIT_WORDS[unit]}${Number(count) === 1 ? "" : "s"} `,
    )
    .trim();
}

/** `every second`, `every 90 minutes`. */
function everyWords(text: string): string {
  const words = durationWords(text);
  return `every ${words.replace(/^1 (\w+)$/, "$1")}`;
}

/** Up to so many times of day are named one by one. */
const MAX_NAMED_TIMES = 6;

function fieldsPhrase(entry: CalendarEntry): string {
  const hours = parseField("hour", entry.hour ?? 0).values;
  const minutes = parseField("minute", entry.minute ?? 0).values;
  const seconds = parseField("second", entry.second ?? 0).values;
  if (hours.length * minutes.length * seconds.length <= MAX_NAMED_TIMES) {
    return `at ${join([...compileTimes(entry)].map(timeOfDayText))}`;
  }
  const everyHour = hours.length === 24;
  const [firstHour, lastHour] = [hours[0] as number, hours.at(-1) as number];
  const inOneRun = hours.length > 1 && lastHour - firstHour === hours.length - 1;
  const ofHours = everyHour
    ? ""
    : inOneRun
      ? ` between ${two(firstHour)}:00 and ${two(lastHour)}:59`
      : ` in ${unitList("hour", hours)}`;
  const everyMinutes = unitEvery("minute", minutes, 60);
  if (seconds.length === 1 && seconds[0] === 0) {
    if (minutes.length === 1 && minutes[0] === 0) {
      if (inOneRun && !everyHour) return `every hour from ${two(firstHour)}:00 to ${two(lastHour)}:00`;
      return unitEvery("hour", hours, 24) ?? `on the hour${ofHours}`;
    }
    if (everyMinutes) return `${everyMinutes}${ofHours}`;
    return `at ${unitList("minute", minutes)}${everyHour ? " of every hour" : ofHours}`;
  }
  const secondsPhrase = unitEvery("second", seconds, 60) ?? `at ${unitList("second", seconds)} of every minute`;
  if (minutes.length === 60) return `${secondsPhrase}${ofHours}`;
  return `${secondsPhrase} in ${unitList("minute", minutes)}${everyHour ? " of every hour" : ofHours}`;
}

function clockPhrase(entry: CalendarEntry): string {
  if (entry.times) return `at ${join([...compileTimes(entry)].map(timeOfDayText))}`;
  const window = entry.between && `from ${entry.between[0]} to ${entry.between[1]}`;
  if (entry.every !== undefined) return `${everyWords(entry.every)} ${window ?? "of the day from 00:00"}`;
  return window ?? fieldsPhrase(entry);
}

function weekdayPhrase(values: readonly number[], plural: boolean): string {
  const key = values.join("");
  if (plural && key === "12345") return "weekdays";
  if (plural && key === "06") return "weekends";
  // Monday first, so that a week reads in order.
  const fromMonday = values.map((value) => (value === 0 ? 7 : value)).sort((a, b) => a - b);
  return join(runs(fromMonday, (value) => WEEKDAYS[value % 7] as string));
}

const NTH = ["", "first", "second", "third", "fourth", "fifth"];

function weeksPhrase(set: FieldSet): string[] {
  return [...set.values.filter((v) => v > 0), ...set.values.filter((v) => v < 0)].map((v) =>
    v < 0 ? "last" : (NTH[v] as string),
  );
}

function monthDayPhrase(set: FieldSet): string[] {
  const parts = runs(set.values, ordinal);
  for (const day of set.nearestWeekday) parts.push(`weekday nearest the ${ordinal(day)}`);
  for (const back of [...set.fromEnd].reverse())
    parts.push(back === 1 ? "last day" : back === 2 ? "last day but one" : `${ordinal(back)} last day`);
  if (set.lastWeekday) parts.push("last weekday");
  return parts;
}

function restricting(
  name: "dayOfMonth" | "month" | "dayOfWeek" | "weekOfMonth" | "year",
  value: FieldValue | undefined,
): FieldSet | null {
  if (value === undefined) return null;
  const set = parseField(name, value);
  return set.all ? null : set;
}

function dayPhrase(entry: CalendarEntry): string {
  const dayOfMonth = restricting("dayOfMonth", entry.dayOfMonth);
  const dayOfWeek = restricting("dayOfWeek", entry.dayOfWeek);
  const weekOfMonth = restricting("weekOfMonth", entry.weekOfMonth);
  const month = restricting("month", entry.month);
  const year = restricting("year", entry.year);
  const parts: string[] = [];
  const months = month ? join(runs(month.values, (value) => MONTHS[value - 1] as string)) : "the month";
  if (weekOfMonth) {
    const weeks = join(weeksPhrase(weekOfMonth));
    const days = dayOfWeek ? weekdayPhrase(dayOfWeek.values, false) : "seven days";
    parts.push(`on the ${weeks} ${days}`);
    if (dayOfMonth) parts.push(`where that is the ${join(monthDayPhrase(dayOfMonth), "or")}`);
    parts.push(`of ${months}`);
  } else if (dayOfMonth) {
    parts.push(`on the ${join(monthDayPhrase(dayOfMonth))} of ${months}`);
    if (dayOfWeek)
      parts.push(
        `where that is a ${join(
          runs(dayOfWeek.values, (value) => WEEKDAYS[value] as string),
          "or",
        )}`,
      );
  } else {
    if (dayOfWeek) parts.push(`on ${weekdayPhrase(dayOfWeek.values, true)}`);
    if (month) parts.push(`in ${months}`);
  }
  if (year) parts.push(`in ${join(runs(year.values, String))}`);
  return parts.join(" ");
}

/** An entry in words. As an exclusion it has no time unless it says one. */
export function describeEntry(entry: CalendarEntry, kind: "calendar" | "exclude" = "calendar"): string {
  const timeless = kind === "exclude" && !hasTimeFields(entry);
  return clockAndDay(timeless ? "" : clockPhrase(entry), dayPhrase(entry));
}

/** `every day` is said where otherwise only a time of day would be. */
function clockAndDay(clock: string, day: string): string {
  if (day !== "") return clock === "" ? day : `${clock} ${day}`;
  return clock === "" ? "every day" : /^(?:at \d|from )/.test(clock) ? `${clock} every day` : clock;
}

/** A cron expression in words. Throws SpecError. */
export function describeCron(expression: string): string {
  return describeCronFields(parseCron(expression));
}

function describeCronFields(fields: CronFields): string {
  const entries = cronEntries(fields);
  const days = entries.map(dayPhrase).filter((phrase) => phrase !== "");
  const words = clockAndDay(clockPhrase(entries[0] as CalendarEntry), days.join(" or "));
  return fields.timezone === undefined ? words : `${words} (${fields.timezone})`;
}

function describeInterval(entry: string | IntervalEntry): string {
  if (typeof entry === "string") return everyWords(entry);
  const anchor = entry.anchor === undefined ? "" : ` from ${instantWords(entry.anchor)}`;
  return entry.from === "completion"
    ? `${durationWords(entry.every)} after each run ends${anchor}`
    : `${everyWords(entry.every)}${anchor}`;
}

/** `1 January 2026 00:00 UTC`. */
function instantWords(text: string): string {
  const at = Date.parse(text);
  const day = Math.floor(at / DAY_MS);
  const ms = at % 1000;
  const clock = timeOfDayText(at - day * DAY_MS);
  return `${dateWords(dateText(day))} ${clock}${ms === 0 ? "" : ` and ${(ms + 1000) % 1000} ms`} UTC`;
}

function dateWords(text: string): string {
  const { year, month, dayOfMonth } = dateOf(parseDate(text) as number);
  return `${dayOfMonth} ${MONTHS[month - 1]} ${year}`;
}

function describeExclusion(exclusion: Exclusion): string {
  if (typeof exclusion === "string") return dateWords(exclusion);
  if ("calendar" in exclusion) return `the calendar "${exclusion.calendar}"`;
  if ("from" in exclusion) return `${dateWords(exclusion.from)} to ${dateWords(exclusion.to)}`;
  const month = restricting("month", exclusion.month);
  const days = restricting("dayOfMonth", exclusion.dayOfMonth);
  const only = Object.keys(exclusion).every((key) => key === "month" || key === "dayOfMonth" || key === "comment");
  if (only && month && days && month.values.length === 1 && monthDaysOnly(days)) {
    return `${join(runs(days.values, String))} ${MONTHS[(month.values[0] as number) - 1]}`;
  }
  return describeEntry(exclusion, "exclude");
}

function monthDaysOnly(set: FieldSet): boolean {
  return set.fromEnd.length === 0 && set.nearestWeekday.length === 0 && !set.lastWeekday;
}

const DST_WORDS = {
  vixie: "",
  literal: "skipping times the clock skips and repeating those it repeats",
  shift: "moving times the clock skips to after the change",
};

/** Whether each of its entries has a zone of its own, so that the spec's has no say. */
function saysOwnZones(spec: ScheduleSpec): boolean {
  if (spec.calendar !== undefined || spec.interval !== undefined) return false;
  return listOf(spec.cron).every((expression) => cronZoneOf(expression) !== undefined);
}

/** The whole spec as a sentence. The zone is left out with `zone: false`. */
export function describeSpec(spec: ScheduleSpec, options: { zone?: boolean } = {}): string {
  const parts = [
    ...listOf(spec.cron).map(describeCron),
    ...listOf<CalendarEntry>(spec.calendar).map((entry) => describeEntry(entry)),
    ...listOf<string | IntervalEntry>(spec.interval).map(describeInterval),
  ];
  const excluded = listOf<Exclusion>(spec.exclude).map(describeExclusion);
  const sentence = [
    parts.join("; and "),
    excluded.length > 0 ? `except ${join(excluded)}` : "",
    spec.startAt ? `from ${instantWords(spec.startAt)}` : "",
    spec.endAt ? `until ${instantWords(spec.endAt)}` : "",
    spec.jitter && spec.jitter !== "0s" ? `up to ${durationWords(spec.jitter)} later` : "",
    spec.dst ? DST_WORDS[spec.dst] : "",
    options.zone === false || saysOwnZones(spec) ? "" : (spec.timezone ?? "UTC"),
  ].filter((part) => part !== "");
  const text = sentence.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
