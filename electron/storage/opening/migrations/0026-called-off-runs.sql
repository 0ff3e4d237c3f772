-- Runs of a backfill that were called off before they began are its own, and no longer of its schedule: a schedule's history,
-- outcomes and counters tell of what ran. The error is what such a run was given.
alter table backfills add column called_off integer not null default 0;
create temp table called_off as
  select seq, schedule_id, backfill_id from runs
  where backfill_id is not null and status = 'cancelled' and started_at is null and schedule_id is not null
    and json_extract(error, '$.message') in ('the backfill was cancelled before this run began',
      'the backfill stopped after too many failures, before this run began');
-- Without these each backfill looks at all of them: seconds of a start, where there are many of both.
create index temp.called_off_of_backfill on called_off (backfill_id);
create index temp.called_off_of_schedule on called_off (schedule_id);
update backfills set called_off = (select count(*) from called_off c where c.backfill_id = backfills.id);
update schedules set total_runs = total_runs - (select count(*) from called_off c where c.schedule_id = schedules.id)
  where id in (select schedule_id from called_off);
update runs set schedule_id = null where seq in (select seq from called_off);
drop table called_off;
