import { countBetween } from "../../../shared/schedule/index.ts";
import type { Core } from "../core.ts";
import { concernsAll } from "../errors.ts";
import { forEachSchedule } from "../firing/cannotFire.ts";
import { CATCHUP_AFTER_MS, catchUp, type Downtime, isCaughtUp } from "../firing/catchup.ts";

/** Schedules that are accounted for in one transaction, and how long it may hold the process. */
const BATCH = 100;
const STEP_MS = 25;

const kinds = { off: "closed", asleep: "asleep", stalled: "stalled", storage_unavailable: "stalled" } as const;

interface OpenDowntime {
  downtime: Downtime;
  downtimeId: number;
  ids: string[];
  due: number;
}

/** Accounts for times in which nothing fired: a batch of schedules a turn, and nothing fires before all are through. */
export function createDowntimes(core: Core) {
  const open: OpenDowntime[] = [];
  const { schedules, downtimes } = core.stores;

  return {
    isOpen: (): boolean => open.length > 0,
    clear(): void {
      open.length = 0;
    },
    /** Begins to account for a downtime. Short ones are left to be fired late. */
    begin(downtime: Downtime): void {
      const ids = schedules.dueIds(downtime.toAt);
      if (ids.length === 0) return;
      const from = Number.isFinite(downtime.fromAt)
        ? downtime.fromAt
        : Math.min(schedules.earliestFireAt() ?? downtime.toAt, downtime.toAt);
      const downtimeId = core.writeAsOwner(() => {
        core.touch("system");
        return downtimes.begin(kinds[downtime.reason], from, downtime.toAt);
      });
      open.push({ downtime, downtimeId, ids, due: 0 });
    },
    /** Deals with the next few schedules. */
    step(): void {
      const [current] = open;
      if (current === undefined) return;
      const { downtime, ids, downtimeId } = current;
      const until = core.clock.monotonic() + STEP_MS;
      let done = 0;
      let due = 0;
      const account = (id: string): void => {
        const schedule = schedules.getFiring(id);
        if (schedule?.nextFireAt == null || schedule.nextFireAt > downtime.toAt) return;
        if (schedule.catchupUntilAt !== null || !isCaughtUp(schedule, downtime)) return;
        const counts = catchUp(core, schedule, downtime);
        downtimes.add(downtimeId, counts);
        due += counts.due;
      };
      try {
        core.writeAsOwner(() => {
          for (; done < ids.length && done < BATCH && (done === 0 || core.clock.monotonic() < until); done += 1)
            account(ids[done] as string);
          core.touch("system");
        });
      } catch (error) {
        if (concernsAll(error)) throw error;
        // The one that it failed at must not hold up the others for ever.
        core.logger.error("a group of schedules could not be accounted for; trying one by one", error);
        due = 0;
        done = Math.min(done + 1, ids.length);
        forEachSchedule(core, ids.slice(0, done), account);
      }
      current.due += due;
      ids.splice(0, done);
      if (ids.length > 0) return;
      open.shift();
      if (current.due === 0) core.writeAsOwner(() => downtimes.remove(downtimeId));
    },
    /** One record of a delay that was too short for anything to be missed: what was due in it fires late. */
    noteStall(downtime: Downtime): void {
      let due = 0;
      for (const id of schedules.dueIds(downtime.toAt).slice(0, 1000)) {
        const schedule = schedules.getFiring(id);
        const compiled = schedule === undefined ? null : core.specs.get(schedule);
        if (schedule?.nextRunAt == null || compiled === null) continue;
        due += Math.max(1, countBetween(compiled, schedule.nextRunAt, downtime.toAt + 1));
      }
      if (due === 0) return;
      core.writeAsOwner(() => {
        const id = downtimes.begin(kinds[downtime.reason], downtime.fromAt, downtime.toAt);
        downtimes.add(id, { due, ran: due, skipped: 0, missed: 0 });
        core.touch("system");
      });
    },
  };
}

export const isLong = (downtime: Downtime, toleranceMs = 0): boolean =>
  downtime.toAt - downtime.fromAt > CATCHUP_AFTER_MS + toleranceMs;
