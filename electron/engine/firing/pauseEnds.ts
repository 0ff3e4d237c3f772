import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { promoteNext } from "../runs/overlap.ts";
import { forSchedules } from "./cannotFire.ts";
import { noteEnd, planAgain } from "./planning.ts";

/** A paused schedule goes on from `fromAt` with its old phase; what it paused through is never caught up, and runs that waited go on. Inside the caller's transaction. */
export function resumeAt(core: Core, schedule: ScheduleRecord, fromAt: number, actor: string): void {
  const { schedules, activity } = core.stores;
  const now = core.clock.now();
  // One that lies ahead was dealt with before the clock was set back, and holds up nothing.
  const { lastScheduledAt } = schedule;
  const afterAt =
    lastScheduledAt !== null && lastScheduledAt <= now ? Math.max(lastScheduledAt, fromAt - 1) : fromAt - 1;
  const { nextRunAt, nextFireAt, endedBy } = planAgain(core, schedule, afterAt);
  schedules.update({
    ...schedule,
    status: endedBy === null ? "active" : "ended",
    pausedAt: null,
    pausedUntilAt: null,
    pausedBy: null,
    pauseNote: null,
    // Nothing has succeeded by that: it fails as before, and is given as many failures again.
    failuresAtResume: schedule.consecutiveFailures,
    nextRunAt,
    nextFireAt,
    catchupUntilAt: null,
    // From here on it can miss something again.
    updatedAt: fromAt,
  });
  activity.add({
    scheduleId: schedule.id,
    at: now,
    kind: "resumed",
    actor,
    details: schedule.pausedUntilAt === null ? {} : { until: new Date(schedule.pausedUntilAt).toISOString() },
  });
  if (endedBy !== null) noteEnd(core, schedule.id, endedBy);
  promoteNext(core, schedule.id, { overlapPolicy: schedule.overlapPolicy, status: "active" });
  core.touch("schedules", schedule.id);
}

/** Ends pauses whose time is over. */
export function endPauses(core: Core): void {
  const { schedules } = core.stores;
  forSchedules(core, schedules.pauseEnds(core.clock.now(), 200), (id) => {
    const schedule = schedules.get(id);
    if (schedule?.status === "paused" && schedule.pausedUntilAt !== null)
      resumeAt(core, schedule, schedule.pausedUntilAt, "engine");
    else if (schedule !== undefined) schedules.update({ ...schedule, pausedUntilAt: null });
  });
}
