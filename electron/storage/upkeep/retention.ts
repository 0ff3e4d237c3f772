import type { Connection } from "../sqlite.ts";
import { openBackfill } from "../tables/backfills.ts";

/** What became of a block of rows that was looked at. */
export interface Pruned<Key> {
  removed: number;
  /** The last row looked at; null: there is nothing more to look at. */
  lastKey: Key | null;
}

/** Sorts after every id. */
const BEYOND_IDS = "~";

/**
 * Removes runs and history a block at a time: each call looks at no more than `limit` rows, whatever is beside them.
 * What the removed rows counted is added to the schedule's `pruned_…` columns, so that its counters stay and can still
 * be rebuilt. Runs of an open backfill stay: its progress is told by its rows.
 */
export function createRetentionStore(sql: Connection) {
  const ended =
    "(status in ('completed', 'failed', 'skipped', 'cancelled') or (status = 'interrupted' and completed_at is not null))";
  const idle = `(backfill_id is null or backfill_id not in (select id from backfills where ${openBackfill("status")}))`;
  const between = sql.prepare<[string, string, number], RunRow>(
    `select seq, id, (${ended} and ${idle}) as goes from runs where id > ? and id < ? order by id limit ?`,
  );
  // Backfills are asked for on purpose and are bounded by age alone.
  const crowded = sql.prepare<[number], string>("select id from schedules where total_runs - pruned_runs > ?").pluck();
  const newestFirst = sql.prepare<[string, string, number], { id: string; live: number }>(
    "select id, backfill_id is null as live from runs where schedule_id = ? and id < ? order by id desc limit ?",
  );
  const betweenOf = sql.prepare<[string, string, string, number], RunRow>(
    `select seq, id, (${ended} and backfill_id is null) as goes from runs
       where schedule_id = ? and id > ? and id < ? order by id limit ?`,
  );
  const goodOf = sql.prepare<[string, string, string, number], RunRow>(
    `select seq, id, (status in ('completed', 'skipped') and warning is null and backfill_id is null) as goes from runs
       where schedule_id = ? and id > ? and id < ? order by id limit ?`,
  );
  const failuresOnly = sql.prepare<[], string>("select id from schedules where keep_runs = 'failures'").pluck();
  const anyOf = sql.prepare<[string, number], number>("select seq from runs where schedule_id = ? limit ?").pluck();
  // Called off with a backfill of the schedule: without either nobody could say what they were for.
  const calledOffOf = sql
    .prepare<[string, number], number>(
      `select r.seq from backfills b join runs r on r.backfill_id = b.id and r.schedule_id is null
       where b.schedule_id = ? limit ?`,
    )
    .pluck();
  const credit = sql.prepare<[string]>(`
    update schedules set pruned_runs = pruned_runs + c.total, pruned_successful = pruned_successful + c.successful,
      pruned_failed = pruned_failed + c.failed, pruned_scheduled = pruned_scheduled + c.scheduled
    from (select schedule_id, count(*) as total, count(iif(status = 'completed', 1, null)) as successful,
            count(iif(status = 'failed', 1, null)) as failed,
            count(iif(trigger in ('schedule', 'catchup', 'event'), 1, null)) as scheduled
          from runs where seq in (select value from json_each(?)) and schedule_id is not null group by schedule_id) as c
    where schedules.id = c.schedule_id`);
  const remove = sql.prepare<[string]>("delete from runs where seq in (select value from json_each(?))");
  const omissions = sql.prepare<[number, number], { id: number; lastAt: number; createdAt: number }>(
    "select id, last_at as lastAt, created_at as createdAt from omissions where id > ? order by id limit ?",
  );
  const omissionsOf = sql
    .prepare<[string, number], number>("select id from omissions where schedule_id = ? limit ?")
    .pluck();
  const creditOmissions = sql.prepare<[string]>(`
    update schedules set pruned_skipped = pruned_skipped + c.skipped, pruned_missed = pruned_missed + c.missed
    from (select schedule_id, sum(iif(kind = 'skipped', count, 0)) as skipped, sum(iif(kind = 'missed', count, 0)) as missed
          from omissions where id in (select value from json_each(?)) group by schedule_id) as c
    where schedules.id = c.schedule_id`);
  const removeOmissions = sql.prepare<[string]>("delete from omissions where id in (select value from json_each(?))");
  // What a person skipped is a change of theirs.
  const activity = sql.prepare<[number, number], { id: number; at: number; everyday: number }>(
    `select id, at, kind in ('fired', 'missed', 'triggered', 'recovered', 'failed', 'cancelled', 'asked')
         or (kind = 'skipped' and actor = 'engine') as everyday
       from activity where id > ? order by id limit ?`,
  );
  const removeActivity = sql.prepare<[string]>("delete from activity where id in (select value from json_each(?))");
  const removeActivityOf = sql.prepare<[string, number]>(
    "delete from activity where id in (select id from activity where schedule_id = ? limit ?)",
  );

  const removeRuns = (seqs: readonly number[]): number => {
    if (seqs.length === 0) return 0;
    const list = JSON.stringify(seqs);
    credit.run(list);
    remove.run(list);
    return seqs.length;
  };

  const removeOmissionIds = (ids: readonly number[]): number => {
    if (ids.length === 0) return 0;
    const list = JSON.stringify(ids);
    creditOmissions.run(list);
    removeOmissions.run(list);
    return ids.length;
  };

  const pruneRuns = (rows: readonly RunRow[], limit: number): Pruned<string> => ({
    removed: removeRuns(rows.filter((row) => row.goes === 1).map((row) => row.seq)),
    lastKey: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
  });

  return {
    /** Ended runs made before an id (see `firstIdAt`). */
    pruneRunsBefore: (afterId: string, id: string, limit: number): Pruned<string> =>
      pruneRuns(between.all(afterId, id, limit), limit),
    /** Schedules that may have more than `keep` runs of their own. */
    crowded: (keep: number): string[] => crowded.all(keep),
    /** Ids and kinds of a schedule's runs, the newest first. */
    runsBackFrom: (scheduleId: string, beforeId: string | null, limit: number): { id: string; live: boolean }[] =>
      newestFirst.all(scheduleId, beforeId ?? BEYOND_IDS, limit).map(({ id, live }) => ({ id, live: live === 1 })),
    /** Ended runs of a schedule itself made before one of them. */
    pruneRunsOf: (scheduleId: string, afterId: string, id: string, limit: number): Pruned<string> =>
      pruneRuns(betweenOf.all(scheduleId, afterId, id, limit), limit),
    /** Schedules of whose old runs failures alone are kept. */
    failuresOnly: (): string[] => failuresOnly.all(),
    /** Runs of a schedule made before one of them that went well. */
    pruneGoodRunsOf: (scheduleId: string, afterId: string, id: string, limit: number): Pruned<string> =>
      pruneRuns(goodOf.all(scheduleId, afterId, id, limit), limit),
    /** Old omissions. Rows are added in order of time, so that one made since ends the search. */
    pruneOmissionsBefore(afterId: number, at: number, limit: number): Pruned<number> {
      const rows = omissions.all(afterId, limit);
      const last = rows.at(-1);
      return {
        removed: removeOmissionIds(rows.filter((row) => row.lastAt < at).map((row) => row.id)),
        lastKey: last === undefined || rows.length < limit || last.createdAt >= at ? null : last.id,
      };
    },
    /** Old everyday lines of the history; edits and pauses stay. */
    pruneActivityBefore(afterId: number, at: number, limit: number): Pruned<number> {
      const rows = activity.all(afterId, limit);
      const old = rows.filter((row) => row.at < at && row.everyday === 1);
      if (old.length > 0) removeActivity.run(JSON.stringify(old.map((row) => row.id)));
      const last = rows.at(-1);
      return {
        removed: old.length,
        lastKey: last === undefined || rows.length < limit || last.at >= at ? null : last.id,
      };
    },
    /** Removes up to `limit` rows that belong to a schedule, whatever they are; false when none is left. */
    removeSome(scheduleId: string, limit: number): boolean {
      const removed =
        removeRuns(anyOf.all(scheduleId, limit)) ||
        removeRuns(calledOffOf.all(scheduleId, limit)) ||
        removeOmissionIds(omissionsOf.all(scheduleId, limit)) ||
        removeActivityOf.run(scheduleId, limit).changes;
      return removed > 0;
    },
  };
}
export type RetentionStore = ReturnType<typeof createRetentionStore>;

interface RunRow {
  seq: number;
  id: string;
  /** 1 where it may be removed. */
  goes: number;
}
