import { type ScheduleGroup, scheduleGroups } from "../../../shared/domain/health.ts";
import type { Connection } from "../sqlite.ts";
import type { HoleReads } from "./holes.ts";
import type { IndexedSchedule } from "./scheduleIndex.ts";

/** A run that is over sooner moves nothing on the page. */
const BUSY_AFTER_MS = 5000;
/** A run that waits longer needs somebody's attention. */
const LATE_AFTER_MS = 60_000;

/** Schedules that something else than their own row says something of, by id. */
export interface Conditions {
  /** Missed occurrences that nothing has filled. */
  missed: ReadonlySet<string>;
  /** A live run waits for longer than {@link LATE_AFTER_MS}. */
  late: ReadonlySet<string>;
  /** A run that is no short one goes on, or waits. */
  busy: ReadonlySet<string>;
  /** Nothing starts it any more, and nothing else would tell: the schedule that it comes after is gone. */
  followsNothing: ReadonlySet<string>;
  /** The minute after this one, counted as epoch minutes. */
  nextMinute: number;
  /** Another text where any of these is another. */
  stamp: string;
}

// One that its failures paused waits for a person: it is failing more than any other.
export const isFailing = ({ status, pausedBy, consecutiveFailures }: IndexedSchedule): boolean =>
  consecutiveFailures > 0 && (status === "active" || (status === "paused" && pausedBy === "failures"));

export const needsAttention = (schedule: IndexedSchedule, { missed, late, followsNothing }: Conditions): boolean =>
  schedule.status !== "deleted" &&
  (isFailing(schedule) ||
    (schedule.status === "paused" && schedule.pausedBy === "engine") ||
    (schedule.status === "active" && followsNothing.has(schedule.id)) ||
    missed.has(schedule.id) ||
    late.has(schedule.id));

/** What a schedule needs from a person: see `scheduleGroups`. */
export function groupOf(schedule: IndexedSchedule, conditions: Conditions): ScheduleGroup {
  if (needsAttention(schedule, conditions)) return "attention";
  if (schedule.status !== "deleted" && conditions.busy.has(schedule.id)) return "running";
  return schedule.status === "active" ? "next" : schedule.status === "paused" ? "paused" : "ended";
}

/** Reads what the groups are made of, beside the schedules themselves. */
export function createConditionReads(sql: Connection, holes: HoleReads, now: () => number) {
  // `in ('pending', 'running')` is the index's own condition.
  const waiting = `status in ('pending', 'running') and status = 'pending' and backfill_id is null
    and coalesce(ready_at, created_at, not_before_at) <= @before and not_before_at is null`;
  const late = sql
    .prepare<[{ before: number }], string>(
      `select distinct schedule_id from runs where ${waiting} and schedule_id is not null`,
    )
    .pluck();
  const busy = sql
    .prepare<[{ before: number }], string>(
      `select schedule_id from runs where status in ('pending', 'running') and status = 'running' and started_at <= @before
         and schedule_id is not null
       union select schedule_id from runs where ${waiting} and schedule_id is not null`,
    )
    .pluck();
  const followsNothing = sql
    .prepare<[], string>(
      `select distinct schedule_id from event_triggers where kind = 'after'
         and not exists (select 1 from schedules where id = source_id and status <> 'deleted')`,
    )
    .pluck();
  const running = sql
    .prepare<[], string>(
      `select distinct schedule_id from runs where status in ('pending', 'running') and status = 'running'
         and schedule_id is not null`,
    )
    .pluck();
  let missed: { ids: readonly string[]; set: ReadonlySet<string>; number: number } = {
    ids: [],
    set: new Set(),
    number: 0,
  };

  return {
    now(): Conditions {
      const ids = holes.scheduleIds();
      const same = ids.length === missed.ids.length && ids.every((id, at) => id === missed.ids[at]);
      if (!same) missed = { ids, set: new Set(ids), number: missed.number + 1 };
      const others = [
        late.all({ before: now() - LATE_AFTER_MS }),
        busy.all({ before: now() - BUSY_AFTER_MS }),
        followsNothing.all(),
      ] as const;
      const nextMinute = Math.floor(now() / 60_000) + 1;
      return {
        missed: missed.set,
        late: new Set(others[0]),
        busy: new Set(others[1]),
        followsNothing: new Set(others[2]),
        nextMinute,
        stamp: `${missed.number} ${nextMinute} ${JSON.stringify(others)}`,
      };
    },
    missed: (): ReadonlySet<string> => new Set(holes.scheduleIds()),
    /** Schedules with a run that goes on, deleted ones too. */
    running: (): ReadonlySet<string> => new Set(running.all()),
  };
}
export type ConditionReads = ReturnType<typeof createConditionReads>;

/**
 * Ids of schedules that come in order of their names, by need: within a group by name, what is next by the minute that
 * it is due in. The minute, and this minute together with the one after it, so that two that fire by the second do not
 * change places all the time, nor where a minute ends.
 */
export function byNeed(
  schedules: readonly IndexedSchedule[],
  conditions: Conditions,
  collapsed: readonly ScheduleGroup[] = [],
): { ids: string[]; groups: { group: ScheduleGroup; count: number }[] } {
  const members = new Map<ScheduleGroup, IndexedSchedule[]>(scheduleGroups.map((group) => [group, []]));
  for (const schedule of schedules) members.get(groupOf(schedule, conditions))?.push(schedule);
  const ids: string[] = [];
  for (const [group, own] of members) {
    if (collapsed.includes(group)) continue;
    for (const { id } of group === "next" ? byMinute(own, conditions.nextMinute) : own) ids.push(id);
  }
  return {
    ids,
    groups: [...members].flatMap(([group, { length: count }]) => (count === 0 ? [] : [{ group, count }])),
  };
}

/** In order of the minutes they are due in; those of one minute as they came, those without a time last. */
function byMinute(schedules: readonly IndexedSchedule[], earliest: number): IndexedSchedule[] {
  const minutes = new Map<number, IndexedSchedule[]>();
  for (const schedule of schedules) {
    const at = schedule.nextRunAt;
    const minute = at === null ? Number.POSITIVE_INFINITY : Math.max(earliest, Math.trunc(at / 60_000));
    const own = minutes.get(minute);
    if (own === undefined) minutes.set(minute, [schedule]);
    else own.push(schedule);
  }
  return [...minutes].sort(([a], [b]) => a - b).flatMap(([, own]) => own);
}
