CREATE TABLE activity (
  id integer primary key,
  schedule_id text,
  at integer not null,
  kind text not null,
  actor text not null,
  run_id text,
  details text not null default '{}'
, import_id text) strict;

CREATE TABLE attempts (
  run_id text not null references runs (id) on delete cascade,
  attempt integer not null,
  status text not null check (status in ('failed', 'interrupted')),
  error text not null,
  started_at integer not null,
  completed_at integer not null, worker text,
  primary key (run_id, attempt)
) strict, without rowid;

CREATE TABLE backfills (
  id text primary key,
  schedule_id text not null references schedules (id) on delete cascade,
  status text not null,
  from_at integer not null,
  to_at integer not null,
  reprocess text not null,
  run_order text not null,
  concurrency integer not null,
  overlap_policy text not null,
  max_failures integer,
  input text,
  excluded text not null default '[]',
  -- What it was started with, as JSON: spec, phase, exclusion calendars, and what its runs are made of.
  snapshot text not null,
  -- Counts up with each "run the failed and cancelled ones again"; part of its runs' ids.
  generation integer not null default 0,
  -- Rows for instants before this are written (null: all are), so that a restart writes exactly the rest.
  planned_until_at integer,
  -- What `cancelling` ends in.
  ends_as text check (ends_as in ('cancelled', 'failed')),
  total integer not null default 0,
  -- Rows made so far: counting half a million of them again would take too long.
  written integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  created_by text not null,
  created_at integer not null,
  started_at integer,
  completed_at integer
, called_off integer not null default 0) strict;

CREATE TABLE calendar_sources (
  name text primary key references exclusion_calendars (name) on delete cascade,
  url text not null,
  read_at integer,
  tried_at integer,
  problem text
) strict, without rowid;

CREATE TABLE changes (
  topic text primary key,
  version integer not null
) strict, without rowid;

CREATE TABLE downtimes (
  id integer primary key,
  kind text not null check (kind = 'closed' or kind = 'asleep' or kind = 'stalled'),
  from_at integer not null,
  to_at integer not null,
  due integer not null default 0,
  ran integer not null default 0,
  skipped integer not null default 0,
  missed integer not null default 0,
  dismissed_at integer
) strict;

CREATE TABLE event_triggers (
  schedule_id text not null references schedules (id) on delete cascade,
  kind text not null check (kind = 'boot' or kind = 'start' or kind = 'wake' or kind = 'after'),
  -- Of `after`: the schedule whose run ends, and how; empty for the others.
  source_id text not null default '',
  outcome text not null default '',
  delay_ms integer not null default 0, since_at integer not null default 0,
  primary key (schedule_id, kind, source_id, outcome, delay_ms)
) strict, without rowid;

CREATE TABLE event_waits (
  schedule_id text not null references schedules (id) on delete cascade,
  event text not null,
  due_at integer not null,
  primary key (schedule_id, event)
) strict, without rowid;

CREATE TABLE exclusion_calendars (
  name text primary key,
  entries text not null,
  updated_at integer not null
) strict;

CREATE TABLE hook_calls (
  hook_id text not null references hooks (id) on delete cascade,
  idempotency_key text not null,
  run_id text not null,
  at integer not null,
  primary key (hook_id, idempotency_key)
) strict, without rowid;

CREATE TABLE hooks (
  id text primary key,
  name text not null unique,
  schedule_id text references schedules (id) on delete cascade,
  workflow_name text,
  takes_input integer not null default 0,
  secret_hash blob not null,
  created_at integer not null,
  last_used_at integer, last_status integer, last_said text, last_run_id text, started integer not null default 0, refused integer not null default 0, limited integer not null default 0, wrong_secrets integer not null default 0, wrong_secret_at integer,
  check ((schedule_id is null) <> (workflow_name is null))
) strict, without rowid;

CREATE TABLE import_origins (
  origin text primary key,
  schedule_id text not null references schedules (id) on delete cascade
) strict, without rowid;

