import type { Connection } from "../sqlite.ts";
import { createRunMeasureStore, type RunMeasureRow } from "../tables/runMeasures.ts";

/** What monitors ask of one schedule. Times are epoch ms; counts are those since it was made, whatever was removed since. */
export interface ScheduleMeasures {
  scheduleId: string;
  status: string;
  revision: number;
  nextRunAt: number | null;
  completed: number;
  failed: number;
  skipped: number;
  missed: number;
}

/** What monitors ask of a data folder. */
export interface Measures {
  /** The oldest schedules that are not deleted, so that each keeps its own numbers; at most as many as were asked for. */
  schedules: ScheduleMeasures[];
  /** The sum of all others. */
  rest: Pick<ScheduleMeasures, "completed" | "failed" | "skipped" | "missed">;
  byStatus: { status: string; count: number }[];
  active: { status: string; count: number }[];
  /** Since when the run has waited that has waited longest for room or a worker; epoch ms, null where none waits. */
  waitingSinceAt: number | null;
  /** Occurrences without a run that the history holds. */
  omitted: { kind: string; reason: string; count: number }[];
  /** How long runs took and how late they began, by bucket; the workflows that were counted first, first. */
  runs: RunMeasureRow[];
  /** When the owner was last heard of; null where nobody owns. */
  heartbeatAt: number | null;
}

export function createMeasureReads(sql: Connection, now: () => number) {
  // Counted once their time has passed: until then they may be taken back.
  const ahead = sql.prepare<[number], { scheduleId: string; count: number; deleted: 0 | 1 }>(
    `select schedule_id as scheduleId, count(*) as count, s.status = 'deleted' as deleted
     from omissions o join schedules s on s.id = o.schedule_id
     where o.reason = 'by_hand' and o.first_at > ? group by schedule_id`,
  );
  const schedules = sql.prepare<[number], ScheduleMeasures>(
    `select id as scheduleId, status, revision, next_run_at as nextRunAt, successful_runs as completed, failed_runs as failed,
       skipped_runs as skipped, missed_runs as missed
     from schedules where status <> 'deleted' order by created_at, id limit ?`,
  );
  const sums = sql.prepare<[], Measures["rest"]>(
    `select coalesce(sum(successful_runs), 0) as completed, coalesce(sum(failed_runs), 0) as failed,
       coalesce(sum(skipped_runs), 0) as skipped, coalesce(sum(missed_runs), 0) as missed
     from schedules where status <> 'deleted'`,
  );
  const byStatus = sql.prepare<[], { status: string; count: number }>(
    "select status, count(*) as count from schedules group by status",
  );
  const active = sql.prepare<[], { status: string; count: number }>(
    `select status, count(*) as count from runs where status in ('pending', 'running') group by status
     union all select 'buffered', count(*) from runs where status = 'buffered' and backfill_id is null`,
  );
  const waitingSince = sql
    .prepare<[], number | null>(
      "select min(coalesce(ready_at, created_at)) from runs where status = 'pending' and not_before_at is null",
    )
    .pluck();
  const omitted = sql.prepare<[], Measures["omitted"][number]>(
    "select kind, reason, sum(count) as count from omissions group by kind, reason",
  );
  const heartbeat = sql.prepare<[], number>("select heartbeat_at from leases where holder <> ''").pluck();
  const lastSuccess = sql
    .prepare<[string], number | null>(
      "select completed_at from runs where schedule_id = ? and status = 'completed' order by id desc limit 1",
    )
    .pluck();

  const runMeasures = createRunMeasureStore(sql);

  return {
    /** All of one moment. */
    measures: (most: number): Measures =>
      sql.transaction((): Measures => {
        const listed = schedules.all(most);
        const rest = sums.get() ?? { completed: 0, failed: 0, skipped: 0, missed: 0 };
        const omissions = omitted.all();
        const planned = new Map(ahead.all(now()).map((row) => [row.scheduleId, row]));
        const byHand = omissions.find(({ kind, reason }) => kind === "skipped" && reason === "by_hand");
        for (const { count, deleted } of planned.values()) {
          if (deleted === 0) rest.skipped -= count;
          if (byHand !== undefined) byHand.count -= count;
        }
        for (const own of listed) {
          own.skipped -= planned.get(own.scheduleId)?.count ?? 0;
          rest.completed -= own.completed;
          rest.failed -= own.failed;
          rest.skipped -= own.skipped;
          rest.missed -= own.missed;
        }
        return {
          schedules: listed,
          rest,
          byStatus: byStatus.all(),
          active: active.all(),
          waitingSinceAt: waitingSince.get() ?? null,
          omitted: omissions,
          runs: runMeasures.all(),
          heartbeatAt: heartbeat.get() ?? null,
        };
      })(),
    /** When the last run of a schedule that the history holds has completed; null where none has. Epoch ms. */
    lastSuccessAt: (scheduleId: string): number | null => lastSuccess.get(scheduleId) ?? null,
  };
}
