import type { Schedule } from "../../../shared/domain/schedule.ts";
import {
  compileSpec,
  type ExclusionCalendar,
  nextOccurrence,
  type ScheduleSpec,
} from "../../../shared/schedule/index.ts";
import type { AlmanacApp } from "../context.ts";

/** A schedule whose time has come, with the occurrence that comes first. */
export interface DueSchedule extends Schedule {
  /** ISO. */
  dueTime: string;
}

const pageSize = 500;
/** Among so many of its newest runs is the one for its latest occurrence. */
const runsLookedAt = 20;

/**
 * Schedules that are due at `now` (epoch ms), earliest first. Of active ones the engine says when; of paused ones, which it does
 * not fire, it is the first occurrence after the newest that has a run, or after they were made.
 */
export function dueSchedules({ reads, engine }: Pick<AlmanacApp, "reads" | "engine">, now: number): DueSchedule[] {
  const due: { scheduleId: string; at: number }[] = [];
  for (let after = ""; ; ) {
    const page = reads.planned(after, pageSize);
    for (const { scheduleId, nextRunAt } of page)
      if (nextRunAt !== null && nextRunAt <= now) due.push({ scheduleId, at: nextRunAt });
    const last = page.at(-1);
    if (page.length < pageSize || last === undefined) break;
    after = last.scheduleId;
  }
  const calendars = new Map<string, ExclusionCalendar>(reads.exclusionCalendars().map((one) => [one.name, one]));
  for (const scheduleId of reads.scheduleIds("paused")) {
    const planned = reads.plannedOne(scheduleId);
    if (planned === undefined || planned.remainingRuns === 0) continue;
    const compiled = compileSpec(JSON.parse(planned.specText) as ScheduleSpec, {
      anchorAt: planned.anchorAt,
      lastCompletedAt: planned.lastCompletedAt,
      calendars,
    });
    const times = reads
      .listRuns({ scheduleId, limit: runsLookedAt })
      .rows.flatMap(({ scheduledTime }) => (scheduledTime === null ? [] : [Date.parse(scheduledTime)]));
    const skipped = new Set(reads.skippedByHandOf(scheduleId));
    let at = nextOccurrence(compiled, times.length === 0 ? planned.anchorAt : Math.max(...times));
    while (at !== null && skipped.has(at)) at = nextOccurrence(compiled, at);
    if (at !== null && at <= now) due.push({ scheduleId, at });
  }
  return due
    .sort((a, b) => a.at - b.at)
    .map(({ scheduleId, at }) => ({ ...engine.getSchedule(scheduleId), dueTime: new Date(at).toISOString() }));
}
