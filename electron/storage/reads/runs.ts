import type { CalendarRun } from "../../../shared/api/calendars.ts";
import type { RunRow } from "../../../shared/api/runs.ts";
import type { TrendPoint } from "../../../shared/api/schedules.ts";
import { invalidField } from "../../../shared/domain/errors.ts";
import type { LogChunk } from "../../../shared/domain/run.ts";
import type { Connection } from "../sqlite.ts";
import { selectList } from "../tables/columns.ts";
import { createAttemptStore } from "../tables/runs/attempts.ts";
import { createLateResultStore } from "../tables/runs/lateResults.ts";
import { createPoolStore } from "../tables/runs/pools.ts";
import { createRetakeStore } from "../tables/runs/retakes.ts";
import { createRunQueueStore } from "../tables/runs/runQueue.ts";
import { type RunRecord, runColumns } from "../tables/runs/runs.ts";
import { createStepStore } from "../tables/runs/steps.ts";
import { createSettingStore } from "../tables/settings.ts";
import { type MarkRow, markOf } from "./outcomes.ts";
import type { HeatRun, ListRuns, ReadModel } from "./readModel.ts";
import { createRunCounts } from "./runCounts.ts";
import { scheduleIndexOf } from "./scheduleIndex.ts";
import { iso, isoOrNull, lateResultView, runView } from "./views.ts";
import { createWaitingReads } from "./waiting.ts";

type RunReads = Pick<
  ReadModel,
  | "trend"
  | "heatRuns"
  | "runsBetween"
  | "runTotals"
  | "runExceptions"
  | "listRuns"
  | "runRow"
  | "attempts"
  | "lateResults"
  | "steps"
  | "logs"
  | "lastOutcomesOfWorkflow"
>;

type CalendarRow = Omit<CalendarRun, "at" | "startedAt" | "completedAt"> & {
  at: number;
  startedAt: number | null;
  completedAt: number | null;
};

type NamedRecord = RunRecord & { scheduleName: string | null };

/** Text that is no cursor of ours finds nothing, so it is refused. */
const cursorPattern = /^[A-Za-z0-9._-]{1,200}$/;
/** A page looks at no more runs than these, so that a rare filter over a million of them takes several pages instead of seconds. */
const scannedPerPage = 20_000;

interface RunFilter {
  /** Conditions that an index answers, which bound what is looked at; and the others. */
  indexed: string[];
  others: string[];
  order: string;
  direction: "asc" | "desc";
  cursorOf: (record: RunRecord) => string;
  bound: Record<string, string | number>;
}

/** Not called off with its backfill before it began: such a run is listed with that backfill alone, where cancelled ones are asked for. */
const isOfHistory = "(schedule_id is not null or backfill_id is null)";

/** Newest first: by id, or by nominal time within a backfill, whose ids do not tell when they ran. */
function filterOf(input: ListRuns): RunFilter {
  const ofBackfill = input.backfillId !== undefined;
  const filter: RunFilter = {
    indexed: ["true"],
    others: ["true"],
    order: ofBackfill ? "scheduled_at" : "id",
    direction: input.order === "oldest" ? "asc" : "desc",
    cursorOf: (record) => (ofBackfill ? String(record.scheduledAt) : record.id),
    bound: {},
  };
  const { indexed, others, bound } = filter;
  const add = (list: string[], sql: string, name: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    list.push(`${sql} @${name}`);
    bound[name] = value;
  };
  add(indexed, "backfill_id =", "backfillId", input.backfillId);
  add(ofBackfill ? others : indexed, "schedule_id =", "scheduleId", input.scheduleId);
  // Few at any time, and an index of their own.
  const isOpen = input.active === true || input.status === "pending" || input.status === "running";
  if (isOpen) indexed.push("status in ('pending', 'running')");
  add(isOpen ? indexed : others, "status =", "status", input.status);
  if (!ofBackfill || input.status !== "cancelled") others.push(isOfHistory);
  add(others, "workflow_name =", "workflow", input.workflowName);
  add(others, "trigger =", "trigger", input.trigger);
  add(others, "created_at >=", "from", instant(input.from));
  add(others, "created_at <", "to", instant(input.to));
  const nominal = "coalesce(scheduled_at, created_at)";
  add(others, `${nominal} >=`, "scheduledFrom", instant(input.scheduledFrom));
  add(others, `${nominal} <`, "scheduledTo", instant(input.scheduledTo));
  if (input.cursor !== undefined) {
    const cursor = ofBackfill ? Number(input.cursor) : input.cursor;
    if (!cursorPattern.test(input.cursor) || Number.isNaN(cursor)) {
      throw invalidField("cursor", input.cursor, "the nextCursor of a page");
    }
    add(indexed, `${filter.order} ${filter.direction === "asc" ? ">" : "<"}`, "cursor", cursor);
  }
  return filter;
}