CREATE TABLE late_results (
  id integer primary key,
  run_id text not null references runs (id) on delete cascade,
  attempt integer not null,
  epoch integer not null,
  worker text,
  at integer not null,
  outcome text not null, taken_at integer,
  unique (run_id, epoch)
) strict;

CREATE TABLE leases (
  name text primary key,
  holder text not null,
  program text not null,
  pid integer not null,
  host text not null,
  -- Tells the process from a later one with the same id; null where the system does not say.
  process_started text,
  token integer not null,
  acquired_at integer not null,
  heartbeat_at integer not null,
  expires_at integer not null
, boot_id text, pid_namespace text) strict;

CREATE TABLE machine_starts (
  host text primary key,
  boot_id text not null
) strict, without rowid;

CREATE TABLE notices (
  id integer primary key,
  rule_name text not null references notification_rules (name) on delete cascade,
  schedule_id text references schedules (id) on delete cascade,
  run_id text,
  event text not null,
  details text not null,
  at integer not null
) strict;

CREATE TABLE notification_channels (
  name text primary key,
  kind text not null check (kind = 'desktop' or kind = 'webhook' or kind = 'email' or kind = 'command'),
  config text not null,
  enabled integer not null default 1,
  updated_at integer not null
) strict, without rowid;

CREATE TABLE notification_deliveries (
  id integer primary key,
  rule_name text not null,
  channel_name text not null,
  message text not null,
  status text not null check (status = 'pending' or status = 'sent' or status = 'failed'),
  attempts integer not null default 0,
  created_at integer not null,
  tried_at integer,
  next_attempt_at integer,
  answer text
) strict;

CREATE TABLE notification_rules (
  name text primary key,
  rule text not null,
  enabled integer not null default 1,
  -- Whether it has told that runs wait, which is over when none does.
  queued integer not null default 0,
  -- How many messages it has made on the local day that began at day_at, for its daily limit.
  day_at integer not null default 0,
  day_messages integer not null default 0,
  updated_at integer not null
) strict, without rowid;

CREATE TABLE notification_states (
  schedule_id text not null references schedules (id) on delete cascade,
  rule_name text not null references notification_rules (name) on delete cascade,
  state text not null,
  primary key (schedule_id, rule_name)
) strict, without rowid;

CREATE TABLE omissions (
  id integer primary key,
  schedule_id text not null references schedules (id) on delete cascade,
  kind text not null check (kind in ('skipped', 'missed')),
  reason text not null,
  first_at integer not null,
  last_at integer not null,
  count integer not null,
  created_at integer not null
) strict;

CREATE TABLE outbox (
  run_id text primary key references runs (id) on delete cascade,
  epoch integer not null,
  job text not null
) strict, without rowid;

CREATE TABLE pools (
  name text primary key,
  run_limit integer not null,
  workflows text not null default '[]',
  tags text not null default '[]',
  updated_at integer not null
) strict, without rowid;

CREATE TABLE run_logs (
  run_id text not null references runs (id) on delete cascade,
  sequence integer not null,
  at integer not null,
  stream text not null,
  text text not null,
  primary key (run_id, sequence)
) strict, without rowid;

CREATE TABLE run_measures (
  id integer primary key,
  measure text not null check (measure in ('duration', 'lateness')),
  workflow_name text not null,
  -- How the run ended; empty for lateness.
  result text not null default '',
  -- The bucket's upper end, ms; -1 is above all of them.
  le_ms integer not null,
  count integer not null,
  sum_ms integer not null,
  unique (measure, workflow_name, result, le_ms)
) strict;

