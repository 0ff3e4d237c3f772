-- What an import's job is called here: by where it came from, so that importing the same file again changes it.
create table import_origins (
  origin text primary key,
  schedule_id text not null references schedules (id) on delete cascade
) strict, without rowid;

create index import_origins_of_schedule on import_origins (schedule_id);

-- Calendars that are read again from an address each day; what was read last stays where that fails.
create table calendar_sources (
  name text primary key references exclusion_calendars (name) on delete cascade,
  url text not null,
  read_at integer,
  tried_at integer,
  problem text
) strict, without rowid;
