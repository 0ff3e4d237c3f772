import type { Runtime, RuntimeListener } from "../../electron/runtime/runtime.ts";

/** A handler in the engine's own process, as peers have it: what is measured is the way there. It ends after `lastsMs`. */
export function inProcess(onStart: (at: number) => void, lastsMs: number): Runtime {
  let listener: RuntimeListener | null = null;
  return {
    kind: "local",
    keepsRuns: false,
    async start(heard) {
      listener = heard;
    },
    takes: () => ({ ok: true }),
    dispatch(job) {
      onStart(Date.now());
      const end = () => listener?.ended(job.runId, job.epoch, { kind: "completed", at: Date.now(), result: null });
      if (lastsMs === 0) setImmediate(end);
      else setTimeout(end, lastsMs);
    },
    cancel: () => {},
    state: () => ({ kind: "local", state: "ready", message: null, workers: 1, busy: 0 }),
    stop: async () => {},
  };
}
