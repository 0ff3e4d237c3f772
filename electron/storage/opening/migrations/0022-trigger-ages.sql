-- Since when an event starts a schedule: what ended before says nothing of the two. Those that are there have always been.
alter table event_triggers add column since_at integer not null default 0;
