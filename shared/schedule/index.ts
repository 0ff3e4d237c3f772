export { calculateBackfillTimes, calculateNextRunTime, describeSchedule } from "./calculate.ts";
export { type Dialect, dialectNames, dialects } from "./dialects/dialect.ts";
export { type NamedSchedule, resolveSchedules } from "./dialects/events.ts";
export { parseWhen } from "./dialects/parseWhen.ts";
export { SpecError } from "./errors.ts";
export { type CompiledSpec, compileSpec } from "./matcher/compile.ts";
export { fireTimeOf } from "./matcher/jitter.ts";
export { whyNeverFires } from "./matcher/neverFires.ts";
export {
  countBetween,
  countByLocalDay,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
} from "./matcher/occurrences.ts";
export { type MoveScope, moveOccurrence, moveScopes } from "./moves/move.ts";
export { MoveProblem } from "./moves/problem.ts";
export { withPhases } from "./moves/series.ts";
export { cronToSpec, specToCron } from "./texts/convert.ts";
export { parseCron } from "./texts/cron.ts";
export { formatDuration, parseDuration } from "./texts/duration.ts";
export { calendarNames } from "./texts/lists.ts";
export {
  calendarEntrySchema,
  exclusionCalendarSchema,
  exclusionSchema,
  parseSpec,
  scheduleSpecSchema,
} from "./texts/spec.ts";
export * from "./types.ts";
export { daylightNotes } from "./words/daylight.ts";
export { describeCron, describeEntry, describeSpec } from "./words/describe.ts";
export { addDays } from "./zone/civil.ts";
export { zoneTaken } from "./zone/names.ts";
export { fromLocal, isKnownZone, offsetAt, startOfLocalDay, toLocal } from "./zone/zone.ts";
