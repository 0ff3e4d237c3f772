import type { RunJob } from "../../../../shared/domain/workflow.ts";

/** Runs that have been taken and have no runner yet, in the order in which they came. */
export interface RunQueue {
  readonly size: number;
  push(job: RunJob): void;
  /** Before all others. */
  unshift(job: RunJob): void;
  /** Takes out the first that fits. */
  take(fits: (job: RunJob) => boolean): RunJob | undefined;
  /** Takes out the run; undefined where it does not wait here. */
  remove(runId: string): RunJob | undefined;
  /** Takes out all. */
  drain(): RunJob[];
  /** Of each file the longest waiting, in their order: who decides about starts needs no more of them. */
  waiting(): RunJob[];
}

export function createRunQueue(): RunQueue {
  const jobs: RunJob[] = [];
  const takeAt = (at: number): RunJob | undefined => (at < 0 ? undefined : jobs.splice(at, 1)[0]);
  return {
    get size() {
      return jobs.length;
    },
    push: (job) => void jobs.push(job),
    unshift: (job) => void jobs.unshift(job),
    take: (fits) => takeAt(jobs.findIndex(fits)),
    remove: (runId) => takeAt(jobs.findIndex((job) => job.runId === runId)),
    drain: () => jobs.splice(0),
    waiting() {
      const first = new Map<string, RunJob>();
      for (const job of jobs) {
        const kind = `${job.modulePath}\0${job.memoryLimitMb}`;
        if (!first.has(kind)) first.set(kind, job);
      }
      return [...first.values()];
    },
  };
}
