import type { DowntimeCounts } from "../../storage/tables/downtimes.ts";
import type { Core } from "../core.ts";
import { concernsAll } from "../errors.ts";
import { forEachSchedule } from "../firing/cannotFire.ts";
import { CATCHUP_AFTER_MS, catchUp, type Downtime, isCaughtUp, noCounts } from "../firing/catchup.ts";
import { countKept } from "../firing/omissions.ts";

/** Schedules that are accounted for in one transaction, and how long it may hold the process. */
const BATCH = 100;
const STEP_MS = 25;

const kinds = { off: "closed", asleep: "asleep", stalled: "stalled", storage_unavailable: "stalled" } as const;

/** Occurrences of one schedule that are not decided yet: once they are, what became of them is read from its rows. */
interface Undecided {
  account: Account;
  scheduleId: string;
  firstAt: number;
  lastAt: number;
}

/** A downtime's row, which may be made with the first occurrence that is counted in it. */
interface Account {
  downtime: Downtime;
  id: number | null;
}

interface OpenDowntime {
  account: Account & { id: number };
  ids: string[];
  due: number;
}

/** Accounts for times in which nothing fired: a batch of schedules a turn, and nothing fires before all are through. */
export function createDowntimes(core: Core) {
  const open: OpenDowntime[] = [];
  let undecided: Undecided[] = [];
  const { schedules, downtimes } = core.stores;

  return {
    isOpen: (): boolean => open.length > 0,
    clear(): void {
      open.length = 0;
      undecided = [];
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
      open.push({ account: { downtime, id: downtimeId }, ids, due: 0 });
    },
    /** Deals with the next few schedules. */
    step(): void {
      const [current] = open;
      if (current === undefined) return;
      const { account, ids } = current;
      const { downtime, id: downtimeId } = account;
      const until = core.clock.monotonic() + STEP_MS;
      let done = 0;
      let due = 0;
      let left: Undecided[] = [];
      const decide = (id: string): void => {
        const schedule = schedules.getFiring(id);
        if (schedule?.nextFireAt == null || schedule.nextFireAt > downtime.toAt) return;
        if (schedule.catchupUntilAt !== null || !isCaughtUp(schedule, downtime)) return;
        const counts = catchUp(core, schedule, downtime);
        downtimes.add(downtimeId, counts);
        due += counts.due;
        const rest = schedules.getFiring(id);
        if (rest?.catchupUntilAt != null && rest.nextRunAt !== null)
          left.push({ account, scheduleId: id, firstAt: rest.nextRunAt, lastAt: rest.catchupUntilAt });
      };
      try {
        core.writeAsOwner(() => {
          for (; done < ids.length && done < BATCH && (done === 0 || core.clock.monotonic() < until); done += 1)
            decide(ids[done] as string);
          core.touch("system");
        });
      } catch (error) {
        if (concernsAll(error)) throw error;
        // The one that it failed at must not hold up the others for ever.
        core.logger.error("a group of schedules could not be accounted for; trying one by one", error);
        due = 0;
        left = [];
        done = Math.min(done + 1, ids.length);
        forEachSchedule(core, ids.slice(0, done), decide);
      }
      current.due += due + left.length;
      undecided.push(...left);
      ids.splice(0, done);
      if (ids.length > 0) return;
      open.shift();
      if (current.due === 0) core.writeAsOwner(() => downtimes.remove(downtimeId));
    },
    /** A delay that was too short for anything to be missed: what was due in it fires late, and is counted then. */
    noteStall(downtime: Downtime): void {
      const account: Account = { downtime, id: null };
      for (const { id, nextRunAt } of schedules.dueFrom(downtime.toAt))
        undecided.push({ account, scheduleId: id, firstAt: nextRunAt, lastAt: downtime.toAt });
    },
    /** Counts what has been decided since, a few schedules a turn; cheap when there is nothing to count. How many were. */
    settle(): number {
      if (undecided.length === 0) return 0;
      const looked = undecided.splice(0, BATCH);
      const decided = looked.filter(({ scheduleId, lastAt }) => {
        const nextRunAt = schedules.getFiring(scheduleId)?.nextRunAt ?? null;
        return nextRunAt === null || nextRunAt > lastAt;
      });
      // The others come around again.
      undecided.push(...looked.filter((each) => !decided.includes(each)));
      if (decided.length === 0) return 0;
      core.writeAsOwner(() => {
        for (const each of decided) {
          const counts = outcomesOf(core, each);
          if (counts.due === 0) continue;
          const { account } = each;
          const { fromAt, toAt, reason } = account.downtime;
          account.id ??= downtimes.begin(kinds[reason], fromAt, toAt);
          downtimes.add(account.id, counts);
        }
        core.touch("system");
      });
      return decided.length;
    },
  };
}

/** What became of a schedule's occurrences, by its rows. */
function outcomesOf(core: Core, { scheduleId, firstAt, lastAt }: Undecided): DowntimeCounts {
  const { runs, omissions, schedules } = core.stores;
  const counts = noCounts();
  counts.ran = runs.occurrencesBetween(scheduleId, firstAt, lastAt).length;
  const schedule = schedules.getFiring(scheduleId);
  const compiled = schedule === undefined ? null : core.specs.get(schedule);
  for (const omission of omissions.after(scheduleId, firstAt - 1)) {
    if (omission.firstAt > lastAt) break;
    const isWhole = omission.firstAt >= firstAt && omission.lastAt <= lastAt;
    counts[omission.kind] +=
      isWhole || compiled === null
        ? omission.count
        : countKept(core, scheduleId, compiled, Math.max(firstAt, omission.firstAt), Math.min(lastAt, omission.lastAt));
  }
  counts.due = counts.ran + counts.skipped + counts.missed;
  return counts;
}

export const isLong = (downtime: Downtime, toleranceMs = 0): boolean =>
  downtime.toAt - downtime.fromAt > CATCHUP_AFTER_MS + toleranceMs;
