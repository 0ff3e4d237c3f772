import type { FollowedSchedule, ScheduleSpecRow } from "../../../shared/api/schedules.ts";
import { calendarNames, type NamedSchedule } from "../../../shared/schedule/index.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import type { Connection } from "../sqlite.ts";
import { selectList } from "../tables/columns.ts";
import { createOmissionStore } from "../tables/omissions.ts";
import { createPoolStore } from "../tables/runs/pools.ts";
import { createRunQueueStore } from "../tables/runs/runQueue.ts";
import { type ScheduleRecord, scheduleColumns } from "../tables/schedules.ts";
import { createSettingStore } from "../tables/settings.ts";
import { createConditionReads } from "./groups.ts";
import { createHoleReads } from "./holes.ts";
import { createOutcomeReads } from "./outcomes.ts";
import type {
  ListedReading,
  ListReading,
  ListSchedules,
  PlannedSchedule,
  ReadModel,
  ScheduleReading,
} from "./readModel.ts";
import { scheduleIndexOf } from "./scheduleIndex.ts";
import { createScheduleLists } from "./scheduleLists.ts";
import { isoOrNull, scheduleView } from "./views.ts";
import { createWaitingReads } from "./waiting.ts";

type ScheduleReads = Pick<
  ReadModel,
  | "listSchedules"
  | "listRows"
  | "readSchedule"
  | "counts"
  | "prepareLists"
  | "planned"
  | "plannedOne"
  | "skippedByHand"
  | "skippedByHandOf"
  | "scheduleIds"
  | "matchingIds"
  | "specs"
  | "scheduleNames"
  | "namedSchedules"
  | "followersOf"
  | "schedulesUsing"
  | "schedulesOfWorkflows"
>;

