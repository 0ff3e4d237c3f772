import { assertNever } from "../../../shared/domain/errors.ts";
import type { OmissionReason } from "../../../shared/domain/schedule.ts";
import { type CompiledSpec, fireTimeOf, SpecError } from "../../../shared/schedule/index.ts";
import type { DowntimeCounts } from "../../storage/tables/downtimes.ts";
import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { pauseCannotFire } from "./cannotFire.ts";
import { advance, fireOccurrence } from "./occurrence.ts";
import { partsWithoutRun, recordOmission } from "./omissions.ts";
import { isOverdue, nextKept, previousKept } from "./planning.ts";

/** Occurrences that pass in a shorter downtime are fired late and nothing more is said. */
export const CATCHUP_AFTER_MS = 60_000;

/** A time in which nothing fired although it should have; epoch ms. */
export interface Downtime {
  fromAt: number;
  toAt: number;
  reason: Extract<OmissionReason, "off" | "asleep" | "stalled" | "storage_unavailable">;
}

export const noCounts = (): DowntimeCounts => ({ due: 0, ran: 0, skipped: 0, missed: 0 });

/** More than so many are not caught up in one transaction; the loop does the rest, one by one. */
const AT_ONCE = 500;

/** Whether a schedule's overdue occurrences fall under its catch-up policy: its own part of the downtime counts. */
export function isCaughtUp(schedule: Pick<FiringRecord, "updatedAt">, downtime: Downtime): boolean {
  // One that was made, edited or resumed within the downtime has missed nothing before that.
  return downtime.toAt - Math.max(downtime.fromAt, schedule.updatedAt) > CATCHUP_AFTER_MS;
}

/**
 * Applies a schedule's catch-up policy to all its occurrences that came due in a downtime, inside the caller's transaction.
 * Afterwards its next occurrence lies behind the downtime, or is the next of those that are being caught up: these are
 * not among the counts that it returns.
 */
export function catchUp(core: Core, schedule: FiringRecord, downtime: Downtime): DowntimeCounts {
  const firstAt = schedule.nextRunAt;
  const compiled = core.specs.get(schedule);
  if (firstAt === null || compiled === null || schedule.status !== "active") return noCounts();
  const lastAt = lastDue(core, compiled, schedule.id, firstAt, downtime.toAt);
  const windowAt = downtime.toAt - schedule.catchupWindowMs;
  const counts = noCounts();

  const drop = (kind: "missed" | "skipped", reason: OmissionReason, fromAt: number, toAt: number): void => {
    for (const part of partsWithoutRun(core, schedule.id, compiled, fromAt, toAt)) {
      const previousAt = kind === "missed" ? previousKept(core, schedule.id, compiled, part.firstAt) : null;
      recordOmission(core, schedule.id, { kind, reason, ...part }, previousAt);
      counts.due += part.count;
      counts[kind] += part.count;
    }
  };
  const before = (at: number): number | null => {
    const previous = previousKept(core, schedule.id, compiled, at);
    return previous !== null && previous >= firstAt ? previous : null;
  };

  switch (schedule.catchup) {
    case "none":
      drop("missed", downtime.reason, firstAt, lastAt);
      advance(core, schedule, lastAt);
      return counts;
    case "latest": {
      if (lastAt < windowAt) {
        drop("missed", "past_window", firstAt, lastAt);
        advance(core, schedule, lastAt);
        return counts;
      }
      const tooOld = before(windowAt);
      if (tooOld !== null) drop("missed", "past_window", firstAt, tooOld);
      const superseded = before(lastAt);
      const from = tooOld === null ? firstAt : (nextKept(core, schedule.id, compiled, tooOld) ?? lastAt);
      if (superseded !== null && superseded >= from) drop("skipped", "superseded", from, superseded);
      count(counts, fireOccurrence(core, { ...schedule, nextRunAt: lastAt, catchupUntilAt: lastAt }, core.clock.now()));
      return counts;
    }
    case "all": {
      const tooOld = before(windowAt);
      if (tooOld !== null) drop("missed", "past_window", firstAt, tooOld);
      if (tooOld === lastAt || lastAt < windowAt) {
        advance(core, schedule, lastAt);
        return counts;
      }
      const from = tooOld === null ? firstAt : (nextKept(core, schedule.id, compiled, tooOld) ?? lastAt);
      return catchUpEach(core, schedule, from, lastAt, counts);
    }
    default:
      return assertNever(schedule.catchup);
  }
}

function catchUpEach(
  core: Core,
  schedule: FiringRecord,
  fromAt: number,
  lastAt: number,
  counts: DowntimeCounts,
): DowntimeCounts {
  const { schedules } = core.stores;
  let current: FiringRecord | undefined = { ...schedule, nextRunAt: fromAt, catchupUntilAt: lastAt };
  for (
    let done = 0;
    current?.status === "active" && current.nextRunAt !== null && current.nextRunAt <= lastAt;
    done += 1
  ) {
    if (done === AT_ONCE) return counts;
    count(counts, fireOccurrence(core, current, core.clock.now()));
    current = schedules.getFiring(schedule.id);
  }
  return counts;
}

function count(counts: DowntimeCounts, fired: ReturnType<typeof fireOccurrence>): void {
  // Its run was counted where it was made.
  if (fired === "repeated") return;
  counts.due += 1;
  if (fired === "skipped") counts.skipped += 1;
  else counts.ran += 1;
}

/**
 * The newest occurrence from `firstAt` on whose firing, jitter included, was due. `firstAt` itself was planned, even
 * where the zone's rules have changed since and it would not occur any more.
 */
function lastDue(core: Core, compiled: CompiledSpec, id: string, firstAt: number, byAt: number): number {
  let at = previousKept(core, id, compiled, byAt + 1);
  while (at !== null && at > firstAt && fireTimeOf(compiled, id, at) > byAt) at = previousKept(core, id, compiled, at);
  return Math.max(at ?? firstAt, firstAt);
}

/** Overdue occurrences are dealt with under the rules they came due under, before an edit or a pause changes those. */
export function settleOverdue(core: Core, scheduleId: string, downSinceAt: number | null): void {
  const now = core.clock.now();
  for (;;) {
    const schedule = core.stores.schedules.getFiring(scheduleId);
    if (schedule?.status !== "active") return;
    try {
      if (!isOverdue(core, schedule, now)) return;
      const downtime: Downtime = { fromAt: downSinceAt ?? Number.NEGATIVE_INFINITY, toAt: now, reason: "off" };
      if (schedule.catchupUntilAt === null && downSinceAt !== now && isCaughtUp(schedule, downtime))
        catchUp(core, schedule, downtime);
      else fireOccurrence(core, schedule, now, { whenOverdue: "wait" });
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      pauseCannotFire(core, scheduleId, error);
    }
  }
}
