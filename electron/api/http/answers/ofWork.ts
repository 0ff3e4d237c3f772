import { z } from "zod";
import { scheduleGroups } from "../../../../shared/domain/health.ts";
import {
  activityEvent,
  backfill,
  count,
  counts,
  idOfRun,
  instant,
  instantOrNull,
  keep,
  lateResult,
  namedSchedule,
  omission,
  run,
  runFields,
  runRow,
  runStatus,
  schedule,
  scheduleRow,
  spec,
  stepRecord,
  text,
  textOrNull,
  yes,
} from "./parts.ts";

/** Answers about schedules. */
export const schedules = {
  summary: z.object({
    active: count,
    paused: count,
    ended: count,
    attention: count,
    running: count,
    failing: count,
    missed: count,
    next24h: z.object({
      from: instant,
      bucketMinutes: count,
      counts: z.array(count),
      frequent: z.object({ schedules: count, counts: z.array(count) }),
    }),
    tags: z.array(text),
    workflows: z.array(text),
  }),
  get: scheduleRow,
  create: z.object({ ...schedule.shape, nextRunTimes: z.array(instant), timezone: text }),
  update: schedule,
  pause: schedule,
  resume: schedule,
  delete: schedule,
  restore: schedule,
  purge: z.object({ purged: text }),
  trigger: idOfRun,
  skipNext: schedule,
  unskip: schedule,
  bulk: z.object({ changed: z.array(text) }),
  upcoming: z.object({ times: z.array(instant), skipped: z.array(instant) }),
  upcomingOfAll: z.object({
    upcoming: z.array(z.object({ at: instant, scheduleId: text, name: text })),
    more: yes,
  }),
  activity: z.object({ rows: z.array(activityEvent), nextBefore: count.nullable() }),
  omissions: z.array(omission),
  heatmap: z.object({
    zone: text,
    days: z.array(
      z.object({
        date: text,
        planned: count,
        completed: count,
        failed: count,
        missed: count,
        skipped: count,
        cancelled: count,
        running: count,
        backfilled: count,
      }),
    ),
  }),
  trend: z.array(
    z.object({
      runId: text,
      scheduledTime: instantOrNull,
      startedAt: instant,
      durationMs: count,
      status: z.enum(["completed", "failed"]),
    }),
  ),
  specs: z.array(z.object({ scheduleId: text, name: text, spec, anchorAt: count })),
  names: z.array(namedSchedule),
  followers: z.array(namedSchedule),
  usingCalendar: z.array(namedSchedule),
  ids: z.array(text),
  moves: z.array(
    z.object({
      scope: z.enum(["this", "later", "all"]),
      spec: spec.nullable(),
      refused: z.object({ field: text, message: text }).nullable(),
    }),
  ),
  move: z.object({ schedule, before: spec }),
  chain: z.object({
    nodes: z.array(
      z.object({
        scheduleId: text,
        name: text,
        status: z.enum(["active", "paused", "ended", "gone"]),
        when: textOrNull,
        nextRunTime: instantOrNull,
        lastRun: z
          .object({
            runId: text,
            status: runStatus,
            warning: yes,
            error: textOrNull,
            createdAt: instant,
            startedAt: instantOrNull,
            completedAt: instantOrNull,
          })
          .nullable(),
        stopped: z
          .object({
            by: text,
            state: text,
            outcome: runStatus.nullable(),
            reason: textOrNull,
            runId: textOrNull,
            at: instant,
          })
          .nullable(),
      }),
    ),
    edges: z.array(
      z.object({
        from: text,
        to: text,
        outcome: z.enum(["completed", "failed", "ended"]),
        delayMs: count,
        state: text,
        runId: textOrNull,
        waitsUntil: instantOrNull,
      }),
    ),
    more: yes,
  }),
};

const groups = z.array(z.object({ group: z.enum(scheduleGroups), count })).optional();

/** What stands in a row of the schedule list. */
export const scheduleRows = z.object({
  rows: z.array(
    z.object({
      ...scheduleRow.pick({
        scheduleId: true,
        name: true,
        workflowName: true,
        status: true,
        tags: true,
        note: true,
        specText: true,
        timezone: true,
        nextRunTime: true,
        lastRunAt: true,
        pausedUntil: true,
        pausedBy: true,
        consecutiveFailures: true,
        bufferedCount: true,
        runningRunIds: true,
        waitingFor: true,
        runningSince: true,
        queuedSince: true,
        ratio: true,
        health: true,
        holes: true,
        follows: true,
      }).shape,
      onEvents: yes,
      strip: text,
    }),
  ),
  total: count,
  groups,
});

/** A page of a list, with the counts of its groups where it is by need. */
export const scheduleList = z.object({
  rows: z.array(scheduleRow),
  total: count,
  groups,
});

/** Answers about runs. */
export const runs = {
  list: z.object({ rows: z.array(runRow), nextCursor: textOrNull }),
  get: keep(
    "RunDetail",
    z.object({
      ...runFields,
      scheduleName: textOrNull,
      scheduleChanged: yes,
      lateResults: z.array(lateResult),
      attempts: z.array(
        z.object({
          attempt: count,
          status: z.enum(["failed", "interrupted"]),
          error: runFields.error.unwrap(),
          startedAt: count,
          completedAt: count,
          worker: textOrNull.optional(),
        }),
      ),
      steps: z.array(stepRecord),
    }),
  ),
  grid: z.array(
    z.object({
      run: runRow,
      attempts: z.array(z.object({ attempt: count, status: runStatus })),
      steps: z.array(
        z.object({
          name: text,
          status: z.enum(["running", "completed", "failed", "sleeping"]),
          durationMs: count.nullable(),
        }),
      ),
    }),
  ),
  logs: z.object({
    chunks: z.array(
      z.object({ sequence: count, at: count, stream: z.enum(["stdout", "stderr", "log", "system"]), text }),
    ),
    droppedBytes: count,
  }),
  cancel: run,
  takeResult: run,
  retry: idOfRun,
};

const planItem = z.object({
  scheduledTime: instant,
  action: z.enum(["create", "skip", "rerun"]),
  existing: z.object({ runId: textOrNull, status: text }).nullable(),
});
const days = { occurrences: count, completed: count, failed: count, missed: count, skipped: count, cancelled: count };

/** Answers about backfills. */
export const backfills = {
  plan: z.object({
    from: instant,
    to: instant,
    toWasCut: yes,
    occurrences: count,
    count,
    first: instantOrNull,
    last: instantOrNull,
    existing: counts,
    items: z.array(planItem),
    nextOffset: count.nullable(),
  }),
  planItems: z.array(planItem),
  days: z.array(z.object({ date: text, from: instant, to: instant, ...days, active: count, none: count })),
  presets: z.array(z.object({ key: text, label: text, from: instant, to: instant, holes: count })),
  create: backfill,
  get: backfill,
  list: z.object({ rows: z.array(backfill), total: count }),
  pause: backfill,
  resume: backfill,
  cancel: backfill,
  set: backfill,
  rerun: backfill,
};
