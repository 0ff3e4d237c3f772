import { type CompiledSpec, fireTimeOf, nextOccurrence } from "../../shared/schedule/index.ts";
import type { FiringRecord } from "../storage/schedules.ts";
import type { Core } from "./core.ts";

export interface NextFiring {
  /** Nominal. */
  nextRunAt: number | null;
  /** With its jitter. */
  nextFireAt: number | null;
}

export const noFiring: NextFiring = { nextRunAt: null, nextFireAt: null };

type Planned = Pick<FiringRecord, "id" | "spec" | "anchorAt" | "lastCompletedAt">;

/** The first occurrence after an instant that nobody dropped by hand: a pure function of spec, phase and last firing. */
export function nextFiring(core: Core, schedule: Planned, afterAt: number, compiled: CompiledSpec | null): NextFiring {
  if (compiled === null) return noFiring;
  let at = nextOccurrence(compiled, afterAt);
  while (at !== null && core.stores.omissions.isSkippedByHand(schedule.id, at)) at = nextOccurrence(compiled, at);
  return at === null ? noFiring : { nextRunAt: at, nextFireAt: fireTimeOf(compiled, schedule.id, at) };
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
  return { ...next, ended: next.nextRunAt === null && !waits };
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
