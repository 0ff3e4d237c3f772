import type { RunJob } from "../../../../shared/domain/workflow.ts";
import type { Slot } from "./runnerSlot.ts";

/**
 * Runs that may take their runner with them, known by the last one of the same schedule (of the same workflow, where it
 * belongs to none): what that did, the next is expected to do.
 *
 *   the last one                        the next one
 *   left its runner alive, or none yet  goes to any idle runner of its file
 *   took its runner with it             goes only while all runners of its file are up, and as long as one of them is left to
 *                                       the file's other runs (with a single runner: to that one)
 */
export interface DeadlyRuns {
  /** There are none. */
  readonly isEmpty: boolean;
  ended(job: RunJob, tookItsRunner: boolean): void;
  has(job: RunJob): boolean;
  /** Whether one may go now. @param own the runners of its file */
  mayGo(own: readonly Pick<Slot, "state" | "job">[]): boolean;
}

const originOf = (job: RunJob): string => job.scheduleId ?? job.workflowName;

export function createDeadlyRuns(): DeadlyRuns {
  const origins = new Set<string>();
  const has = (job: RunJob): boolean => origins.has(originOf(job));
  return {
    get isEmpty() {
      return origins.size === 0;
    },
    ended(job, tookItsRunner) {
      if (tookItsRunner) origins.add(originOf(job));
      else origins.delete(originOf(job));
    },
    has,
    mayGo(own) {
      const whole = own.every(({ state }) => state === "idle" || state === "busy");
      const atWork = own.filter(({ job }) => job !== null && has(job)).length;
      return whole && atWork < Math.max(1, own.length - 1);
    },
  };
}
