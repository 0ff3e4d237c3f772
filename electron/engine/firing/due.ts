import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { concernsAll } from "../errors.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import { dealWithEach } from "./cannotFire.ts";
import { catchUp, type Gap } from "./catchup.ts";
import { type FireOptions, fireOccurrence } from "./occurrence.ts";

/** Schedules in one transaction: few enough not to hold up the process, many enough to share one write to the disk. */
const BATCH = 1000;

type Late = (schedule: FiringRecord, now: number) => Gap | null;

/** Fires what is due at `now`, one occurrence a schedule, and starts what there is room for; true where more is due. */
export function fireDue(core: Core, dispatcher: Dispatcher, now: number, late: Late): boolean {
  const { schedules } = core.stores;
  const earliestAt = schedules.earliestFireAt();
  if (earliestAt === null || earliestAt > now) return false;
  let due: FiringRecord[] = [];
  try {
    const jobs = core.writeAsOwner(() => {
      const claimed: RunJob[] = [];
      const options = { whenLate: "defer" as const, claim: dispatcher.claimer(claimed) };
      due = schedules.due(now, BATCH);
      for (const schedule of due) fire(core, schedule, now, late, options);
      return dispatcher.claim(claimed);
    });
    dispatcher.send(jobs);
  } catch (error) {
    if (concernsAll(error)) throw error;
    core.logger.error("a group of schedules did not fire; trying one by one", error);
    dealWithEach(
      core,
      due.map(({ id }) => id),
      (id) => {
        const schedule = schedules.getFiring(id);
        if (schedule?.nextFireAt != null && schedule.nextFireAt <= now)
          fire(core, schedule, now, late, { whenLate: "defer" });
      },
    );
  }
  return due.length === BATCH;
}

function fire(core: Core, schedule: FiringRecord, now: number, late: Late, options: FireOptions): void {
  const gap = late(schedule, now);
  if (gap === null) fireOccurrence(core, schedule, now, options);
  else catchUp(core, schedule, gap);
}
