-- What starts a schedule beside times: whom an event concerns is looked up here and not in the specs.
create table event_triggers (
  schedule_id text not null references schedules (id) on delete cascade,
  kind text not null check (kind in ('boot', 'start', 'wake', 'after')),
  -- Of `after`: the schedule whose run ends, and how; empty for the others.
  source_id text not null default '',
  outcome text not null default '',
  primary key (schedule_id, kind, source_id, outcome)
) strict, without rowid;
create index event_triggers_by_event on event_triggers (kind, source_id);
-- The event that a run was started by: no event starts a schedule twice.
alter table runs add column event text;
create unique index runs_event on runs (schedule_id, event) where event is not null;
-- The machine's start that has been told of.
create table machine_starts (
  host text primary key,
  boot_id text not null
) strict, without rowid;
