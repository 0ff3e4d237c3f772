-- Commands that there are keep the whole environment of the program, and their two streams apart, until a person says
-- otherwise: their schedules, what has been asked for and has not run, and what may be asked to run again. Runs that
-- have completed, nearly all there are, stay as they are.
update schedules
  set input = json_set(input, '$.passEnvironment', json('["*"]'), '$.output', 'separate')
  where workflow_name in ('shell.command', 'script.run') and json_type(input) = 'object';
update runs
  set input = json_set(input, '$.passEnvironment', json('["*"]'), '$.output', 'separate')
  where workflow_name in ('shell.command', 'script.run') and status <> 'completed' and json_type(input) = 'object';
update backfills
  set input = json_set(input, '$.passEnvironment', json('["*"]'), '$.output', 'separate')
  where json_type(input) = 'object'
    and schedule_id in (select id from schedules where workflow_name in ('shell.command', 'script.run'));
update backfills
  set snapshot = json_set(snapshot, '$.input.passEnvironment', json('["*"]'), '$.input.output', 'separate')
  where json_extract(snapshot, '$.workflowName') in ('shell.command', 'script.run')
    and json_type(snapshot, '$.input') = 'object';
