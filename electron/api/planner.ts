import type { ScheduleSummary } from "../../shared/api/schedules.ts";
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
import { noSchedule } from "./queries/scheduleRow.ts";

const bucketMinutes = 15;
const bucketMs = bucketMinutes * 60_000;
const dayMs = 86_400_000;
/** The longest stretch of arithmetic between two turns of the event loop. */
const sliceMs = 8;
const pageSize = 500;
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

/** A schedule's counts by bucket. The compiled spec is not kept: ten thousand of them would be tens of megabytes. */
interface Kept {
  /** Changes with an edit of the schedule or a calendar, and with the window. */
  key: string;
  counts: Uint16Array;
}

/**
 * Plans over the read model. `breathe` gives other work its turn: ten thousand schedules are gone through in slices,
 * and what was computed for a schedule is kept until it is edited or the day has moved on.
 */
export function createPlanner(options: { reads: ReadModel; now: () => number; breathe: () => Promise<void> }): Planner {
  const { reads, now, breathe } = options;
  const kept = new Map<string, Kept>();

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

  interface Calendars {
    /** Changes with any edit of an exclusion calendar. */
    stamp: string;
    byName: Map<string, ExclusionCalendar>;
  }

  function readCalendars(): Calendars {
    const stored = reads.exclusionCalendars();
    return {
      stamp: stored.map(({ name, updatedAt }) => `${name}@${updatedAt}`).join(),
      byName: new Map(stored.map((calendar) => [calendar.name, calendar])),
    };
  }

  /** All active schedules, a page at a time and in slices of time. */
  async function* plannedSchedules(): AsyncGenerator<PlannedSchedule> {
    let since = now();
    let after = "";
    for (;;) {
      const page = reads.planned(after, pageSize);
      for (const schedule of page) {
        yield schedule;
        if (now() - since >= sliceMs) {
          await breathe();
          since = now();
        }
      }
      if (page.length < pageSize) return;
      after = page.at(-1)?.scheduleId ?? "";
    }
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

  function bucketCounts(schedule: PlannedSchedule, compiled: CompiledSpec, fromAt: number): Uint16Array {
    const counts = new Uint16Array(dayMs / bucketMs);
    for (const at of firings(schedule, compiled, fromAt, fromAt + dayMs, Number.POSITIVE_INFINITY)) {
      const bucket = Math.floor((at - fromAt) / bucketMs);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return counts;
  }

  function countsOf(schedule: PlannedSchedule, { stamp, byName }: Calendars, fromAt: number): Uint16Array {
    const key = `${schedule.revision} ${schedule.anchorAt} ${stamp} ${fromAt}`;
    const found = kept.get(schedule.scheduleId);
    if (found?.key === key) return found.counts;
    const compiled = compile(schedule, byName);
    const counts = compiled === null ? new Uint16Array(dayMs / bucketMs) : bucketCounts(schedule, compiled, fromAt);
    // Counts stay right while the next run moves inside them; a limited number of runs and one that waits do not.
    const stays = schedule.remainingRuns === null && compiled?.followsCompletion !== true;
    if (stays) kept.set(schedule.scheduleId, { key, counts });
    return counts;
  }

  let running: Promise<ScheduleSummary["next24h"]> | undefined;
  let last: { strip: ScheduleSummary["next24h"]; at: number; tookMs: number } | undefined;

  async function countNext24h(): Promise<ScheduleSummary["next24h"]> {
    const startedAt = now();
    const fromAt = Math.floor(startedAt / bucketMs) * bucketMs;
    const calendars = readCalendars();
    const counts = new Uint32Array(dayMs / bucketMs);
    const seen = new Set<string>();
    for await (const schedule of plannedSchedules()) {
      seen.add(schedule.scheduleId);
      const own = countsOf(schedule, calendars, fromAt);
      for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) + (own[i] as number);
    }
    for (const id of kept.keys()) if (!seen.has(id)) kept.delete(id);
    const strip = { from: new Date(fromAt).toISOString(), bucketMinutes, counts: [...counts] };
    last = { strip, at: startedAt, tookMs: now() - startedAt };
    return strip;
  }

  function scheduleToPlan(scheduleId: string): { schedule: PlannedSchedule; compiled: CompiledSpec | null } {
    const schedule = reads.plannedOne(scheduleId);
    if (schedule === undefined) throw noSchedule(scheduleId);
    return { schedule, compiled: compile(schedule, readCalendars().byName) };
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
      // Of ten thousand schedules the strip hardly changes with one, so little of the time goes into it.
      if (last !== undefined && now() - last.at < Math.min(5000, last.tookMs * 20)) return Promise.resolve(last.strip);
      running ??= countNext24h().finally(() => {
        running = undefined;
      });
      return running;
    },

    async between(fromAt, toAt, limit) {
      const calendars = readCalendars();
      const plan: Awaited<ReturnType<Planner["between"]>> = { planned: [], plannedCounts: [], truncated: false };
      for await (const schedule of plannedSchedules()) {
        const compiled = compile(schedule, calendars.byName);
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
