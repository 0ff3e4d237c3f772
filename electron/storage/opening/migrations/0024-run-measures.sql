-- How long runs took and how late they began, counted by the process that fires: any process shows the same.
create table run_measures (
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
