import { type ScheduleGroup, scheduleGroups } from "../../../shared/domain/health.ts";
import type { Connection } from "../sqlite.ts";
import type { HoleReads } from "./holes.ts";

/** A run that is over sooner moves nothing on the page. */
const BUSY_AFTER_MS = 5000;
/** A run that waits longer needs somebody's attention. */
const LATE_AFTER_MS = 60_000;

// One that its failures paused waits for a person: it is failing more than any other.
const failed = "((status = 'active' or (status = 'paused' and paused_by = 'failures')) and consecutive_failures > 0)";
const cannotFire = "(status = 'paused' and paused_by = 'engine')";
export const attentionSql = `(status <> 'deleted' and (${failed} or ${cannotFire}
  or id in (select value from json_each(@missed)) or id in (select value from json_each(@late))))`;

const rankOf = (group: ScheduleGroup): number => scheduleGroups.indexOf(group);
const rank = `case when ${attentionSql} then ${rankOf("attention")}
  when status <> 'deleted' and id in (select value from json_each(@busy)) then ${rankOf("running")}
  when status = 'active' then ${rankOf("next")} when status = 'paused' then ${rankOf("paused")} else ${rankOf("ended")} end`;

/** What the SQL of this file is bound to: ids of schedules, each a JSON list. */
export interface GroupBinding extends Record<string, string> {
  missed: string;
  late: string;
  busy: string;
}

/** Groups of schedules by what they need from a person: see `scheduleGroups`. */
export function createScheduleGroups(sql: Connection, holes: HoleReads, now: () => number) {
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

  const binding = (): GroupBinding => ({
    missed: JSON.stringify(holes.scheduleIds()),
    late: JSON.stringify(late.all({ before: now() - LATE_AFTER_MS })),
    busy: JSON.stringify(busy.all({ before: now() - BUSY_AFTER_MS })),
  });

  return {
    binding,
    /**
     * All that fit a condition, by need: within a group by name, what is next by the minute that it is due in. The
     * minute, so that two that fire by the second do not change places all the time.
     */
    sorted(
      where: string,
      bound: Record<string, string>,
      collapsed: readonly ScheduleGroup[] = [],
    ): { ids: string[]; groups: { group: ScheduleGroup; count: number }[] } {
      const rows = sql
        .prepare<[Record<string, string>], [string, number]>(
          `select id, ${rank} as need from schedules where ${where}
           order by need, iif(need = ${rankOf("next")}, coalesce(next_run_at / 60000, 1e15), 0), natural_key(name), id`,
        )
        .raw()
        .all({ ...binding(), ...bound });
      const counts = new Map<number, number>();
      for (const [, need] of rows) counts.set(need, (counts.get(need) ?? 0) + 1);
      const hidden = new Set(collapsed.map(rankOf));
      return {
        ids: rows.filter(([, need]) => !hidden.has(need)).map(([id]) => id),
        groups: scheduleGroups.flatMap((group, need) => {
          const count = counts.get(need);
          return count === undefined ? [] : [{ group, count }];
        }),
      };
    },
  };
}
