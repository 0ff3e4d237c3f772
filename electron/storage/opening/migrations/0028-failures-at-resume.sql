-- Resuming no longer ends a streak of failures. Of those that an earlier version has ended so nobody knows how long they were.
alter table schedules add column failures_at_resume integer not null default 0;
