import type { Connection } from "../sqlite.ts";

export type EventKind = "boot" | "start" | "wake" | "after";

/** What starts a schedule beside times. `sourceId` and `outcome` are empty but for `after`. */
export interface EventTrigger {
  kind: EventKind;
  sourceId: string;
  outcome: string;
  /** How long after the event it starts. */
  delayMs: number;
}

/** A schedule that an event starts. */
export interface Started {
  scheduleId: string;
  delayMs: number;
}

/** What an event will start once its delay is over. */
export interface EventWait {
  scheduleId: string;
  /** The event's name, as runs keep it. */
  event: string;
  /** Epoch ms. */
  dueAt: number;
}

/** The name of what is no event: the end of a schedule, which nothing else would see where events alone start it. */
export const END = "end";

export function createEventTriggerStore(sql: Connection) {
  const remove = sql.prepare<[string]>("delete from event_triggers where schedule_id = ?");
  const add = sql.prepare<[EventTrigger & { scheduleId: string; sinceAt: number }]>(
    `insert or ignore into event_triggers (schedule_id, kind, source_id, outcome, delay_ms, since_at)
     values (@scheduleId, @kind, @sourceId, @outcome, @delayMs, @sinceAt)`,
  );
  const own = sql.prepare<[string], EventTrigger & { sinceAt: number }>(
    `select kind, source_id as sourceId, outcome, delay_ms as delayMs, since_at as sinceAt
     from event_triggers where schedule_id = ?`,
  );
  const of = sql.prepare<[EventKind], Started>(
    "select schedule_id as scheduleId, delay_ms as delayMs from event_triggers where kind = ? order by schedule_id, delay_ms",
  );
  const after = sql.prepare<[string, string], Started>(
    `select distinct schedule_id as scheduleId, delay_ms as delayMs from event_triggers
     where kind = 'after' and source_id = ? and outcome in (?, 'ended') order by schedule_id, delay_ms`,
  );
  const sources = sql
    .prepare<[string], string>(
      "select distinct source_id from event_triggers where schedule_id = ? and kind = 'after' order by source_id",
    )
    .pluck();
  const machineStart = sql.prepare<[string], string>("select boot_id from machine_starts where host = ?").pluck();
  const setMachineStart = sql.prepare<[string, string]>(
    "insert into machine_starts (host, boot_id) values (?, ?) on conflict (host) do update set boot_id = excluded.boot_id",
  );
  const wait = sql.prepare<[EventWait]>(
    "insert or ignore into event_waits (schedule_id, event, due_at) values (@scheduleId, @event, @dueAt)",
  );
  const nextWait = sql.prepare<[], number | null>("select min(due_at) from event_waits").pluck();
  const dueWaits = sql.prepare<[number, number], EventWait>(
    `select schedule_id as scheduleId, event, due_at as dueAt from event_waits
     where due_at <= ? order by due_at, schedule_id limit ?`,
  );
  const ends = sql.prepare<[], { scheduleId: string; spec: string }>(
    `select id as scheduleId, spec from schedules where status = 'active' and instr(spec, '"endAt":"') > 0
       and id in (select schedule_id from event_triggers)`,
  );
  const endWait = sql.prepare<[string, string]>("delete from event_waits where schedule_id = ? and event = ?");
  const endWaits = sql.prepare<[string]>("delete from event_waits where schedule_id = ?");
  const endWaitsOf = sql.prepare<[string]>("delete from event_waits where event like ? || ':%'");
  const hasten = sql.prepare<{ now: number; byMs: number }>(
    `update event_waits set due_at = max(@now, due_at - @byMs) where event <> '${END}'`,
  );
  const keyOf = ({ kind, sourceId, outcome, delayMs }: EventTrigger): string =>
    JSON.stringify([kind, sourceId, outcome, delayMs]);
  return {
    /** What starts a schedule from `now` on. What an event has already begun to start stays where it is still said. */
    set(scheduleId: string, triggers: readonly EventTrigger[], now: number): void {
      const kept = new Set(triggers.map(keyOf));
      const before = new Map(own.all(scheduleId).map(({ sinceAt, ...trigger }) => [keyOf(trigger), sinceAt]));
      if ([...before.keys()].some((key) => !kept.has(key))) endWaits.run(scheduleId);
      remove.run(scheduleId);
      for (const trigger of triggers) add.run({ scheduleId, ...trigger, sinceAt: before.get(keyOf(trigger)) ?? now });
    },
    /** Schedules that an event of the machine or the engine starts. */
    startedBy: (kind: Exclude<EventKind, "after">): Started[] => of.all(kind),
    /** Schedules that the end of another one's run starts. */
    startedAfter: (sourceId: string, outcome: string): Started[] => after.all(sourceId, outcome),
    /** Schedules whose runs start this one. */
    sourcesOf: (scheduleId: string): string[] => sources.all(scheduleId),
    /** The last start of a machine that was told of. */
    machineStart: (host: string): string | null => machineStart.get(host) ?? null,
    setMachineStart: (host: string, bootId: string): void => void setMachineStart.run(host, bootId),
    wait: (values: EventWait): void => void wait.run(values),
    /** Schedules of events that have an end. */
    withEnd: (): { scheduleId: string; spec: string }[] => ends.all(),
    /** When the next delay is over, epoch ms. */
    nextWaitAt: (): number | null => nextWait.get() ?? null,
    dueWaits: (now: number, limit: number): EventWait[] => dueWaits.all(now, limit),
    endWait: ({ scheduleId, event }: Pick<EventWait, "scheduleId" | "event">): void =>
      void endWait.run(scheduleId, event),
    /** Nothing waits for events of a kind any more. */
    endWaitsOf: (kind: EventKind): void => void endWaitsOf.run(kind),
    /** The wall clock was set back: what waits does so no longer than it would have. */
    hastenWaits: (now: number, byMs: number): void => void hasten.run({ now, byMs }),
  };
}
export type EventTriggerStore = ReturnType<typeof createEventTriggerStore>;