CREATE TABLE runs (
  seq integer primary key,
  -- Ordered by time of creation.
  id text not null unique,
  schedule_id text references schedules (id) on delete cascade,
  workflow_name text not null,
  trigger text not null check (trigger = 'schedule' or trigger = 'catchup' or trigger = 'manual' or trigger = 'backfill' or trigger = 'retry' or trigger = 'event' or trigger = 'hook'),
  status text not null check (status = 'buffered' or status = 'pending' or status = 'running' or status = 'completed' or status = 'failed' or status = 'skipped' or status = 'cancelled' or status = 'interrupted'),
  scheduled_at integer,
  attempt integer not null default 1,
  max_attempts integer not null default 1,
  timeout_ms integer,
  input text not null,
  result text,
  error text,
  not_before_at integer,
  recovery_count integer not null default 0,
  backfill_id text references backfills (id) on delete set null,
  retry_of text,
  worker text,
  cancel_requested_at integer,
  cancel_grace_ms integer,
  log_bytes integer not null default 0,
  log_dropped_bytes integer not null default 0,
  created_at integer not null,
  started_at integer,
  completed_at integer
, warning text, skip_reason text, turn integer not null default 0, ready_at integer, waits_for_pool text, epoch integer not null default 0, recorded_epoch integer not null default 0, sent_to text, event text) strict;

CREATE TABLE runtime_waits (
  workflow_name text not null,
  schedule_queue text not null default '',
  waiting_for text not null check (waiting_for in ('room', 'runtime')),
  message text not null,
  primary key (workflow_name, schedule_queue)
) strict, without rowid;

CREATE TABLE schedules (
  id text primary key,
  name text not null,
  workflow_name text not null,
  spec text not null,
  anchor_at integer not null,
  input text not null,
  status text not null check (status = 'active' or status = 'paused' or status = 'ended' or status = 'deleted'),
  overlap_policy text not null,
  catchup text not null,
  catchup_window_ms integer not null,
  timeout_ms integer,
  max_attempts integer not null,
  retry_delay_ms integer not null,
  max_runs integer,
  scheduled_runs integer not null default 0,
  pause_on_failure integer,
  consecutive_failures integer not null default 0,
  recover_on_worker_loss integer not null default 1,
  max_recovery_attempts integer not null default 3,
  paused_at integer,
  paused_until_at integer,
  paused_by text,
  pause_note text,
  note text,
  tags text not null default '[]',
  declaration text,
  next_run_at integer,
  next_fire_at integer,
  -- Occurrences up to here passed while nothing fired, and are being caught up one by one.
  catchup_until_at integer,
  last_scheduled_at integer,
  last_completed_at integer,
  last_run_at integer,
  last_run_id text,
  total_runs integer not null default 0,
  successful_runs integer not null default 0,
  failed_runs integer not null default 0,
  skipped_runs integer not null default 0,
  missed_runs integer not null default 0,
  -- What retention has removed, so that counters can still be rebuilt from the rows that are left.
  pruned_runs integer not null default 0,
  pruned_successful integer not null default 0,
  pruned_failed integer not null default 0,
  pruned_scheduled integer not null default 0,
  pruned_skipped integer not null default 0,
  pruned_missed integer not null default 0,
  revision integer not null default 1,
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer
, memory_limit_mb integer, slow_after_ms integer, due_by text, pools text not null default '[]', queue text, keep_runs text not null default 'all', failures_at_resume integer not null default 0) strict;

CREATE TABLE sessions (
  id text primary key,
  secret_hash blob not null,
  token_id text references tokens (id) on delete cascade,
  server_id text,
  origin text not null,
  address text not null,
  agent text not null,
  created_at integer not null,
  last_seen_at integer not null
) strict, without rowid;

CREATE TABLE settings (
  key text primary key,
  value text not null
) strict;

CREATE TABLE sign_ins (
  id integer primary key,
  at integer not null,
  outcome text not null check (outcome in ('signed_in', 'refused')),
  token_name text,
  address text not null,
  agent text not null
) strict;

CREATE TABLE steps (
  run_id text not null references runs (id) on delete cascade,
  key text not null,
  name text not null,
  sequence integer not null,
  status text not null,
  attempt integer not null,
  result text,
  error text,
  wake_at integer,
  started_at integer not null,
  completed_at integer, run_attempt integer, first_started_at integer, first_run_attempt integer,
  primary key (run_id, key)
) strict, without rowid;

