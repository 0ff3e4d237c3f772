-- Runs that are handed to a runtime which keeps them (workers on other machines). `epoch` counts the hand-overs of a run:
-- what is said of one that another has followed changes nothing. `recorded_epoch` is the last whose outcome was written.
-- `sent_to` is the queue of a run that such a runtime has: it is `pending` until a worker has begun it.
alter table runs add column epoch integer not null default 0;
alter table runs add column recorded_epoch integer not null default 0;
alter table runs add column sent_to text;
create index runs_sent on runs (sent_to) where sent_to is not null;
drop index runs_ready;
create index runs_ready on runs ((backfill_id is not null), turn, id)
  where status = 'pending' and not_before_at is null and waits_for_pool is null and sent_to is null;
-- Written with the hand-over itself, and gone once the runtime has the job safe: what a crash left is sent again.
create table outbox (
  run_id text primary key references runs (id) on delete cascade,
  epoch integer not null,
  job text not null
) strict, without rowid;
-- Outcomes that came when the run had gone on without them.
create table late_results (
  id integer primary key,
  run_id text not null references runs (id) on delete cascade,
  attempt integer not null,
  epoch integer not null,
  worker text,
  at integer not null,
  outcome text not null,
  unique (run_id, epoch)
) strict;
-- Which queue of a workflow is not taken: of the schedules that name it, or of none.
drop table runtime_waits;
create table runtime_waits (
  workflow_name text not null,
  schedule_queue text not null default '',
  waiting_for text not null check (waiting_for in ('room', 'runtime')),
  message text not null,
  primary key (workflow_name, schedule_queue)
) strict, without rowid;
