import type { RunJob } from "../../shared/domain/workflow.ts";
import type { FiringRecord } from "../storage/schedules.ts";
import { catchUp, type Gap } from "./catchup.ts";
import { type Core, isStorageFault, LeaseLostError } from "./core.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { type FireOptions, fireOccurrence } from "./firing.ts";

/** Schedules in one transaction: few enough not to hold up the process, many enough to share one write to the disk. */
const BATCH = 1000;

type Late = (schedule: FiringRecord, now: number) => Gap | null;

/** Fires what is due, one occurrence a schedule, and starts what there is room for; true where more is due. */
export function fireDue(core: Core, dispatcher: Dispatcher, late: Late): boolean {
  const now = core.clock.now();
  const { schedules } = core.stores;
  const earliestAt = schedules.earliestFireAt();
  if (earliestAt === null || earliestAt > now) return false;
  let due: FiringRecord[] = [];
  try {
    const jobs = core.writeAsOwner(() => {
      const claimed: RunJob[] = [];
      const options = { mayDefer: true, claim: dispatcher.claimer(claimed) };
      due = schedules.due(now, BATCH);
      for (const schedule of due) fire(core, schedule, now, late, options);
      return dispatcher.claim(claimed);
    });
    dispatcher.send(jobs);
  } catch (error) {
    if (error instanceof LeaseLostError || isStorageFault(error)) throw error;
    core.logger.error("a group of schedules did not fire; trying one by one", error);
    for (const { id } of due) fireAlone(core, id, now, late);
  }
  return due.length === BATCH;
}

function fire(core: Core, schedule: FiringRecord, now: number, late: Late, options: FireOptions): void {
  const gap = late(schedule, now);
  if (gap === null) fireOccurrence(core, schedule, now, options);
  else catchUp(core, schedule, gap);
}

function fireAlone(core: Core, id: string, now: number, late: Late): void {
  try {
    core.writeAsOwner(() => {
      const schedule = core.stores.schedules.getFiring(id);
      if (schedule?.nextFireAt != null && schedule.nextFireAt <= now)
        fire(core, schedule, now, late, { mayDefer: true });
    });
  } catch (error) {
    if (error instanceof LeaseLostError || isStorageFault(error)) throw error;
    park(core, id, error);
  }
}

/** A schedule that cannot fire (its time zone is not known here, its calendar is gone) is paused and says why. */
function park(core: Core, id: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  core.logger.error(`schedule ${id} cannot fire`, error);
  core.writeAsOwner(() => {
    const schedule = core.stores.schedules.get(id);
    if (schedule === undefined) return;
    const at = core.clock.now();
    const note = `Cannot fire: ${message}`;
    core.stores.schedules.update({
      ...schedule,
      status: "paused",
      pausedAt: at,
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
