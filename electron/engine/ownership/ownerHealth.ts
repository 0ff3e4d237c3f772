import { holderState } from "../../storage/tables/leaseHolder.ts";
import { LEASE_MS } from "../../storage/tables/leases.ts";
import type { EngineStatus } from "../contract.ts";
import type { Core } from "../core.ts";

/** A busy machine may hold up a heartbeat for a moment; longer than this is worth a word. */
const SILENT_MS = 2 * LEASE_MS;
/** An occurrence that is due for so long and not fired is no stall of a moment. */
const OVERDUE_MS = 60_000;

const at = (instant: number): string => new Date(instant).toISOString();

/**
 * Why nothing fires, as a process sees it that does not fire itself; null where all is well:
 *
 * | what it looks at       | what is wrong                                                     |
 * | the owner's own words  | its database is gone or replaced, its disk is full                |
 * | the owner's process    | it has ended, or has not been heard of                            |
 * | the next due instant   | it has long passed                                                |
 */
export function ownerProblem(core: Core): EngineStatus["problem"] {
  const { database, stores, clock } = core;
  const now = clock.now();
  const unfired = (message: string) => ({ code: "NOT_FIRING", message });
  const says = database.ownerSays();
  const lease = stores.leases.get();
  const owner = lease === undefined || lease.holder === "" ? null : lease;
  if (owner !== null) {
    const who = `${owner.program} (pid ${owner.pid} on ${owner.host})`;
    if (says !== null && says.pid === owner.pid && says.problem !== null) return says.problem;
    const state = holderState(owner);
    const heard = `it was last heard of ${at(owner.heartbeatAt)}`;
    if (state === "ended")
      return unfired(
        `Nothing fires: ${who} owned the data folder and has ended without giving it back; ${heard}. Start Almanac again.`,
      );
    if (now - owner.heartbeatAt >= SILENT_MS)
      return unfired(
        `Nothing fires: ${who} owns the data folder and does not answer; ${heard}. Wait for another to take over, or end it.`,
      );
  }
  const dueAt = stores.schedules.earliestFireAt();
  if (dueAt === null || now - dueAt < OVERDUE_MS) return null;
  return unfired(
    owner === null
      ? `Nothing fires: no program owns the data folder, and schedules are due since ${at(dueAt)}. Start Almanac, "almanac serve" or "almanac scheduler run".`
      : `Schedules are due since ${at(dueAt)}, and ${owner.program} (pid ${owner.pid} on ${owner.host}), which owns the data folder, has not fired them.`,
  );
}
