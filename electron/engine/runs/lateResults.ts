import type { Executed, RunOutcome } from "../../runtime/runtime.ts";
import type { Core } from "../core.ts";

/**
 * Keeps an outcome of a hand-over that the engine has gone on without, inside the caller's transaction. It changes nothing
 * of the run: a person may look at it. What was recorded already is only said again; what has no result is worth nothing.
 */
export function keepLate(
  core: Core,
  { runId, epoch }: { runId: string; epoch: number },
  outcome: RunOutcome,
  by: Executed | null,
): void {
  if (outcome.kind !== "completed" && outcome.kind !== "failed" && outcome.kind !== "skipped") return;
  const run = core.stores.runs.get(runId);
  if (run === undefined || epoch === run.recordedEpoch || epoch > run.epoch) return;
  // Of an earlier attempt that has failed the outcome is known; of one that was interrupted it is not.
  const earlier = core.stores.attempts.of(runId).find(({ attempt }) => attempt === by?.attempt);
  if (earlier?.status === "failed" && epoch < run.epoch) return;
  const added = core.stores.lateResults.add({
    runId,
    attempt: by?.attempt ?? run.attempt,
    epoch,
    worker: by?.worker ?? null,
    at: outcome.at,
    outcome: JSON.stringify(outcome),
  });
  if (!added) return;
  core.touch("runs", runId);
  core.stores.activity.add({
    scheduleId: run.scheduleId,
    at: outcome.at,
    kind: "late_result",
    actor: "engine",
    runId,
    details: { outcome: outcome.kind, worker: by?.worker ?? null },
  });
  core.logger.warn(`run ${runId}: a result of hand-over ${epoch} came when the run had gone on without it; it is kept`);
}
