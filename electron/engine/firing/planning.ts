import {
  type CompiledSpec,
  fireTimeOf,
  nextOccurrence,
  previousOccurrence,
  type ScheduleSpec,
  SpecError,
} from "../../../shared/schedule/index.ts";
import type { FiringRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";

export interface NextFiring {
  /** Nominal. */
  nextRunAt: number | null;
  /** With its jitter. */
  nextFireAt: number | null;
}

export const noFiring: NextFiring = { nextRunAt: null, nextFireAt: null };

type Planned = Pick<FiringRecord, "id" | "spec" | "anchorAt" | "lastCompletedAt">;

/** The first occurrence after an instant that nobody dropped by hand. */
export function nextKept(core: Core, id: string, compiled: CompiledSpec, afterAt: number): number | null {
  let at = nextOccurrence(compiled, afterAt);
  while (at !== null && core.stores.omissions.isSkippedByHand(id, at)) at = nextOccurrence(compiled, at);
  return at;
}

/** The last one before an instant. */
export function previousKept(core: Core, id: string, compiled: CompiledSpec, beforeAt: number): number | null {
  let at = previousOccurrence(compiled, beforeAt);
  while (at !== null && core.stores.omissions.isSkippedByHand(id, at)) at = previousOccurrence(compiled, at);
  return at;
}

/** A pure function of spec, phase and last firing. */
export function nextFiring(core: Core, schedule: Planned, afterAt: number, compiled: CompiledSpec | null): NextFiring {
  if (compiled === null) return noFiring;
  const at = nextKept(core, schedule.id, compiled, afterAt);
  return at === null ? noFiring : { nextRunAt: at, nextFireAt: fireTimeOf(compiled, schedule.id, at) };
}

/** Whether an event may still start it. */
function awaitsEvents(core: Core, { spec }: Planned): boolean {
  // Quotes within a text are escaped, so this is the field.
  if (!spec.includes('"on":')) return false;
  const { on, endAt } = JSON.parse(spec) as ScheduleSpec;
  return on !== undefined && (!endAt || core.clock.now() < Date.parse(endAt));
}

/**
 * Where a schedule goes on after `afterAt`, and whether it goes on at all.
 * Intervals that count from completion have no next occurrence until the active run has ended.
 */
export function planAfter(
  core: Core,
  schedule: Planned,
  afterAt: number,
  runIsActive = schedule.spec.includes('"completion"') && core.stores.runs.hasActive(schedule.id),
): NextFiring & { ended: boolean } {
  const compiled = core.specs.get(schedule, runIsActive);
  const next = nextFiring(core, schedule, afterAt, compiled);
  const waits = next.nextRunAt === null && runIsActive && schedule.spec.includes('"completion"');
  return { ...next, ended: next.nextRunAt === null && !waits && !awaitsEvents(core, schedule) };
}

/** The same for a schedule that begins again: one that is out of its `maxRuns` has ended. */
export function planAgain(
  core: Core,
  schedule: Planned & Pick<FiringRecord, "maxRuns" | "scheduledRuns">,
  afterAt: number,
): NextFiring & { endedBy: "maxRuns" | "endAt" | null } {
  if (schedule.maxRuns !== null && schedule.scheduledRuns >= schedule.maxRuns)
    return { ...noFiring, endedBy: "maxRuns" };
  const { ended, ...next } = planAfter(core, schedule, afterAt);
  return { ...next, endedBy: ended ? "endAt" : null };
}

/**
 * Where a schedule goes on when its rules have changed: later than `now`, or still at the occurrence that its jitter
 * holds back where the new rules have that too. `nextRunAt` is what was planned under the old ones.
 */
export function planChanged(
  core: Core,
  schedule: Planned & Pick<FiringRecord, "maxRuns" | "scheduledRuns" | "nextRunAt">,
  now: number,
): ReturnType<typeof planAgain> {
  const heldAt = schedule.nextRunAt;
  if (heldAt !== null && heldAt <= now) {
    const kept = planAgain(core, schedule, heldAt - 1);
    if (kept.nextRunAt === heldAt) return kept;
  }
  return planAgain(core, schedule, now);
}

/** Says in the history that a schedule has no next occurrence any more; inside the caller's transaction. */
export function noteEnd(core: Core, scheduleId: string, reason: "maxRuns" | "endAt"): void {
  core.stores.activity.add({ scheduleId, at: core.clock.now(), kind: "ended", actor: "engine", details: { reason } });
}

/** Whether the next occurrence has come due, also one that was then left for a moment. Throws SpecError. */
export function isOverdue(core: Core, { nextRunAt, nextFireAt, ...schedule }: FiringRecord, now: number): boolean {
  if (nextRunAt === null || nextFireAt === null || nextRunAt > now) return false;
  if (nextFireAt <= now) return true;
  const compiled = core.specs.get(schedule);
  return compiled !== null && fireTimeOf(compiled, schedule.id, nextRunAt) <= now;
}

/** A schedule whose next occurrence has come due and is not dealt with; one that cannot fire has none. */
export function overdueSchedule(core: Core, scheduleId: string): FiringRecord | undefined {
  const schedule = core.stores.schedules.getFiring(scheduleId);
  try {
    return schedule?.status === "active" && isOverdue(core, schedule, core.clock.now()) ? schedule : undefined;
  } catch (error) {
    if (error instanceof SpecError) return undefined;
    throw error;
  }
}
