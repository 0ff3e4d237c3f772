import { cronZoneOf, parseCron } from "../texts/cron.ts";
import type { FieldSet } from "../texts/fields.ts";
import { listOf, nameOf } from "../texts/lists.ts";
import { hasTimeFields, timeOfDayText } from "../texts/timesOfDay.ts";
import type {
  CalendarEntry,
  CalendarName,
  EventEntry,
  ExcludedEntry,
  Exclusion,
  IntervalEntry,
  ScheduleSpec,
} from "../types.ts";
import { DAY_MS, dateOf, dateText, parseDate } from "../zone/civil.ts";
import {
  clockPhrase,
  dateWords,
  dayPhrase,
  durationWords,
  everyWords,
  join,
  MONTHS,
  restricting,
  runs,
} from "./entryPhrases.ts";

/** An entry in words. As an exclusion it has no time unless it says one. */
export function describeEntry(entry: ExcludedEntry, kind: "calendar" | "exclude" = "calendar"): string {
  if (kind === "calendar") {
    const words = clockAndDay(clockPhrase(entry), dayPhrase(entry));
    return entry.dst === undefined ? words : `${words} (${ENTRY_DST_WORDS[entry.dst]})`;
  }
  const words = [hasTimeFields(entry) ? clockPhrase(entry) : "", dayPhrase(entry)].filter((part) => part !== "");
  const text = words.length > 0 ? words.join(" ") : "every day";
  return entry.timezone === undefined ? text : `${text} (${entry.timezone})`;
}

/** `every day` is said where otherwise a time of day would stand alone, or with months and years. */
function clockAndDay(clock: string, day: string): string {
  const words = day === "" ? clock : `${clock} ${day}`;
  return /^at \d/.test(clock) && !day.startsWith("on ") ? words.replace(clock, `${clock} every day`) : words;
}

/** A cron expression in words. Throws SpecError. */
export function describeCron(expression: string): string {
  const { entries, timezone } = parseCron(expression);
  const days = entries.map(dayPhrase).filter((phrase) => phrase !== "");
  const words = clockAndDay(clockPhrase(entries[0] as CalendarEntry), days.join(" or "));
  return timezone === undefined ? words : `${words} (${timezone})`;
}

function describeInterval(entry: string | IntervalEntry): string {
  if (typeof entry === "string") return everyWords(entry);
  const anchor = entry.anchor === undefined ? "" : ` from ${instantWords(entry.anchor)} UTC`;
  return entry.from === "completion"
    ? `${durationWords(entry.every)} after each run ends${anchor}`
    : `${everyWords(entry.every)}${anchor}`;
}

/** `1 January 2026 00:00`, in UTC. */
function instantWords(text: string): string {
  const at = Date.parse(text);
  const day = Math.floor(at / DAY_MS);
  const ms = at % 1000;
  const clock = timeOfDayText(at - day * DAY_MS);
  return `${dateWords(dateText(day))} ${clock}${ms === 0 ? "" : ` and ${(ms + 1000) % 1000} ms`}`;
}

function rangeWords(from: string, to: string): string {
  if (from === to) return dateWords(from);
  const [first, last] = [dateOf(parseDate(from) as number), dateOf(parseDate(to) as number)];
  return first.year === last.year && first.month === last.month
    ? `${first.dayOfMonth}–${dateWords(to)}`
    : `${dateWords(from)} to ${dateWords(to)}`;
}

/** More single times than this are told by their number. */
const MAX_NAMED_AT = 5;

/** `once on 24 December 2026 at 18:00`. */
function describeAt(at: readonly string[]): string[] {
  const sorted = [...new Set(at.map((text) => text.replace(/(T\d\d:\d\d):00$/, "$1")))].sort();
  const words = sorted.map((text) => `${dateWords(text.slice(0, 10))} at ${text.slice(11)}`);
  if (words.length <= 1) return words.map((text) => `once on ${text}`);
  if (words.length <= MAX_NAMED_AT) return [`on ${join(words)}`];
  return [`at ${words.length} times from ${words[0]} to ${words.at(-1)}`];
}

/** What a schedule is called, by its id; undefined where that is not known. */
export type NameOfSchedule = (scheduleId: string) => string | undefined;

/** An event in words: `after backup completes`, `5 minutes after the machine has started`. */
export function describeEvent(event: EventEntry, nameOf: NameOfSchedule = () => undefined): string {
  const delay = event.delay === undefined ? null : durationWords(event.delay);
  if ("after" in event) {
    const { scheduleId, outcome = "completed" } = event.after;
    const words = `after ${nameOf(scheduleId) ?? scheduleId} ${AFTER_WORDS[outcome]}`;
    return delay === null ? words : `${delay} ${words}`;
  }
  const happens =
    "boot" in event ? "the machine has started" : "start" in event ? "Almanac starts" : "the machine wakes";
  return delay === null ? `when ${happens}` : `${delay} after ${happens}`;
}

const AFTER_WORDS = { completed: "completes", failed: "fails", ended: "ends" };

