import type { RunJob } from "../../../../shared/domain/workflow.ts";

/** Which runner a run needs: one of its file, with its limit of memory (MiB, null is none). */
export interface RunnerKind {
  path: string;
  limitMb: number | null;
}

/** Runs that have been taken and have no runner yet, of each kind in the order in which they came. */
export interface RunQueue {
  readonly size: number;
  push(job: RunJob): void;
  /** Before all others of its kind. */
  unshift(job: RunJob): void;
  /** Takes out the first of a kind that fits. */
  take(kind: RunnerKind, fits: (job: RunJob) => boolean): RunJob | undefined;
  /** Takes out the run; undefined where it does not wait here. */
  remove(runId: string): RunJob | undefined;
  /** Takes out all. */
  drain(): RunJob[];
  /** The kinds that are waited for, and by how many, those first whose first run came first. */
  waiting(): (RunnerKind & { count: number })[];
}

const kindOf = ({ modulePath, memoryLimitMb }: RunJob): RunnerKind => ({
  path: modulePath ?? "",
  limitMb: memoryLimitMb,
});

const keyOf = ({ path, limitMb }: RunnerKind): string => `${limitMb} ${path}`;

export function createRunQueue(): RunQueue {
  const kinds = new Map<string, { kind: RunnerKind; jobs: RunJob[] }>();
  let size = 0;

  const jobsOf = (job: RunJob): RunJob[] => {
    const kind = kindOf(job);
    const key = keyOf(kind);
    const known = kinds.get(key) ?? { kind, jobs: [] };
    kinds.set(key, known);
    size++;
    return known.jobs;
  };
  const takeFrom = (key: string, jobs: RunJob[], fits: (job: RunJob) => boolean): RunJob | undefined => {
    const at = jobs.findIndex(fits);
    if (at < 0) return undefined;
    size--;
    const [job] = at === 0 ? [jobs.shift()] : jobs.splice(at, 1);
    if (jobs.length === 0) kinds.delete(key);
    return job;
  };

  return {
    get size() {
      return size;
    },
    push: (job) => void jobsOf(job).push(job),
    unshift: (job) => void jobsOf(job).unshift(job),
    take(kind, fits) {
      const key = keyOf(kind);
      const jobs = kinds.get(key)?.jobs;
      return jobs === undefined ? undefined : takeFrom(key, jobs, fits);
    },
    remove(runId) {
      for (const [key, { jobs }] of kinds) {
        const job = takeFrom(key, jobs, (one) => one.runId === runId);
        if (job !== undefined) return job;
      }
      return undefined;
    },
    drain() {
      const all = [...kinds.values()].flatMap(({ jobs }) => jobs);
      kinds.clear();
      size = 0;
      return all;
    },
    waiting: () => [...kinds.values()].map(({ kind, jobs }) => ({ ...kind, count: jobs.length })),
  };
}
