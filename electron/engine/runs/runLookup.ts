import { AppError } from "../../../shared/domain/errors.ts";
import type { Run } from "../../../shared/domain/run.ts";
import { runView } from "../../storage/reads/views.ts";
import { createWaitingReads } from "../../storage/reads/waiting.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { ScheduleRecord } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";

/** A run that nothing will change any more. */
export const hasEnded = (run: Pick<RunRecord, "status" | "completedAt">): boolean =>
  run.status === "completed" ||
  run.status === "failed" ||
  run.status === "skipped" ||
  run.status === "cancelled" ||
  (run.status === "interrupted" && run.completedAt !== null);

/** What commands on runs ask of schedules. */
export interface ScheduleFinder {
  /** Throws NOT_FOUND. */
  existing(scheduleId: string): ScheduleRecord;
}

/** Throws NOT_FOUND. */
export function existingRun(core: Core, runId: string): RunRecord {
  const run = core.stores.runs.get(runId);
  if (run !== undefined) return run;
  throw new AppError("NOT_FOUND", `There is no run ${JSON.stringify(runId)}.`, {
    issues: [{ path: "runId", given: runId, message: "the id of a run; `runs list` shows them" }],
  });
}

/** As the API shows it. */
export const viewOf = (core: Core, run: RunRecord): Run => runView(run, createWaitingReads(core.stores).ofRun(run));
