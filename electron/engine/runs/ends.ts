import { AppError } from "../../../shared/domain/errors.ts";
import type { RunError } from "../../../shared/domain/run.ts";
import { canMove } from "../../../shared/domain/run.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";
import type { EndedRun } from "../parts.ts";

/** A move that the state machine of a run does not know, or that lost against another one. */
export function illegalMove(run: Pick<RunRecord, "id" | "status">, to: string, hint = ""): AppError {
  return new AppError("ILLEGAL_TRANSITION", `Run ${run.id} is ${run.status} and cannot become ${to}.${hint}`, {
    issues: [{ path: "runId", given: run.id, message: `a run that is not ${run.status}` }],
  });
}

interface RunEnding {
  status: EndedRun["status"];
  /** Epoch ms. */
  at: number;
  /** JSON text. */
  result?: string | null;
  error?: RunError | null;
  warning?: string | undefined;
  skipReason?: string;
  /** Who ended it, and why; the engine itself where it is not said. */
  actor?: string;
  reason?: string;
}

/**
 * Ends a run for good, inside the caller's transaction: its row, the schedule's counters and history, and whatever
 * other parts have it followed by (`core.onRunEnd`).
 * Throws ILLEGAL_TRANSITION where the run is not (any more) in the state it was read in.
 */
export function finishRun(core: Core, run: RunRecord, end: RunEnding): void {
  const { runs } = core.stores;
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
    warning: end.warning ?? null,
    skipReason: end.skipReason ?? null,
    completedAt: at,
  });
  if (!changed) throw illegalMove(run, status);
  core.touch("runs", run.id);
  if (run.scheduleId !== null) noteAtSchedule(core, run, run.scheduleId, end);
  core.runEnded({ run, status, at });
}

/** The counters and the history of a run's schedule. */
function noteAtSchedule(core: Core, run: RunRecord, scheduleId: string, end: RunEnding): void {
  const { schedules, activity } = core.stores;
  const { status, at } = end;
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
