import type { ScheduleSpecRow } from "../../../shared/api/schedules.ts";
import { rank } from "../../../shared/domain/rank.ts";
import { calendarNames } from "../../../shared/schedule/index.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import type { Connection } from "../sqlite.ts";
import { selectList } from "../tables/columns.ts";
import { createPoolStore } from "../tables/runs/pools.ts";
import { createRunQueueStore } from "../tables/runs/runQueue.ts";
import { type ScheduleRecord, scheduleColumns } from "../tables/schedules.ts";
import { createSettingStore } from "../tables/settings.ts";
import { attentionSql, createScheduleGroups } from "./groups.ts";
import { createHoleReads } from "./holes.ts";
import { naturalKey } from "./naturalOrder.ts";
import { createOutcomeReads } from "./outcomes.ts";
import type { ListSchedules, PlannedSchedule, ReadModel, ScheduleReading } from "./readModel.ts";
import { isoOrNull, scheduleView } from "./views.ts";
import { createWaitingReads } from "./waiting.ts";

type ScheduleReads = Pick<
  ReadModel,
  | "listSchedules"
  | "readSchedule"
  | "counts"
  | "planned"
  | "plannedOne"
  | "scheduleIds"
  | "matchingIds"
  | "specs"
  | "scheduleNames"
  | "schedulesUsing"
  | "schedulesOfWorkflows"
>;

const ratio =
  "case when successful_runs + failed_runs = 0 then null else successful_runs * 1.0 / (successful_runs + failed_runs) end";
const sortSql: Record<Exclude<NonNullable<ListSchedules["sort"]>, "need" | "match">, string> = {
  name: "natural_key(name)",
  workflow: "natural_key(workflow_name)",
  next: "next_run_at",
  last: "last_run_at",
  ratio,
  status: "status",
  created: "created_at",
};

// One that its failures paused waits for a person: it is failing more than any other.
const failing = "(status = 'active' or (status = 'paused' and paused_by = 'failures')) and consecutive_failures > 0";
const running =
  "exists (select 1 from runs where schedule_id = schedules.id and status in ('pending', 'running') and status = 'running')";
const conditionSql = {
  attention: attentionSql,
  missed: "id in (select value from json_each(@missed))",
  failing,
  running,
};

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, (char) => `\\${char}`);

/** The `where` of a list, and what is bound to it. */
function filterOf(
  input: ListSchedules,
  withHoles: () => string[],
  needs: () => Record<string, string>,
): { where: string; bound: Record<string, string> } {
  const parts: string[] = [input.status === undefined ? "status <> 'deleted'" : "status = @status"];
  const bound: Record<string, string> = {};
  if (input.status !== undefined) bound["status"] = input.status;
  if (input.workflowName !== undefined) {
    parts.push("workflow_name = @workflow");
    bound["workflow"] = input.workflowName;
  }
  if (input.tag !== undefined) {
    parts.push("exists (select 1 from json_each(tags) where value = @tag)");
    bound["tag"] = input.tag;
  }
  if (input.condition !== undefined) parts.push(conditionSql[input.condition]);
  if (input.condition === "missed") bound["missed"] = JSON.stringify(withHoles());
  if (input.condition === "attention") Object.assign(bound, needs());
  const words = (input.search ?? "").split(/\s+/).filter((word) => word !== "");
  words.slice(0, 20).forEach((word, i) => {
    const columns = ["name", "id", "workflow_name", "tags", "note"];
    parts.push(`(${columns.map((column) => `${column} like @word${i} escape '\\'`).join(" or ")})`);
    bound[`word${i}`] = `%${escapeLike(word)}%`;
  });
  return { where: parts.join(" and "), bound };
}

