import type { CatchupPolicy, KeepRuns, OverlapPolicyName, ScheduleStatus } from "../../../shared/domain/schedule.ts";
import type { Connection } from "../sqlite.ts";
import { insertList, selectList, setList } from "./columns.ts";

/** A row of `schedules`. Times are epoch ms, booleans 0 or 1, `spec`, `input`, `pools`, `tags` and `declaration` JSON text. */
export interface ScheduleRecord {
  id: string;
  name: string;
  workflowName: string;
  spec: string;
  anchorAt: number;
  input: string;
  status: ScheduleStatus;
  overlapPolicy: OverlapPolicyName;
  catchup: CatchupPolicy;
  catchupWindowMs: number;
  timeoutMs: number | null;
  /** Null: what holds for its kind of workflow; 0: none. */
  memoryLimitMb: number | null;
  slowAfterMs: number | null;
  dueBy: string | null;
  pools: string;
  /** Null: what its workflow says. */
  queue: string | null;
  keepRuns: KeepRuns;
  maxAttempts: number;
  retryDelayMs: number;
  maxRuns: number | null;
  scheduledRuns: number;
  pauseOnFailure: number | null;
  /** Since its last success. */
  consecutiveFailures: number;
  /** How many of them a person has resumed it after: `pauseOnFailure` counts those that follow. */
  failuresAtResume: number;
  recoverOnWorkerLoss: number;
  maxRecoveryAttempts: number;
  pausedAt: number | null;
  pausedUntilAt: number | null;
  pausedBy: string | null;
  pauseNote: string | null;
  note: string | null;
  tags: string;
  declaration: string | null;
  nextRunAt: number | null;
  nextFireAt: number | null;
  catchupUntilAt: number | null;
  lastScheduledAt: number | null;
  lastCompletedAt: number | null;
  lastRunAt: number | null;
  lastRunId: string | null;
  totalRuns: number;
  successfulRuns: number;
  failedRuns: number;
  skippedRuns: number;
  missedRuns: number;
  revision: number;
  createdAt: number;
  updatedAt: number;
  deletedAt: number | null;
}

export const scheduleColumns = [
  "memoryLimitMb",
  "slowAfterMs",
  "dueBy",
  "pools",
  "queue",
  "keepRuns",
  "id",
  "name",
  "workflowName",
  "spec",
  "anchorAt",
  "input",
  "status",
  "overlapPolicy",
  "catchup",
  "catchupWindowMs",
  "timeoutMs",
  "maxAttempts",
  "retryDelayMs",
  "maxRuns",
  "scheduledRuns",
  "pauseOnFailure",
  "consecutiveFailures",
  "failuresAtResume",
  "recoverOnWorkerLoss",
  "maxRecoveryAttempts",
  "pausedAt",
  "pausedUntilAt",
  "pausedBy",
  "pauseNote",
  "note",
  "tags",
  "declaration",
  "nextRunAt",
  "nextFireAt",
  "catchupUntilAt",
  "lastScheduledAt",
  "lastCompletedAt",
  "lastRunAt",
  "lastRunId",
  "totalRuns",
  "successfulRuns",
  "failedRuns",
  "skippedRuns",
  "missedRuns",
  "revision",
  "createdAt",
  "updatedAt",
  "deletedAt",
] as const satisfies readonly (keyof ScheduleRecord)[];

/** What a firing needs of a schedule: read for each one, so nothing more. */
export const firingColumns = [
  "id",
  "workflowName",
  "spec",
  "anchorAt",
  "input",
  "status",
  "overlapPolicy",
  "catchup",
  "catchupWindowMs",
  "timeoutMs",
  "maxAttempts",
  "maxRuns",
  "scheduledRuns",
  "nextRunAt",
  "nextFireAt",
  "catchupUntilAt",
  "lastScheduledAt",
  "lastCompletedAt",
  "updatedAt",
  "memoryLimitMb",
  "queue",
] as const satisfies readonly (keyof ScheduleRecord)[];
export type FiringRecord = Pick<ScheduleRecord, (typeof firingColumns)[number]>;

export type AfterRun = Pick<
  ScheduleRecord,
  "status" | "overlapPolicy" | "pauseOnFailure" | "consecutiveFailures" | "failuresAtResume"
> & {
  followsCompletion: number;
};

export interface ScheduleCounters {
  totalRuns: number;
  successfulRuns: number;
  failedRuns: number;
  skippedRuns: number;
  missedRuns: number;
  scheduledRuns: number;
}

/** Where a schedule goes on after an occurrence has been dealt with. */
export interface ScheduleProgress {
  id: string;
  status: ScheduleStatus;
  nextRunAt: number | null;
  nextFireAt: number | null;
  catchupUntilAt: number | null;
  lastScheduledAt: number | null;
}

