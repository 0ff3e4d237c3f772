import type { OmissionReason } from "../../../shared/domain/schedule.ts";
import { type CompiledSpec, countBetween } from "../../../shared/schedule/index.ts";
import type { Core } from "../core.ts";
import { nextKept, previousKept } from "./planning.ts";

export interface NewOmission {
  kind: "skipped" | "missed";
  reason: OmissionReason;
  firstAt: number;
  lastAt: number;
  count: number;
}

/**
 * The parts of a range of occurrences that have no run, each with its count, in order. An occurrence ahead may have run
 * already where the clock was set forward and back; it has its record.
 */
export function partsWithoutRun(
  core: Core,
  scheduleId: string,
  compiled: CompiledSpec,
  fromAt: number,
  toAt: number,
): { firstAt: number; lastAt: number; count: number }[] {
  const ran = core.stores.runs.occurrencesBetween(scheduleId, fromAt, toAt);
  const parts: { firstAt: number; lastAt: number; count: number }[] = [];
  const add = (firstAt: number | null, lastAt: number | null): void => {
    if (firstAt === null || lastAt === null || firstAt > lastAt) return;
    // One alone is what was planned, even where the zone's rules have changed since and it would not occur any more.
    const count = firstAt === lastAt ? 1 : countKept(core, scheduleId, compiled, firstAt, lastAt);
    if (count > 0) parts.push({ firstAt, lastAt, count });
  };
  let firstAt: number | null = fromAt;
  for (const at of ran) {
    add(firstAt, previousKept(core, scheduleId, compiled, at));
    firstAt = nextKept(core, scheduleId, compiled, at);
  }
  add(firstAt, ran.length > 0 ? previousKept(core, scheduleId, compiled, toAt + 1) : toAt);
  return parts;
}

/** How many occurrences lie from `firstAt` to `lastAt`, both included, that nobody dropped by hand. */
export const countKept = (
  core: Core,
  scheduleId: string,
  compiled: CompiledSpec,
  firstAt: number,
  lastAt: number,
): number =>
  countBetween(compiled, firstAt, lastAt + 1) - core.stores.omissions.countByHand(scheduleId, firstAt, lastAt);

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
