-- Attempts that another one followed; the last one is the run's own row.
create table attempts (
  run_id text not null references runs (id) on delete cascade,
  attempt integer not null,
  status text not null check (status in ('failed', 'interrupted')),
  error text not null,
  started_at integer not null,
  completed_at integer not null,
  primary key (run_id, attempt)
) strict, without rowid;
