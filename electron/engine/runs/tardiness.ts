import { compileSpec, isKnownZone, nextOccurrence } from "../../../shared/schedule/index.ts";
import type { TimedRun } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";

/** The first time of day `dueBy` at or after an instant, in a zone. */
export function dueAtOf({
  dueBy,
  fromAt,
  timezone,
}: Pick<TimedRun, "fromAt" | "timezone"> & { dueBy: string }): number | null {
  const zone = timezone !== null && isKnownZone(timezone) ? timezone : "UTC";
  const compiled = compileSpec({ calendar: [{ times: [dueBy] }], timezone: zone }, { anchorAt: 0 });
  return nextOccurrence(compiled, fromAt - 1);
}

/**
 * Tells, once for each run, that it takes longer than its schedule's `slowAfter`, or has not ended by its `dueBy`; it
 * goes on all the same.
 */
export function createTardiness(core: Core) {
  const { stores, clock } = core;
  const told = { slow: new Set<string>(), overdue: new Set<string>() };

  const tell = (kind: "slow" | "overdue", run: TimedRun, details: Record<string, unknown>): void => {
    told[kind].add(run.runId);
    core.writeAsOwner(() => {
      const { scheduleId, runId } = run;
      stores.activity.add({ scheduleId, at: clock.now(), kind, actor: "engine", runId, details });
      core.touch("schedules", scheduleId);
    });
  };

  return (): void => {
    const now = clock.now();
    const runs = stores.schedules.timedRuns();
    const active = new Set(runs.map(({ runId }) => runId));
    for (const kind of ["slow", "overdue"] as const)
      for (const runId of told[kind]) if (!active.has(runId)) told[kind].delete(runId);
    for (const run of runs) {
      const { slowAfterMs, dueBy, startedAt, runId } = run;
      const tookMs = startedAt === null || run.status !== "running" ? 0 : now - startedAt;
      if (slowAfterMs !== null && tookMs > slowAfterMs && !told.slow.has(runId)) tell("slow", run, { slowAfterMs });
      if (dueBy === null || told.overdue.has(runId)) continue;
      const dueAt = dueAtOf({ ...run, dueBy });
      if (dueAt !== null && now > dueAt) tell("overdue", run, { dueBy, due: new Date(dueAt).toISOString() });
    }
  };
}
