-- Named limits: so many runs at once of all schedules, workflows and tags that belong to one.
create table pools (
  name text primary key,
  run_limit integer not null,
  workflows text not null default '[]',
  tags text not null default '[]',
  updated_at integer not null
) strict, without rowid;
alter table schedules add column pools text not null default '[]';
-- The full pool that a run waits for: not looked at again before a place in it is free.
alter table runs add column waits_for_pool text;
drop index runs_ready;
create index runs_ready on runs ((backfill_id is not null), turn, id)
  where status = 'pending' and not_before_at is null and waits_for_pool is null;
create index runs_waiting_for_pool on runs (waits_for_pool, (backfill_id is not null), turn, id)
  where status = 'pending' and waits_for_pool is not null;