/** Single dates by their months: `24–26 and 31 December 2026`. */
function datesWords(dates: readonly string[]): string[] {
  const days = [...new Set(dates.map((date) => parseDate(date) as number))].sort((a, b) => a - b).map(dateOf);
  const byMonth = new Map<string, number[]>();
  for (const { year, month, dayOfMonth } of days) {
    const name = `${MONTHS[month - 1]} ${year}`;
    byMonth.set(name, [...(byMonth.get(name) ?? []), dayOfMonth]);
  }
  return [...byMonth].map(([month, list]) => `${join(runs(list, String))} ${month}`);
}

function describeExclusions(list: readonly Exclusion[]): string[] {
  const dates = list.filter((one) => typeof one === "string");
  const others = list.filter((one) => typeof one !== "string").map(describeExclusion);
  return [...others, ...datesWords(dates)];
}

function describeExclusion(exclusion: Exclude<Exclusion, string>): string {
  if ("calendar" in exclusion) return `the calendar "${exclusion.calendar}"`;
  if ("to" in exclusion) return rangeWords(exclusion.from, exclusion.to);
  const month = restricting("month", exclusion.month);
  const days = restricting("dayOfMonth", exclusion.dayOfMonth);
  const year = restricting("year", exclusion.year);
  const only = Object.keys(exclusion).every((key) => ["month", "dayOfMonth", "year", "comment"].includes(key));
  if (only && days && monthDaysOnly(days) && month?.values.length === 1 && (year?.values.length ?? 1) === 1) {
    const words = `${join(runs(days.values, String))} ${MONTHS[(month.values[0] as number) - 1]}`;
    return year ? `${words} ${year.values[0]}` : words;
  }
  return describeEntry(exclusion, "exclude");
}

function monthDaysOnly(set: FieldSet): boolean {
  return set.fromEnd.length === 0 && set.nearestWeekday.length === 0 && !set.lastWeekday;
}

const ENTRY_DST_WORDS = {
  vixie: "listed times that the clock skips run right after",
  literal: "times that the clock skips do not run, those that it repeats run twice",
  shift: "times that the clock skips run later by as much",
};

const DST_WORDS = {
  vixie: "",
  literal: "skipping times the clock skips and repeating those it repeats",
  shift: "moving times the clock skips later by as much",
};

/** Counts days by the clock and not by so many hours. */
const byTheClock = (every: string): boolean => /^(\d+w)?(\d+d)?$/.test(every);

/** Whether the spec's zone has no say: each entry has its own, or counts real time, and no day is left out by a clock. */
function zoneHasNoSay(spec: ScheduleSpec): boolean {
  if (spec.calendar !== undefined || spec.at !== undefined) return false;
  if (!listOf(spec.cron).every((expression) => cronZoneOf(expression) !== undefined)) return false;
  const intervals = listOf<string | IntervalEntry>(spec.interval);
  if (intervals.length === 0) return true;
  if (listOf<Exclusion>(spec.exclude).length > 0 || listOf<CalendarName>(spec.onlyOn).length > 0) return false;
  return intervals.every((entry) =>
    typeof entry === "string" ? !byTheClock(entry) : entry.from === "completion" || !byTheClock(entry.every),
  );
}

/** The whole spec as a sentence. The zone is left out with `zone: false`; `nameOf` says what the schedules are called that it comes after. */
export function describeSpec(spec: ScheduleSpec, options: { zone?: boolean; nameOf?: NameOfSchedule } = {}): string {
  const parts = [
    ...listOf(spec.cron).map(describeCron),
    ...listOf<CalendarEntry>(spec.calendar).map((entry) => describeEntry(entry)),
    ...listOf<string | IntervalEntry>(spec.interval).map(describeInterval),
    ...describeAt(listOf(spec.at)),
    ...listOf<EventEntry>(spec.on).map((event) => describeEvent(event, options.nameOf)),
  ];
  const excluded = describeExclusions(listOf<Exclusion>(spec.exclude));
  const only = listOf<CalendarName>(spec.onlyOn).map((name) => `the calendar "${nameOf(name)}"`);
  const zone = options.zone === false || zoneHasNoSay(spec) ? "" : (spec.timezone ?? "UTC");
  // The zone that ends the sentence holds for the bounds, too, where it is theirs.
  const utc = zone === "UTC" ? "" : " UTC";
  const sentence = [
    parts.length > 2 ? `${parts.slice(0, -1).join("; ")}; and ${parts.at(-1)}` : parts.join("; and "),
    only.length > 0 ? `only on days of ${join(only, "or")}` : "",
    excluded.length > 0 ? `except ${join(excluded)}` : "",
    spec.startAt ? `from ${instantWords(spec.startAt)}${utc}` : "",
    spec.endAt ? `until ${instantWords(spec.endAt)}${utc}` : "",
    spec.jitter && spec.jitter !== "0s" ? `delayed by up to ${durationWords(spec.jitter)}` : "",
    spec.dst ? DST_WORDS[spec.dst] : "",
    zone,
  ].filter((part) => part !== "");
  const text = sentence.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
