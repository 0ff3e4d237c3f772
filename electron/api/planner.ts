import type { ScheduleSummary } from "../../shared/api/schedules.ts";
import { AppError } from "../../shared/domain/errors.ts";
import {
  type CompiledSpec,
  compileSpec,
  countBetween,
  countByLocalDay,
  type ExclusionCalendar,
  nextOccurrence,
  occurrencesBetween,
  type ScheduleSpec,
} from "../../shared/schedule/index.ts";
import type { PlannedSchedule, ReadModel } from "../storage/readModel.ts";

const bucketMinutes = 15;
const bucketMs = bucketMinutes * 60_000;
const dayMs = 86_400_000;
/** The longest stretch of arithmetic between two turns of the event loop. */
const sliceMs = 8;
/** A schedule with more firings in a range than this is shown as counts a day. */
const listedPerSchedule = 200;

/** What active schedules will do, by arithmetic alone. */
export interface Planner {
  /** The next nominal instants of a schedule, ISO. Of a paused one: as if it were resumed now. */
  upcoming(scheduleId: string, count: number): string[];
  next24h(): Promise<ScheduleSummary["next24h"]>;
  /** Planned firings from an instant on, each as an instant or, of frequent schedules, as counts a local day. */
  between(
    fromAt: number,
    toAt: number,
    limit: number,
  ): Promise<{
    planned: { scheduleId: string; name: string; at: string }[];
    plannedCounts: { scheduleId: string; name: string; date: string; count: number }[];
    truncated: boolean;
  }>;
  /** Occurrences a local day of a schedule's zone, whether past or to come. */
  byDay(scheduleId: string, fromAt: number, toAt: number): { date: string; count: number }[];
}

/** The part of a schedule's plan that changes only with an edit. */
interface Kept {
  key: string;
  compiled: CompiledSpec | null;
  /** Counts of the buckets from `fromAt`. */
  fromAt: number;
  counts: Uint32Array;
}

/**
 * Plans over the read model. `breathe` gives other work its turn: ten thousand schedules are gone through in slices,
 * and what was computed for a schedule is kept until it is edited or the day has moved on.
 */