export function createScheduleReads(sql: Connection, now: () => number): ScheduleReads {
  const holes = createHoleReads(sql, now);
  const outcomes = createOutcomeReads(sql, holes, now);
  const groups = createScheduleGroups(sql, holes, now);
  sql.function("natural_key", { deterministic: true }, (text: unknown) => naturalKey(String(text)));
  sql.function("match_points", { deterministic: true }, (query: unknown, name: unknown, id: unknown) =>
    rank(String(query), String(name), [String(id)]),
  );
  const all = `select ${selectList(scheduleColumns)} from schedules`;
  const get = sql.prepare<[string], ScheduleRecord>(`${all} where id = ?`);
  const runningIds = sql
    .prepare<[string], string>(
      // `+id`: in order of ids there is another index, which would go through every run there was.
      "select id from runs where schedule_id = ? and status in ('pending', 'running') and status = 'running' order by +id limit 100",
    )
    .pluck();
  const buffered = sql
    .prepare<[string], number>(
      "select count(*) from runs where schedule_id = ? and status = 'buffered' and backfill_id is null",
    )
    .pluck();
  const activity = sql.prepare<[string], { runningSince: number | null; queuedSince: number | null }>(
    `select min(iif(status = 'running', started_at, null)) as runningSince,
       min(iif(status = 'pending' and backfill_id is null, max(created_at, coalesce(not_before_at, 0)), null)) as queuedSince
     from runs where schedule_id = ? and status in ('pending', 'running')`,
  );
  const idle = { runningSince: null, queuedSince: null };
  const activityOf = (record: ScheduleRecord): Pick<ScheduleReading, "runningSince" | "queuedSince"> => {
    const found = record.totalRuns === 0 ? undefined : activity.get(record.id);
    if (found === undefined) return idle;
    return { runningSince: isoOrNull(found.runningSince), queuedSince: isoOrNull(found.queuedSince) };
  };
  // Everything that one pass over the table can tell.
  const byStatus = sql.prepare<
    [],
    { status: string; count: number; failing: number; missed: number; revisions: number; updatedAt: number }
  >(
    `select status, count(*) as count, sum(${failing}) as failing, sum(missed_runs > 0) as missed,
       sum(revision) as revisions, max(updated_at) as updatedAt from schedules group by status`,
  );
  const attentionCount = sql
    .prepare<[Record<string, string>], number>(`select count(*) from schedules where ${attentionSql}`)
    .pluck();
  const runningCount = sql
    .prepare<[], number>(
      "select count(distinct schedule_id) from runs where status in ('pending', 'running') and status = 'running'",
    )
    .pluck();
  const tags = sql
    .prepare<[], string>(
      "select distinct t.value from schedules s, json_each(s.tags) t where s.status <> 'deleted' and s.tags <> '[]' order by 1 limit 1000",
    )
    .pluck();
  const workflows = sql
    .prepare<[], string>("select distinct workflow_name from schedules where status <> 'deleted' order by 1")
    .pluck();
  /** Tags and workflows change with edits alone. */
  let choices: { key: string; tags: string[]; workflows: string[] } | undefined;
  const plannedColumns = `id as scheduleId, name, spec as specText, anchor_at as anchorAt, next_run_at as nextRunAt,
    last_completed_at as lastCompletedAt, max_runs - scheduled_runs as remainingRuns, revision,
    paused_until_at as pausedUntilAt,
    status in ('ended', 'deleted') as ended`;
  type PlannedRow = Omit<PlannedSchedule, "ended"> & { ended: number };
  const planned = sql.prepare<[string, number], PlannedRow>(
    `select ${plannedColumns} from schedules where id > ? and status = 'active' and next_run_at is not null order by id limit ?`,
  );
  const plannedOne = sql.prepare<[string], PlannedRow>(`select ${plannedColumns} from schedules where id = ?`);
  const idsIn = sql
    .prepare<[{ status: string; among: string | null }], string>(
      "select id from schedules where status = @status and (@among is null or id in (select value from json_each(@among)))",
    )
    .pluck();
  const specs = sql.prepare<[string], { id: string; name: string; spec: string; anchorAt: number }>(
    "select id, name, spec, anchor_at as anchorAt from schedules where status = 'active' and id <> ?",
  );
  const names = sql.prepare<[], { id: string; name: string }>("select id, name from schedules");
  const using = sql.prepare<[string], { scheduleId: string; name: string; spec: string }>(
    `select id as scheduleId, name, spec from schedules
     where status <> 'deleted' and instr(spec, '"calendar"') > 0 and instr(spec, ?) > 0 order by name collate nocase`,
  );
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
    if (record.totalRuns === 0) return { runningRunIds: [], bufferedCount: 0, waitingFor: null };
    const bufferedCount = buffered.get(record.id) ?? 0;
    const waitingFor = waiting.ofSchedule(record.id, bufferedCount);
    return { runningRunIds: runningIds.all(record.id), bufferedCount, waitingFor };
  };
  const reading = (record: ScheduleRecord, window: NonNullable<ListSchedules["ratioWindow"]>): ScheduleReading => ({
    schedule: scheduleView(record, runsOf(record)),
    ...outcomes.of(record, window),
    ...activityOf(record),
    anchorAt: record.anchorAt,
  });

  return {
    listSchedules(input) {
      const { limit = 100, offset = 0 } = input;
      const { where, bound } = filterOf(input, holes.scheduleIds, groups.binding);
      const readingsOf = (ids: readonly string[]): ScheduleReading[] =>
        ids.flatMap((id) => {
          const record = get.get(id);
          return record === undefined ? [] : [reading(record, input.ratioWindow ?? "30")];
        });
      if (input.sort === "need") {
        const sorted = groups.sorted(where, bound, input.collapsed);
        return {
          rows: readingsOf(sorted.ids.slice(offset, offset + limit)),
          total: sorted.ids.length,
          groups: sorted.groups,
        };
      }
      const direction = input.descending === true ? "desc" : "asc";
      const order =
        input.sort === "match"
          ? "match_points(@query, name, id) desc, natural_key(name), id"
          : `${sortSql[input.sort ?? "name"]} ${direction} nulls last, id ${direction}`;
      const query: Record<string, string> = input.sort === "match" ? { query: input.search ?? "" } : {};
      // Ids alone are sorted: a row is some kilobyte, and ten thousand of them are not.
      const ids = sql
        .prepare<[Record<string, string | number>], string>(
          `select id from schedules where ${where} order by ${order} limit @limit offset @offset`,
        )
        .pluck()
        .all({ ...bound, ...query, limit, offset });
      // A search looks at every schedule there is: a page that the list ends on has counted it on its way.
      const endsHere = ids.length < limit && (ids.length > 0 || offset === 0);
      const total = endsHere
        ? offset + ids.length
        : (sql
            .prepare<[Record<string, string>], number>(`select count(*) from schedules where ${where}`)
            .pluck()
            .get(bound) ?? 0);
      return { rows: readingsOf(ids), total };
    },
    readSchedule(scheduleId) {
      const record = get.get(scheduleId);
      return record === undefined ? undefined : reading(record, "30");
    },
    counts() {
      const rows = byStatus.all();
      const countOf = (status: string): number => rows.find((row) => row.status === status)?.count ?? 0;
      const key = JSON.stringify(
        rows.map(({ status, count, revisions, updatedAt }) => [status, count, revisions, updatedAt]),
      );
      if (choices?.key !== key) choices = { key, tags: tags.all(), workflows: workflows.all() };
      return {
        active: countOf("active"),
        paused: countOf("paused"),
        ended: countOf("ended"),
        attention: attentionCount.get(groups.binding()) ?? 0,
        running: runningCount.get() ?? 0,
        failing: rows.reduce((sum, row) => sum + row.failing, 0),
        missed: rows.some(({ status, missed }) => status !== "deleted" && missed > 0) ? holes.scheduleIds().length : 0,
        tags: choices.tags,
        workflows: choices.workflows,
      };
    },
    planned: (after, limit) => planned.all(after, limit).map(plannedView),
    plannedOne(scheduleId) {
      const row = plannedOne.get(scheduleId);
      return row === undefined ? undefined : plannedView(row);
    },
    scheduleIds: (status, among) => idsIn.all({ status, among: among === undefined ? null : JSON.stringify(among) }),
    matchingIds(filter) {
      const { where, bound } = filterOf(filter, holes.scheduleIds, groups.binding);
      return sql
        .prepare<[Record<string, string>], string>(`select id from schedules where ${where}`)
        .pluck()
        .all(bound);
    },
    specs: (exclude) =>
      specs.all(exclude ?? "").map(
        ({ id, name, spec, anchorAt }): ScheduleSpecRow => ({
          scheduleId: id,
          name,
          spec: JSON.parse(spec) as ScheduleSpec,
          anchorAt,
        }),
      ),
    scheduleNames: () => new Map(names.all().map(({ id, name }) => [id, name])),
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
