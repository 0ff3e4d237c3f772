import type { Connection } from "../../sqlite.ts";
import { selectList } from "../columns.ts";
import { type RunRecord, runColumns } from "./runs.ts";
import { turnSql } from "./turns.ts";

const ready = "status = 'pending' and not_before_at is null and waits_for_pool is null and sent_to is null";

/** Why the runtime takes no run of a workflow. */
export interface RuntimeWait {
  workflowName: string;
  /** The queue that its schedule names; empty where it names none. */
  scheduleQueue: string;
  waitingFor: "room" | "runtime";
  message: string;
}

/** A place among those that are ready. */
export type InTurn = Pick<RunRecord, "turn" | "id">;
/** Before the first. */
export const firstInTurn: InTurn = { turn: Number.MIN_SAFE_INTEGER, id: "" };

export function createRunQueueStore(sql: Connection) {
  const columns = selectList(runColumns);
  const after = `from runs indexed by runs_ready where ${ready} and (backfill_id is not null) = @ofBackfill
    and (turn, id) > (@turn, @id) order by turn, id`;
  const next = sql.prepare<
    [{ ofBackfill: 0 | 1; refused: string; limit: number; turn: number; id: string; within: number }],
    RunRecord
  >(
    `select ${columns} from (select * ${after} limit @within)
       where @refused = '[]' or workflow_name || char(10) || coalesce((select queue from schedules where id = schedule_id), '')
         not in (select value from json_each(@refused)) order by turn, id limit @limit`,
  );
  const last = sql.prepare<[{ ofBackfill: 0 | 1; turn: number; id: string; skip: number }], InTurn>(
    `select turn, id ${after} limit 1 offset @skip`,
  );
  const any = sql
    .prepare<[], number>(
      `select exists (select 1 from runs indexed by runs_ready where ${ready} and (backfill_id is not null) in (0, 1))`,
    )
    .pluck();
  const isDue = sql
    .prepare<[number], number>(
      `select exists (select 1 from runs indexed by runs_delayed
         where status = 'pending' and not_before_at is not null and not_before_at <= ?)`,
    )
    .pluck();
  const due = sql.prepare<[number], Pick<RunRecord, "id" | "notBeforeAt">>(
    `select id, not_before_at as "notBeforeAt" from runs indexed by runs_delayed
       where status = 'pending' and not_before_at is not null and not_before_at <= ? order by not_before_at`,
  );
  const release = sql.prepare<[string]>(
    `update runs as r set ready_at = not_before_at, not_before_at = null,
       turn = ${turnSql("r.schedule_id", "r.backfill_id is not null")} where id = ? and status = 'pending'`,
  );
  const firstOf = sql.prepare<[string], RunRecord>(
    `select ${columns} from runs indexed by runs_active where status in ('pending', 'running') and status = 'pending'
       and schedule_id = ? and (backfill_id is not null) = 0 order by turn, id limit 1`,
  );
  const serve = sql.prepare<[number]>("update turns set served = max(served, ?)");
  const before = sql
    .prepare<[{ ofBackfill: 0 | 1; turn: number; id: string; most: number }], number>(
      `select count(*) from (
         select 1 from runs indexed by runs_ready where ${ready} and @ofBackfill = 1 and (backfill_id is not null) = 0
         union all
         select 1 from runs indexed by runs_ready where ${ready} and (backfill_id is not null) = @ofBackfill
           and (turn, id) < (@turn, @id) limit @most)`,
    )
    .pluck();
  const inPool = "status = 'pending' and waits_for_pool is not null";
  const anyInPool = sql
    .prepare<[], number>(`select exists (select 1 from runs indexed by runs_waiting_for_pool where ${inPool})`)
    .pluck();
  const park = sql.prepare<[{ id: string; pool: string }]>(
    "update runs set waits_for_pool = @pool where id = @id and status = 'pending'",
  );
  const unpark = sql.prepare<[{ pool: string | null; limit: number }]>(
    `update runs set waits_for_pool = null where id in (select id from runs indexed by runs_waiting_for_pool
       where ${inPool} and (@pool is null or waits_for_pool = @pool) order by (backfill_id is not null), turn, id limit @limit)`,
  );
  const beforeInPool = sql
    .prepare<[{ pool: string; ofBackfill: 0 | 1; turn: number; id: string; most: number }], number>(
      `select count(*) from (select 1 from runs indexed by runs_waiting_for_pool
         where ${inPool} and waits_for_pool = @pool
           and ((backfill_id is not null), turn, id) < (@ofBackfill, @turn, @id) limit @most)`,
    )
    .pluck();
  // More room would not start what nothing takes.
  const waitedSince = sql.prepare<[number], { count: number; sinceAt: number | null; runId: string | null }>(
    `select count(*) as count, min(ready_at) as sinceAt, id as runId from runs indexed by runs_ready
       where ${ready} and (backfill_id is not null) = 0 and ready_at <= ?
         and (not exists (select 1 from runtime_waits where waiting_for = 'runtime')
           or not exists (select 1 from runtime_waits as w where w.waiting_for = 'runtime' and w.workflow_name = runs.workflow_name
             and w.schedule_queue = coalesce((select queue from schedules where id = runs.schedule_id), '')))`,
  );
  const running = sql
    .prepare<[], number>(
      "select count(*) from runs indexed by runs_active where status in ('pending', 'running') and status = 'running'",
    )
    .pluck();
  const waits = sql.prepare<[], RuntimeWait>(
    "select workflow_name as workflowName, schedule_queue as scheduleQueue, waiting_for as waitingFor, message from runtime_waits",
  );
  const waitOf = sql.prepare<[string, string | null], RuntimeWait>(
    `select workflow_name as workflowName, schedule_queue as scheduleQueue, waiting_for as waitingFor, message from runtime_waits
       where workflow_name = ? and schedule_queue = coalesce((select queue from schedules where id = ?), '')`,
  );
  const forgetWaits = sql.prepare("delete from runtime_waits");
  const addWait = sql.prepare<[RuntimeWait]>(
    "insert into runtime_waits values (@workflowName, @scheduleQueue, @waitingFor, @message)",
  );

  return {
    /**
     * The first that are ready, live ones alone or those of backfills alone, but for what the runtime does not take: of the
     * `within` that stand after `from`, so that one look is bounded however many it passes by.
     */
    next: (
      ofBackfill: boolean,
      refused: readonly Pick<RuntimeWait, "workflowName" | "scheduleQueue">[],
      limit: number,
      { from = firstInTurn, within }: { from?: InTurn; within: number },
    ): RunRecord[] =>
      next.all({
        ofBackfill: ofBackfill ? 1 : 0,
        refused: JSON.stringify(refused.map((wait) => `${wait.workflowName}\n${wait.scheduleQueue}`)),
        limit,
        ...from,
        within,
      }),
    /** Where the next look goes on; null where none stands behind those. */
    endOf: (ofBackfill: boolean, from: InTurn, within: number): InTurn | null =>
      last.get({ ofBackfill: ofBackfill ? 1 : 0, ...from, skip: within - 1 }) ?? null,
    /** The first of a schedule's runs that is pending, backfills aside. */
    firstOf: (scheduleId: string): RunRecord | undefined => firstOf.get(scheduleId),
    hasReady: (): boolean => any.get() === 1,
    /** Whether a backoff or a durable sleep has ended at `at`. */
    isAnyDue: (at: number): boolean => isDue.get(at) === 1,
    /** Those whose backoff or durable sleep has ended at `at` are ready from now on. */
    release(at: number): void {
      for (const { id } of due.all(at)) release.run(id);
    },
    /** Notes the highest turn that has started. */
    serve: (turn: number): void => void serve.run(turn),
    /** How many start before it, `most` at the most. */
    countBefore: (run: Pick<RunRecord, "id" | "turn" | "backfillId">, most: number): number =>
      before.get({ ofBackfill: run.backfillId === null ? 0 : 1, turn: run.turn, id: run.id, most }) ?? 0,
    isAnyInPool: (): boolean => anyInPool.get() === 1,
    /** Sets a run aside until a place in a pool is free. */
    park: (id: string, pool: string): void => void park.run({ id, pool }),
    /** The first of those that wait for a pool (for any, where null) are looked at again. */
    unpark: (pool: string | null, limit: number): void => void unpark.run({ pool, limit }),
    countBeforeInPool: (run: Pick<RunRecord, "id" | "turn" | "backfillId">, pool: string, most: number): number =>
      beforeInPool.get({ pool, ofBackfill: run.backfillId === null ? 0 : 1, turn: run.turn, id: run.id, most }) ?? 0,
    /** Live runs that have waited for room since `at` or longer, and since when the first; not those that nothing takes. */
    readySince(at: number): { count: number; sinceAt: number | null; runId: string | null } {
      return waitedSince.get(at) ?? { count: 0, sinceAt: null, runId: null };
    },
    runningCount: (): number => running.get() ?? 0,
    runtimeWaits: (): RuntimeWait[] => waits.all(),
    runtimeWaitOf: (run: Pick<RunRecord, "workflowName" | "scheduleId">): RuntimeWait | undefined =>
      waitOf.get(run.workflowName, run.scheduleId),
    setRuntimeWaits(all: readonly RuntimeWait[]): void {
      forgetWaits.run();
      for (const wait of all) addWait.run(wait);
    },
  };
}
export type RunQueueStore = ReturnType<typeof createRunQueueStore>;
