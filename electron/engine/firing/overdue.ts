import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { MOST_BUFFERED, type OverlapDecision } from "../runs/overlap.ts";
import { overdueSchedule } from "./planning.ts";

/** From here on a run is late. */
const LATE_MS = 1000;
/** Nothing waits longer than this for an answer, and no schedule waits longer for having been stopped. */
const LATEST_MS = 60_000;

/**
 * Several occurrences of a schedule may run late, one behind the other: after a stop, or behind a backfill's run. One that
 * meets them is decided as if they had been on time.
 *
 * | it meets                                                     | it                                                  |
 * | late runs, none of which has lasted as long as lies between   | waits a moment and is looked at again (`defer`)      |
 * | late runs, one of which has                                   | is skipped by its policy (`no`)                      |
 * | others that still wait their turn after a backfill's run      | takes its place behind them (`buffer`)               |
 * | any of these, and it has waited for its minute                | takes its place (`buffer`), or is skipped (`no`)     |
 */
export function waitForOverdue(
  core: Core,
  schedule: FiringRecord,
  decision: Extract<OverlapDecision, { kind: "skip" }>,
  scheduledAt: number,
  now: number,
): "no" | "defer" | "buffer" {
  const late = core.overdue.get(schedule.id) ?? { heldUpMs: null, untilAt: null };
  const isHeldUp = late.heldUpMs !== null;
  const mono = core.clock.monotonic();
  if (late.untilAt !== null && mono > late.untilAt) return "no";
  const waiting = isHeldUp ? core.stores.runs.bufferedCount(schedule.id) : 0;
  if (waiting >= MOST_BUFFERED) return "no";
  if (waiting === 0) {
    if (decision.reason !== "overlap" || !meetsOverdue(core, schedule.id, scheduledAt, now, isHeldUp)) return "no";
    if (!isHeldUp && now - scheduledAt > LATEST_MS) return "no";
  }
  late.untilAt ??= mono + Math.max(LATEST_MS, late.heldUpMs ?? 0);
  core.overdue.set(schedule.id, late);
  return waiting > 0 || now - scheduledAt > LATEST_MS ? "buffer" : "defer";
}

function meetsOverdue(core: Core, scheduleId: string, scheduledAt: number, now: number, allAreLate: boolean): boolean {
  return core.stores.runs
    .active(scheduleId)
    .every(
      (run) =>
        run.backfillId !== null ||
        (run.scheduledAt !== null &&
          (allAreLate || run.createdAt - run.scheduledAt >= LATE_MS) &&
          now - (run.startedAt ?? now) < scheduledAt - run.scheduledAt),
    );
}

/**
 * A backfill's run has ended, and occurrences waited for it. Those that meet them on their way wait as well, for as long
 * again as it lasted and a minute at least: a schedule that is not on time again by then has runs that take most of the
 * time between them, and would never let the backfill go on.
 */
export function noteHeldUp(core: Core, scheduleId: string, lastedMs: number): void {
  if (core.stores.runs.firstBuffered(scheduleId) !== undefined)
    core.overdue.set(scheduleId, { heldUpMs: lastedMs, untilAt: null });
}

/** A run has ended: an occurrence that was left for a moment because of it is looked at at once. */
export function hastenDeferred(core: Core, scheduleId: string): void {
  if (!core.overdue.has(scheduleId)) return;
  const schedule = overdueSchedule(core, scheduleId);
  if (schedule !== undefined) core.stores.schedules.progress({ ...schedule, nextFireAt: core.clock.now() });
}

/** An occurrence starts: where it is on time nothing of its schedule is behind any more. */
export function noteStart(core: Core, scheduleId: string, scheduledAt: number, now: number): void {
  if (now - scheduledAt < LATE_MS) core.overdue.delete(scheduleId);
}
