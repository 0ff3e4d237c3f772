import { AppError } from "../../../shared/domain/errors.ts";
import type { RunError } from "../../../shared/domain/run.ts";
import { canMove } from "../../../shared/domain/run.ts";
import { SpecError } from "../../../shared/schedule/index.ts";
import type { RunEnd, RunRecord } from "../../storage/tables/runs.ts";
import type { Core } from "../core.ts";
import { park } from "../firing/cannotFire.ts";
import { hastenDeferred, noteHeldUp } from "../firing/overdue.ts";
import { noteEnd, planAfter } from "../firing/planning.ts";
import { promoteNext } from "./overlap.ts";

/** A move that the state machine of a run does not know, or that lost against another one. */
export function illegalMove(run: Pick<RunRecord, "id" | "status">, to: string, hint = ""): AppError {
  return new AppError("ILLEGAL_TRANSITION", `Run ${run.id} is ${run.status} and cannot become ${to}.${hint}`, {
    issues: [{ path: "runId", given: run.id, message: `a run that is not ${run.status}` }],
  });
}

type Final = RunEnd["status"];

/**
 * Ends a run for good, inside the caller's transaction: its row, the schedule's counters, its backfill, the pause after
 * too many failures, the next occurrence of intervals that count from completion, and the turn of whoever waits for it.
 * Throws ILLEGAL_TRANSITION where the run is not (any more) in the state it was read in.
 */
export function finishRun(
  core: Core,
  run: RunRecord,
  end: { status: Final; result?: string | null; error?: RunError | null; at: number; actor?: string; reason?: string },
): void {
  const { runs, schedules, activity } = core.stores;
  const { status, at } = end;
  // An interrupted run that is given up keeps its state.
  if (!(run.status === status && status === "interrupted") && !canMove(run.status, status))
    throw illegalMove(run, status);
  const changed = runs.end({
    id: run.id,
    from: run.status,
    status,
    result: end.result ?? null,
    error: end.error == null ? null : JSON.stringify(end.error),
    completedAt: at,
  });
  if (!changed) throw illegalMove(run, status);
  core.touch("runs", run.id);
  if (run.backfillId !== null) core.hooks?.runEnded({ runId: run.id, backfillId: run.backfillId, status });
  const { scheduleId } = run;
  if (scheduleId === null) return;
  core.touch("schedules", scheduleId);
  const live = run.backfillId === null;
  const wasActive = run.status !== "buffered";
  if (status === "completed") schedules.runSucceeded(scheduleId, at, live);
  else if (status === "failed") schedules.runFailed(scheduleId, at, live);
  else if (wasActive) schedules.runEnded(scheduleId, at);
  if (status === "failed" || status === "cancelled") {
    const details: Record<string, unknown> = {};
    if (run.scheduledAt !== null) details["scheduledTime"] = new Date(run.scheduledAt).toISOString();
    if (end.error) details["error"] = { code: end.error.code, message: end.error.message };
    if (end.reason !== undefined) details["reason"] = end.reason;
    activity.add({ scheduleId, at, kind: status, actor: end.actor ?? "engine", runId: run.id, details });
  }
  if (!wasActive) return;
  if (!live && run.startedAt !== null) noteHeldUp(core, scheduleId, at - run.startedAt);
  const schedule = schedules.afterRun(scheduleId);
  // What waits for a deleted schedule is called off with it.
  if (schedule === undefined || schedule.status === "deleted") return;
  if (status === "failed" && live && schedule.status === "active" && schedule.pauseOnFailure !== null) {
    if (schedule.consecutiveFailures >= schedule.pauseOnFailure) {
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
    park(core, scheduleId, error);
  }
}

/** Ends a run that has not started, inside the caller's transaction. */
export function cancelWaiting(core: Core, run: RunRecord, actor: string, reason?: string): void {
  finishRun(core, run, {
    status: "cancelled",
    at: core.clock.now(),
    actor,
    ...(reason === undefined ? {} : { reason }),
  });
}