/** An active run of a schedule with a limit of time that is told. Epoch ms. */
export interface TimedRun {
  runId: string;
  scheduleId: string;
  status: "pending" | "running";
  startedAt: number | null;
  /** What it is for: its nominal time, or its creation. */
  fromAt: number;
  slowAfterMs: number | null;
  dueBy: string | null;
  timezone: string | null;
}

export function createScheduleStore(sql: Connection) {
  const all = `select ${selectList(scheduleColumns)} from schedules`;
  const firing = `select ${selectList(firingColumns)} from schedules`;
  const insert = sql.prepare<[ScheduleRecord]>(`insert into schedules ${insertList(scheduleColumns)}`);
  const update = sql.prepare<[ScheduleRecord]>(
    `update schedules set ${setList(scheduleColumns.filter((name) => name !== "id"))} where id = @id`,
  );
  const get = sql.prepare<[string], ScheduleRecord>(`${all} where id = ?`);
  const getFiring = sql.prepare<[string], FiringRecord>(`${firing} where id = ?`);
  const afterRun = sql.prepare<[string], AfterRun>(
    `select status, overlap_policy as overlapPolicy, pause_on_failure as pauseOnFailure, consecutive_failures as consecutiveFailures,
       failures_at_resume as failuresAtResume,
       instr(spec, '"completion"') > 0 as followsCompletion from schedules where id = ?`,
  );
  const due = sql.prepare<[number, number], FiringRecord>(
    `${firing} where next_fire_at is not null and next_fire_at <= ? order by next_fire_at limit ?`,
  );
  const dueIds = sql
    .prepare<[number], string>(
      "select id from schedules where next_fire_at is not null and next_fire_at <= ? order by next_fire_at",
    )
    .pluck();
  const forJob = sql.prepare<[string], { timezone: string | null; memoryLimitMb: number | null; queue: string | null }>(
    `select json_extract(spec, '$.timezone') as timezone, memory_limit_mb as memoryLimitMb, queue from schedules where id = ?`,
  );
  const timed = sql.prepare<[], TimedRun>(
    `select r.id as runId, s.id as scheduleId, r.status, r.started_at as startedAt, coalesce(r.scheduled_at, r.created_at) as fromAt,
       s.slow_after_ms as slowAfterMs, s.due_by as dueBy, json_extract(s.spec, '$.timezone') as timezone
     from runs r indexed by runs_active join schedules s on s.id = r.schedule_id
     where r.status in ('pending', 'running') and r.backfill_id is null and (s.slow_after_ms is not null or s.due_by is not null)`,
  );
  const dueFrom = sql.prepare<[number], { id: string; nextRunAt: number }>(
    "select id, next_run_at as nextRunAt from schedules where next_fire_at is not null and next_fire_at <= ? order by next_fire_at",
  );
  const earliest = sql
    .prepare<[], number | null>("select min(next_fire_at) from schedules where next_fire_at is not null")
    .pluck();
  const earliestPauseEnd = sql
    .prepare<[], number | null>("select min(paused_until_at) from schedules where paused_until_at is not null")
    .pluck();
  const pauseEnds = sql
    .prepare<[number, number], string>(
      "select id from schedules where paused_until_at is not null and paused_until_at <= ? order by paused_until_at limit ?",
    )
    .pluck();
  const progress = sql.prepare<[ScheduleProgress]>(
    `update schedules set ${setList(["status", "nextRunAt", "nextFireAt", "catchupUntilAt", "lastScheduledAt"])} where id = @id`,
  );
  const created = sql.prepare<[{ id: string; at: number; runId: string; scheduled: number }]>(
    "update schedules set total_runs = total_runs + 1, scheduled_runs = scheduled_runs + @scheduled, last_run_at = @at, last_run_id = @runId where id = @id",
  );
  const fired = sql.prepare<[ScheduleProgress & { at: number; runId: string }]>(
    `update schedules set ${setList(["status", "nextRunAt", "nextFireAt", "catchupUntilAt", "lastScheduledAt"])},
       total_runs = total_runs + 1, scheduled_runs = scheduled_runs + 1, last_run_at = @at, last_run_id = @runId where id = @id`,
  );
  const skipped = sql.prepare<[number, string]>("update schedules set skipped_runs = skipped_runs + ? where id = ?");
  const missed = sql.prepare<[number, string]>("update schedules set missed_runs = missed_runs + ? where id = ?");
  const succeeded = sql.prepare<[{ id: string; at: number; streak: number }]>(
    "update schedules set successful_runs = successful_runs + 1, last_completed_at = @at, consecutive_failures = iif(@streak, 0, consecutive_failures), failures_at_resume = iif(@streak, 0, failures_at_resume) where id = @id",
  );
  const failed = sql.prepare<[{ id: string; at: number; streak: number }]>(
    "update schedules set failed_runs = failed_runs + 1, last_completed_at = @at, consecutive_failures = consecutive_failures + @streak where id = @id",
  );
  const endStreak = sql.prepare<[string]>(
    "update schedules set consecutive_failures = 0, failures_at_resume = 0 where id = ?",
  );
  const ended = sql.prepare<[number, string]>("update schedules set last_completed_at = ? where id = ?");
  const remove = sql.prepare<[string]>("delete from schedules where id = ?");
  const ids = sql.prepare<[], string>("select id from schedules").pluck();
  const any = sql.prepare<[], number>("select exists (select 1 from schedules where status <> 'deleted')").pluck();
  const ahead = sql
    .prepare<[number], string>(`select id from schedules where status in ('active', 'ended') and last_scheduled_at > ?`)
    .pluck();
  const naming = sql.prepare<[string], ScheduleRecord>(`${all} where instr(spec, ?) > 0 and status <> 'deleted'`);
  const addCounters = sql.prepare<[ScheduleCounters & { id: string }]>(
    `update schedules set total_runs = total_runs + @totalRuns, successful_runs = successful_runs + @successfulRuns,
       failed_runs = failed_runs + @failedRuns, skipped_runs = skipped_runs + @skippedRuns,
       missed_runs = missed_runs + @missedRuns, scheduled_runs = scheduled_runs + @scheduledRuns where id = @id`,
  );

  return {
    insert: (record: ScheduleRecord): void => void insert.run(record),
    update: (record: ScheduleRecord): void => void update.run(record),
    get: (id: string): ScheduleRecord | undefined => get.get(id),
    getFiring: (id: string): FiringRecord | undefined => getFiring.get(id),
    /** Whether there is any that is not deleted. */
    any: (): boolean => any.get() === 1,
    /** What the end of a run may set off. */
    afterRun: (id: string): AfterRun | undefined => afterRun.get(id),
    /** Schedules whose next firing is not after `at`, earliest first. */
    due: (at: number, limit: number): FiringRecord[] => due.all(at, limit),
    /** The ids of all that fire at or before `at`. */
    dueIds: (at: number): string[] => dueIds.all(at),
    /** What its runs' jobs hold of it: the zone that its spec names (null where it names none), its limit of memory and its queue. */
    forJob: (id: string) => forJob.get(id),
    /** Active runs of schedules that say how long they may take, those of backfills aside. */
    timedRuns: (): TimedRun[] => timed.all(),
    /** The same with the occurrence that each fires next. */
    dueFrom: (at: number): { id: string; nextRunAt: number }[] => dueFrom.all(at),
    /** The earliest instant at which any schedule fires. */
    earliestFireAt: (): number | null => earliest.get() ?? null,
    earliestPauseEndAt: (): number | null => earliestPauseEnd.get() ?? null,
    /** Schedules whose pause ends at or before `at`, earliest first. */
    pauseEnds: (at: number, limit: number): string[] => pauseEnds.all(at, limit),
    progress: (values: ScheduleProgress): void => void progress.run(values),
    /** An occurrence became a run: moves on and counts in one statement. */
    fired: (values: ScheduleProgress & { at: number; runId: string }): void => void fired.run(values),
    /** A run was made by other means than an occurrence that came due. */
    runCreated: (id: string, runId: string, at: number): void => void created.run({ id, runId, at, scheduled: 0 }),
    addSkipped: (id: string, count: number): void => void skipped.run(count, id),
    addMissed: (id: string, count: number): void => void missed.run(count, id),
    /** Counts a completed run; `live` ones end a streak of failures. */
    runSucceeded: (id: string, at: number, live: boolean): void => void succeeded.run({ id, at, streak: live ? 1 : 0 }),
    runFailed: (id: string, at: number, live: boolean): void => void failed.run({ id, at, streak: live ? 1 : 0 }),
    /** Its last run has succeeded after all. */
    endStreak: (id: string): void => void endStreak.run(id),
    runEnded: (id: string, at: number): void => void ended.run(at, id),
    remove: (id: string): void => void remove.run(id),
    ids: (): string[] => ids.all(),
    /** Active and ended schedules that have dealt with an occurrence after `at`: only a clock set back makes such. */
    aheadOf: (at: number): string[] => ahead.all(at),
    /** Schedules whose spec holds a piece of text. */
    withSpecText: (text: string): ScheduleRecord[] => naming.all(text),
    /** Puts counters right by differences. */
    addCounters: (id: string, differences: ScheduleCounters): void => void addCounters.run({ id, ...differences }),
  };
}
export type ScheduleStore = ReturnType<typeof createScheduleStore>;
