import type { Core } from "../core.ts";
import { concernsAll } from "../errors.ts";

/**
 * Deals with schedules in one transaction of the owner. Where that fails each is dealt with alone, and one that cannot
 * be is parked: no schedule holds up another. Throws faults of the disk and LeaseLostError.
 */
export function dealWith(core: Core, ids: readonly string[], deal: (id: string) => void): void {
  if (ids.length === 0) return;
  try {
    core.writeAsOwner(() => {
      for (const id of ids) deal(id);
    });
  } catch (error) {
    if (concernsAll(error)) throw error;
    core.logger.error("a group of schedules could not be dealt with; trying one by one", error);
    dealWithEach(core, ids, deal);
  }
}

/** The same, each in a transaction of its own. */
export function dealWithEach(core: Core, ids: readonly string[], deal: (id: string) => void): void {
  for (const id of ids) {
    try {
      core.writeAsOwner(() => deal(id));
    } catch (error) {
      if (concernsAll(error)) throw error;
      park(core, id, error);
    }
  }
}

/** A schedule that cannot fire (its time zone is not known here, its calendar is gone) is paused and says why. */
export function park(core: Core, id: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  core.logger.error(`schedule ${id} cannot fire`, error);
  core.write(() => {
    const schedule = core.stores.schedules.get(id);
    if (schedule === undefined || schedule.status === "deleted") return;
    const at = core.clock.now();
    const note = `Cannot fire: ${message}`;
    core.stores.schedules.update({
      ...schedule,
      status: "paused",
      pausedAt: at,
      pausedUntilAt: null,
      pausedBy: "engine",
      pauseNote: note,
      nextRunAt: null,
      nextFireAt: null,
      catchupUntilAt: null,
      updatedAt: at,
    });
    core.stores.activity.add({ scheduleId: id, at, kind: "paused", actor: "engine", details: { note } });
    core.touch("schedules", id);
  });
}
