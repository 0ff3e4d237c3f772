export { calculateBackfillTimes, calculateNextRunTime } from "./calculate.ts";
export { addDays } from "./civil.ts";
export { type CompiledSpec, compileSpec } from "./compile.ts";
export { cronToSpec, type Lost, specToCron } from "./convert.ts";
export { type CronFields, parseCron } from "./cron.ts";
export { type DaylightNote, daylightNotes } from "./daylight.ts";
export { describeCron, describeEntry, describeSpec } from "./describe.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { SpecError, type SpecIssue } from "./errors.ts";
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
export { fromLocal, isKnownZone, type LocalTime, offsetAt, startOfLocalDay, toLocal } from "./zone.ts";