CREATE TABLE tokens (
  id text primary key,
  name text not null unique,
  scopes text not null,
  secret_hash blob not null,
  created_at integer not null,
  expires_at integer,
  last_used_at integer,
  last_used_from text
) strict, without rowid;

CREATE TABLE turns (
  id integer primary key check (id = 1),
  served integer not null
) strict;

CREATE INDEX activity_asked on activity (id) where kind = 'asked';

CREATE INDEX activity_edits on activity (schedule_id, id) where kind = 'edited';

CREATE INDEX activity_of_import on activity (import_id, kind) where import_id is not null;

CREATE INDEX activity_of_schedule on activity (schedule_id, id);

CREATE INDEX backfills_of_schedule on backfills (schedule_id, created_at);

CREATE INDEX backfills_open on backfills (status) where (status = 'planning' or status = 'running' or status = 'paused' or status = 'cancelling');

CREATE INDEX downtimes_by_end on downtimes (to_at);

CREATE INDEX event_triggers_by_event on event_triggers (kind, source_id);

CREATE INDEX event_waits_due on event_waits (due_at);

CREATE INDEX hooks_of_schedule on hooks (schedule_id);

CREATE INDEX import_origins_of_schedule on import_origins (schedule_id);

CREATE INDEX notices_of_rule on notices (rule_name, id);

CREATE INDEX notices_of_schedule on notices (schedule_id);

CREATE INDEX notification_deliveries_due on notification_deliveries (next_attempt_at) where status = 'pending';

CREATE INDEX notification_deliveries_of_channel on notification_deliveries (channel_name, id);

CREATE INDEX notification_states_of_rule on notification_states (rule_name);

CREATE INDEX omissions_by_hand on omissions (schedule_id, first_at) where reason = 'by_hand';

CREATE INDEX omissions_of_schedule on omissions (schedule_id, first_at);

CREATE INDEX runs_active on runs (status, schedule_id, (backfill_id is not null), turn) where status in ('pending', 'running');

CREATE INDEX runs_backfill_active on runs (backfill_id) where backfill_id is not null and (status = 'pending' or status = 'running' or status = 'interrupted');

CREATE UNIQUE INDEX runs_backfill_occurrence on runs (backfill_id, scheduled_at) where backfill_id is not null;

CREATE INDEX runs_backfill_waiting on runs (backfill_id, scheduled_at) where backfill_id is not null and status = 'buffered';

CREATE INDEX runs_buffered on runs (schedule_id, coalesce(scheduled_at, created_at), id) where status = 'buffered' and backfill_id is null;

CREATE INDEX runs_by_schedule on runs (schedule_id, id);

CREATE INDEX runs_cancelling on runs (id) where status = 'running' and cancel_requested_at is not null;

CREATE INDEX runs_delayed on runs (not_before_at) where status = 'pending' and not_before_at is not null;

CREATE UNIQUE INDEX runs_event on runs (schedule_id, event) where event is not null;

CREATE INDEX runs_interrupted on runs (id) where status = 'interrupted' and completed_at is null;

CREATE UNIQUE INDEX runs_occurrence on runs (schedule_id, scheduled_at, (case when trigger in ('schedule', 'catchup') then '' else id end));

CREATE INDEX runs_ready on runs ((backfill_id is not null), turn, id)
  where status = 'pending' and not_before_at is null and waits_for_pool is null and sent_to is null;

CREATE INDEX runs_sent on runs (sent_to) where sent_to is not null;

CREATE INDEX runs_troubled on runs (schedule_id, scheduled_at, status)
  where (status = 'failed' or status = 'cancelled' or status = 'interrupted' or status = 'skipped') and scheduled_at is not null;

CREATE INDEX runs_waiting_for_pool on runs (waits_for_pool, (backfill_id is not null), turn, id)
  where status = 'pending' and waits_for_pool is not null;

CREATE INDEX schedules_due on schedules (next_fire_at) where next_fire_at is not null;

CREATE INDEX schedules_listed on schedules (name collate nocase, id) where status <> 'deleted';

CREATE INDEX schedules_paused_until on schedules (paused_until_at) where paused_until_at is not null;
