import { AppError } from "../../../shared/domain/errors.ts";
import type { Pool } from "../../../shared/domain/waiting.ts";
import type { Core } from "../core.ts";

/** What of a run says which pools it belongs to. */
interface Member {
  scheduleId: string | null;
  workflowName: string;
}

/** How many places each pool has left, within one transaction. */
export interface PoolPlaces {
  /** The first of a run's pools that is full; null where it may start. */
  fullFor(run: Member): string | null;
  take(run: Member): void;
}

const none: PoolPlaces = { fullFor: () => null, take: () => {} };

/**
 * Pools: named limits over all that belong to them, by schedule, workflow or tag. A run of several needs a place in each.
 * A run that meets a full one is set aside, and looked at again when a place is free or the pools have changed.
 */
export function createPools(core: Core, running: () => Iterable<Member>) {
  const { pools: store, queue } = core.stores;
  let version: number | undefined;
  let known: Pool[] = [];

  /** Inside a transaction that may write. */
  return (): PoolPlaces => {
    const current = core.versions.get("pools") ?? 0;
    if (current !== version) {
      version = current;
      known = store.all();
      queue.unpark(null, Number.MAX_SAFE_INTEGER);
    }
    if (known.length === 0) return none;
    const ofSchedule = new Map<string, { pools: string[]; tags: string[] }>();
    const poolsOf = ({ scheduleId, workflowName }: Member): Pool[] => {
      let own = scheduleId === null ? { pools: [], tags: [] } : ofSchedule.get(scheduleId);
      if (own === undefined) {
        own = store.ofSchedule(scheduleId ?? "");
        ofSchedule.set(scheduleId ?? "", own);
      }
      const { pools, tags } = own;
      return known.filter(
        (pool) =>
          pools.includes(pool.name) ||
          pool.workflows.includes(workflowName) ||
          tags.some((tag) => pool.tags.includes(tag)),
      );
    };
    const left = new Map(known.map(({ name, limit }) => [name, limit]));
    const take = (run: Member): void => {
      for (const { name } of poolsOf(run)) left.set(name, (left.get(name) ?? 0) - 1);
    };
    for (const run of running()) take(run);
    for (const [name, places] of left) if (places > 0) queue.unpark(name, places);
    return {
      fullFor: (run) => poolsOf(run).find(({ name }) => (left.get(name) ?? 0) <= 0)?.name ?? null,
      take,
    };
  };
}

/** Commands on pools. */
export function createPoolCommands(core: Core) {
  const { pools } = core.stores;
  return {
    list: (): Pool[] => pools.all(),
    /** Makes a pool, or changes one. */
    set: (pool: Pool): Pool =>
      core.write(() => {
        pools.put(pool, core.clock.now());
        core.touch("pools");
        return pool;
      }),
    /** Throws NOT_FOUND, and CONFLICT while a schedule names it. */
    delete: (name: string): void =>
      core.write(() => {
        const users = pools.users(name);
        if (users.length > 0) {
          const some = users.slice(0, 5).join(", ");
          throw new AppError(
            "CONFLICT",
            `The pool ${name} is named by ${users.length === 1 ? "the schedule" : `${users.length} schedules:`} ${some}. Take it out of them first.`,
          );
        }
        if (!pools.remove(name)) {
          throw new AppError("NOT_FOUND", `There is no pool ${JSON.stringify(name)}.`, {
            issues: [{ path: "name", given: name, message: "the name of a pool; `pools list` shows them" }],
          });
        }
        core.touch("pools");
      }),
  };
}

/** Throws INVALID_INPUT where a schedule names a pool that is not there. */
export function checkPools(core: Core, names: readonly string[]): void {
  if (names.length === 0) return;
  const known = core.stores.pools.all().map(({ name }) => name);
  names.forEach((name, i) => {
    if (known.includes(name)) return;
    const message = known.length === 0 ? "there is no pool yet; `pools set` makes one" : `one of ${known.join(", ")}`;
    throw new AppError("INVALID_INPUT", `pools[${i}]: ${message} (given: ${JSON.stringify(name)})`, {
      issues: [{ path: `pools[${i}]`, given: name, message }],
    });
  });
}
