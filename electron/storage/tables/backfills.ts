import type { BackfillOrder, BackfillStatus, ReprocessMode } from "../../../shared/domain/backfill.ts";
import type { RunStatus } from "../../../shared/domain/run.ts";
import type { OverlapPolicyName } from "../../../shared/domain/schedule.ts";
import type { Database } from "../opening/database.ts";
import type { Statement } from "../sqlite.ts";
import { oneOf } from "./columns.ts";
import { promoteSql } from "./runs/runs.ts";

/** A backfill as stored. JSON columns are text; times are epoch ms. */
export interface BackfillRow {
  id: string;
  schedule_id: string;
  status: BackfillStatus;
  from_at: number;
  to_at: number;
  reprocess: ReprocessMode;
  run_order: BackfillOrder;
  concurrency: number;
  overlap_policy: OverlapPolicyName;
  max_failures: number | null;
  input: string | null;
  excluded: string;
  snapshot: string;
  generation: number;
  planned_until_at: number | null;
  ends_as: "cancelled" | "failed" | null;
  total: number;
  /** Rows made so far; those that were run again stand for the ones they replace. */
  written: number;
  completed: number;
  failed: number;
  /** Those that have ended as cancelled; of them called off before they began, which are no runs of the schedule. */
  cancelled: number;
  called_off: number;
  created_by: string;
  created_at: number;
  started_at: number | null;
  completed_at: number | null;
}

/** With the name of its schedule; without the lists that only its writer reads. */
export type BackfillReading = Omit<BackfillRow, "excluded" | "snapshot"> & {
  schedule_name: string;
  schedule_overlap: OverlapPolicyName;
  timezone: string;
  occurrences: number;
  existing: string;
};

/** What a backfill asks of its schedule. */
export interface BackfillScheduleRow {
  id: string;
  name: string;
  workflow_name: string;
  spec: string;
  anchor_at: number;
  input: string;
  status: string;
  overlap_policy: OverlapPolicyName;
  max_attempts: number;
  timeout_ms: number | null;
  created_at: number;
  next_run_at: number | null;
  next_fire_at: number | null;
}

export interface HistoryRun {
  scheduledAt: number;
  runId: string;
  status: RunStatus;
  createdAt: number;
}

/** What every run of a backfill is made of. */
export interface BackfillRunTemplate {
  backfillId: string;
  scheduleId: string;
  /** Its ids begin with this: an id made when the writing began, so that they sort by time of creation. */
  idPrefix: string;
  order: BackfillOrder;
  workflowName: string;
  input: string;
  maxAttempts: number;
  timeoutMs: number | null;
}

export interface NewBackfillRun {
  at: number;
  retryOf: string | null;
}

export type BackfillStore = ReturnType<typeof createBackfillStore>;

const reading = `b.id, b.schedule_id, b.status, b.from_at, b.to_at, b.reprocess, b.run_order, b.concurrency,
  b.overlap_policy, b.max_failures, b.input, b.generation, b.planned_until_at, b.ends_as, b.total, b.written, b.completed, b.failed,
  b.cancelled, b.called_off, b.created_by, b.created_at, b.started_at, b.completed_at, s.name as schedule_name,
  s.overlap_policy as schedule_overlap,
  coalesce(json_extract(b.snapshot, '$.spec.timezone'), 'UTC') as timezone,
  json_extract(b.snapshot, '$.occurrences') as occurrences, json_extract(b.snapshot, '$.existing') as existing`;

/** A run's id sorts in the order of starting within its backfill: batches are appended, and dispatch needs no other order. */
const runIdSql = `@idPrefix || '.' || printf('%014d', iif(@order = 'newest', 99999999999999 - (j.value ->> 0), j.value ->> 0))`;

/** Later than every instant; its negative is earlier. */
const BEYOND = Number.MAX_SAFE_INTEGER;

/** Whether a backfill, whose status this is, has something left to do. */
export const openBackfill = (status: string): string => oneOf(status, ["planning", "running", "paused", "cancelling"]);

/** Runs that hold a slot: an interrupted one that nothing resumes has ended. */
const activeSql = `${oneOf("status", ["pending", "running", "interrupted"])} and (status <> 'interrupted' or completed_at is null)`;

