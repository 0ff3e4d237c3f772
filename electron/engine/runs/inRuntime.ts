import { readSentTo } from "../../../shared/domain/queue.ts";
import type { RunError } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { Kept, RunOutcome } from "../../runtime/runtime.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";

/** After its own limit and this, a run that its runtime has not ended is ended by the engine. */
const OVERDUE_MS = 15_000;

interface InRuntime {
  epoch: number;
  /** The runtime keeps it: it does not end with this process. */
  kept: boolean;
  timeoutMs: number | null;
  /** Monotonic; null while no worker has begun it. */
  startedAt: number | null;
  cancel: { graceMs: number; at: number } | null;
  scheduleId: string | null;
  workflowName: string;
}

/** Runs that this process's runtime has now, and what was asked of it for them. */
export function createInRuntime(core: Core) {
  const { clock, stores, runtime } = core;
  const runs = new Map<string, InRuntime>();
  let keptCount = 0;

  const remove = (runId: string): void => {
    if (runs.get(runId)?.kept === true) keptCount--;
    runs.delete(runId);
  };

  const add = (
    runId: string,
    of: Pick<InRuntime, "epoch" | "kept" | "timeoutMs" | "scheduleId" | "workflowName">,
    begun: boolean,
  ): void => {
    const { epoch, kept, timeoutMs, scheduleId, workflowName } = of;
    remove(runId);
    if (kept) keptCount++;
    const startedAt = begun ? clock.monotonic() : null;
    runs.set(runId, { epoch, kept, timeoutMs, scheduleId, workflowName, startedAt, cancel: null });
  };

  const cancel = (runId: string, graceMs: number): void => {
    const known = runs.get(runId);
    if (known === undefined || (known.cancel !== null && known.cancel.graceMs <= graceMs)) return;
    known.cancel = { graceMs, at: known.cancel?.at ?? clock.monotonic() };
    runtime?.cancel(runId, graceMs);
  };

  return {
    count: (): number => runs.size,
    /** Those that end with this process. */
    countHere: (): number => runs.size - keptCount,
    all: (): Iterable<{ scheduleId: string | null; workflowName: string }> => runs.values(),
    has: (runId: string): boolean => runs.has(runId),
    /** Not so once a run has been taken away from this runtime: it is another hand-over's business then. */
    isCurrent: (runId: string, epoch: number): boolean => runs.get(runId)?.epoch === epoch,
    remove,
    /** Takes out runs that have ended; calling the answer puts them back, where their ends could not be written. */
    takeOut(ended: Iterable<{ runId: string; epoch: number }>): () => void {
      const taken: [string, InRuntime][] = [];
      for (const { runId, epoch } of ended) {
        const run = runs.get(runId);
        if (run?.epoch !== epoch) continue;
        taken.push([runId, run]);
        remove(runId);
      }
      return () => {
        for (const [runId, run] of taken) {
          remove(runId);
          runs.set(runId, run);
          if (run.kept) keptCount++;
        }
      };
    },
    /** A worker has begun it: its timeout counts from here. */
    begun(runId: string): void {
      const known = runs.get(runId);
      if (known !== undefined) known.startedAt = clock.monotonic();
    },
    send(jobs: readonly RunJob[]): void {
      if (runtime === null) return;
      for (const job of jobs) {
        add(job.runId, { ...job, kept: runtime.keepsRuns }, !runtime.keepsRuns);
        runtime.dispatch(job);
      }
    },
    /** Adopts runs that the runtime has kept, and sends again what the outbox says it may not have. */
    adopt(kept: readonly RunRecord[], unsent: readonly RunJob[]): void {
      for (const run of kept) add(run.id, { ...run, kept: true }, run.status === "running");
      const known = kept.map(
        (run): Kept => ({
          runId: run.id,
          epoch: run.epoch,
          workflowName: run.workflowName,
          ...readSentTo(run.sentTo ?? ""),
          started: run.status === "running",
        }),
      );
      runtime?.adopt?.(known);
      for (const job of unsent) runtime?.dispatch(job);
    },
    /** Passes on requests to stop, from this or any other process; asks again where the grace was made shorter. */
    passOnCancels(): void {
      for (const run of stores.runs.cancelling()) cancel(run.id, run.cancelGraceMs ?? 0);
      if (keptCount > 0) for (const run of stores.runs.withdrawn()) cancel(run.id, 0);
    },
    /** Gives up runs that their runtime should have ended long ago: tells it so, and calls `end` for each. */
    endOverdue(end: (runId: string, epoch: number, outcome: RunOutcome) => void): void {
      const now = clock.monotonic();
      for (const [runId, known] of runs) {
        if (known.startedAt === null) continue;
        const cancelled = known.cancel !== null && now > known.cancel.at + known.cancel.graceMs + OVERDUE_MS;
        const timedOut = known.timeoutMs !== null && now > known.startedAt + known.timeoutMs + OVERDUE_MS;
        if (!cancelled && !timedOut) continue;
        runtime?.cancel(runId, 0);
        const error: RunError = {
          code: "TIMEOUT",
          name: "Timeout",
          message: `The run did not end within its timeout of ${known.timeoutMs} ms, and its runtime did not end it either`,
        };
        const at = clock.now();
        end(
          runId,
          known.epoch,
          cancelled ? { kind: "cancelled", at } : { kind: "failed", at, error, retryable: false },
        );
      }
    },
    /** What still runs here is another process's business, and must end; what the runtime keeps goes on. */
    abandon(): void {
      for (const [runId, { kept }] of runs) if (!kept) runtime?.cancel(runId, 0);
      runtime?.release?.();
      runs.clear();
      keptCount = 0;
    },
  };
}
export type RunsInRuntime = ReturnType<typeof createInRuntime>;
