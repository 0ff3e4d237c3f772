import { compileSpec } from "./compile.ts";
import { nextOccurrence, occurrencesBetween } from "./occurrences.ts";
import { parseSpec } from "./spec.ts";
import type { ExclusionCalendar, ScheduleSpec } from "./types.ts";

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
  const afterAt = Number(options.after);
  const context = {
    anchorAt: options.anchor === undefined ? afterAt : Number(options.anchor),
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
  const fromAt = Number(from);
  const context = {
    anchorAt: options.anchor === undefined ? fromAt : Number(options.anchor),
    calendars: options.calendars,
  };
  return occurrencesBetween(compileSpec(parseSpec(spec), context), fromAt, Number(to)).map((at) => new Date(at));
}
