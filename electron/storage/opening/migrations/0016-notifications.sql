-- Where messages go. What is secret about a channel is in the secret store.
create table notification_channels (
  name text primary key,
  kind text not null check (kind in ('desktop', 'webhook', 'email', 'command')),
  config text not null,
  enabled integer not null default 1,
  updated_at integer not null
) strict, without rowid;

-- Who is told of what, as JSON.
create table notification_rules (
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

-- What a rule has told of a schedule, so that it is told once until it changes back.
create table notification_states (
  schedule_id text not null references schedules (id) on delete cascade,
  rule_name text not null references notification_rules (name) on delete cascade,
  state text not null,
  primary key (schedule_id, rule_name)
) strict, without rowid;
create index notification_states_of_rule on notification_states (rule_name);

-- Changes to tell of, written with the change; they go once deliveries are made of them.
create table notices (
  id integer primary key,
  rule_name text not null references notification_rules (name) on delete cascade,
  schedule_id text references schedules (id) on delete cascade,
  run_id text,
  event text not null,
  details text not null,
  at integer not null
) strict;
create index notices_of_rule on notices (rule_name, id);
create index notices_of_schedule on notices (schedule_id);

-- Messages on their way, and what became of them.
create table notification_deliveries (
  id integer primary key,
  rule_name text not null,
  channel_name text not null,
  message text not null,
  status text not null check (status in ('pending', 'sent', 'failed')),
  attempts integer not null default 0,
  created_at integer not null,
  tried_at integer,
  next_attempt_at integer,
  answer text
) strict;
create index notification_deliveries_due on notification_deliveries (next_attempt_at) where status = 'pending';
create index notification_deliveries_of_channel on notification_deliveries (channel_name, id);

-- What the desktop program has always told.
insert into notification_channels (name, kind, config, updated_at) values ('desktop', 'desktop', '{"kind":"desktop"}', 0);
insert into notification_rules (name, rule, updated_at) values (
  'desktop',
  '{"events":["failed","recovered","missed","slow","overdue","queued","paused","interrupted","late_result"],"schedules":[],"tags":[],"failuresInARow":1,"queuedAfter":"1m","channels":["desktop"],"dailyCap":null,"quietHours":null}',
  0
);
