import type { JobPlace } from "./inbox.ts";
import { jobIdOf, queueNameOf } from "./protocol.ts";

/**
 * A hand-over that this runtime has:
 *
 *   is           becomes      when
 *   unsent       sent         Redis has the job (sending again is nothing: a job's id is taken once)
 *   sent         held         a worker took it; it is `started` for the engine once that was read
 *   held         sent         its lock ran out: whoever held it is dead or cut off; taken away, told as lost
 *   any          reported     its outcome was told to the listener, or that it is lost
 *   reported     (forgotten)  the engine has it written (`recorded`), and Redis has let it go
 *
 * Redis forgets nothing before `recorded`.
 */
export interface HandOver extends JobPlace {
  runId: string;
  epoch: number;
  workflowName: string;
  queue: string;
  phase: "unsent" | "sent" | "reported";
  started: boolean;
  worker: string | null;
  cancel: { graceMs: number; passedOn: boolean } | null;
  /** Told as ended without an outcome: what a worker still brings of it is a late result. */
  isGivenUp: boolean;
  /** Monotonic: since when Redis does not have it. */
  missingSince: number | null;
}

export interface HandOvers {
  get(jobId: string): HandOver | undefined;
  has(jobId: string): boolean;
  all(): Iterable<HandOver>;
  add(one: Omit<HandOver, "jobId" | "queueName" | "worker" | "cancel" | "isGivenUp" | "missingSince">): HandOver;
  forget(jobId: string): void;
  clear(): void;
  /** The last hand-over of a run: its job's id. */
  lastOf(runId: string): string | undefined;
}

/** @param count is told of each that comes (1) and goes (-1) */
export function createHandOvers(count: (queue: string, workflowName: string, by: 1 | -1) => void): HandOvers {
  const byJob = new Map<string, HandOver>();
  const last = new Map<string, string>();

  const forget = (jobId: string): void => {
    const one = byJob.get(jobId);
    if (one === undefined) return;
    byJob.delete(jobId);
    if (last.get(one.runId) === jobId) last.delete(one.runId);
    count(one.queue, one.workflowName, -1);
  };

  return {
    get: (jobId) => byJob.get(jobId),
    has: (jobId) => byJob.has(jobId),
    all: () => byJob.values(),
    add(one) {
      const jobId = jobIdOf(one);
      forget(jobId);
      const queueName = queueNameOf(one.queue, one.workflowName);
      const handOver = { ...one, jobId, queueName, worker: null, cancel: null, isGivenUp: false, missingSince: null };
      byJob.set(jobId, handOver);
      last.set(one.runId, jobId);
      count(one.queue, one.workflowName, 1);
      return handOver;
    },
    forget,
    clear() {
      for (const jobId of [...byJob.keys()]) forget(jobId);
    },
    lastOf: (runId) => last.get(runId),
  };
}
