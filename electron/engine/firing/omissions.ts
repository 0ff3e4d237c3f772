import type { OmissionReason } from "../../../shared/domain/schedule.ts";
import type { Core } from "../core.ts";

export interface NewOmission {
  kind: "skipped" | "missed";
  reason: OmissionReason;
  firstAt: number;
  lastAt: number;
  count: number;
}

const iso = (at: number): string => new Date(at).toISOString();

/**
 * Records occurrences that do not run: their row, the counter and the line in the history, inside the caller's
 * transaction. `previousAt` is the occurrence before `firstAt`: a missed range that ended there is made longer instead
 * of being followed by another.
 */
export function recordOmission(
  core: Core,
  scheduleId: string,
  omitted: NewOmission,
  previousAt: number | null,
  actor = "engine",
): void {
  const { schedules, omissions, activity } = core.stores;
  const { kind, reason, firstAt, lastAt, count } = omitted;
  const now = core.clock.now();
  const last = kind === "missed" && previousAt !== null ? omissions.last(scheduleId) : undefined;
  if (last?.kind === kind && last.reason === reason && last.lastAt === previousAt)
    omissions.extend(last.id, lastAt, count);
  else omissions.insert({ scheduleId, kind, reason, firstAt, lastAt, count, createdAt: now });
  if (kind === "skipped") schedules.addSkipped(scheduleId, count);
  else schedules.addMissed(scheduleId, count);
  const details =
    count === 1 ? { reason, scheduledTime: iso(firstAt) } : { reason, count, from: iso(firstAt), to: iso(lastAt) };
  activity.add({ scheduleId, at: now, kind, actor, details });
  core.touch("schedules", scheduleId);
}
