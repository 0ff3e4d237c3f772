import type { Connection } from "./sqlite.ts";

/**
 * Removes runs and history in batches. What the removed rows counted is added to the schedule's `pruned_…` columns, so
 * that its counters stay and can still be rebuilt. Runs of an open backfill stay: its progress is told by its rows.
 */
export function createRetentionStore(sql: Connection) {
  const ended =
    "(status in ('completed', 'failed', 'cancelled') or (status = 'interrupted' and completed_at is not null))";
  const idle =
    "(backfill_id is null or backfill_id not in (select id from backfills where status in ('planning', 'running', 'paused', 'cancelling')))";
  const old = sql
    .prepare<[string, number], number>(`select seq from runs where id < ? and ${ended} and ${idle} order by id limit ?`)
    .pluck();
  // Backfills are asked for on purpose and are bounded by age alone.
  const crowded = sql.prepare<[number], string>("select id from schedules where total_runs - pruned_runs > ?").pluck();
  const eldest = sql
    .prepare<[string, string, number, number], number>(
      `select seq from runs where schedule_id = ? and ${ended} and backfill_id is null
         and id < coalesce((select id from runs where schedule_id = ? and backfill_id is null order by id desc limit 1 offset ?), '')
       order by id limit ?`,
    )
    .pluck();
  const credit = sql.prepare<[string]>(`
    update schedules set pruned_runs = pruned_runs + c.total, pruned_successful = pruned_successful + c.successful,
      pruned_failed = pruned_failed + c.failed, pruned_scheduled = pruned_scheduled + c.scheduled
    from (select schedule_id, count(*) as total, count(iif(status = 'completed', 1, null)) as successful,
            count(iif(status = 'failed', 1, null)) as failed,
            count(iif(trigger in ('schedule', 'catchup'), 1, null)) as scheduled
          from runs where seq in (select value from json_each(?)) and schedule_id is not null group by schedule_id) as c
    where schedules.id = c.schedule_id`);
  const remove = sql.prepare<[string]>("delete from runs where seq in (select value from json_each(?))");
  const oldOmissions = sql
    .prepare<[number, number], number>("select id from omissions where last_at < ? order by id limit ?")
    .pluck();
  const creditOmissions = sql.prepare<[string]>(`
    update schedules set pruned_skipped = pruned_skipped + c.skipped, pruned_missed = pruned_missed + c.missed
    from (select schedule_id, sum(iif(kind = 'skipped', count, 0)) as skipped, sum(iif(kind = 'missed', count, 0)) as missed
          from omissions where id in (select value from json_each(?)) group by schedule_id) as c
    where schedules.id = c.schedule_id`);
  const removeOmissions = sql.prepare<[string]>("delete from omissions where id in (select value from json_each(?))");
  const removeActivity = sql.prepare<[number, number]>(
    "delete from activity where id in (select id from activity where at < ? and kind in ('fired', 'skipped', 'missed', 'triggered', 'recovered', 'failed', 'cancelled') order by id limit ?)",
  );

  const removeRuns = (seqs: readonly number[]): number => {
    if (seqs.length === 0) return 0;
    const list = JSON.stringify(seqs);
    credit.run(list);
    remove.run(list);
    return seqs.length;
  };

  return {
    /** Ended runs made before an id (see `firstIdAt`). Returns how many went. */
    pruneRunsBefore: (id: string, limit: number): number => removeRuns(old.all(id, limit)),
    /** The eldest runs of schedules that have more than `keep`. */
    pruneRunsBeyond(keep: number, limit: number): number {
      for (const id of crowded.all(keep)) {
        const removed = removeRuns(eldest.all(id, id, keep - 1, limit));
        if (removed > 0) return removed;
      }
      return 0;
    },
    /** Omissions and everyday lines of the history; edits and pauses stay. */
    pruneHistoryBefore(at: number, limit: number): number {
      const ids = oldOmissions.all(at, limit);
      if (ids.length > 0) {
        const list = JSON.stringify(ids);
        creditOmissions.run(list);
        removeOmissions.run(list);
        return ids.length;
      }
      return removeActivity.run(at, limit).changes;
    },
  };
}
export type RetentionStore = ReturnType<typeof createRetentionStore>;
