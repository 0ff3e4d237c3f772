-- A step that a resumed run does again keeps when it was begun first and in which attempt, and an attempt who executed it.
-- Of steps and attempts of before nobody knows it.
alter table steps add column run_attempt integer;
alter table steps add column first_started_at integer;
alter table steps add column first_run_attempt integer;
alter table attempts add column worker text;
