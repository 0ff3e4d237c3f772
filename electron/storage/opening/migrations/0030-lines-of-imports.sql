-- Each line of the history that an import has written says which: it can be undone as long as they tell of it.
alter table activity add column import_id text;
create index activity_of_import on activity (import_id, kind) where import_id is not null;
