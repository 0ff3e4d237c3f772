import type { HeatDay } from "../../../shared/api/schedules.ts";
import { isKnownZone, startOfLocalDay, toLocal } from "../../../shared/schedule/index.ts";
import type { AlmanacApp } from "../context.ts";
import { scheduleRowOf } from "./scheduleRow.ts";

const weekMs = 7 * 86_400_000;

type Outcome = Exclude<keyof HeatDay, "date" | "backfilled">;

const outcomeOf: Record<string, Outcome> = {
  completed: "completed",
  failed: "failed",
  interrupted: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
  buffered: "running",
  pending: "running",
  running: "running",
};

const two = (value: number): string => String(value).padStart(2, "0");

/** A year of a schedule by local day of its zone: what was planned, and what became of it. Days without any are left out. */
export async function heatmap(
  app: AlmanacApp,
  scheduleId: string,
  year: number,
): Promise<{ zone: string; days: HeatDay[] }> {
  const { spec } = scheduleRowOf(app, scheduleId);
  const zone = spec.timezone !== undefined && isKnownZone(spec.timezone) ? spec.timezone : "UTC";
  const fromAt = startOfLocalDay(zone, `${year}-01-01`);
  const toAt = startOfLocalDay(zone, `${year + 1}-01-01`);
  const days = new Map<string, HeatDay>();
  const dayOf = (date: string): HeatDay => {
    const known = days.get(date);
    if (known !== undefined) return known;
    const fresh: HeatDay = {
      date,
      planned: 0,
      completed: 0,
      failed: 0,
      missed: 0,
      skipped: 0,
      cancelled: 0,
      running: 0,
      backfilled: 0,
    };
    days.set(date, fresh);
    return fresh;
  };
  const localDate = (at: number): string => {
    const local = toLocal(zone, at);
    return `${local.year}-${two(local.month)}-${two(local.day)}`;
  };

  for (const { date, count } of app.planner.byDay(scheduleId, fromAt, toAt)) dayOf(date).planned = count;
  // A week at a time: a year of a minutely schedule is half a million rows.
  for (let at = fromAt; at < toAt; at += weekMs) {
    for (const run of app.reads.heatRuns(scheduleId, at, Math.min(at + weekMs, toAt))) {
      const day = dayOf(localDate(run.at));
      const outcome = outcomeOf[run.status];
      if (outcome !== undefined) day[outcome] += run.count;
      if (run.backfilled) day.backfilled += run.count;
    }
    await app.breathe();
  }
  for (const omission of app.reads.omissionsBetween(fromAt, toAt, 20_000, scheduleId)) {
    const [firstAt, lastAt] = [Date.parse(omission.firstTime), Date.parse(omission.lastTime)];
    if (omission.count === 1 || firstAt === lastAt) {
      if (firstAt >= fromAt) dayOf(localDate(firstAt))[omission.kind] += omission.count;
      // Still to come: planned no more.
      if (firstAt > Date.now()) dayOf(localDate(firstAt)).planned = Math.max(0, dayOf(localDate(firstAt)).planned - 1);
      continue;
    }
    for (const { date, count } of app.planner.byDay(
      scheduleId,
      Math.max(firstAt, fromAt),
      Math.min(lastAt + 1, toAt),
    )) {
      dayOf(date)[omission.kind] += count;
    }
  }
  return { zone, days: [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)) };
}
