-- An event may start a schedule so long after it comes: a trigger has a delay, and two that differ in it alone are two.
drop index event_triggers_by_event;
alter table event_triggers rename to event_triggers_before;
create table event_triggers (
  schedule_id text not null references schedules (id) on delete cascade,
  kind text not null check (kind in ('boot', 'start', 'wake', 'after')),
  -- Of `after`: the schedule whose run ends, and how; empty for the others.
  source_id text not null default '',
  outcome text not null default '',
  delay_ms integer not null default 0,
  primary key (schedule_id, kind, source_id, outcome, delay_ms)
) strict, without rowid;
insert into event_triggers (schedule_id, kind, source_id, outcome)
  select schedule_id, kind, source_id, outcome from event_triggers_before;
drop table event_triggers_before;
create index event_triggers_by_event on event_triggers (kind, source_id);
-- What an event will start once its delay is over: kept, so that it comes whatever is ended meanwhile.
create table event_waits (
  schedule_id text not null references schedules (id) on delete cascade,
  event text not null,
  due_at integer not null,
  primary key (schedule_id, event)
) strict, without rowid;
create index event_waits_due on event_waits (due_at);
