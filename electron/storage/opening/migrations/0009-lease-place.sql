-- A process id is judged only by who shares the machine, its boot and its process ids with the lease's holder. Null where
-- the system does not say, and for whoever took the lease before.
alter table leases add column boot_id text;
alter table leases add column pid_namespace text;
