-- The queue whose workers take its runs; null is what its workflow says.
alter table schedules add column queue text;
