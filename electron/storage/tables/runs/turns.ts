/**
 * Pending runs in the order in which they start: live ones before those of backfills, then by turn, then by age. A run
 * takes its turn as it becomes ready, one after the last of its schedule and none before what has been served. So a
 * schedule with a thousand runs waiting and one with a single one start theirs alternately, and both in order.
 */
export const turnSql = (scheduleId: string, ofBackfill: string): string => `max((select served from turns),
  coalesce((select turn + 1 from runs indexed by runs_active where status = 'pending' and status in ('pending', 'running')
    and schedule_id is ${scheduleId} and (backfill_id is not null) = (${ofBackfill}) order by turn desc limit 1), 0))`;
