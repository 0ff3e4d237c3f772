-- Runs that are ready take turns between their schedules: each takes the number after its schedule's last one, and none begins
-- before the number that has been served. `ready_at`: since when nothing but room is waited for.
alter table runs add column turn integer not null default 0;
alter table runs add column ready_at integer;
update runs set ready_at = max(created_at, coalesce(not_before_at, 0)) where status = 'pending';
create table turns (
  id integer primary key check (id = 1),
  served integer not null
) strict;
insert into turns (id, served) values (1, 0);
-- What the runtime does not take, and why, as the owner has last heard.
create table runtime_waits (
  workflow_name text primary key,
  waiting_for text not null check (waiting_for in ('room', 'runtime')),
  message text not null
) strict, without rowid;
drop index runs_ready;
create index runs_ready on runs ((backfill_id is not null), turn, id) where status = 'pending' and not_before_at is null;
create index runs_delayed on runs (not_before_at) where status = 'pending' and not_before_at is not null;
drop index runs_active;
create index runs_active on runs (status, schedule_id, (backfill_id is not null), turn) where status in ('pending', 'running');
