import type { RunError } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime/runtime.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";

/** After its own limit and this, a run that its runtime has not ended is ended by the engine. */
const OVERDUE_MS = 15_000;

interface InRuntime {
  attempt: number;
  timeoutMs: number | null;
  /** Monotonic. */
  startedAt: number;
  cancel: { graceMs: number; at: number } | null;
  scheduleId: string | null;
  workflowName: string;
}

/** Runs that this process's runtime has now, and what was asked of it for them. */
export function createInRuntime(core: Core) {
  const { clock, stores, runtime } = core;
  const runs = new Map<string, InRuntime>();

  const add = (runId: string, of: Pick<InRuntime, "attempt" | "timeoutMs" | "scheduleId" | "workflowName">): void => {
    const { attempt, timeoutMs, scheduleId, workflowName } = of;
    runs.set(runId, { attempt, timeoutMs, scheduleId, workflowName, startedAt: clock.monotonic(), cancel: null });
  };

  return {
    count: (): number => runs.size,
    all: (): Iterable<{ scheduleId: string | null; workflowName: string }> => runs.values(),
    has: (runId: string): boolean => runs.has(runId),
    /** Not so once a run has been taken away from this runtime: it is another attempt's business then. */
    isCurrent: (runId: string, attempt: number): boolean => runs.get(runId)?.attempt === attempt,
    remove: (runId: string): void => void runs.delete(runId),
    /** Takes out runs that have ended; calling the answer puts them back, where their ends could not be written. */
    takeOut(runIds: Iterable<string>): () => void {
      const taken: [string, InRuntime][] = [];
      for (const runId of runIds) {
        const run = runs.get(runId);
        if (run !== undefined) taken.push([runId, run]);
        runs.delete(runId);
      }
      return () => {
        for (const [runId, run] of taken) runs.set(runId, run);
      };
    },
    send(jobs: readonly RunJob[]): void {
      if (runtime === null) return;
      for (const job of jobs) {
        add(job.runId, job);
        runtime.dispatch(job);
      }
    },
    /** Adopts a run that a distributed runtime still has from before. */
    adopt: (run: RunRecord): void => add(run.id, run),
    /** Passes on requests to stop, from this or any other process; asks again where the grace was made shorter. */
    passOnCancels(): void {
      for (const run of stores.runs.cancelling()) {
        const known = runs.get(run.id);
        if (known === undefined) continue;
        const graceMs = run.cancelGraceMs ?? 0;
        if (known.cancel !== null && known.cancel.graceMs <= graceMs) continue;
        known.cancel = { graceMs, at: known.cancel?.at ?? clock.monotonic() };
        runtime?.cancel(run.id, graceMs);
      }
    },
    /** Gives up runs that their runtime should have ended long ago: tells it so, and calls `end` for each. */
    endOverdue(end: (runId: string, attempt: number, outcome: RunOutcome) => void): void {
      const now = clock.monotonic();
      for (const [runId, known] of runs) {
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
          known.attempt,
          cancelled ? { kind: "cancelled", at } : { kind: "failed", at, error, retryable: false },
        );
      }
    },
    /** What still runs here is another process's business, and must end. */
    abandon(): void {
      for (const runId of runs.keys()) runtime?.cancel(runId, 0);
      runs.clear();
    },
  };
}
export type RunsInRuntime = ReturnType<typeof createInRuntime>;
