import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { concernsAll } from "../errors.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import { forEachSchedule } from "./cannotFire.ts";
import { catchUp, type Downtime, isCaughtUp } from "./catchup.ts";
import { type FireOptions, fireOccurrence } from "./occurrence.ts";

/** Schedules in one transaction: few enough not to hold up the process, many enough to share one write to the disk. */
const BATCH = 1000;

/** No stall and no load makes an occurrence so late. */
const LEFT_BEHIND_MS = 150_000;

/** The downtime of an occurrence that an account cut short has left behind; null for one that is only late. */
function leftBehind(schedule: FiringRecord, now: number): Downtime | null {
  if (schedule.nextFireAt === null || schedule.catchupUntilAt !== null) return null;
  if (now - schedule.nextFireAt < LEFT_BEHIND_MS) return null;
  const downtime = { fromAt: schedule.nextFireAt, toAt: now, reason: "off" as const };
  return isCaughtUp(schedule, downtime) ? downtime : null;
}

/** Fires what is due at `now`, one occurrence a schedule, and starts what there is room for; true where more is due. */
export function fireDue(core: Core, dispatcher: Dispatcher, now: number): boolean {
  const { schedules } = core.stores;
  const earliestAt = schedules.earliestFireAt();
  if (earliestAt === null || earliestAt > now) return false;
  let due: FiringRecord[] = [];
  try {
    const jobs = core.writeAsOwner(() => {
      const claimed: RunJob[] = [];
      const options = { whenOverdue: "defer" as const, claim: dispatcher.claimer(claimed) };
      due = schedules.due(now, BATCH);
      for (const schedule of due) fire(core, schedule, now, options);
      return dispatcher.claim(claimed);
    });
    dispatcher.send(jobs);
  } catch (error) {
    if (concernsAll(error)) throw error;
    core.logger.error("a group of schedules did not fire; trying one by one", error);
    forEachSchedule(
      core,
      due.map(({ id }) => id),
      (id) => {
        const schedule = schedules.getFiring(id);
        if (schedule?.nextFireAt != null && schedule.nextFireAt <= now)
          fire(core, schedule, now, { whenOverdue: "defer" });
      },
    );
  }
  return due.length === BATCH;
}

function fire(core: Core, schedule: FiringRecord, now: number, options: FireOptions): void {
  const downtime = leftBehind(schedule, now);
  if (downtime === null) fireOccurrence(core, schedule, now, options);
  else catchUp(core, schedule, downtime);
}
