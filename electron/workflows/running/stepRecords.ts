import type { RunError, StepRecord } from "../../../shared/domain/run.ts";

/** In a failed step's `details`: its run ended with it, and the next attempt does it again instead of failing the same way. */
export const endedRun = "endedRun";

/** The order in which steps ended. */
export function byCompletion(a: StepRecord, b: StepRecord): number {
  return (a.completedAt ?? 0) - (b.completedAt ?? 0) || a.sequence - b.sequence;
}

/**
 * Records of the way the code took last. A step done again after a failure starts anew, so that what had followed from
 * its failure has started before it although it was called after it: such records are history no more.
 */
export function currentRecords(kept: readonly StepRecord[]): StepRecord[] {
  const latest = new Map<number, StepRecord>();
  for (const record of kept) {
    const other = latest.get(record.sequence);
    if (other === undefined || other.startedAt < record.startedAt) latest.set(record.sequence, record);
  }
  let startedAt = 0;
  return [...latest.values()]
    .sort((a, b) => a.sequence - b.sequence)
    .filter((record) => {
      if (record.startedAt < startedAt) return false;
      startedAt = record.startedAt;
      return true;
    });
}

/** A record that answers a call: done, or failed in a way the workflow went on from. */
export function isAnswer(record: StepRecord): boolean {
  return record.status === "completed" || (record.status === "failed" && record.error?.details?.[endedRun] !== true);
}

/** The error of a step that had failed, for code that catches it again. */
export function rebuildError(error: RunError | null | undefined): Error {
  const rebuilt = new Error(error?.message ?? "the step failed");
  rebuilt.name = error?.name ?? "Error";
  if (error?.stack !== undefined) rebuilt.stack = error.stack;
  return rebuilt;
}
