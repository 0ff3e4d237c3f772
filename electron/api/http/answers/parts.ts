import { z } from "zod";
import { ratioWindows } from "../../../../shared/api/scheduleOrders.ts";
import { backfillOrders, backfillStatuses, reprocessModes } from "../../../../shared/domain/backfill.ts";
import type { RunError, StepRecord } from "../../../../shared/domain/run.ts";
import { runErrorCodes, runStatuses, runTriggers } from "../../../../shared/domain/run.ts";
import {
  activityKinds,
  catchupPolicies,
  keepRunsChoices,
  omissionReasons,
  overlapPolicies,
  scheduleStatuses,
} from "../../../../shared/domain/schedule.ts";
import type { ExcludedEntry, ScheduleSpec } from "../../../../shared/schedule/types.ts";

/** Schemas that the document keeps once, under their names. */
export const named = z.registry<{ id: string }>();
export function keep<T extends z.ZodType>(id: string, schema: T): T {
  named.add(schema, { id });
  return schema;
}

export const text = z.string();
export const textOrNull = text.nullable();
export const instant = text.describe("ISO 8601, UTC");
export const instantOrNull = instant.nullable();
export const count = z.number();
export const countOrNull = count.nullable();
export const yes = z.boolean();
/** What may be any JSON. */
export const json = z.unknown();
const object = z.record(z.string(), z.unknown());
export const counts = z.record(z.string(), count);

export const namedSchedule = keep("NamedSchedule", z.object({ scheduleId: text, name: text }));
export const deleted = z.object({ deleted: text });
export const idOfRun = z.object({ runId: text });

/** As `schedules.create` takes it, in its own words there. */
export const spec = keep(
  "Spec",
  object.describe("When, as schedules.create takes it.") as unknown as z.ZodType<ScheduleSpec>,
);
export const excludedEntry = object as unknown as z.ZodType<ExcludedEntry>;

export const runStatus = z.enum(runStatuses);
export const runTrigger = z.enum(runTriggers);
export const overlap = z.enum(overlapPolicies);

export const waitingFor = keep(
  "WaitingFor",
  z.union([
    z.object({ kind: z.literal("room"), running: count, limit: count, place: count, message: textOrNull }),
    z.object({ kind: z.literal("pool"), pool: text, limit: count, place: count }),
    z.object({ kind: z.enum(["overlap", "backfill"]) }),
    z.object({ kind: z.enum(["retry", "sleep"]), until: instant }),
    z.object({ kind: z.literal("runtime"), message: text }),
  ]),
);

const optionalsOfError = { stack: text.optional(), details: object.optional() };
export const runError = keep(
  "RunError",
  z.object({
    code: z.enum(runErrorCodes),
    name: text,
    message: text,
    ...optionalsOfError,
  }) as z.ZodType as z.ZodType<RunError>,
);

const scheduleFields = {
  scheduleId: text,
  name: text,
  workflowName: text,
  spec,
  status: z.enum(scheduleStatuses),
  overlapPolicy: overlap,
  catchup: z.enum(catchupPolicies),
  catchupWindow: text,
  input: json,
  nextRunTime: instantOrNull,
  lastRunAt: instantOrNull,
  lastRunId: textOrNull,
  totalRuns: count,
  successfulRuns: count,
  failedRuns: count,
  skippedRuns: count,
  missedRuns: count,
  bufferedCount: count,
  runningRunIds: z.array(text),
  waitingFor: waitingFor.nullable(),
  maxRuns: countOrNull,
  scheduledRuns: count,
  timeout: textOrNull,
  memoryLimit: textOrNull,
  slowAfter: textOrNull,
  dueBy: textOrNull,
  pools: z.array(text),
  queue: textOrNull,
  keepRuns: z.enum(keepRunsChoices),
  maxAttempts: count,
  retryDelay: text,
  pauseOnFailure: countOrNull,
  consecutiveFailures: count,
  recoverOnWorkerLoss: yes,
  maxRecoveryAttempts: count,
  pausedAt: instantOrNull,
  pausedUntil: instantOrNull,
  pausedBy: textOrNull,
  note: textOrNull,
  ownNote: textOrNull,
  tags: z.array(text),
  declaration: z.object({ module: text, changedByUser: yes, pending: object.nullable() }).nullable(),
  revision: count,
  createdAt: instant,
  updatedAt: instant,
};
export const schedule = keep("Schedule", z.object(scheduleFields));

