import { dateOf, parseDate } from "./civil.ts";
import { listOf } from "./compile.ts";
import { type CronFields, cronEntries, parseCron } from "./cron.ts";
import { type FieldSet, parseField } from "./fields.ts";
import { hasTimeFields, timeOfDayText } from "./timesOfDay.ts";
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

/** The step of evenly spread values that fill the whole field, or null. */
function stepOf(values: readonly number[], size: number): number | null {
  if (values.length < 2 || values[0] !== 0) return null;
  const step = (values[1] as number) - 0;
  if (step < 2 || values.length !== Math.ceil(size / step)) return null;
  return values.every((v, i) => v === i * step) ? step : null;
}

function unitPhrase(values: readonly number[], size: number, unit: string): string {
  if (values.length === size) return `every ${unit}`;
  const step = stepOf(values, size);
  if (step !== null && values.length > 2)
    return size % step === 0 ? `every ${step} ${unit}s` : `every ${step} ${unit}s from ${unit} 0`;
  return `${unit}${values.length > 1 ? "s" : ""} ${join(runs(values, String))}`;
}

const two = (n: number) => String(n).padStart(2, "0");

function clockPhrase(entry: CalendarEntry): string {
  if (entry.times) return `at ${join(entry.times.map(String))}`;
  if (entry.every !== undefined) {
    return entry.between
      ? `every ${entry.every} from ${entry.between[0]} to ${entry.between[1]}`
      : `every ${entry.every} from 00:00`;
  }
  if (entry.between) return `from ${entry.between[0]} to ${entry.between[1]}`;
  const hours = parseField("hour", entry.hour ?? 0).values;
  const minutes = parseField("minute", entry.minute ?? 0).values;
  const seconds = parseField("second", entry.second ?? 0).values;
  if (hours.length * minutes.length * seconds.length <= 6) {
    const times: string[] = [];
    for (const h of hours)
      for (const m of minutes) for (const s of seconds) times.push(timeOfDayText((h * 3600 + m * 60 + s) * 1000));
    return `at ${join(times)}`;
  }
  const parts: string[] = [];
  const wholeSeconds = seconds.length === 1 && seconds[0] === 0;
  if (!wholeSeconds) parts.push(unitPhrase(seconds, 60, "second"));
  if (minutes.length === 60) {
    if (wholeSeconds) parts.push("every minute");
    else if (seconds.length < 60) parts.push("of every minute");
  } else if (minutes.length === 1 && minutes[0] === 0 && wholeSeconds && hours.length > 1) {
    if (hours.length === 24) return "every hour";
    const step = stepOf(hours, 24);
    if (step !== null && 24 % step === 0) return `every ${step} hours from 00:00`;
    parts.push("on the hour");
  } else {
    const phrase = unitPhrase(minutes, 60, "minute");
    parts.push(phrase.startsWith("minute") ? `at ${phrase} past` : phrase);
  }
  if (hours.length === 24) {
    if (minutes.length < 60 && !(parts.at(-1) ?? "").startsWith("every")) parts.push("every hour");
    else if (minutes.length < 60) parts.push("of every hour");
  } else {
    const names = runs(hours, (h) => `${two(h)}`);
    parts.push(`during hour${hours.length > 1 ? "s" : ""} ${join(names)}`);
  }
  return parts.join(" ");
}

function weekdayPhrase(values: readonly number[], plural: boolean): string {
  const key = values.join("");
  if (plural && key === "12345") return "weekdays";
  if (plural && key === "06") return "weekends";
  const monday = [...values].map((v) => (v === 0 ? 7 : v)).sort((a, b) => a - b);
  const texts = runs(monday, (v) => `${WEEKDAYS[v % 7]}`);
  return join(texts);
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
  if (weekOfMonth && dayOfWeek)
    parts.push(`on the ${join(weeksPhrase(weekOfMonth))} ${weekdayPhrase(dayOfWeek.values, false)} of the month`);
  else if (weekOfMonth) parts.push(`on the ${join(weeksPhrase(weekOfMonth))} seven days of the month`);
  else if (dayOfWeek && !dayOfMonth) parts.push(`on ${weekdayPhrase(dayOfWeek.values, true)}`);
  if (dayOfMonth) {
    const phrase = `the ${join(monthDayPhrase(dayOfMonth))}`;
    if (weekOfMonth) parts.push(`that is also ${phrase}`);
    else if (dayOfWeek)
      parts.push(
        `on ${phrase} when it is a ${join(
          runs(dayOfWeek.values, (v) => WEEKDAYS[v] as string),
          "or",
        )}`,
      );
    else parts.push(`on ${phrase}${month ? "" : " of the month"}`);
  }
  if (month) parts.push(`in ${join(runs(month.values, (m) => MONTHS[m - 1] as string))}`);
  if (year) parts.push(`in ${join(runs(year.values, String))}`);
  return parts.join(" ");
}

/** An entry in words. As an exclusion it has no time unless it says one. */
export function describeEntry(entry: CalendarEntry, kind: "calendar" | "exclude" = "calendar"): string {
  const clock = kind === "exclude" && !hasTimeFields(entry) ? "" : clockPhrase(entry);
  const day = dayPhrase(entry);
  return [clock, day].filter((part) => part !== "").join(" ") || "every day";
}

/** A cron expression in words. Throws SpecError. */
export function describeCron(expression: string): string {
  return describeCronFields(parseCron(expression));
}

function describeCronFields(fields: CronFields): string {
  const entries = cronEntries(fields);
  const [first] = entries as [CalendarEntry];
  const clock = clockPhrase(first);
  const { month: _month, ...dayless } = first;
  void dayless;
  const days = entries.map((entry) => dayPhrase({ ...entry, month: undefined })).filter((part) => part !== "");
  const month = dayPhrase({ month: first.month });
  const zone = fields.timezone === undefined ? "" : `(${fields.timezone})`;
  return [clock, days.join(" or "), month, zone].filter((part) => part !== "").join(" ");
}

function describeInterval(entry: string | IntervalEntry): string {
  if (typeof entry === "string") return `every ${entry}`;
  const anchor = entry.anchor === undefined ? "" : ` from ${entry.anchor}`;
  return entry.from === "completion" ? `${entry.every} after each run ends${anchor}` : `every ${entry.every}${anchor}`;
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
    spec.startAt ? `from ${spec.startAt}` : "",
    spec.endAt ? `until ${spec.endAt}` : "",
    spec.jitter && spec.jitter !== "0s" ? `up to ${spec.jitter} later` : "",
    spec.dst ? DST_WORDS[spec.dst] : "",
    options.zone === false ? "" : (spec.timezone ?? "UTC"),
  ].filter((part) => part !== "");
  const text = sentence.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