/** The statements of backfills over one connection. Callers decide about transactions. */
export function createBackfillStore(database: Database) {
  const statements = new Map<string, Statement>();
  const sql = (text: string): Statement => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.sql.prepare(text) as Statement;
      statements.set(text, statement);
    }
    return statement;
  };
  const pluck = (text: string, ...bound: unknown[]): number =>
    Number(
      sql(text)
        .pluck()
        .get(...bound) ?? 0,
    );

  /** Moves so many runs from the schedule's count to the backfill's own. */
  const countReleased = (backfillId: string, by: number): void => {
    sql("update backfills set called_off = called_off + ? where id = ?").run(by, backfillId);
    sql(
      "update schedules set total_runs = total_runs - ? where id = (select schedule_id from backfills where id = ?)",
    ).run(by, backfillId);
  };

  return {
    schedule(scheduleId: string): BackfillScheduleRow | undefined {
      return sql(
        `select id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, max_attempts,
           timeout_ms, created_at, next_run_at, next_fire_at
         from schedules where id = ?`,
      ).get(scheduleId) as BackfillScheduleRow | undefined;
    },

    exclusionCalendars(names: readonly string[]): { name: string; entries: string }[] {
      return sql("select name, entries from exclusion_calendars where name in (select value from json_each(?))").all(
        JSON.stringify(names),
      ) as { name: string; entries: string }[];
    },

    /** The first `limit` runs of a schedule for instants from `from` (included) to `to` (not), in order of instant. */
    runs(scheduleId: string, from: number, to: number, limit: number, descending = false): HistoryRun[] {
      return sql(
        `select scheduled_at as scheduledAt, id as runId, status, created_at as createdAt from runs
         where schedule_id = ? and scheduled_at >= ? and scheduled_at < ?
         order by scheduled_at ${descending ? "desc" : "asc"} limit ?`,
      ).all(scheduleId, from, to, limit) as HistoryRun[];
    },

    omitted(
      scheduleId: string,
      from: number,
      to: number,
    ): { kind: "missed" | "skipped"; firstAt: number; lastAt: number }[] {
      return sql(
        `select kind, first_at as firstAt, last_at as lastAt from omissions
         where schedule_id = ? and first_at < ? and last_at >= ? order by first_at`,
      ).all(scheduleId, to, from) as { kind: "missed" | "skipped"; firstAt: number; lastAt: number }[];
    },

    /** The newest occurrence that completed before an instant. */
    lastSuccessBefore(scheduleId: string, before: number): number | null {
      const found = sql(
        `select scheduled_at from runs where schedule_id = ? and scheduled_at < ? and status = 'completed'
         order by scheduled_at desc limit 1`,
      )
        .pluck()
        .get(scheduleId, before) as number | undefined;
      return found ?? null;
    },

    /** When the machine slept or nothing fired, newest first. */
    downtimes(limit: number): { kind: "closed" | "asleep" | "stalled"; fromAt: number; toAt: number }[] {
      return sql(
        `select kind, from_at as fromAt, to_at as toAt from downtimes where dismissed_at is null
         order by from_at desc limit ?`,
      ).all(limit) as { kind: "closed" | "asleep" | "stalled"; fromAt: number; toAt: number }[];
    },

    insert(row: BackfillRow): void {
      sql(
        `insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency, overlap_policy,
           max_failures, input, excluded, snapshot, generation, planned_until_at, ends_as, total, completed, failed,
           cancelled, called_off, created_by, created_at, started_at, completed_at)
         values (@id, @schedule_id, @status, @from_at, @to_at, @reprocess, @run_order, @concurrency, @overlap_policy,
           @max_failures, @input, @excluded, @snapshot, @generation, @planned_until_at, @ends_as, @total, @completed,
           @failed, @cancelled, @called_off, @created_by, @created_at, @started_at, @completed_at)`,
      ).run(row);
    },

    get(backfillId: string): BackfillReading | undefined {
      return sql(`select ${reading} from backfills b join schedules s on s.id = b.schedule_id where b.id = ?`).get(
        backfillId,
      ) as BackfillReading | undefined;
    },

    /** The whole row, for its writer. */
    row(backfillId: string): BackfillRow | undefined {
      return sql("select * from backfills where id = ?").get(backfillId) as BackfillRow | undefined;
    },

    list(filter: { scheduleId?: string; status?: string; limit: number; offset: number }): BackfillReading[] {
      return sql(
        `select ${reading} from backfills b join schedules s on s.id = b.schedule_id
         where (@scheduleId is null or b.schedule_id = @scheduleId) and (@status is null or b.status = @status)
         order by b.created_at desc, b.id desc limit @limit offset @offset`,
      ).all({ scheduleId: null, status: null, ...filter }) as BackfillReading[];
    },

    count(filter: { scheduleId?: string; status?: string }): number {
      return pluck(
        `select count(*) from backfills
         where (@scheduleId is null or schedule_id = @scheduleId) and (@status is null or status = @status)`,
        { scheduleId: null, status: null, ...filter },
      );
    },

    /** Backfills with something left to do, oldest first. */
    open(): BackfillReading[] {
      return sql(
        `select ${reading} from backfills b join schedules s on s.id = b.schedule_id
         where ${openBackfill("b.status")} order by b.created_at, b.id`,
      ).all() as BackfillReading[];
    },

    /** Whether a run that is active belongs to a backfill of one run at a time, which live ones wait for. */
    sequentialActive(scheduleId: string): boolean {
      return (
        pluck(
          `select exists (select 1 from runs r join backfills b on b.id = r.backfill_id
             where r.schedule_id = ? and r.status in ('pending', 'running') and b.concurrency = 1
               and b.overlap_policy <> 'allow_all')`,
          scheduleId,
        ) === 1
      );
    },

    /** Changes columns of one backfill where it still has the status the caller saw; false where it was overtaken. */
    change(backfillId: string, seen: BackfillStatus, columns: Partial<BackfillRow>): boolean {
      const names = Object.keys(columns);
      const text = `update backfills set ${names.map((name) => `${name} = @${name}`).join(", ")}
        where id = @whereId and status = @whereStatus`;
      return sql(text).run({ ...columns, whereId: backfillId, whereStatus: seen }).changes === 1;
    },

    /** See BackfillRunTemplate. */
    setIdPrefix(backfillId: string, idPrefix: string): void {
      sql("update backfills set snapshot = json_set(snapshot, '$.idPrefix', ?) where id = ?").run(idPrefix, backfillId);
    },

    /** Writes waiting runs and counts them for the schedule. */
    insertRuns(template: BackfillRunTemplate, runs: readonly NewBackfillRun[], nowAt: number): void {
      if (runs.length === 0) return;
      sql(
        `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, max_attempts, timeout_ms, input,
           backfill_id, retry_of, created_at)
         select ${runIdSql}, @scheduleId, @workflowName, 'backfill', 'buffered', j.value ->> 0, @maxAttempts, @timeoutMs,
           @input, @backfillId, j.value ->> 1, @nowAt from json_each(@runs) j`,
      ).run({ ...template, nowAt, runs: JSON.stringify(runs.map((run) => [run.at, run.retryOf])) });
      sql("update schedules set total_runs = total_runs + ? where id = ?").run(runs.length, template.scheduleId);
    },

    /** Those of its runs from an instant on that ended without success, among the first `limit`, in order of instant. */
    unsuccessful(backfillId: string, fromAt: number, limit: number) {
      const rows = sql(
        `select scheduled_at as scheduledAt, id as runId, status, created_at as createdAt, completed_at as completedAt,
           schedule_id is null as calledOff from runs where backfill_id = ? and scheduled_at >= ? order by scheduled_at limit ?`,
      ).all(backfillId, fromAt, limit) as (HistoryRun & { completedAt: number | null; calledOff: 0 | 1 })[];
      const unsuccessful = rows.filter(
        ({ status, completedAt }) =>
          status === "failed" || status === "cancelled" || (status === "interrupted" && completedAt !== null),
      );
      return { examined: rows.length, lastAt: rows.at(-1)?.scheduledAt ?? null, unsuccessful };
    },

    countWritten(backfillId: string, by: number): void {
      sql("update backfills set written = written + ? where id = ?").run(by, backfillId);
    },

    /** Lets go of runs that newer ones stand in for: their place in the backfill is free. Those called off had nothing but that place. */
    detach(backfillId: string, runIds: readonly string[]): void {
      const these = "id in (select value from json_each(?))";
      const ids = JSON.stringify(runIds);
      const gone = sql(`delete from runs where ${these} and schedule_id is null`).run(ids).changes;
      sql("update backfills set called_off = called_off - ? where id = ?").run(gone, backfillId);
      sql(`update runs set backfill_id = null where ${these}`).run(ids);
    },

    waiting(backfillId: string, order: BackfillOrder, limit: number): string[] {
      return sql(
        `select id from runs where backfill_id = ? and status = 'buffered'
         order by scheduled_at ${order === "oldest" ? "asc" : "desc"} limit ?`,
      )
        .pluck()
        .all(backfillId, limit) as string[];
    },

    promote(runId: string, nowAt: number): boolean {
      return sql(promoteSql).run({ id: runId, at: nowAt }).changes === 1;
    },

    /** Calls off waiting runs; how many. */
    cancelWaiting(runIds: readonly string[], error: string, nowAt: number): number {
      return sql(
        `update runs set status = 'cancelled', error = ?, completed_at = ?
         where id in (select value from json_each(?)) and status = 'buffered'`,
      ).run(error, nowAt, JSON.stringify(runIds)).changes;
    },

    /**
     * Calls off waiting runs, and takes them out of the schedule's history: nothing of them ever ran. How many.
     * In one statement: there can be a year of them, and each write of a row moves its entries in the indexes.
     */
    callOff(backfillId: string, runIds: readonly string[], error: string, nowAt: number): number {
      const calledOff = sql(
        `update runs set status = 'cancelled', error = ?, completed_at = ?, schedule_id = null
         where id in (select value from json_each(?)) and status = 'buffered'`,
      ).run(error, nowAt, JSON.stringify(runIds)).changes;
      countReleased(backfillId, calledOff);
      return calledOff;
    },

    /** Takes cancelled runs that never began out of the schedule's history; they stay with the backfill. */
    release(backfillId: string, runIds: readonly string[]): void {
      const released = sql(
        `update runs set schedule_id = null where id in (select value from json_each(?)) and status = 'cancelled'
           and started_at is null and schedule_id is not null`,
      ).run(JSON.stringify(runIds)).changes;
      countReleased(backfillId, released);
    },

    /** Undoes that for one of them. */
    takeBack(backfillId: string, runId: string): void {
      const scheduleOf = "(select schedule_id from backfills where id = @backfillId)";
      const bound = { backfillId, runId };
      const taken = sql(
        `update runs set schedule_id = ${scheduleOf} where id = @runId and backfill_id = @backfillId and schedule_id is null`,
      ).run(bound).changes;
      sql("update backfills set called_off = called_off - ? where id = ?").run(taken, backfillId);
      sql(`update schedules set total_runs = total_runs + @taken where id = ${scheduleOf}`).run({ backfillId, taken });
    },

    /** Runs that hold a slot. */
    activeCount(backfillId: string): number {
      return pluck(`select count(*) from runs where backfill_id = ? and ${activeSql}`, backfillId);
    },

    active(backfillId: string): { runId: string; status: RunStatus }[] {
      return sql(`select id as runId, status from runs where backfill_id = ? and ${activeSql}`).all(backfillId) as {
        runId: string;
        status: RunStatus;
      }[];
    },

    /** Runs of a schedule, active or waiting, that belong to no backfill; those that its pause holds up aside. */
    liveCount(scheduleId: string): number {
      return (
        pluck(
          `select count(*) from runs where schedule_id = ? and status in ('pending', 'running') and backfill_id is null`,
          scheduleId,
        ) +
        pluck(
          `select count(*) from runs where schedule_id = ? and status = 'buffered' and backfill_id is null
             and (trigger in ('manual', 'retry') or (select status from schedules where id = schedule_id) <> 'paused')`,
          scheduleId,
        )
      );
    },

    countEnded(backfillId: string, status: "completed" | "failed" | "cancelled", by = 1): void {
      sql(`update backfills set ${status} = ${status} + ? where id = ?`).run(by, backfillId);
    },

    /** When its latest runs began and ended, newest instant first in the order it works: what its rate is taken from. */
    latestEnds(
      backfillId: string,
      order: BackfillOrder,
      limit: number,
    ): { startedAt: number | null; completedAt: number }[] {
      const oldest = order === "oldest";
      const frontier = sql(
        `select scheduled_at from runs where backfill_id = ? and status = 'buffered'
         order by scheduled_at ${oldest ? "asc" : "desc"} limit 1`,
      )
        .pluck()
        .get(backfillId) as number | undefined;
      return sql(
        `select started_at as startedAt, completed_at as completedAt from (
           select started_at, completed_at from runs where backfill_id = @backfillId
             and scheduled_at ${oldest ? "<" : ">"} @frontier
           order by scheduled_at ${oldest ? "desc" : "asc"} limit @limit
         ) where completed_at is not null`,
      ).all({ backfillId, frontier: frontier ?? (oldest ? BEYOND : -BEYOND), limit }) as {
        startedAt: number | null;
        completedAt: number;
      }[];
    },
  };
}
