import type { CalendarRange } from "../../../shared/api/calendars.ts";
import type { AlmanacApp } from "../context.ts";

/** What ran, what did not and what is planned over all schedules, each at most `limit`. */
export async function calendarRange(
  app: AlmanacApp,
  fromAt: number,
  toAt: number,
  limit: number,
): Promise<CalendarRange> {
  const runs = app.reads.runsBetween(fromAt, toAt, limit + 1);
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
