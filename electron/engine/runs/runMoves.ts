import type { RunStart } from "../../storage/tables/runs/runs.ts";
import type { RunMove } from "../contract.ts";
import type { Core } from "../core.ts";

/** Tells of starts and ends one by one, in order, in the turn after they were committed. */
export function createRunMoves(core: Core) {
  const listeners = new Set<(move: RunMove) => void>();
  let waiting: RunMove[] = [];

  const deliver = (): void => {
    const moves = waiting;
    waiting = [];
    for (const move of moves) {
      for (const listener of listeners) {
        try {
          listener(move);
        } catch (error) {
          core.logger.error("a listener to the moves of runs failed", error);
        }
      }
    }
  };
  const tell = (move: RunMove): void => {
    if (listeners.size === 0) return;
    core.onceCommitted(() => {
      if (waiting.push(move) === 1) core.clock.defer(deliver);
    });
  };
  core.onRunEnd(({ run, status, at }) =>
    tell({ kind: "ended", runId: run.id, workflowName: run.workflowName, status, startedAt: run.startedAt, at }),
  );
  return {
    /** Inside the transaction that writes it. */
    started: (runId: string, at: number, start: RunStart): void => tell({ kind: "started", runId, at, ...start }),
    /** Returns the way to stop listening. */
    onMove(listener: (move: RunMove) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