export const outcomeMark = keep(
  "OutcomeMark",
  z.object({
    runId: textOrNull,
    outcome: z.enum([
      "completed",
      "warning",
      "failed",
      "running",
      "missed",
      "skipped",
      "cancelled",
      "interrupted",
      "waiting",
    ]),
    at: instant,
    backfilled: yes,
    count,
  }),
);
export const scheduleRow = keep(
  "ScheduleRow",
  z.object({
    ...scheduleFields,
    specText: text,
    timezone: text,
    ratio: z.object({ completed: count, counted: count, window: z.enum(ratioWindows) }),
    outcomes: z.array(outcomeMark),
    health: z.enum(["healthy", "flaky", "failing", "unknown"]),
    runningSince: instantOrNull,
    queuedSince: instantOrNull,
    holes: z.object({ count, from: instant, to: instant }).nullable(),
    anchorAt: count,
    follows: z.array(z.object({ scheduleId: text, name: text, gone: yes })),
  }),
);

export const runFields = {
  runId: text,
  scheduleId: textOrNull,
  workflowName: text,
  trigger: runTrigger,
  status: runStatus,
  scheduledTime: instantOrNull,
  attempt: count,
  maxAttempts: count,
  input: json,
  result: json,
  error: runError.nullable(),
  warning: textOrNull,
  skipReason: textOrNull,
  createdAt: instant,
  startedAt: instantOrNull,
  completedAt: instantOrNull,
  notBefore: instantOrNull,
  waitingFor: waitingFor.nullable(),
  backfillId: textOrNull,
  retryOf: textOrNull,
  event: z.object({ kind: z.enum(["boot", "start", "wake", "after"]), runId: textOrNull }).nullable(),
  worker: textOrNull,
  logBytes: count,
  logDroppedBytes: count,
};
export const run = keep("Run", z.object(runFields));
export const runRow = keep("RunRow", z.object({ ...runFields, scheduleName: textOrNull, scheduleChanged: yes }));
export const stepRecord = keep(
  "Step",
  z.object({
    key: text,
    name: text,
    sequence: count,
    status: z.enum(["running", "completed", "failed", "sleeping"]),
    attempt: count,
    result: json.optional(),
    error: runError.nullable().optional(),
    wakeAt: countOrNull.optional(),
    startedAt: count,
    completedAt: countOrNull,
    runAttempt: countOrNull.optional(),
    firstStartedAt: countOrNull.optional(),
    firstRunAttempt: countOrNull.optional(),
  }) as z.ZodType as z.ZodType<StepRecord>,
);
export const lateResult = keep(
  "LateResult",
  z.object({
    id: count,
    runId: text,
    attempt: count,
    epoch: count,
    worker: textOrNull,
    at: instant,
    outcome: z.object({
      kind: z.enum(["completed", "failed", "skipped"]),
      result: json,
      error: runError.nullable(),
      skipReason: textOrNull,
    }),
    takenAt: instantOrNull,
  }),
);

export const backfill = keep(
  "Backfill",
  z.object({
    backfillId: text,
    scheduleId: text,
    scheduleName: text,
    status: z.enum(backfillStatuses),
    from: instant,
    to: instant,
    timezone: text,
    reprocess: z.enum(reprocessModes),
    order: z.enum(backfillOrders),
    concurrency: count,
    overlapPolicy: overlap,
    maxFailures: countOrNull,
    input: json,
    occurrences: count,
    existing: counts,
    total: count,
    completed: count,
    failed: count,
    cancelled: count,
    running: count,
    notStarted: count,
    remaining: count,
    rate: countOrNull,
    timeLeftMs: countOrNull,
    createdAt: instant,
    startedAt: instantOrNull,
    completedAt: instantOrNull,
    createdBy: text,
  }),
);

export const activityEvent = keep(
  "ActivityEvent",
  z.object({
    activityId: count,
    scheduleId: textOrNull,
    at: instant,
    kind: z.enum(activityKinds),
    actor: text,
    runId: textOrNull,
    details: object,
    importId: textOrNull,
    undone: yes,
  }),
);
export const omission = keep(
  "Omission",
  z.object({
    omissionId: count,
    scheduleId: text,
    kind: z.enum(["skipped", "missed"]),
    reason: z.enum(omissionReasons),
    firstTime: instant,
    lastTime: instant,
    count,
    createdAt: instant,
  }),
);
