-- By status first: what runs is found without a schedule, however long the history is.
drop index runs_active;
create index runs_active on runs (status, schedule_id) where status in ('pending', 'running');
