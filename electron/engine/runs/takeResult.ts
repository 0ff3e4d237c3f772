import type { z } from "zod";
import { takeResultSchema } from "../../../shared/api/runs.ts";
import { AppError, assertNever } from "../../../shared/domain/errors.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Run, RunStatus } from "../../../shared/domain/run.ts";
import type { RunOutcome } from "../../runtime/runtime.ts";
import type { LateResultRow } from "../../storage/tables/runs/lateResults.ts";
import type { RunEnd, RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import type { EndedRun } from "../parts.ts";
import { illegalMove } from "./ends.ts";
import { existingRun, hasEnded, viewOf } from "./runLookup.ts";

/**
 * Puts an outcome that came late in the place of a run's own: its row, the counters of its schedule and its backfill, and
 * the history. Nothing follows on it: what followed on the run's end has followed. Of a run that goes on nothing is taken.
 * Throws NOT_FOUND, ILLEGAL_TRANSITION.
 */
export function takeResult(core: Core, raw: z.input<typeof takeResultSchema>, actor: Actor): Run {
  const input = parseWith(takeResultSchema, raw);
  return core.write(() => {
    const { runs, lateResults, activity } = core.stores;
    const run = ofItsSchedule(core, existingRun(core, input.runId));
    const late = lateOf(run, lateResults.of(run.id), input.lateResultId);
    const end = endOf(JSON.parse(late.outcome) as RunOutcome, run);
    if (!hasEnded(run)) throw illegalMove(run, end.status, " It has not ended: cancel it, or wait for its end.");
    if (!runs.end(end)) throw illegalMove(run, end.status);
    const now = core.clock.now();
    lateResults.taken(late.id, now);
    recount(core, run, end.status);
    activity.add({
      scheduleId: run.scheduleId,
      at: now,
      kind: "result_taken",
      actor,
      runId: run.id,
      details: { attempt: late.attempt, from: run.status, to: end.status },
    });
    core.touch("runs", run.id);
    if (run.scheduleId !== null) core.touch("schedules", run.scheduleId);
    return viewOf(core, existingRun(core, run.id));
  });
}

/** One that was called off with its backfill has run after all: the schedule's history and counters tell of it. */
function ofItsSchedule(core: Core, run: RunRecord): RunRecord {
  if (run.scheduleId !== null || run.backfillId === null) return run;
  return { ...run, scheduleId: core.hooks?.takeBack(run.backfillId, run.id) ?? null };
}

function lateOf(run: RunRecord, all: readonly LateResultRow[], id: number | undefined): LateResultRow {
  const found = id === undefined ? all.at(-1) : all.find((row) => row.id === id);
  if (found !== undefined) return found;
  const known = all.map((row) => row.id).join(", ");
  throw new AppError(
    "NOT_FOUND",
    known === "" ? `Run ${run.id} has no late result.` : `Run ${run.id} has no late result ${id}; it has ${known}.`,
    {
      issues: [
        { path: known === "" ? "runId" : "lateResultId", given: id ?? run.id, message: known || "a run with one" },
      ],
    },
  );
}

/** The run's row with a late outcome. */
function endOf(outcome: RunOutcome, run: RunRecord): RunEnd {
  const base = {
    id: run.id,
    from: run.status,
    result: null,
    error: null,
    warning: null,
    skipReason: null,
    // It may have ended before the attempt that the row now speaks of began.
    completedAt: Math.max(outcome.at, run.startedAt ?? outcome.at),
  };
  switch (outcome.kind) {
    case "completed": {
      const result = outcome.result === undefined ? null : JSON.stringify(outcome.result);
      return { ...base, status: "completed", result, warning: outcome.warning ?? null };
    }
    case "failed":
      return { ...base, status: "failed", error: JSON.stringify(outcome.error) };
    case "skipped":
      return { ...base, status: "skipped", skipReason: outcome.reason };
    case "cancelled":
    case "sleeping":
    case "lost":
      // Of these none is kept.
      throw new AppError("INTERNAL", `a late result is ${outcome.kind}`);
    default:
      return assertNever(outcome);
  }
}

/** What counts runs by their outcome follows; a streak of failures ends where the schedule's last run has succeeded after all. */
function recount(core: Core, run: RunRecord, to: RunEnd["status"]): void {
  const { schedules } = core.stores;
  const change = (status: RunStatus): number => Number(to === status) - Number(run.status === status);
  if (run.scheduleId !== null) {
    schedules.addCounters(run.scheduleId, {
      totalRuns: 0,
      scheduledRuns: 0,
      skippedRuns: 0,
      missedRuns: 0,
      successfulRuns: change("completed"),
      failedRuns: change("failed"),
    });
    const isLast = schedules.get(run.scheduleId)?.lastRunId === run.id;
    if (to === "completed" && isLast && run.backfillId === null) schedules.endStreak(run.scheduleId);
  }
  if (run.backfillId !== null) core.hooks?.outcomeChanged(run.backfillId, run.status as EndedRun["status"], to);
}
