-- A run may end as skipped, and may be started by an event or from outside. The list of words is all that changes: no row is
-- touched, however many there are.
pragma writable_schema = on;
update sqlite_schema set sql = replace(replace(sql,
    '''cancelled'', ''interrupted''))', '''skipped'', ''cancelled'', ''interrupted''))'),
    '''backfill'', ''retry''))', '''backfill'', ''retry'', ''event'', ''hook''))')
  where type = 'table' and name = 'runs';
pragma writable_schema = reset;
-- Why a run has completed with a warning, or has skipped itself.
alter table runs add column warning text;
alter table runs add column skip_reason text;
