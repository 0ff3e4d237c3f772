import { specError } from "./errors.ts";
import { compileSpec } from "./matcher/compile.ts";
import { nextOccurrence, occurrencesBetween } from "./matcher/occurrences.ts";
import { parseSpec } from "./texts/spec.ts";
import type { ExclusionCalendar, ScheduleSpec } from "./types.ts";
import { describeSpec } from "./words/describe.ts";

/** Epoch ms of an instant. Throws SpecError where it is none: nothing would ever come after it. */
function instant(name: string, value: Date | number): number {
  if ((value instanceof Date || typeof value === "number") && Number.isFinite(Number(value))) return Number(value);
  throw specError(name, value instanceof Date ? String(value) : value, "a Date or epoch milliseconds are expected");
}

/** A spec as a sentence. Throws SpecError. */
export function describeSchedule(spec: ScheduleSpec): string {
  return describeSpec(parseSpec(spec));
}

/** The next run time of a spec strictly after `after`; null where there is none. Throws SpecError. */
export function calculateNextRunTime(
  spec: ScheduleSpec,
  options: {
    after: Date | number;
    /** Phase of intervals without an anchor; `after` where left out. */
    anchor?: Date | number;
    lastCompletedAt?: number | null;
    calendars?: ReadonlyMap<string, ExclusionCalendar>;
  },
): Date | null {
  const afterAt = instant("after", options.after);
  const context = {
    anchorAt: options.anchor === undefined ? afterAt : instant("anchor", options.anchor),
    lastCompletedAt: options.lastCompletedAt ?? null,
    calendars: options.calendars,
  };
  const at = nextOccurrence(compileSpec(parseSpec(spec), context), afterAt);
  return at === null ? null : new Date(at);
}

/** The occurrences a backfill from `from` (included) to `to` (not) would run. Throws SpecError. */
export function calculateBackfillTimes(
  spec: ScheduleSpec,
  from: Date | number,
  to: Date | number,
  options: { anchor?: Date | number; calendars?: ReadonlyMap<string, ExclusionCalendar> } = {},
): Date[] {
  const [fromAt, toAt] = [instant("from", from), instant("to", to)];
  const context = {
    anchorAt: options.anchor === undefined ? fromAt : instant("anchor", options.anchor),
    calendars: options.calendars,
  };
  return occurrencesBetween(compileSpec(parseSpec(spec), context), fromAt, toAt).map((at) => new Date(at));
}
