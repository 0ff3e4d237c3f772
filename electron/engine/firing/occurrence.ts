import type { RunTrigger } from "../../../shared/domain/run.ts";
import { previousOccurrence, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import type { Claimer } from "../runs/admission.ts";
import type { OfSchedule } from "../runs/jobs.ts";
import { decideOverlap, MOST_BUFFERED, replaceOthers } from "../runs/overlap.ts";
import { partsWithoutRun, recordOmission } from "./omissions.ts";
import { noteStart, waitForOverdue } from "./overdue.ts";
import { noteEnd, planAfter } from "./planning.ts";

/**
 * What became of an occurrence. `repeated`: it had its run already, as happens when the clock was set back.
 * `deferred`: not decided yet, looked at again in a moment.
 */
export type Fired = "started" | "waiting" | "skipped" | "repeated" | "deferred";

export interface FireOptions {
  /** Where only late ones of its own schedule are in its way: left for a moment, or made to wait for them. */
  whenOverdue?: "defer" | "wait";
  /** A run that it does not take waits as `pending`. */
  claim?: Claimer;
}

const DEFER_MS = 200;

/**
 * Deals with one occurrence inside the caller's transaction: its run (or the row that says why there is none), the
 * counters and the next occurrence change together. The unique key over schedule and nominal time makes a second
 * firing impossible whatever crashed before.
 */
export function fireOccurrence(core: Core, schedule: FiringRecord, now: number, options: FireOptions = {}): Fired {
  const { schedules, runs, activity } = core.stores;
  const scheduledAt = schedule.nextRunAt;
  if (scheduledAt === null) throw new Error(`schedule ${schedule.id} has no occurrence to fire`);
  const catchingUp = schedule.catchupUntilAt !== null && scheduledAt <= schedule.catchupUntilAt;
  // Occurrences that are caught up come one after the other; their policy is about those that come by themselves.
  const policy =
    catchingUp && (schedule.overlapPolicy === "skip" || schedule.overlapPolicy === "buffer_one")
      ? "buffer_all"
      : schedule.overlapPolicy;
  let decision = decideOverlap(core, schedule.id, policy);
  const trigger: RunTrigger = catchingUp ? "catchup" : "schedule";

  if (decision.kind === "skip") {
    if (runs.hasOccurrence(schedule.id, scheduledAt)) {
      advance(core, schedule, scheduledAt);
      return "repeated";
    }
    if (catchingUp) return dropRest(core, schedule, scheduledAt);
    const wait = options.whenOverdue === undefined ? "no" : waitForOverdue(core, schedule, decision, scheduledAt, now);
    if (wait === "no") {
      const reason = runs.neverStarted(schedule.id) ? "no_room" : decision.reason;
      recordOmission(
        core,
        schedule.id,
        { kind: "skipped", reason, firstAt: scheduledAt, lastAt: scheduledAt, count: 1 },
        null,
      );
      advance(core, schedule, scheduledAt);
      return "skipped";
    }
    if (wait === "defer" && options.whenOverdue === "defer") {
      schedules.progress({ ...schedule, nextFireAt: now + DEFER_MS });
      return "deferred";
    }
    decision = { kind: "buffer" };
  }

  const id = core.ids(now);
  const run = {
    id,
    scheduleId: schedule.id,
    workflowName: schedule.workflowName,
    trigger,
    scheduledAt,
    maxAttempts: schedule.maxAttempts,
    timeoutMs: schedule.timeoutMs,
    input: schedule.input,
    backfillId: null,
    retryOf: null,
    createdAt: now,
  };
  const claimed =
    decision.kind === "start" &&
    options.claim !== undefined &&
    !runs.hasOccurrence(schedule.id, scheduledAt) &&
    options.claim(run, () => forJob(schedule));
  const inserted = runs.insertOccurrence(
    claimed
      ? { ...run, status: "running", startedAt: now }
      : { ...run, status: decision.kind === "start" ? "pending" : "buffered" },
  );
  if (!inserted) {
    advance(core, schedule, scheduledAt);
    return "repeated";
  }
  if (decision.kind === "start") noteStart(core, schedule.id, scheduledAt, now);
  let status: Fired = decision.kind === "start" ? "started" : "waiting";
  if (decision.kind === "replace" && !replaceOthers(core, schedule.id, id, decision.graceMs)) {
    runs.promote(id, now);
    status = "started";
  }
  const lastOne = schedule.maxRuns !== null && schedule.scheduledRuns + 1 >= schedule.maxRuns;
  const next = lastOne
    ? { nextRunAt: null, nextFireAt: null, ended: true }
    : planAfter(core, schedule, scheduledAt, true);
  schedules.fired({ ...progressOf(schedule, scheduledAt, next), at: now, runId: id });
  activity.add({
    scheduleId: schedule.id,
    at: now,
    kind: "fired",
    actor: "engine",
    runId: id,
    details: { scheduledTime: new Date(scheduledAt).toISOString(), ...(catchingUp ? { catchup: true } : {}) },
  });
  if (next.ended) noteEnd(core, schedule.id, lastOne ? "maxRuns" : "endAt");
  core.touch("runs", id);
  core.touch("schedules", schedule.id);
  return status;
}

/** What `forJob` of the store reads, of a schedule that is there already. */
const forJob = ({ spec, memoryLimitMb, queue }: FiringRecord): OfSchedule => ({
  timezone: (JSON.parse(spec) as ScheduleSpec).timezone ?? null,
  memoryLimitMb,
  queue,
});

const progressOf = (
  schedule: FiringRecord,
  lastAt: number,
  next: { nextRunAt: number | null; nextFireAt: number | null; ended: boolean },
) => ({
  id: schedule.id,
  status: next.ended ? ("ended" as const) : schedule.status,
  nextRunAt: next.nextRunAt,
  nextFireAt: next.nextFireAt,
  catchupUntilAt:
    schedule.catchupUntilAt !== null && next.nextRunAt !== null && next.nextRunAt <= schedule.catchupUntilAt
      ? schedule.catchupUntilAt
      : null,
  lastScheduledAt: Math.max(lastAt, schedule.lastScheduledAt ?? lastAt),
});

/** Moves a schedule past an occurrence that got no run (or had one). */
export function advance(core: Core, schedule: FiringRecord, pastAt: number): void {
  const next = planAfter(core, schedule, pastAt);
  core.stores.schedules.progress(progressOf(schedule, pastAt, next));
  if (next.ended) noteEnd(core, schedule.id, "endAt");
  core.touch("schedules", schedule.id);
}

/** The buffer is full of runs being caught up: the rest is recorded as one range, and the schedule goes on after it. */
function dropRest(core: Core, schedule: FiringRecord, firstAt: number): Fired {
  const compiled = core.specs.get(schedule, true);
  const untilAt = schedule.catchupUntilAt ?? firstAt;
  const lastAt = (compiled === null ? null : previousOccurrence(compiled, untilAt + 1)) ?? firstAt;
  const parts =
    compiled === null ? [{ firstAt, lastAt, count: 1 }] : partsWithoutRun(core, schedule.id, compiled, firstAt, lastAt);
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  core.logger.warn(`${schedule.id}: ${count} runs were not caught up, ${MOST_BUFFERED} wait already`);
  for (const part of parts)
    recordOmission(core, schedule.id, { kind: "skipped", reason: "buffer_full", ...part }, null);
  advance(core, schedule, lastAt);
  return "skipped";
}
