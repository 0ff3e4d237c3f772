import { assertNever } from "../../../shared/domain/errors.ts";
import type { OmissionReason, OverlapPolicyName } from "../../../shared/domain/schedule.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { cancelWaiting } from "./ends.ts";

/** How many runs of a schedule may wait. */
export const MOST_BUFFERED = 1000;
/** What `cancel_other` leaves a run to end by itself, ms. */
export const CANCEL_GRACE_MS = 5000;

/** What becomes of an occurrence (or a run asked for by hand) that meets the schedule's other runs. */
export type OverlapDecision =
  | { kind: "start" }
  /** Waits for its turn. */
  | { kind: "buffer" }
  /** Stops the others; waits where one of them is still running. */
  | { kind: "replace"; graceMs: number }
  | { kind: "skip"; reason: Extract<OmissionReason, "overlap" | "buffer_full"> };

/**
 * | policy          | while a run of the schedule is active or waits                         |
 * | skip            | not run                                                                |
 * | buffer_one      | one waits, further ones are not run                                    |
 * | buffer_all      | waits, up to 1,000                                                     |
 * | cancel_other    | the active ones are cancelled; of those that wait, the newest stays    |
 * | terminate_other | the same without grace                                                 |
 * | allow_all       | starts beside them                                                     |
 * A backfill's runs are not active in this sense: where they go first (`liveWaits`) the occurrence waits for them.
 */
export function decideOverlap(core: Core, scheduleId: string, policy: OverlapPolicyName): OverlapDecision {
  const { runs } = core.stores;
  const active = runs.hasActive(scheduleId);
  const waiting = active && (policy === "skip" || policy === "allow_all") ? 0 : runs.bufferedCount(scheduleId);
  if (!active && waiting === 0) return waitsForBackfill(core, scheduleId) ? { kind: "buffer" } : { kind: "start" };
  const replaces = policy === "cancel_other" || policy === "terminate_other";
  // Those before it would be over if they did not wait for a backfill's run: it is not skipped because of that run.
  if (!active && !replaces && waiting < MOST_BUFFERED && waitsForBackfill(core, scheduleId)) return { kind: "buffer" };
  switch (policy) {
    case "skip":
      return { kind: "skip", reason: "overlap" };
    case "buffer_one":
      return waiting > 0 ? { kind: "skip", reason: "buffer_full" } : { kind: "buffer" };
    case "buffer_all":
      return waiting >= MOST_BUFFERED ? { kind: "skip", reason: "buffer_full" } : { kind: "buffer" };
    case "cancel_other":
      return { kind: "replace", graceMs: CANCEL_GRACE_MS };
    case "terminate_other":
      return { kind: "replace", graceMs: 0 };
    case "allow_all":
      return waitsForBackfill(core, scheduleId) ? { kind: "buffer" } : { kind: "start" };
    default:
      return assertNever(policy);
  }
}

const waitsForBackfill = (core: Core, scheduleId: string): boolean =>
  core.hooks !== null && core.stores.runs.hasActiveBackfillRun(scheduleId) && core.hooks.liveWaits(scheduleId);

/** Stops a schedule's own runs, all but `exceptId`, for a newer one. Returns true where one must be waited for. */
export function replaceOthers(core: Core, scheduleId: string, exceptId: string, graceMs: number): boolean {
  const { runs } = core.stores;
  for (const run of runs.buffered(scheduleId))
    if (run.id !== exceptId) cancelWaiting(core, run, "engine", "superseded");
  let stillRuns = false;
  for (const run of runs.active(scheduleId)) {
    if (run.id === exceptId || run.backfillId !== null) continue;
    if (run.status === "pending") cancelWaiting(core, run, "engine", "superseded");
    else {
      runs.requestCancel(run.id, core.clock.now(), graceMs);
      core.touch("runs", run.id);
      stillRuns = true;
    }
  }
  return stillRuns || waitsForBackfill(core, scheduleId);
}

/**
 * Lets the next waiting run of a schedule start where nothing holds it back any more; in order of nominal time.
 * While the schedule is paused only runs that a person asked for start: the others wait until it goes on.
 */
export function promoteNext(
  core: Core,
  scheduleId: string,
  { overlapPolicy, status }: Pick<ScheduleRecord, "overlapPolicy" | "status">,
): void {
  const { runs } = core.stores;
  const first = () => (status === "paused" ? runs.firstBufferedByHand(scheduleId) : runs.firstBuffered(scheduleId));
  let next = first();
  if (next === undefined || (overlapPolicy !== "allow_all" && runs.hasActive(scheduleId))) return;
  if (waitsForBackfill(core, scheduleId)) return;
  do {
    runs.promote(next.id, core.clock.now());
    core.touch("runs", next.id);
    core.touch("schedules", scheduleId);
    next = overlapPolicy === "allow_all" ? first() : undefined;
  } while (next !== undefined);
}

/** Starts whatever waits behind nothing: a turn that was missed must not leave a run waiting for ever. */
export function promoteStranded(core: Core): void {
  const waiting = core.stores.runs.schedulesWithBuffered();
  if (waiting.length === 0) return;
  core.writeAsOwner(() => {
    for (const scheduleId of waiting) {
      const schedule = core.stores.schedules.getFiring(scheduleId);
      if (schedule !== undefined) promoteNext(core, scheduleId, schedule);
    }
  });
}
