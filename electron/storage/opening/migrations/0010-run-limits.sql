-- Null: what holds where a schedule says nothing (no limit for commands, the setting's for workflow code); 0: none.
alter table schedules add column memory_limit_mb integer;
alter table schedules add column slow_after_ms integer;
-- A local time of day, `06:00`, by which its runs must have ended.
alter table schedules add column due_by text;