export function createPlanner(options: { reads: ReadModel; now: () => number; breathe: () => Promise<void> }): Planner {
  const { reads, now, breathe } = options;
  const kept = new Map<string, Kept>();

  const calendarsByName = (): Map<string, ExclusionCalendar> =>
    new Map(reads.exclusionCalendars().map((calendar) => [calendar.name, calendar]));

  function compile(schedule: PlannedSchedule, calendars: ReadonlyMap<string, ExclusionCalendar>): CompiledSpec | null {
    try {
      return compileSpec(JSON.parse(schedule.specText) as ScheduleSpec, {
        anchorAt: schedule.anchorAt,
        lastCompletedAt: schedule.lastCompletedAt,
        calendars,
      });
    } catch {
      // A spec that needs a zone or calendar that is gone has no plan; its own page says why.
      return null;
    }
  }

  function keptOf(schedule: PlannedSchedule, calendars: ReadonlyMap<string, ExclusionCalendar>, stamp: string): Kept {
    const key = `${schedule.revision} ${schedule.anchorAt} ${stamp}`;
    const found = kept.get(schedule.scheduleId);
    if (found?.key === key && found.compiled?.followsCompletion !== true) return found;
    const fresh: Kept = { key, compiled: compile(schedule, calendars), fromAt: 0, counts: new Uint32Array(0) };
    kept.set(schedule.scheduleId, fresh);
    return fresh;
  }

  async function* slices<T>(items: readonly T[]): AsyncGenerator<T> {
    let since = now();
    for (const item of items) {
      yield item;
      if (now() - since >= sliceMs) {
        await breathe();
        since = now();
      }
    }
  }

  function plannedSchedules(): {
    schedules: PlannedSchedule[];
    stamp: string;
    calendars: Map<string, ExclusionCalendar>;
  } {
    const stored = reads.exclusionCalendars();
    return {
      schedules: reads.planned(),
      stamp: stored.map(({ name, updatedAt }) => `${name}@${updatedAt}`).join(),
      calendars: new Map(stored.map((calendar) => [calendar.name, calendar])),
    };
  }

  /** Firings from the next one on: a skipped occurrence lies before it, and `maxRuns` may end it. */
  function firings(
    schedule: PlannedSchedule,
    compiled: CompiledSpec,
    fromAt: number,
    toAt: number,
    limit: number,
  ): number[] {
    if (schedule.nextRunAt === null) return [];
    const from = Math.max(fromAt, schedule.nextRunAt);
    if (from >= toAt) return [];
    const left = schedule.remainingRuns ?? Number.POSITIVE_INFINITY;
    const before = left === Number.POSITIVE_INFINITY ? 0 : countBetween(compiled, schedule.nextRunAt, from);
    // After a completion-bound interval's next firing nothing is known yet.
    const known = compiled.followsCompletion ? Math.min(toAt, schedule.nextRunAt + 1) : toAt;
    return occurrencesBetween(compiled, from, known, Math.max(0, Math.min(limit, left - before)));
  }

  function bucketCounts(schedule: PlannedSchedule, compiled: CompiledSpec, fromAt: number): Uint32Array {
    const counts = new Uint32Array(dayMs / bucketMs);
    for (const at of firings(schedule, compiled, fromAt, fromAt + dayMs, Number.POSITIVE_INFINITY)) {
      const bucket = Math.floor((at - fromAt) / bucketMs);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return counts;
  }

  let running: Promise<ScheduleSummary["next24h"]> | undefined;

  async function countNext24h(): Promise<ScheduleSummary["next24h"]> {
    const fromAt = Math.floor(now() / bucketMs) * bucketMs;
    const { schedules, stamp, calendars } = plannedSchedules();
    const counts = new Array<number>(dayMs / bucketMs).fill(0);
    const seen = new Set<string>();
    for await (const schedule of slices(schedules)) {
      seen.add(schedule.scheduleId);
      const entry = keptOf(schedule, calendars, stamp);
      if (entry.compiled === null) continue;
      // Counts stay right while the next run moves inside them; a limited number of runs does not.
      if (entry.fromAt !== fromAt || schedule.remainingRuns !== null) {
        entry.counts = bucketCounts({ ...schedule, nextRunAt: schedule.nextRunAt }, entry.compiled, fromAt);
        entry.fromAt = fromAt;
      }
      entry.counts.forEach((count, i) => {
        if (count > 0) counts[i] = (counts[i] ?? 0) + count;
      });
    }
    for (const id of kept.keys()) if (!seen.has(id)) kept.delete(id);
    return { from: new Date(fromAt).toISOString(), bucketMinutes, counts };
  }

  function scheduleToPlan(scheduleId: string): { schedule: PlannedSchedule; compiled: CompiledSpec | null } {
    const [schedule] = reads.planned(scheduleId);
    if (schedule === undefined) throw new AppError("NOT_FOUND", `there is no schedule "${scheduleId}"`);
    return { schedule, compiled: compile(schedule, calendarsByName()) };
  }

  return {
    upcoming(scheduleId, count) {
      const { schedule, compiled } = scheduleToPlan(scheduleId);
      const left = Math.min(count, schedule.remainingRuns ?? count);
      if (compiled === null || schedule.ended || left <= 0) return [];
      const times: number[] = [];
      let at = schedule.nextRunAt ?? nextOccurrence(compiled, now());
      while (at !== null && times.length < left) {
        times.push(at);
        at = compiled.followsCompletion ? null : nextOccurrence(compiled, at);
      }
      return times.map((time) => new Date(time).toISOString());
    },

    next24h() {
      running ??= countNext24h().finally(() => {
        running = undefined;
      });
      return running;
    },

    async between(fromAt, toAt, limit) {
      const { schedules, stamp, calendars } = plannedSchedules();
      const plan: Awaited<ReturnType<Planner["between"]>> = { planned: [], plannedCounts: [], truncated: false };
      for await (const schedule of slices(schedules)) {
        const { compiled } = keptOf(schedule, calendars, stamp);
        if (compiled === null || schedule.nextRunAt === null) continue;
        const { scheduleId, name } = schedule;
        const times = firings(schedule, compiled, fromAt, toAt, listedPerSchedule + 1);
        if (times.length > listedPerSchedule) {
          const from = Math.max(fromAt, schedule.nextRunAt);
          for (const day of countByLocalDay(compiled, from, toAt))
            plan.plannedCounts.push({ scheduleId, name, ...day });
        } else {
          for (const at of times) plan.planned.push({ scheduleId, name, at: new Date(at).toISOString() });
        }
        if (plan.planned.length > limit || plan.plannedCounts.length > limit) {
          plan.truncated = true;
          break;
        }
      }
      plan.planned.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
      return plan;
    },

    byDay(scheduleId, fromAt, toAt) {
      const { compiled } = scheduleToPlan(scheduleId);
      return compiled === null ? [] : countByLocalDay(compiled, fromAt, toAt);
    },
  };
}