const instant = (iso: string | undefined): number | undefined => (iso === undefined ? undefined : Date.parse(iso));

export function createRunReads(sql: Connection): RunReads {
  // Runs that were called off with their backfill say by it whose they would have been.
  const columns = `${selectList(runColumns, "r")}, s.name as scheduleName, coalesce(r.schedule_id, b.schedule_id) as scheduleId`;
  const named = `left join backfills b on r.schedule_id is null and b.id = r.backfill_id
    left join schedules s on s.id = coalesce(r.schedule_id, b.schedule_id)`;
  const joined = `select ${columns} from runs r ${named}`;
  const get = sql.prepare<[string], NamedRecord>(`${joined} where r.id = ?`);
  const waiting = createWaitingReads({
    queue: createRunQueueStore(sql),
    settings: createSettingStore(sql),
    pools: createPoolStore(sql),
  });
  const retakes = createRetakeStore(sql);
  const runRowOf = ({ scheduleName, ...record }: NamedRecord): RunRow => ({
    ...runView(record, waiting.ofRun(record)),
    scheduleName,
    scheduleChanged: retakes.of(record.scheduleId, record) !== null,
  });
  const attempts = createAttemptStore(sql);
  const lateResults = createLateResultStore(sql);
  const steps = createStepStore(sql);
  const logs = sql.prepare<[string, number, number], LogChunk>(
    "select sequence, at, stream, text from run_logs where run_id = ? and sequence > ? order by sequence limit ?",
  );
  const trend = sql.prepare<
    [string, number],
    { runId: string; scheduledAt: number | null; startedAt: number; completedAt: number; status: TrendPoint["status"] }
  >(
    `select id as runId, scheduled_at as scheduledAt, started_at as startedAt, completed_at as completedAt, status from runs
     where schedule_id = ? and status in ('completed', 'failed') and started_at is not null order by id desc limit ?`,
  );
  const quarterMs = 900_000;
  const heat = sql.prepare<
    [{ id: string; from: number; to: number }],
    Omit<HeatRun, "backfilled"> & { backfilled: number }
  >(
    `select at / ${quarterMs} * ${quarterMs} as at, status, backfilled, count(*) as count from (
       select scheduled_at as at, status, backfill_id is not null as backfilled from runs
         where schedule_id = @id and scheduled_at >= @from and scheduled_at < @to
       union all
       select created_at as at, status, 0 as backfilled from runs
         where schedule_id = @id and scheduled_at is null and created_at >= @from and created_at < @to)
     group by 1, 2, 3`,
  );
  const theseSchedules = "schedule_id in (select value from json_each(@ids))";
  const calendarRuns = (schedules: string): string => {
    const runs = `select r.id as runId, r.schedule_id as scheduleId, coalesce(s.name, r.workflow_name) as name,
        coalesce(r.scheduled_at, r.created_at) as at, r.started_at as startedAt, r.completed_at as completedAt, r.status, r.trigger
      from runs r left join schedules s on s.id = r.schedule_id where r.${schedules}`;
    return `${runs} and r.scheduled_at >= @from and r.scheduled_at < @to
      union all ${runs} and r.scheduled_at is null and r.created_at >= @from and r.created_at < @to limit @limit`;
  };
  const betweenOf = sql.prepare<[{ ids: string; from: number; to: number; limit: number }], CalendarRow>(
    calendarRuns(theseSchedules),
  );
  const betweenOfNone = sql.prepare<[{ from: number; to: number; limit: number }], CalendarRow>(
    calendarRuns("schedule_id is null and r.backfill_id is null"),
  );
  const ofWorkflow = sql.prepare<[string, number], MarkRow>(
    `select id, status, coalesce(completed_at, created_at) as at, backfill_id is not null as backfilled,
       warning is not null as warned from (
       select id, status, completed_at, created_at, schedule_id, backfill_id, warning, workflow_name
         from runs order by seq desc limit 2000)
     where workflow_name = ? and ${isOfHistory} and status not in ('buffered', 'pending') limit ?`,
  );

  /** Where a page ended that looked at all it may and found too little; nothing where there is no more. */
  function lastScanned({ indexed, order, direction, bound }: RunFilter): RunRecord | undefined {
    const names = new Set(indexed.flatMap((part) => /@(\w+)/.exec(part)?.[1] ?? []));
    return sql
      .prepare<[RunFilter["bound"]], RunRecord>(
        `select ${selectList(runColumns)} from runs where ${indexed.join(" and ")}
         order by ${order} ${direction} limit 1 offset ${scannedPerPage - 1}`,
      )
      .get(Object.fromEntries(Object.entries(bound).filter(([name]) => names.has(name))));
  }

  return {
    listRuns(input) {
      const filter = filterOf(input);
      const { indexed, others, order, direction, cursorOf, bound } = filter;
      const limit = input.limit ?? 100;
      const scanned = `select * from runs where ${indexed.join(" and ")} order by ${order} ${direction} limit ${scannedPerPage}`;
      const found = sql
        .prepare<[Record<string, string | number>], NamedRecord>(
          `select ${columns} from (select * from (${scanned}) where ${others.join(" and ")} order by ${order} ${direction} limit @limit) r
           ${named} order by r.${order} ${direction}`,
        )
        .all({ ...bound, limit: limit + 1 });
      const rows = found.slice(0, limit);
      const last = found.length > limit ? rows.at(-1) : lastScanned(filter);
      return { rows: rows.map(runRowOf), nextCursor: last === undefined ? null : cursorOf(last) };
    },
    runRow(runId) {
      const record = get.get(runId);
      return record === undefined ? undefined : runRowOf(record);
    },
    attempts: (runId) => attempts.of(runId),
    lateResults: (runId) => lateResults.of(runId).map(lateResultView),
    steps: (runId) => steps.of(runId),
    logs: (runId, after, limit) => logs.all(runId, after ?? -1, limit),
    trend: (scheduleId, limit) =>
      trend
        .all(scheduleId, limit)
        .reverse()
        .map(({ runId, scheduledAt, startedAt, completedAt, status }) => ({
          runId,
          scheduledTime: isoOrNull(scheduledAt),
          startedAt: iso(startedAt),
          durationMs: Math.max(0, completedAt - startedAt),
          status,
        })),
    heatRuns: (id, from, to) => heat.all({ id, from, to }).map((row) => ({ ...row, backfilled: row.backfilled !== 0 })),
    runsBetween: (ids, from, to, limit) =>
      (ids === null
        ? betweenOfNone.all({ from, to, limit })
        : betweenOf.all({ ids: JSON.stringify(ids), from, to, limit })
      ).map(({ at, startedAt, completedAt, ...run }) => ({
        ...run,
        at: iso(at),
        startedAt: isoOrNull(startedAt),
        completedAt: isoOrNull(completedAt),
      })),
    ...createRunCounts(sql, scheduleIndexOf(sql)),
    lastOutcomesOfWorkflow: (workflowName, limit) => ofWorkflow.all(workflowName, limit).reverse().map(markOf),
  };
}
