import type { Runtime } from "../runtime/runtime.ts";

/** Stands where the runtime that was chosen cannot be used: runs wait, and every place says for what. */
export function createAbsentRuntime(problem: string): Runtime {
  return {
    kind: "bullmq",
    keepsRuns: false,
    start: async () => {},
    takes: () => ({ ok: false, waitingFor: "runtime", message: problem }),
    dispatch: () => {},
    cancel: () => {},
    state: () => ({ kind: "bullmq", state: "degraded", message: problem, workers: 0, busy: 0 }),
    stop: async () => {},
  };
}
