import type { Connection } from "../sqlite.ts";

export type EventKind = "boot" | "start" | "wake" | "after";

/** What starts a schedule beside times. `sourceId` and `outcome` are empty but for `after`. */
export interface EventTrigger {
  kind: EventKind;
  sourceId: string;
  outcome: string;
}

export function createEventTriggerStore(sql: Connection) {
  const remove = sql.prepare<[string]>("delete from event_triggers where schedule_id = ?");
  const add = sql.prepare<[EventTrigger & { scheduleId: string }]>(
    "insert or ignore into event_triggers (schedule_id, kind, source_id, outcome) values (@scheduleId, @kind, @sourceId, @outcome)",
  );
  const of = sql
    .prepare<[EventKind], string>("select schedule_id from event_triggers where kind = ? order by schedule_id")
    .pluck();
  const after = sql
    .prepare<[string, string], string>(
      "select distinct schedule_id from event_triggers where kind = 'after' and source_id = ? and outcome in (?, 'ended') order by schedule_id",
    )
    .pluck();
  const sources = sql
    .prepare<[string], string>(
      "select distinct source_id from event_triggers where schedule_id = ? and kind = 'after' order by source_id",
    )
    .pluck();
  const machineStart = sql.prepare<[string], string>("select boot_id from machine_starts where host = ?").pluck();
  const setMachineStart = sql.prepare<[string, string]>(
    "insert into machine_starts (host, boot_id) values (?, ?) on conflict (host) do update set boot_id = excluded.boot_id",
  );
  return {
    /** What starts a schedule from now on. */
    set(scheduleId: string, triggers: readonly EventTrigger[]): void {
      remove.run(scheduleId);
      for (const trigger of triggers) add.run({ scheduleId, ...trigger });
    },
    /** Schedules that an event of the machine or the engine starts. */
    startedBy: (kind: Exclude<EventKind, "after">): string[] => of.all(kind),
    /** Schedules that the end of another one's run starts. */
    startedAfter: (sourceId: string, outcome: string): string[] => after.all(sourceId, outcome),
    /** Schedules whose runs start this one. */
    sourcesOf: (scheduleId: string): string[] => sources.all(scheduleId),
    /** The last start of a machine that was told of. */
    machineStart: (host: string): string | null => machineStart.get(host) ?? null,
    setMachineStart: (host: string, bootId: string): void => void setMachineStart.run(host, bootId),
  };
}
export type EventTriggerStore = ReturnType<typeof createEventTriggerStore>;
