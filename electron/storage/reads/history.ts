import type { Downtime } from "../../../shared/api/system.ts";
import type { ActivityEvent, Omission } from "../../../shared/domain/schedule.ts";
import type { Exclusion, ScheduleSpec } from "../../../shared/schedule/types.ts";
import type { Connection } from "../sqlite.ts";
import { selectList } from "../tables/columns.ts";
import type { OmissionRecord } from "../tables/omissions.ts";
import type { ReadModel } from "./readModel.ts";
import { namesCalendar } from "./schedules.ts";
import { iso, omissionView } from "./views.ts";

type HistoryReads = Pick<
  ReadModel,
  "activity" | "agentCalls" | "omissions" | "omissionsBetween" | "exclusionCalendars" | "downtimes"
>;

interface ActivityRow extends Omit<ActivityEvent, "at" | "details" | "undone"> {
  at: number;
  details: string;
  undone: 0 | 1;
}

const schedulesShown = 50;

export function createHistoryReads(sql: Connection, now: () => number): HistoryReads {
  const activityColumns = `id as activityId, schedule_id as scheduleId, at, kind, actor, run_id as runId, details, import_id as importId,
    import_id is not null and exists (select 1 from activity as u
      where u.import_id = activity.import_id and u.kind = 'import_undone' and u.id > activity.id) as undone`;
  const activityOf = sql.prepare<[string, number, number], ActivityRow>(
    `select ${activityColumns} from activity where schedule_id = ? and id < ? order by id desc limit ?`,
  );
  const activityOfKinds = sql.prepare<[{ id: string; before: number; kinds: string; limit: number }], ActivityRow>(
    `select ${activityColumns} from activity where schedule_id = @id and id < @before
       and (kind in (select value from json_each(@kinds))
         or (kind = 'skipped' and details ->> '$.reason' = 'by_hand'
             and exists (select 1 from json_each(@kinds) where value = 'skipped_by_hand'))) order by id desc limit @limit`,
  );
  const activityOfAll = sql.prepare<[number, number], ActivityRow>(
    `select ${activityColumns} from activity where id < ? order by id desc limit ?`,
  );
  const asked = sql.prepare<[number], ActivityRow>(
    `select ${activityColumns} from activity where kind = 'asked' order by id desc limit ?`,
  );
  const eventOf = ({ at, details, undone, ...row }: ActivityRow): ActivityEvent => ({
    ...row,
    undone: undone === 1,
    at: iso(at),
    details: JSON.parse(details) as Record<string, unknown>,
  });
  const omissionColumns = selectList(["id", "scheduleId", "kind", "reason", "firstAt", "lastAt", "count", "createdAt"]);
  // What was skipped ahead of its time may still be taken back.
  const omissions = sql.prepare<[string, number, number], OmissionRecord>(
    `select ${omissionColumns} from omissions where schedule_id = ? and first_at <= ? order by first_at desc limit ?`,
  );
  const omissionsOf = sql.prepare<[string, number, number, number], OmissionRecord>(
    `select ${omissionColumns} from omissions where schedule_id = ? and first_at < ? and last_at >= ? order by first_at limit ?`,
  );
  const omissionsOfAll = sql.prepare<[number, number, number], OmissionRecord>(
    `select ${omissionColumns} from omissions where first_at < ? and last_at >= ? order by id desc limit ?`,
  );
  const calendars = sql.prepare<[], { name: string; entries: string; updatedAt: number }>(
    "select name, entries, updated_at as updatedAt from exclusion_calendars order by name collate nocase",
  );
  const specsWithCalendars = sql
    .prepare<[], string>(`select spec from schedules where status <> 'deleted' and instr(spec, '{"calendar":') > 0`)
    .pluck();
  const downtimes = sql.prepare<
    [number],
    Omit<Downtime, "downtimeId" | "from" | "to" | "perSchedule"> & { id: number; fromAt: number; toAt: number }
  >(
    `select id, kind, from_at as fromAt, to_at as toAt, due, ran, skipped, missed from downtimes
     where dismissed_at is null and due > 0 order by to_at desc limit ?`,
  );
  const missedIn = sql.prepare<
    [number, number, number],
    { scheduleId: string; name: string; missed: number; fromAt: number; toAt: number }
  >(
    `select o.schedule_id as scheduleId, s.name, sum(o.count) as missed, min(o.first_at) as fromAt, max(o.last_at) as toAt
     from omissions o join schedules s on s.id = o.schedule_id
     where o.kind = 'missed' and o.first_at >= ? and o.first_at <= ? and s.status <> 'deleted'
     group by o.schedule_id order by missed desc limit ?`,
  );

  return {
    activity(scheduleId, limit, before, kinds) {
      const below = before ?? Number.MAX_SAFE_INTEGER;
      const rows =
        scheduleId === undefined
          ? activityOfAll.all(below, limit)
          : kinds === undefined
            ? activityOf.all(scheduleId, below, limit)
            : activityOfKinds.all({ id: scheduleId, before: below, kinds: JSON.stringify(kinds), limit });
      return rows.map(eventOf);
    },
    agentCalls: (limit) => asked.all(limit).map(eventOf),
    omissions: (scheduleId, limit) => omissions.all(scheduleId, now(), limit).map(omissionView),
    omissionsBetween: (fromAt, toAt, limit, scheduleId): Omission[] =>
      (scheduleId === undefined
        ? omissionsOfAll.all(toAt, fromAt, limit)
        : omissionsOf.all(scheduleId, toAt, fromAt, limit)
      ).map(omissionView),
    exclusionCalendars() {
      const stored = calendars.all();
      const specs = stored.length === 0 ? [] : specsWithCalendars.all().map((spec) => JSON.parse(spec) as ScheduleSpec);
      return stored.map(({ name, entries, updatedAt }) => ({
        name,
        entries: JSON.parse(entries) as Exclusion[],
        updatedAt: iso(updatedAt),
        usedBy: specs.filter((spec) => namesCalendar(spec, name)).length,
      }));
    },
    downtimes: (limit) =>
      downtimes.all(limit).map(({ id, fromAt, toAt, ...counts }) => ({
        downtimeId: id,
        ...counts,
        from: iso(fromAt),
        to: iso(toAt),
        perSchedule: missedIn.all(fromAt, toAt, schedulesShown).map((row) => ({
          scheduleId: row.scheduleId,
          name: row.name,
          missed: row.missed,
          from: iso(row.fromAt),
          // The end of a range for a backfill, which leaves it out.
          to: iso(row.toAt + 1),
        })),
      })),
  };
}
