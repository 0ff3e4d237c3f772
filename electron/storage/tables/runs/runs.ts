import type { RunStatus, RunTrigger } from "../../../../shared/domain/run.ts";
import type { Connection } from "../../sqlite.ts";
import { insertList, selectList } from "../columns.ts";
import { turnSql } from "./turns.ts";

/** A row of `runs`. Times are epoch ms; `input`, `result` and `error` JSON text. */
export interface RunRecord {
  id: string;
  scheduleId: string | null;
  workflowName: string;
  trigger: RunTrigger;
  status: RunStatus;
  scheduledAt: number | null;
  attempt: number;
  maxAttempts: number;
  timeoutMs: number | null;
  input: string;
  result: string | null;
  error: string | null;
  warning: string | null;
  skipReason: string | null;
  notBeforeAt: number | null;
  recoveryCount: number;
  backfillId: string | null;
  retryOf: string | null;
  worker: string | null;
  cancelRequestedAt: number | null;
  cancelGraceMs: number | null;
  logBytes: number;
  logDroppedBytes: number;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  /** See runQueue.ts. */
  turn: number;
  /** Since when a pending one waits for room and nothing else. */
  readyAt: number | null;
  /** The full pool that a pending one waits for. */
  waitsForPool: string | null;
  /** How often it was handed to a runtime: what one says of an earlier hand-over changes nothing. */
  epoch: number;
  /** The last hand-over whose outcome was written. */
  recordedEpoch: number;
  /** The queue where a runtime that keeps runs has it; null for all others. */
  sentTo: string | null;
  /** What started it, where that was an event: `boot:…`, `start:…`, `wake:…`, or `after:` and the run that ended; where a delay lies between, with `+` and its ms. */
  event: string | null;
}

export const runColumns = [
  "id",
  "scheduleId",
  "workflowName",
  "trigger",
  "status",
  "scheduledAt",
  "attempt",
  "maxAttempts",
  "timeoutMs",
  "input",
  "result",
  "error",
  "warning",
  "skipReason",
  "notBeforeAt",
  "recoveryCount",
  "backfillId",
  "retryOf",
  "worker",
  "cancelRequestedAt",
  "cancelGraceMs",
  "logBytes",
  "logDroppedBytes",
  "createdAt",
  "startedAt",
  "completedAt",
  "turn",
  "readyAt",
  "waitsForPool",
  "epoch",
  "recordedEpoch",
  "sentTo",
  "event",
] as const satisfies readonly (keyof RunRecord)[];

const newRunColumns = [
  "id",
  "scheduleId",
  "workflowName",
  "trigger",
  "status",
  "scheduledAt",
  "maxAttempts",
  "timeoutMs",
  "input",
  "backfillId",
  "retryOf",
  "createdAt",
  "startedAt",
  "event",
] as const satisfies readonly (keyof RunRecord)[];
type NewRunRow = Pick<RunRecord, (typeof newRunColumns)[number]>;
/** What is known of a run when it is made; one that is claimed at once has its start, too. */
export type NewRun = Omit<NewRunRow, "startedAt" | "event"> & { startedAt?: number; event?: string };

/** What is told of a run as an attempt of it begins. */
export type RunStart = Pick<RunRecord, "workflowName" | "trigger" | "scheduledAt" | "attempt">;

/** How a run ended for good. */
export interface RunEnd {
  id: string;
  from: RunStatus;
  status: "completed" | "failed" | "skipped" | "cancelled" | "interrupted";
  result: string | null;
  error: string | null;
  warning: string | null;
  skipReason: string | null;
  completedAt: number;
}

/** How a run goes back to wait for another attempt. */
export interface RunAgain {
  id: string;
  from: RunStatus;
  attempt: number;
  recoveryCount: number;
  notBeforeAt: number | null;
  error: string | null;
  /** When that is, epoch ms. */
  at: number;
}

/** buffered → pending, as a run's turn comes at `@at`. */
export const promoteSql = `update runs as r set status = 'pending', ready_at = @at,
  turn = ${turnSql("r.schedule_id", "r.backfill_id is not null")} where id = @id and status = 'buffered'`;

