import { SpecError } from "../../../shared/schedule/index.ts";
import type { Core } from "../core.ts";
import type { EndedRun } from "../parts.ts";
import { promoteNext } from "../runs/overlap.ts";
import { pauseCannotFire } from "./cannotFire.ts";
import { hastenDeferred, noteHeldUp } from "./overdue.ts";
import { noteEnd, planAfter } from "./planning.ts";

/**
 * What a run's end means for its schedule, inside the transaction that ends it: the pause after too many failures, the
 * next occurrence of intervals that count from completion, and the turn of whoever waits for it.
 */
export function carryOnAfterRun(core: Core, { run, status, at }: EndedRun): void {
  const { scheduleId } = run;
  // One that only waited was in nobody's way.
  if (scheduleId === null || run.status === "buffered") return;
  const live = run.backfillId === null;
  if (!live && run.startedAt !== null) noteHeldUp(core, scheduleId, at - run.startedAt);
  const schedule = core.stores.schedules.afterRun(scheduleId);
  // What waits for a deleted schedule is called off with it.
  if (schedule === undefined || schedule.status === "deleted") return;
  if (status === "failed" && live && schedule.status === "active" && schedule.pauseOnFailure !== null) {
    if (schedule.consecutiveFailures - schedule.failuresAtResume >= schedule.pauseOnFailure) {
      pauseForFailures(core, scheduleId, at);
      schedule.status = "paused";
    }
  }
  if (live && schedule.followsCompletion === 1) replanAfterCompletion(core, scheduleId);
  promoteNext(core, scheduleId, schedule);
  hastenDeferred(core, scheduleId);
}

function pauseForFailures(core: Core, scheduleId: string, at: number): void {
  const { schedules, activity } = core.stores;
  const schedule = schedules.get(scheduleId);
  if (schedule === undefined) return;
  const note = `Paused after ${schedule.consecutiveFailures} failed ${schedule.consecutiveFailures === 1 ? "run" : "runs in a row"}`;
  schedules.update({
    ...schedule,
    status: "paused",
    pausedAt: at,
    pausedUntilAt: null,
    pausedBy: "failures",
    pauseNote: note,
    nextRunAt: null,
    nextFireAt: null,
    catchupUntilAt: null,
    updatedAt: at,
  });
  activity.add({
    scheduleId,
    at,
    kind: "paused",
    actor: "failures",
    details: { note, failures: schedule.consecutiveFailures },
  });
}

/** Intervals that count from completion have a next occurrence again once no run is active. */
function replanAfterCompletion(core: Core, scheduleId: string): void {
  const { schedules, runs } = core.stores;
  const schedule = schedules.getFiring(scheduleId);
  if (schedule?.status !== "active" || runs.hasActive(scheduleId)) return;
  try {
    const afterAt = schedule.lastScheduledAt ?? schedule.anchorAt - 1;
    const { nextRunAt, nextFireAt, ended } = planAfter(core, schedule, afterAt);
    schedules.progress({ ...schedule, nextRunAt, nextFireAt, status: ended ? "ended" : "active" });
    if (ended) noteEnd(core, scheduleId, "endAt");
  } catch (error) {
    // The run has ended all the same.
    if (!(error instanceof SpecError)) throw error;
    pauseCannotFire(core, scheduleId, error);
  }
}
