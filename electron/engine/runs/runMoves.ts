import type { Core } from "../core.ts";

/** A run of this process's engine has begun an attempt, or ended for good. */
export interface RunMove {
  runId: string;
  kind: "started" | "ended";
}

/** Tells of starts and ends one by one, in order, once they are written; a listener reads the run for what it wants to know. */
export function createRunMoves(core: Core) {
  const listeners = new Set<(move: RunMove) => void>();
  const tell = (runId: string, kind: RunMove["kind"]): void => {
    if (listeners.size === 0) return;
    core.clock.defer(() => {
      for (const listener of listeners) listener({ runId, kind });
    });
  };
  core.onRunEnd(({ run }) => tell(run.id, "ended"));
  return {
    started: (runId: string): void => tell(runId, "started"),
    /** Returns the way to stop listening. */
    onMove(listener: (move: RunMove) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
