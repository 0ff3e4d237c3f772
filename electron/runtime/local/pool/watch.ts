import { descendantsOf, hasLists } from "../tree/children.ts";
import { exceedsMemory } from "../tree/memory.ts";
import { listProcessesInTurns } from "../tree/processTree.ts";
import { hung, outOfMemory } from "./runErrors.ts";
import type { Slot } from "./runnerSlot.ts";

export interface WatchOptions {
  unresponsiveAfterMs: number;
  /** How often this is called: a machine that sleeps in between makes nobody late. */
  watchMs: number;
}

/** Looks at running ones: whether they keep to their memory, and give signs of life. */
export async function lookAtSlots(
  slots: readonly Slot[],
  { unresponsiveAfterMs, watchMs }: WatchOptions,
): Promise<void> {
  // Once for all of them, and only where the system keeps no lists of children and one has started programs.
  const needsAll = !hasLists() && slots.some(({ hasTree }) => hasTree);
  const processes = needsAll ? await listProcessesInTurns() : [];
  for (const slot of slots) {
    const { job, process: runner } = slot;
    if (job === null || runner.pid === undefined) continue;
    const below = hasLists() ? (slot.hasTree ? descendantsOf([runner.pid]) : []) : slot.lookAtTree(processes);
    const limitMb = job.memoryLimitMb;
    if (limitMb !== null && exceedsMemory([runner.pid, ...below], limitMb))
      slot.fail(outOfMemory(limitMb, job.memoryLimitBy));
    else if (slot.silentLooks * watchMs > unresponsiveAfterMs) slot.fail(hung(unresponsiveAfterMs));
    else slot.ping();
  }
}
