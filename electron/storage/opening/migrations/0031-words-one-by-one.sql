-- For a list of more than two words SQLite makes a table of them each time a row is checked against it, and each time an index
-- asks whether a row is one of its own: a quarter of what a new run took. Compared word by word the rules are what they were, and no
-- row is touched.
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql,
    'kind in (''closed'', ''asleep'', ''stalled'')',
    'kind = ''closed'' or kind = ''asleep'' or kind = ''stalled''')
  where type = 'table' and name = 'downtimes';
update sqlite_schema set sql = replace(sql,
    'kind in (''boot'', ''start'', ''wake'', ''after'')',
    'kind = ''boot'' or kind = ''start'' or kind = ''wake'' or kind = ''after''')
  where type = 'table' and name = 'event_triggers';
update sqlite_schema set sql = replace(sql,
    'kind in (''desktop'', ''webhook'', ''email'', ''command'')',
    'kind = ''desktop'' or kind = ''webhook'' or kind = ''email'' or kind = ''command''')
  where type = 'table' and name = 'notification_channels';
update sqlite_schema set sql = replace(sql,
    'status in (''pending'', ''sent'', ''failed'')',
    'status = ''pending'' or status = ''sent'' or status = ''failed''')
  where type = 'table' and name = 'notification_deliveries';
update sqlite_schema set sql = replace(replace(sql,
    'trigger in (''schedule'', ''catchup'', ''manual'', ''backfill'', ''retry'', ''event'', ''hook'')',
    'trigger = ''schedule'' or trigger = ''catchup'' or trigger = ''manual'' or trigger = ''backfill'' or trigger = ''retry'' or trigger = ''event'' or trigger = ''hook'''),
    'status in (''buffered'', ''pending'', ''running'', ''completed'', ''failed'', ''skipped'', ''cancelled'', ''interrupted'')',
    'status = ''buffered'' or status = ''pending'' or status = ''running'' or status = ''completed'' or status = ''failed'' or status = ''skipped'' or status = ''cancelled'' or status = ''interrupted''')
  where type = 'table' and name = 'runs';
update sqlite_schema set sql = replace(sql,
    'status in (''active'', ''paused'', ''ended'', ''deleted'')',
    'status = ''active'' or status = ''paused'' or status = ''ended'' or status = ''deleted''')
  where type = 'table' and name = 'schedules';
update sqlite_schema set sql = replace(sql,
    'status in (''planning'', ''running'', ''paused'', ''cancelling'')',
    '(status = ''planning'' or status = ''running'' or status = ''paused'' or status = ''cancelling'')')
  where type = 'index' and name = 'backfills_open';
update sqlite_schema set sql = replace(sql,
    'status in (''pending'', ''running'', ''interrupted'')',
    '(status = ''pending'' or status = ''running'' or status = ''interrupted'')')
  where type = 'index' and name = 'runs_backfill_active';
update sqlite_schema set sql = replace(sql,
    'status in (''failed'', ''cancelled'', ''interrupted'', ''skipped'')',
    '(status = ''failed'' or status = ''cancelled'' or status = ''interrupted'' or status = ''skipped'')')
  where type = 'index' and name = 'runs_troubled';
pragma writable_schema = reset;
