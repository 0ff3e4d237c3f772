import type { CalendarRange, CalendarRun } from "../../../shared/api/calendars.ts";
import type { AlmanacApp } from "../context.ts";

/** Schedules whose runs are read between two turns of the event loop. */
const schedulesPerTurn = 50;

async function runsOfAll(app: AlmanacApp, fromAt: number, toAt: number, limit: number): Promise<CalendarRun[]> {
  const runs = app.reads.runsBetween(null, fromAt, toAt, limit);
  let read = 0;
  // Schedule by schedule, because that is how an index has them; a million runs are never gone through.
  for (const scheduleId of app.reads.scheduleNames().keys()) {
    if (runs.length >= limit) break;
    runs.push(...app.reads.runsBetween(scheduleId, fromAt, toAt, limit - runs.length));
    if (++read % schedulesPerTurn === 0) await app.breathe();
  }
  return runs.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** What ran, what did not and what is planned over all schedules, each at most `limit`. */
export async function calendarRange(
  app: AlmanacApp,
  fromAt: number,
  toAt: number,
  limit: number,
): Promise<CalendarRange> {
  const runs = await runsOfAll(app, fromAt, toAt, limit + 1);
  const omissions = app.reads.omissionsBetween(fromAt, toAt, limit + 1);
  const plan = await app.planner.between(fromAt, toAt, limit);
  return {
    runs: runs.slice(0, limit),
    planned: plan.planned,
    plannedCounts: plan.plannedCounts,
    omissions: omissions.slice(0, limit),
    truncated: plan.truncated || runs.length > limit || omissions.length > limit,
  };
}
