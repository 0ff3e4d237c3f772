import type { LateResultView } from "../../../shared/api/workers.ts";
import { formatMemory } from "../../../shared/domain/memory.ts";
import type { Run, RunError } from "../../../shared/domain/run.ts";
import type { Omission, Schedule } from "../../../shared/domain/schedule.ts";
import type { WaitingFor } from "../../../shared/domain/waiting.ts";
import { formatDuration } from "../../../shared/schedule/texts/duration.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import type { OmissionRecord } from "../tables/omissions.ts";
import type { LateResultRow } from "../tables/runs/lateResults.ts";
import type { RunRecord } from "../tables/runs/runs.ts";
import type { ScheduleRecord } from "../tables/schedules.ts";

export const iso = (at: number): string => new Date(at).toISOString();
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
/** Whole weeks as days: they are the same, and the default is written `7d`. */
const duration = (ms: number): string =>
  formatDuration(ms).replace(/^(\d+)w/, (_, weeks: string) => `${Number(weeks) * 7}d`);

/** A stored schedule as the API shows it, with what its runs say. */
export function scheduleView(
  record: ScheduleRecord,
  runs: Pick<Schedule, "runningRunIds" | "bufferedCount" | "waitingFor">,
  skippedAhead: number,
): Schedule {
  return {
    scheduleId: record.id,
    name: record.name,
    workflowName: record.workflowName,
    spec: JSON.parse(record.spec) as ScheduleSpec,
    status: record.status,
    overlapPolicy: record.overlapPolicy,
    catchup: record.catchup,
    catchupWindow: duration(record.catchupWindowMs),
    input: JSON.parse(record.input) as unknown,
    nextRunTime: isoOrNull(record.nextRunAt),
    lastRunAt: isoOrNull(record.lastRunAt),
    lastRunId: record.lastRunId,
    totalRuns: record.totalRuns,
    successfulRuns: record.successfulRuns,
    failedRuns: record.failedRuns,
    // One whose time has not come may still be taken back.
    skippedRuns: record.skippedRuns - skippedAhead,
    missedRuns: record.missedRuns,
    bufferedCount: runs.bufferedCount,
    runningRunIds: runs.runningRunIds,
    waitingFor: runs.waitingFor,
    maxRuns: record.maxRuns,
    scheduledRuns: record.scheduledRuns,
    timeout: record.timeoutMs === null ? null : duration(record.timeoutMs),
    memoryLimit: record.memoryLimitMb === null ? null : formatMemory(record.memoryLimitMb),
    slowAfter: record.slowAfterMs === null ? null : duration(record.slowAfterMs),
    dueBy: record.dueBy,
    pools: JSON.parse(record.pools) as string[],
    queue: record.queue,
    keepRuns: record.keepRuns,
    maxAttempts: record.maxAttempts,
    retryDelay: duration(record.retryDelayMs),
    pauseOnFailure: record.pauseOnFailure,
    consecutiveFailures: record.consecutiveFailures,
    recoverOnWorkerLoss: record.recoverOnWorkerLoss !== 0,
    maxRecoveryAttempts: record.maxRecoveryAttempts,
    pausedAt: isoOrNull(record.pausedAt),
    pausedUntil: isoOrNull(record.pausedUntilAt),
    pausedBy: record.pausedBy,
    note: record.pauseNote ?? record.note,
    ownNote: record.note,
    tags: JSON.parse(record.tags) as string[],
    declaration: record.declaration === null ? null : (JSON.parse(record.declaration) as Schedule["declaration"]),
    revision: record.revision,
    createdAt: iso(record.createdAt),
    updatedAt: iso(record.updatedAt),
  };
}

function eventView(event: string | null): Run["event"] {
  if (event === null) return null;
  const end = event.indexOf(":");
  const kind = event.slice(0, end) as NonNullable<Run["event"]>["kind"];
  return { kind, runId: kind === "after" ? (event.slice(end + 1).split("+")[0] ?? null) : null };
}

/** A stored run as the API shows it. */
export function runView(record: RunRecord, waitingFor: WaitingFor | null): Run {
  return {
    runId: record.id,
    scheduleId: record.scheduleId,
    workflowName: record.workflowName,
    trigger: record.trigger,
    status: record.status,
    scheduledTime: isoOrNull(record.scheduledAt),
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
    input: JSON.parse(record.input) as unknown,
    result: record.result === null ? null : (JSON.parse(record.result) as unknown),
    error: record.error === null ? null : (JSON.parse(record.error) as RunError),
    warning: record.warning,
    skipReason: record.skipReason,
    createdAt: iso(record.createdAt),
    startedAt: isoOrNull(record.startedAt),
    completedAt: isoOrNull(record.completedAt),
    notBefore: isoOrNull(record.notBeforeAt),
    waitingFor,
    backfillId: record.backfillId,
    retryOf: record.retryOf,
    event: eventView(record.event),
    worker: record.worker,
    logBytes: record.logBytes,
    logDroppedBytes: record.logDroppedBytes,
  };
}

/** A stored outcome that came late as the API shows it. */
export function lateResultView(row: LateResultRow): LateResultView {
  const { kind, result, error, reason } = JSON.parse(row.outcome) as {
    kind: LateResultView["outcome"]["kind"];
    result?: unknown;
    error?: RunError;
    reason?: string;
  };
  return {
    id: row.id,
    runId: row.runId,
    attempt: row.attempt,
    epoch: row.epoch,
    worker: row.worker,
    at: iso(row.at),
    outcome: { kind, result: result ?? null, error: error ?? null, skipReason: reason ?? null },
    takenAt: isoOrNull(row.takenAt),
  };
}

export function omissionView(record: OmissionRecord): Omission {
  return {
    omissionId: record.id,
    scheduleId: record.scheduleId,
    kind: record.kind,
    reason: record.reason,
    firstTime: iso(record.firstAt),
    lastTime: iso(record.lastAt),
    count: record.count,
    createdAt: iso(record.createdAt),
  };
}
