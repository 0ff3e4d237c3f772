import { appendFileSync } from "node:fs";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { Runtime, RuntimeListener } from "../../runtime/runtime.ts";

/** Input of the `witness` workflow. */
export interface WitnessInput {
  /** How long it lasts. */
  ms?: number;
}

/** Executes runs in this very process and tells a file outside the data folder: one line, one write, for start and end. */
export function createWitnessRuntime(file: string, size = 100_000): Runtime {
  let listener: RuntimeListener | null = null;
  const running = new Map<string, { epoch: number; timer: NodeJS.Timeout }>();

  const tell = (word: "START" | "END", job: RunJob): void =>
    appendFileSync(
      file,
      `${word} ${job.scheduleId} ${job.scheduledAt} ${job.runId} ${job.attempt} ${process.pid} ${Date.now()}\n`,
    );

  const end = (job: RunJob): void => {
    running.delete(job.runId);
    tell("END", job);
    listener?.ended(job.runId, job.epoch, { kind: "completed", at: Date.now(), result: null });
    listener?.roomFreed();
  };

  return {
    kind: "local",
    keepsRuns: false,
    async start(heard) {
      listener = heard;
    },
    takes: (_run, claimed) =>
      running.size + [...claimed.values()].reduce((sum, count) => sum + count, 0) < size
        ? { ok: true }
        : { ok: false, waitingFor: "room", message: `${size} run already` },
    dispatch(job) {
      tell("START", job);
      listener?.started(job.runId, job.epoch, Date.now(), `pid ${process.pid}`);
      const timer = setTimeout(() => end(job), (job.input as WitnessInput).ms ?? 0);
      running.set(job.runId, { epoch: job.epoch, timer });
    },
    cancel(runId) {
      const found = running.get(runId);
      if (found === undefined) return;
      clearTimeout(found.timer);
      running.delete(runId);
      listener?.ended(runId, found.epoch, { kind: "cancelled", at: Date.now() });
    },
    state: () => ({ kind: "local", state: "ready", message: null, workers: 1, busy: running.size }),
    async stop() {
      for (const { timer } of running.values()) clearTimeout(timer);
      running.clear();
    },
  };
}
