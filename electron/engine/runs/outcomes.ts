import { assertNever } from "../../../shared/domain/errors.ts";
import type { RunError } from "../../../shared/domain/run.ts";
import { recoversByDefault } from "../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime/runtime.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";
import { finishRun } from "./ends.ts";

export const MAX_RESULT_BYTES = 1024 * 1024;
const LONGEST_BACKOFF_MS = 3_600_000;

/** The wait before attempt `failures + 1`: doubles from `firstMs`, at most an hour. */
export function backoffMs(firstMs: number, failures: number): number {
  return Math.min(LONGEST_BACKOFF_MS, firstMs * 2 ** Math.min(failures - 1, 40));
}

/** Where runs outside any schedule stand. */
const DEFAULTS = { retryDelayMs: 10_000, maxRecoveryAttempts: 3 };

function rulesOf(core: Core, run: RunRecord): typeof DEFAULTS & { recoverOnWorkerLoss: boolean } {
  const schedule = run.scheduleId === null ? undefined : core.stores.schedules.get(run.scheduleId);
  if (schedule === undefined) {
    const { durable } = core.catalogue.get(run.workflowName) ?? {};
    return { ...DEFAULTS, recoverOnWorkerLoss: recoversByDefault(run.workflowName, durable) };
  }
  return {
    retryDelayMs: schedule.retryDelayMs,
    recoverOnWorkerLoss: schedule.recoverOnWorkerLoss === 1,
    maxRecoveryAttempts: schedule.maxRecoveryAttempts,
  };
}

/** A running run's outcome becomes its next state, inside the caller's transaction. `stopping`: the engine is ending it. */
export function applyOutcome(core: Core, run: RunRecord, outcome: RunOutcome, stopping: boolean): void {
  const { at } = outcome;
  const wasCancelled = run.cancelRequestedAt !== null;
  if (wasCancelled && outcome.kind !== "completed" && outcome.kind !== "skipped") {
    finishRun(core, run, { status: "cancelled", at });
    return;
  }
  switch (outcome.kind) {
    case "completed":
      complete(core, run, outcome);
      return;
    case "skipped":
      finishRun(core, run, { status: "skipped", skipReason: outcome.reason, at });
      return;
    case "failed":
      fail(core, run, outcome.error, outcome.retryable, at);
      return;
    case "cancelled":
      if (stopping) interruptRun(core, run, at, quit);
      else finishRun(core, run, { status: "cancelled", at });
      return;
    case "sleeping":
      core.stores.runs.again({
        id: run.id,
        from: "running",
        attempt: run.attempt,
        recoveryCount: run.recoveryCount,
        notBeforeAt: outcome.wakeAt,
        error: null,
        at,
      });
      touchRun(core, run);
      return;
    case "lost":
      interruptRun(core, run, at, stopping ? quit : { by: "loss", reason: outcome.reason });
      return;
    default:
      assertNever(outcome);
  }
}

function touchRun(core: Core, run: RunRecord): void {
  core.touch("runs", run.id);
  if (run.scheduleId !== null) core.touch("schedules", run.scheduleId);
}

function complete(
  core: Core,
  run: RunRecord,
  { result, warning, at }: Extract<RunOutcome, { kind: "completed" }>,
): void {
  let text: string | null = null;
  let error: RunError | null = null;
  try {
    text = result === undefined ? null : (JSON.stringify(result) ?? null);
  } catch (problem) {
    error = {
      code: "NOT_SERIALIZABLE",
      name: "NotSerializable",
      message: `The result is not JSON: ${String(problem)}`,
    };
  }
  if (text !== null && Buffer.byteLength(text) > MAX_RESULT_BYTES) {
    error = {
      code: "RESULT_TOO_LARGE",
      name: "ResultTooLarge",
      message: `The result is ${Buffer.byteLength(text)} bytes of JSON; at most ${MAX_RESULT_BYTES} are kept. Write it to a file and return its name.`,
    };
  }
  if (error === null) finishRun(core, run, { status: "completed", result: text, warning, at });
  else finishRun(core, run, { status: "failed", error, at });
}

function fail(core: Core, run: RunRecord, error: RunError, retryable: boolean, at: number): void {
  // Recoveries count on in `attempt` but take none of the attempts that the user allowed.
  const failures = run.attempt - run.recoveryCount;
  if (!retryable || failures >= run.maxAttempts) {
    finishRun(core, run, { status: "failed", error, at });
    return;
  }
  core.stores.attempts.add(run.id, {
    attempt: run.attempt,
    status: "failed",
    error,
    startedAt: run.startedAt ?? at,
    completedAt: at,
    worker: run.worker,
  });
  core.stores.runs.again({
    id: run.id,
    from: "running",
    attempt: run.attempt + 1,
    recoveryCount: run.recoveryCount,
    notBeforeAt: at + backoffMs(rulesOf(core, run).retryDelayMs, failures),
    error: JSON.stringify(error),
    at,
  });
  touchRun(core, run);
}

/** Why a run was interrupted: what ran it was lost, or the program was quit in order. */
export interface Interruption {
  by: "loss" | "quitting";
  reason: string;
}
export const quit: Interruption = { by: "quitting", reason: "Almanac was quit while it ran" };

/**
 * A run whose engine or worker ended under it: `interrupted`, and back to `pending` where its schedule wants that and it
 * has recoveries left; finished steps keep their results. One that was `running` when the program is quit goes on with
 * the next start of an engine; where it does not go on, it has ended for good now.
 */
export function interruptRun(core: Core, run: RunRecord, at: number, { by, reason }: Interruption): void {
  const { runs, activity } = core.stores;
  const quitting = by === "quitting" && run.status === "running";
  if (run.status === "running" && !runs.interrupt(run.id)) return;
  touchRun(core, run);
  const interrupted: RunRecord = { ...run, status: "interrupted" };
  if (run.cancelRequestedAt !== null) {
    // Told to stop while nothing ran it: it does not begin again only to be ended.
    runs.again({ ...interrupted, from: "interrupted", notBeforeAt: null, at });
    finishRun(core, { ...interrupted, status: "pending" }, { status: "cancelled", at });
    return;
  }
  const message = by === "quitting" ? `Interrupted by quitting: ${reason}` : `Interrupted: ${reason}`;
  const error: RunError = { code: "INTERRUPTED", name: "Interrupted", message };
  const rules = rulesOf(core, run);
  if (!rules.recoverOnWorkerLoss || run.recoveryCount >= rules.maxRecoveryAttempts) {
    finishRun(core, interrupted, { status: "interrupted", error, at });
    return;
  }
  if (quitting) return;
  core.stores.attempts.add(run.id, {
    attempt: run.attempt,
    status: "interrupted",
    error,
    startedAt: run.startedAt ?? at,
    completedAt: at,
    worker: run.worker,
  });
  runs.again({
    id: run.id,
    from: "interrupted",
    attempt: run.attempt + 1,
    recoveryCount: run.recoveryCount + 1,
    notBeforeAt: null,
    error: null,
    at,
  });
  activity.add({
    scheduleId: run.scheduleId,
    at,
    kind: "recovered",
    actor: "engine",
    runId: run.id,
    details: { reason, by, attempt: run.attempt + 1, recovery: run.recoveryCount + 1 },
  });
}