export function createScheduleReads(sql: Connection, now: () => number): ScheduleReads {
  const holes = createHoleReads(sql, now);
  const outcomes = createOutcomeReads(sql, holes, now);
  const index = scheduleIndexOf(sql);
  const lists = createScheduleLists(index, createConditionReads(sql, holes, now));
  const all = `select ${selectList(scheduleColumns)} from schedules`;
  const get = sql.prepare<[string], ScheduleRecord>(`${all} where id = ?`);
  const runningIds = sql
    .prepare<[string], string>(
      // `+id`: in order of ids there is another index, which would go through every run there was.
      "select id from runs where schedule_id = ? and status in ('pending', 'running') and status = 'running' order by +id limit 100",
    )
    .pluck();
  interface Activity {
    running: number;
    runningSince: number | null;
    queuedSince: number | null;
    buffered: number;
  }
  // One statement for all that goes on: of a list's rows most are idle, and are asked nothing more.
  const activity = sql.prepare<[{ id: string }], Activity>(
    `select count(iif(status = 'running', 1, null)) as running,
       min(iif(status = 'running', started_at, null)) as runningSince,
       min(iif(status = 'pending' and backfill_id is null, max(created_at, coalesce(not_before_at, 0)), null)) as queuedSince,
       (select count(*) from runs where schedule_id = @id and status = 'buffered' and backfill_id is null) as buffered
     from runs where schedule_id = @id and status in ('pending', 'running')`,
  );
  const idle: Activity = { running: 0, runningSince: null, queuedSince: null, buffered: 0 };
  const plannedColumns = `id as scheduleId, name, spec as specText, anchor_at as anchorAt, next_run_at as nextRunAt,
    last_completed_at as lastCompletedAt, max_runs - scheduled_runs as remainingRuns, revision,
    paused_until_at as pausedUntilAt,
    status in ('ended', 'deleted') as ended`;
  type PlannedRow = Omit<PlannedSchedule, "ended"> & { ended: number };
  const planned = sql.prepare<[string, number], PlannedRow>(
    `select ${plannedColumns} from schedules where id > ? and status = 'active' and next_run_at is not null order by id limit ?`,
  );
  const plannedOne = sql.prepare<[string], PlannedRow>(`select ${plannedColumns} from schedules where id = ?`);
  const skips = sql.prepare<[], { scheduleId: string; at: number }>(
    `select schedule_id as scheduleId, first_at as at from omissions where reason = 'by_hand'
     order by schedule_id, first_at`,
  );
  const skipsOf = sql
    .prepare<[string], number>(
      "select first_at from omissions where schedule_id = ? and reason = 'by_hand' order by first_at",
    )
    .pluck();
  const idsIn = sql
    .prepare<[{ status: string; among: string | null }], string>(
      "select id from schedules where status = @status and (@among is null or id in (select value from json_each(@among)))",
    )
    .pluck();
  const specs = sql.prepare<[string], { id: string; name: string; spec: string; anchorAt: number }>(
    "select id, name, spec, anchor_at as anchorAt from schedules where status = 'active' and id <> ?",
  );
  const using = sql.prepare<[string], { scheduleId: string; name: string; spec: string }>(
    `select id as scheduleId, name, spec from schedules
     where status <> 'deleted' and instr(spec, '"calendar"') > 0 and instr(spec, ?) > 0 order by name collate nocase`,
  );
  const named = sql.prepare<[], NamedSchedule>(
    "select id as scheduleId, name from schedules where status <> 'deleted' order by name collate nocase",
  );
  const followers = sql.prepare<{ ids: string }, NamedSchedule>(
    `select id as scheduleId, name from schedules where status in ('active', 'paused')
       and id in (select schedule_id from event_triggers where kind = 'after' and source_id in (select value from json_each(@ids)))
       and id not in (select value from json_each(@ids)) order by name collate nocase`,
  );
  const followed = sql.prepare<[string], { scheduleId: string; name: string | null; gone: number }>(
    `select distinct source_id as scheduleId, name, status is null or status = 'deleted' as gone
     from event_triggers left join schedules on id = source_id
     where schedule_id = ? and kind = 'after' order by source_id`,
  );
  /** Quotes within a text are escaped, so this is the field: what has none is not asked about. */
  const followedBy = ({ id, spec }: ScheduleRecord): FollowedSchedule[] =>
    spec.includes('"after":')
      ? followed
          .all(id)
          .map(({ scheduleId, name, gone }) => ({ scheduleId, name: name ?? scheduleId, gone: gone !== 0 }))
      : [];
  const ofWorkflows = sql.prepare<[], { scheduleId: string; name: string; workflowName: string }>(
    "select id as scheduleId, name, workflow_name as workflowName from schedules where status <> 'deleted' order by name collate nocase",
  );

  const plannedView = (row: PlannedRow): PlannedSchedule => ({ ...row, ended: row.ended !== 0 });
  const waiting = createWaitingReads({
    queue: createRunQueueStore(sql),
    settings: createSettingStore(sql),
    pools: createPoolStore(sql),
  });
  const runsOf = (record: ScheduleRecord) => {
    const going = record.totalRuns === 0 ? idle : (activity.get({ id: record.id }) ?? idle);
    const waits = going.queuedSince !== null || going.buffered > 0;
    return {
      runs: {
        runningRunIds: going.running === 0 ? [] : runningIds.all(record.id),
        bufferedCount: going.buffered,
        waitingFor: waits ? waiting.ofSchedule(record.id, going.buffered) : null,
      },
      since: { runningSince: isoOrNull(going.runningSince), queuedSince: isoOrNull(going.queuedSince) },
    };
  };
  const omissions = createOmissionStore(sql);
  const skippedAhead = ({ id, skippedRuns }: ScheduleRecord): number =>
    skippedRuns === 0 ? 0 : omissions.skippedAhead(id, now());
  const reading = (record: ScheduleRecord, window: NonNullable<ListSchedules["ratioWindow"]>): ScheduleReading => {
    const { runs, since } = runsOf(record);
    return {
      schedule: scheduleView(record, runs, skippedAhead(record)),
      ...outcomes.of(record, window),
      ...since,
      anchorAt: record.anchorAt,
      follows: followedBy(record),
    };
  };

  function listed<Row>(input: ListSchedules, rowOf: (record: ScheduleRecord) => Row): ListReading<Row> {
    const { limit = 100, offset = 0 } = input;
    const { ids, ...rest } = lists.order(input);
    const rows = ids.slice(offset, offset + limit).flatMap((id) => {
      const record = get.get(id);
      return record === undefined ? [] : [rowOf(record)];
    });
    return { rows, total: ids.length, ...rest };
  }

  return {
    listSchedules(input) {
      return listed(input, (record) => reading(record, input.ratioWindow ?? "30"));
    },
    listRows(input) {
      return listed(input, (record): ListedReading => {
        const { runs, since } = runsOf(record);
        return {
          scheduleId: record.id,
          name: record.name,
          workflowName: record.workflowName,
          status: record.status,
          tags: JSON.parse(record.tags) as string[],
          // Only what is paused tells why.
          note: record.status === "paused" ? (record.pauseNote ?? record.note) : null,
          spec: record.spec,
          nextRunTime: isoOrNull(record.nextRunAt),
          lastRunAt: isoOrNull(record.lastRunAt),
          pausedUntil: isoOrNull(record.pausedUntilAt),
          pausedBy: record.pausedBy,
          consecutiveFailures: record.consecutiveFailures,
          ...runs,
          ...since,
          ...outcomes.listed(record, input.ratioWindow ?? "30"),
          follows: followedBy(record),
        };
      });
    },
    readSchedule(scheduleId) {
      const record = get.get(scheduleId);
      return record === undefined ? undefined : reading(record, "30");
    },
    counts: lists.counts,
    prepareLists: index.prepare,
    planned: (after, limit) => planned.all(after, limit).map(plannedView),
    plannedOne(scheduleId) {
      const row = plannedOne.get(scheduleId);
      return row === undefined ? undefined : plannedView(row);
    },
    skippedByHand() {
      const found = new Map<string, number[]>();
      for (const { scheduleId, at } of skips.all()) {
        const own = found.get(scheduleId);
        if (own === undefined) found.set(scheduleId, [at]);
        else own.push(at);
      }
      return found;
    },
    skippedByHandOf: (scheduleId) => skipsOf.all(scheduleId),
    scheduleIds: (status, among) => idsIn.all({ status, among: among === undefined ? null : JSON.stringify(among) }),
    matchingIds: lists.idsOf,
    specs: (exclude) =>
      specs.all(exclude ?? "").map(
        ({ id, name, spec, anchorAt }): ScheduleSpecRow => ({
          scheduleId: id,
          name,
          spec: JSON.parse(spec) as ScheduleSpec,
          anchorAt,
        }),
      ),
    scheduleNames: () => new Map(index.all().map(({ id, name }) => [id, name])),
    namedSchedules: () => named.all(),
    followersOf: (scheduleIds) => followers.all({ ids: JSON.stringify(scheduleIds) }),
    schedulesUsing: (calendar) =>
      using
        .all(JSON.stringify(calendar))
        .filter(({ spec }) => namesCalendar(JSON.parse(spec) as ScheduleSpec, calendar))
        .map(({ scheduleId, name }) => ({ scheduleId, name })),
    schedulesOfWorkflows() {
      const found = new Map<string, { scheduleId: string; name: string }[]>();
      for (const { workflowName, ...schedule } of ofWorkflows.all()) {
        const list = found.get(workflowName);
        if (list === undefined) found.set(workflowName, [schedule]);
        else list.push(schedule);
      }
      return found;
    },
  };
}

export function namesCalendar(spec: ScheduleSpec, calendar: string): boolean {
  return calendarNames(spec).includes(calendar);
}
