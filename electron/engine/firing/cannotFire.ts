import type { Core } from "../core.ts";
import { concernsAll } from "../errors.ts";

/**
 * Does work for schedules in one transaction of the owner. Where that fails, each gets a transaction of its own, and one
 * that fails again is paused: no schedule holds up another. Throws faults of the disk and LeaseLostError.
 */
export function forSchedules(core: Core, ids: readonly string[], work: (id: string) => void): void {
  if (ids.length === 0) return;
  try {
    core.writeAsOwner(() => {
      for (const id of ids) work(id);
    });
  } catch (error) {
    if (concernsAll(error)) throw error;
    core.logger.error("a group of schedules failed; trying one by one", error);
    forEachSchedule(core, ids, work);
  }
}

/** The same, each in a transaction of its own. */
export function forEachSchedule(core: Core, ids: readonly string[], work: (id: string) => void): void {
  for (const id of ids) {
    try {
      core.writeAsOwner(() => work(id));
    } catch (error) {
      if (concernsAll(error)) throw error;
      pauseCannotFire(core, id, error);
    }
  }
}

/** A schedule that cannot fire (its time zone is not known here, its calendar is gone) is paused and says why. */
export function pauseCannotFire(core: Core, id: string, error: unknown): void {
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
