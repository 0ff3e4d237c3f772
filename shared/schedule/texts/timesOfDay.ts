import type { CalendarEntry } from "../types.ts";
import { DAY_MS } from "../zone/civil.ts";
import { readDuration } from "./duration.ts";
import { FieldProblem, isStarred, parseField } from "./fields.ts";

const TIME_TAKEN = "a local time HH:MM or HH:MM:SS is expected";

/** Milliseconds of day of `HH:MM` or `HH:MM:SS`; null where it is no time of day. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (!match) return null;
  return (Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)) * 1000;
}

/** `HH:MM`, or `HH:MM:SS` where there are seconds. */
export function timeOfDayText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  return seconds % 60 === 0 ? text : `${text}:${two(seconds % 60)}`;
}

/** Whether an entry says anything about the time of day. */
export function hasTimeFields(entry: CalendarEntry): boolean {
  return (
    entry.hour !== undefined ||
    entry.minute !== undefined ||
    entry.second !== undefined ||
    entry.times !== undefined ||
    entry.every !== undefined ||
    entry.between !== undefined
  );
}

/** Whether an entry lists its times of day, so that `vixie` moves them out of gaps and fires them once: neither `every`, nor a field that begins with `*`. */
export function hasFixedTimes(entry: CalendarEntry): boolean {
  if (entry.times !== undefined) return true;
  if (entry.every !== undefined || entry.between !== undefined) return false;
  return !isStarred(entry.hour) && !isStarred(entry.minute) && !isStarred(entry.second);
}

function requireTime(text: string): number {
  const ms = parseTimeOfDay(text);
  if (ms === null) throw new FieldProblem(TIME_TAKEN);
  return ms;
}

/** First and last time of day of an entry with `every` or `between`, in ms, both included; the first lies after the last in a window over midnight. */
export function windowOf(entry: CalendarEntry): [from: number, to: number] {
  if (!entry.between) return [0, DAY_MS - 1000];
  return [requireTime(entry.between[0]), requireTime(entry.between[1])];
}

/** Whether a window begins later in the day than it ends: on each day it is the hours until its end and those from its beginning. */
export function isOverMidnight([from, to]: readonly [string, string]): boolean {
  return (parseTimeOfDay(from) ?? 0) > (parseTimeOfDay(to) ?? 0);
}

/** The times of day an entry fires at, in ms, sorted and each once. Throws FieldProblem. */
export function compileTimes(entry: CalendarEntry): Int32Array {
  if (entry.times) return sortedTimes(entry.times.map(requireTime));
  if (entry.every !== undefined) {
    const [from, to] = windowOf(entry);
    const read = readDuration(entry.every);
    if ("problem" in read) throw new FieldProblem(read.problem);
    const length = from <= to ? to - from : to + DAY_MS - from;
    const times = new Int32Array(Math.floor(length / read.ms) + 1);
    for (let i = 0; i < times.length; i++) times[i] = (from + i * read.ms) % DAY_MS;
    return from <= to ? times : times.sort();
  }
  const hours = parseField("hour", entry.hour ?? 0).values;
  const minutes = parseField("minute", entry.minute ?? 0).values;
  const seconds = parseField("second", entry.second ?? 0).values;
  const times = new Int32Array(hours.length * minutes.length * seconds.length);
  let i = 0;
  for (const hour of hours)
    for (const minute of minutes)
      for (const second of seconds) times[i++] = (hour * 3600 + minute * 60 + second) * 1000;
  return times;
}

function sortedTimes(list: readonly number[]): Int32Array {
  return Int32Array.from([...new Set(list)]).sort();
}

/** The parts of a day an entry excludes, as sorted disjoint ranges `from, to` of ms with `to` left out: whole seconds, or the whole window. */
export function compileWindows(entry: CalendarEntry): Int32Array {
  if (entry.between && entry.every === undefined) {
    const [from, to] = windowOf(entry);
    if (from <= to) return Int32Array.of(from, to + 1000);
    return from === to + 1000 ? Int32Array.of(0, DAY_MS) : Int32Array.of(0, to + 1000, from, DAY_MS);
  }
  const times = compileTimes(entry);
  const ranges = new Int32Array(2 * times.length);
  let length = 0;
  for (const time of times) {
    if (length > 0 && ranges[length - 1] === time) ranges[length - 1] = time + 1000;
    else {
      ranges[length++] = time;
      ranges[length++] = time + 1000;
    }
  }
  return ranges.slice(0, length);
}
