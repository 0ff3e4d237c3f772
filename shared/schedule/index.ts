export { calculateBackfillTimes, calculateNextRunTime, describeSchedule } from "./calculate.ts";
export { addDays } from "./civil.ts";
export { type CompiledSpec, compileSpec } from "./compile.ts";
export { cronToSpec, specToCron } from "./convert.ts";
export { parseCron } from "./cron.ts";
export { daylightNotes } from "./daylight.ts";
export { describeCron, describeEntry, describeSpec } from "./describe.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { SpecError } from "./errors.ts";
export { fireTimeOf } from "./jitter.ts";
export { whyNeverFires } from "./neverFires.ts";
export {
  countBetween,
  countByLocalDay,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
} from "./occurrences.ts";
export {
  calendarEntrySchema,
  exclusionCalendarSchema,
  exclusionSchema,
  parseSpec,
  scheduleSpecSchema,
} from "./spec.ts";
export * from "./types.ts";
export { fromLocal, isKnownZone, offsetAt, startOfLocalDay, toLocal } from "./zone.ts";
