-- Who may use the API over HTTP: named tokens, browsers that are signed in, and the last sign-ins.
create table tokens (
  id text primary key,
  name text not null unique,
  scopes text not null,
  secret_hash blob not null,
  created_at integer not null,
  expires_at integer,
  last_used_at integer,
  last_used_from text
) strict, without rowid;

create table sessions (
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

create table sign_ins (
  id integer primary key,
  at integer not null,
  outcome text not null check (outcome in ('signed_in', 'refused')),
  token_name text,
  address text not null,
  agent text not null
) strict;
