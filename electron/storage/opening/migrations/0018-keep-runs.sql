-- Which of its old runs are kept: all of them, or failures alone beyond the newest.
alter table schedules add column keep_runs text not null default 'all';
