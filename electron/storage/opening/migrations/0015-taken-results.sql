-- When a person has put a late result in the place of its run's own.
alter table late_results add column taken_at integer;