/**
 * Every change of status names the status it starts from in its `where`, so a move that lost a race changes no row;
 * those functions return whether it changed one.
 */
export function createRunStore(sql: Connection) {
  const all = `select ${selectList(runColumns)} from runs`;
  // Named, since the planner would rather walk all runs that a schedule ever had.
  const byActive = "runs indexed by runs_active";
  const byBuffered = "runs indexed by runs_buffered";
  const allBuffered = `select ${selectList(runColumns)} from ${byBuffered}`;
  const allActive = `select ${selectList(runColumns)} from ${byActive}`;
  const live = "backfill_id is null";
  const active = "status in ('pending', 'running')";
  /** Of one status at a time: for both at once SQLite makes a table of the two, each time it is asked. */
  const oneActive = (status: "pending" | "running", which: string): string =>
    `select 1 from ${byActive} where ${active} and status = '${status}' and schedule_id = @id and ${which}`;
  const values = insertList(newRunColumns).replace(/\)/, ", turn, ready_at, epoch)");
  const inserting = `insert into runs ${values.slice(0, -1)}, @turn, iif(@status = 'pending', @createdAt, null), @status = 'running')`;
  const insert = sql.prepare<[NewRunRow & { turn: number }]>(inserting);
  const insertOccurrence = sql.prepare<[NewRunRow & { turn: number }]>(`${inserting} on conflict do nothing`);
  // Asked beforehand: within the insert it reads the table that it writes, which takes several times as long.
  const nextTurn = sql
    .prepare<[Pick<NewRunRow, "scheduleId" | "backfillId">], number>(
      `select ${turnSql("@scheduleId", "@backfillId is not null")}`,
    )
    .pluck();
  const newRow = (run: NewRun): NewRunRow & { turn: number } => {
    const { scheduleId, backfillId } = run;
    const turn = run.status === "pending" ? Number(nextTurn.get({ scheduleId, backfillId })) : 0;
    return { startedAt: null, event: null, ...run, turn };
  };
  const get = sql.prepare<[string], RunRecord>(`${all} where id = ?`);
  const status = sql.prepare<[string], RunStatus>("select status from runs where id = ?").pluck();
  const scheduleOfBackfill = sql.prepare<[string], string>("select schedule_id from backfills where id = ?").pluck();
  /** What an ended program left: it is resumed by the next owner, and not over. */
  const toResume = "status = 'interrupted' and completed_at is null";
  const hasActive = sql
    .prepare<[{ id: string }], number>(
      `${oneActive("pending", live)} union all ${oneActive("running", live)}
       union all select 1 from runs indexed by runs_interrupted where ${toResume} and schedule_id = @id and ${live} limit 1`,
    )
    .pluck();
  const hasActiveBackfill = sql
    .prepare<[{ id: string }], number>(
      `${oneActive("pending", "backfill_id is not null")} union all ${oneActive("running", "backfill_id is not null")} limit 1`,
    )
    .pluck();
  const activeRuns = sql.prepare<[{ id: string }], RunRecord>(
    `${allActive} where schedule_id = @id and ${active}
     union all ${all} indexed by runs_interrupted where ${toResume} and schedule_id = @id order by id`,
  );
  const runningIds = sql
    .prepare<[string], string>(
      `select id from ${byActive} where schedule_id = ? and ${active} and status = 'running' order by +id`,
    )
    .pluck();
  const bufferedCount = sql
    .prepare<[string], number>(
      `select count(*) from ${byBuffered} where schedule_id = ? and status = 'buffered' and ${live}`,
    )
    .pluck();
  const hasBuffered = sql
    .prepare<[string], number>(
      `select 1 from ${byBuffered} where schedule_id = ? and status = 'buffered' and ${live} limit 1`,
    )
    .pluck();
  const firstBuffered = sql.prepare<[string], RunRecord>(
    `${allBuffered} where schedule_id = ? and status = 'buffered' and ${live} order by coalesce(scheduled_at, created_at), id limit 1`,
  );
  const firstByHand = sql.prepare<[string], RunRecord>(
    `${allBuffered} where schedule_id = ? and status = 'buffered' and ${live} and trigger in ('manual', 'retry')
       order by coalesce(scheduled_at, created_at), id limit 1`,
  );
  const schedulesWithBuffered = sql
    .prepare<[], string>(
      `select distinct schedule_id from runs where status = 'buffered' and ${live} and schedule_id is not null`,
    )
    .pluck();
  const buffered = sql.prepare<[string], RunRecord>(
    `${allBuffered} where schedule_id = ? and status = 'buffered' and ${live} order by coalesce(scheduled_at, created_at), id`,
  );
  const waiting = sql.prepare<[{ id: string }], RunRecord>(
    `${allActive} where schedule_id = @id and ${active} and status = 'pending'
     union all ${allBuffered} where schedule_id = @id and status = 'buffered' and ${live} order by id`,
  );
  const readyAfter = sql
    .prepare<[number], number | null>(
      "select min(not_before_at) from runs where status = 'pending' and not_before_at is not null and not_before_at > ?",
    )
    .pluck();
  const running = sql.prepare<[], RunRecord>(`${allActive} where ${active} and status = 'running'`);
  const interrupted = sql.prepare<[], RunRecord>(`${all} where ${toResume}`);
  const hasten = sql.prepare<[{ at: number; byMs: number }]>(
    `update runs set not_before_at = max(@at, not_before_at - @byMs)
       where status = 'pending' and not_before_at is not null and not_before_at > @at and error is not null`,
  );
  const cancelling = sql.prepare<[], RunRecord>(`${all} where status = 'running' and cancel_requested_at is not null`);
  const promote = sql.prepare<[{ id: string; at: number }]>(promoteSql);
  const claim = sql.prepare<[number, string]>(
    "update runs set status = 'running', epoch = epoch + 1, started_at = ?, worker = null, not_before_at = null where id = ? and status = 'pending'",
  );
  const send = sql.prepare<[{ id: string; sentTo: string }]>(
    `update runs set epoch = epoch + 1, sent_to = @sentTo, worker = null where id = @id and status = 'pending' and sent_to is null`,
  );
  const startOf = `returning ${selectList(["workflowName", "trigger", "scheduledAt", "attempt"])}`;
  // Two: to set a status, be it the one that is there, writes an entry in each index that names it.
  const begun = sql.prepare<[{ id: string; epoch: number; at: number; worker: string }], RunStart>(
    `update runs set started_at = @at, worker = @worker where id = @id and epoch = @epoch and status = 'running' ${startOf}`,
  );
  const begunElsewhere = sql.prepare<[{ id: string; epoch: number; at: number; worker: string }], RunStart>(
    `update runs set status = 'running', started_at = @at, worker = @worker where id = @id and epoch = @epoch
       and status = 'pending' and sent_to is not null ${startOf}`,
  );
  const takeBack = sql.prepare<[{ id: string; epoch: number; at: number }]>(
    `update runs as r set sent_to = null, turn = ${turnSql("r.schedule_id", "r.backfill_id is not null")},
       ready_at = iif(status = 'pending', @at, ready_at) where id = @id and epoch = @epoch and sent_to is not null`,
  );
  const sent = sql.prepare<[], RunRecord>(`${all} indexed by runs_sent where sent_to > ''`);
  const sentCounts = sql.prepare<[], { sentTo: string; count: number }>(
    `select sent_to as sentTo, count(*) as count from runs indexed by runs_sent where sent_to > '' group by sent_to`,
  );
  const withdrawn = sql.prepare<[], RunRecord>(
    `${all} indexed by runs_sent where sent_to > '' and status not in ('pending', 'running')`,
  );
  const recorded = sql.prepare<[number, string]>("update runs set recorded_epoch = ? where id = ?");
  const end = sql.prepare<[RunEnd]>(
    `update runs set status = @status, result = @result, error = @error, warning = @warning, skip_reason = @skipReason,
       completed_at = @completedAt, sent_to = iif(@from = 'pending', sent_to, null) where id = @id and status = @from`,
  );
  const again = sql.prepare<[RunAgain]>(
    `update runs as r set status = 'pending', attempt = @attempt, recovery_count = @recoveryCount, not_before_at = @notBeforeAt,
       error = @error, worker = null, sent_to = null, turn = ${turnSql("r.schedule_id", "r.backfill_id is not null")},
       ready_at = iif(@notBeforeAt is null, @at, null) where id = @id and status = @from`,
  );
  const interrupt = sql.prepare<[string]>("update runs set status = 'interrupted' where id = ? and status = 'running'");
  const requestCancel = sql.prepare<[{ id: string; at: number; graceMs: number }]>(
    `update runs set cancel_requested_at = coalesce(cancel_requested_at, @at), cancel_grace_ms = min(coalesce(cancel_grace_ms, @graceMs), @graceMs)
       where id = @id and (status = 'running' or (${toResume}))`,
  );
  const hasOccurrence = sql
    .prepare<[string, number], number>(
      "select 1 from runs where schedule_id = ? and scheduled_at = ? and (case when trigger in ('schedule', 'catchup') then '' else id end) = ''",
    )
    .pluck();
  const waitingForRoom = sql
    .prepare<[string], number>(
      `select 1 from ${byActive} where schedule_id = ? and ${active} and status = 'pending' and ${live}
         and not_before_at is null and started_at is null limit 1`,
    )
    .pluck();
  const hasStarted = sql
    .prepare<[{ id: string }], number>(
      `select 1 from ${byActive} where schedule_id = @id and ${active} and ${live} and (status = 'running' or started_at is not null)
       union all select 1 from runs indexed by runs_interrupted where ${toResume} and schedule_id = @id and ${live} limit 1`,
    )
    .pluck();
  const scheduledBetween = sql
    .prepare<[string, number, number], number>(
      "select scheduled_at from runs where schedule_id = ? and scheduled_at between ? and ? and trigger in ('schedule', 'catchup') order by scheduled_at",
    )
    .pluck();
  const onLattice = sql
    .prepare<[{ id: string; from: number; phase: number; everyMs: number }], number>(
      "select 1 from runs where schedule_id = @id and scheduled_at >= @from and (scheduled_at - @phase) % @everyMs = 0 limit 1",
    )
    .pluck();
  const logSize = sql.prepare<[number, number, string]>(
    "update runs set log_bytes = ?, log_dropped_bytes = ? where id = ?",
  );

  return {
    insert: (run: NewRun): void => void insert.run(newRow(run)),
    /** False where the occurrence, or the event, has its run already. */
    insertOccurrence: (run: NewRun): boolean => insertOccurrence.run(newRow(run)).changes > 0,
    get: (id: string): RunRecord | undefined => get.get(id),
    status: (id: string): RunStatus | undefined => status.get(id),
    /** Whose runs a backfill makes; those called off name no schedule themselves. */
    scheduleOfBackfill: (backfillId: string): string | null => scheduleOfBackfill.get(backfillId) ?? null,
    /** Whether a run of the schedule is pending, running or to be resumed, backfills aside. */
    hasActive: (scheduleId: string): boolean => hasActive.get({ id: scheduleId }) !== undefined,
    hasActiveBackfillRun: (scheduleId: string): boolean => hasActiveBackfill.get({ id: scheduleId }) !== undefined,
    /** The same runs, those of backfills too, in order of creation. */
    active: (scheduleId: string): RunRecord[] => activeRuns.all({ id: scheduleId }),
    runningIds: (scheduleId: string): string[] => runningIds.all(scheduleId),
    bufferedCount: (scheduleId: string): number => bufferedCount.get(scheduleId) ?? 0,
    /** The buffered run whose turn is next: in order of its nominal time. */
    firstBuffered: (scheduleId: string): RunRecord | undefined =>
      // Asked at the end of every run, and sorting costs more than finding that there is nothing to sort.
      hasBuffered.get(scheduleId) === undefined ? undefined : firstBuffered.get(scheduleId),
    /** The same among those that a person asked for. */
    firstBufferedByHand: (scheduleId: string): RunRecord | undefined => firstByHand.get(scheduleId),
    schedulesWithBuffered: (): string[] => schedulesWithBuffered.all(),
    buffered: (scheduleId: string): RunRecord[] => buffered.all(scheduleId),
    /** Runs of the schedule that have not started; those that wait for a backfill's slot are the backfill's to call off. */
    waiting: (scheduleId: string): RunRecord[] => waiting.all({ id: scheduleId }),
    /** When the next backoff or durable sleep after `at` ends. */
    nextReadyAt: (at: number): number | null => readyAfter.get(at) ?? null,
    running: (): RunRecord[] => running.all(),
    /** Interrupted runs that are to be resumed. */
    interrupted: (): RunRecord[] => interrupted.all(),
    /** Running ones that were asked to stop. */
    cancelling: (): RunRecord[] => cancelling.all(),
    promote: (id: string, at: number): boolean => promote.run({ id, at }).changes > 0,
    /** pending → running, before a runner hears of it: no handler starts without this row. */
    claim: (id: string, at: number): boolean => claim.run(at, id).changes > 0,
    /** Hands a pending run to a runtime that keeps it; it stays `pending` until it is begun. `sentTo`: see `sentToWord`. */
    send: (id: string, sentTo: string): boolean => send.run({ id, sentTo }).changes > 0,
    /** A runner or worker has begun it; undefined where another hand-over has followed that one. */
    started: (id: string, epoch: number, at: number, worker: string): RunStart | undefined =>
      begun.get({ id, epoch, at, worker }) ?? begunElsewhere.get({ id, epoch, at, worker }),
    /** The runtime does not have it any more: what is still `pending` is handed over again. */
    takeBack: (id: string, epoch: number, at: number): boolean => takeBack.run({ id, epoch, at }).changes > 0,
    /** How many of those there are, by where they were sent (`sentToWord`). */
    sentCounts: (): { sentTo: string; count: number }[] => sentCounts.all(),
    /** Those that a runtime which keeps them has. */
    sent: (): RunRecord[] => sent.all(),
    /** Those of them that have ended here before they were begun: the runtime is to let go of them. */
    withdrawn: (): RunRecord[] => withdrawn.all(),
    /** The outcome of a hand-over is written: said again, it is known. */
    recorded: (id: string, epoch: number): void => void recorded.run(epoch, id),
    end: (values: RunEnd): boolean => end.run(values).changes > 0,
    again: (values: RunAgain): boolean => again.run(values).changes > 0,
    /** Brings the ends of backoffs after `at` nearer by `byMs`; durable sleeps end at their own time. */
    hastenRetries: (at: number, byMs: number): void => void hasten.run({ at, byMs }),
    interrupt: (id: string): boolean => interrupt.run(id).changes > 0,
    requestCancel: (id: string, at: number, graceMs: number): boolean =>
      requestCancel.run({ id, at, graceMs }).changes > 0,
    hasOccurrence: (scheduleId: string, scheduledAt: number): boolean =>
      hasOccurrence.get(scheduleId, scheduledAt) !== undefined,
    /** Whether the schedule's active runs, backfills aside, all wait for room and none of them has ever started. */
    neverStarted: (scheduleId: string): boolean =>
      waitingForRoom.get(scheduleId) !== undefined && hasStarted.get({ id: scheduleId }) === undefined,
    /** Occurrences from `fromAt` to `toAt`, both included, that have their run; backfills and retries aside. */
    occurrencesBetween: (scheduleId: string, fromAt: number, toAt: number): number[] =>
      scheduledBetween.all(scheduleId, fromAt, toAt),
    /** Whether any run from `from` on falls on `phase` + n × `everyMs`. */
    anyOnLattice: (id: string, from: number, phase: number, everyMs: number): boolean =>
      onLattice.get({ id, from, phase, everyMs }) !== undefined,
    setLogSize: (id: string, bytes: number, droppedBytes: number): void => void logSize.run(bytes, droppedBytes, id),
  };
}
export type RunStore = ReturnType<typeof createRunStore>;
