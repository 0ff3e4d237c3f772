-- Counting over all schedules reads the index of occurrences alone; what did not complete is told from an index of its own,
-- which few runs are ever in.
create index runs_troubled on runs (schedule_id, scheduled_at, status)
  where status in ('failed', 'cancelled', 'interrupted', 'skipped') and scheduled_at is not null;
