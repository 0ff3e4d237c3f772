import { countBetween } from "../../shared/schedule/index.ts";
import { CATCHUP_AFTER_MS, catchUp, type Gap, isCaughtUp, noCounts } from "./catchup.ts";
import type { Core } from "./core.ts";

/** Schedules that are accounted for in one transaction. */
const BATCH = 100;

const kinds = { off: "closed", asleep: "asleep", stalled: "stalled", storage_unavailable: "stalled" } as const;

interface OpenGap {
  gap: Gap;
  downtimeId: number;
  ids: string[];
  due: number;
}

/** Accounts for times in which nothing fired: a batch of schedules a turn, and nothing fires before all are through. */
export function createGaps(core: Core) {
  const open: OpenGap[] = [];
  const { schedules, downtimes } = core.stores;

  return {
    isOpen: (): boolean => open.length > 0,
    clear(): void {
      open.length = 0;
    },
    /** Begins to account for a gap. Short ones are left to be fired late. */
    begin(gap: Gap): void {
      const ids = schedules.dueIds(gap.toAt);
      if (ids.length === 0) return;
      const from = Number.isFinite(gap.fromAt)
        ? gap.fromAt
        : Math.min(schedules.earliestFireAt() ?? gap.toAt, gap.toAt);
      core.writeAsOwner(() => {
        const downtimeId = downtimes.begin(kinds[gap.reason], from, gap.toAt);
        core.touch("system");
        open.push({ gap, downtimeId, ids, due: 0 });
      });
    },
    /** Deals with the next few schedules. */
    step(): void {
      const [current] = open;
      if (current === undefined) return;
      const batch = current.ids.slice(0, BATCH);
      core.writeAsOwner(() => {
        const sum = noCounts();
        for (const id of batch) {
          const schedule = schedules.getFiring(id);
          if (schedule?.nextFireAt == null || schedule.nextFireAt > current.gap.toAt) continue;
          if (schedule.catchupUntilAt !== null || !isCaughtUp(schedule, current.gap)) continue;
          const counts = catchUp(core, schedule, current.gap);
          for (const key of ["due", "ran", "skipped", "missed"] as const) sum[key] += counts[key];
        }
        current.due += sum.due;
        if (sum.due > 0) downtimes.add(current.downtimeId, sum);
        if (batch.length === current.ids.length && current.due === 0) downtimes.remove(current.downtimeId);
        core.touch("system");
      });
      current.ids.splice(0, batch.length);
      if (current.ids.length === 0) open.shift();
    },
    /** One record of a delay that was too short for anything to be missed: what was due in it fires late. */
    noteLateness(gap: Gap): void {
      let due = 0;
      for (const id of schedules.dueIds(gap.toAt).slice(0, 1000)) {
        const schedule = schedules.getFiring(id);
        const compiled = schedule === undefined ? null : core.specs.get(schedule);
        if (schedule?.nextRunAt == null || compiled === null) continue;
        due += Math.max(1, countBetween(compiled, schedule.nextRunAt, gap.toAt + 1));
      }
      if (due === 0) return;
      core.writeAsOwner(() => {
        const id = downtimes.begin(kinds[gap.reason], gap.fromAt, gap.toAt);
        downtimes.add(id, { due, ran: due, skipped: 0, missed: 0 });
        core.touch("system");
      });
    },
  };
}

export const isLong = (gap: Gap, toleranceMs = 0): boolean => gap.toAt - gap.fromAt > CATCHUP_AFTER_MS + toleranceMs;
