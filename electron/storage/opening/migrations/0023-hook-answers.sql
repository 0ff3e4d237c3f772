-- What became of a hook's calls: the last one with its secret, how many started something and how many did not, and why.
alter table hooks add column last_status integer;
alter table hooks add column last_said text;
alter table hooks add column last_run_id text;
alter table hooks add column started integer not null default 0;
alter table hooks add column refused integer not null default 0;
alter table hooks add column limited integer not null default 0;
-- Calls without its secret, which are none of its own.
alter table hooks add column wrong_secrets integer not null default 0;
alter table hooks add column wrong_secret_at integer;
