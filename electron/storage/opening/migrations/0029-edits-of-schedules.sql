-- Edits are few among what a frequent schedule does: whoever looks for them does not go through all of that.
create index activity_edits on activity (schedule_id, id) where kind = 'edited';
