-- What starts a schedule or a workflow from outside: each has a secret of its own, of which a hash is kept.
create table hooks (
  id text primary key,
  name text not null unique,
  schedule_id text references schedules (id) on delete cascade,
  workflow_name text,
  takes_input integer not null default 0,
  secret_hash blob not null,
  created_at integer not null,
  last_used_at integer,
  check ((schedule_id is null) <> (workflow_name is null))
) strict, without rowid;
create index hooks_of_schedule on hooks (schedule_id);
-- The run that a call has started under a key: the same key starts no other.
create table hook_calls (
  hook_id text not null references hooks (id) on delete cascade,
  idempotency_key text not null,
  run_id text not null,
  at integer not null,
  primary key (hook_id, idempotency_key)
) strict, without rowid;
