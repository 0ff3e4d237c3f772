import { stripText } from "../../../shared/api/outcomeStrip.ts";
import type { ratioWindows } from "../../../shared/api/scheduleOrders.ts";
import type { OutcomeMark, SuccessRatio } from "../../../shared/api/schedules.ts";
import { healthOf } from "../../../shared/domain/health.ts";
import type { RunStatus } from "../../../shared/domain/run.ts";
import type { Connection } from "../sqlite.ts";
import type { ScheduleRecord } from "../tables/schedules.ts";
import type { HoleReads, OpenRange } from "./holes.ts";
import { iso } from "./views.ts";

const marksShown = 30;
/** How far back a ratio of the last runs looks past those that do not count. */
const lookedAt = 300;
const dayMs = 86_400_000;

const outcomeOf: Record<RunStatus, OutcomeMark["outcome"]> = {
  completed: "completed",
  failed: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
  interrupted: "interrupted",
  running: "running",
  pending: "waiting",
  buffered: "waiting",
};

/** A mark of a strip; its time as epoch ms. */
type Mark = Omit<OutcomeMark, "at"> & { at: number };

const markAt = ({ id, status, at, backfilled, warned }: MarkRow): Mark => ({
  runId: id,
  outcome: status === "completed" && warned !== 0 ? "warning" : outcomeOf[status],
  at,
  backfilled: backfilled !== 0,
  count: 1,
});

/** A run as one of the marks of a strip. */
export const markOf = (row: MarkRow): OutcomeMark => ({ ...markAt(row), at: iso(row.at) });

export interface MarkRow {
  id: string;
  status: RunStatus;
  at: number;
  backfilled: number;
  warned: number;
}

const windowDays: Partial<Record<(typeof ratioWindows)[number], number>> = { "7d": 7, "30d": 30 };

/** Sorts runs by hand, which have no nominal time, as the unique index of occurrences does. */
const byHandOrder = "(case when trigger in ('schedule', 'catchup') then '' else id end)";

const scheduledRuns = `select id, status, scheduled_at as at, backfill_id is not null as backfilled, warning is not null as warned
  from runs
  where schedule_id = ? and scheduled_at is not null order by scheduled_at desc limit ?`;
const runsByHand = `select id, status, created_at as at, 0 as backfilled, warning is not null as warned from runs
  where schedule_id = ? and scheduled_at is null order by ${byHandOrder} desc limit ?`;

/** Reads the last outcomes, the success ratio and the holes of one schedule. */
export function createOutcomeReads(sql: Connection, holes: HoleReads, now: () => number) {
  const scheduled = sql.prepare<[string, number], MarkRow>(scheduledRuns);
  const byHand = sql.prepare<[string, number], MarkRow>(runsByHand);
  const since = sql.prepare<[{ id: string; from: number }], { completed: number; counted: number }>(
    `select count(iif(status = 'completed', 1, null)) as completed, count(*) as counted from (
       select status from runs where schedule_id = @id and scheduled_at >= @from and status in ('completed', 'failed')
       union all
       select status from runs where schedule_id = @id and scheduled_at is null and created_at >= @from
         and status in ('completed', 'failed'))`,
  );
  // What was skipped ahead of its time is no outcome yet.
  const skipped = sql.prepare<[string, number, number], { at: number; count: number }>(
    `select last_at as at, count from omissions where schedule_id = ? and first_at <= ? and kind = 'skipped'
     order by first_at desc limit ?`,
  );
  /** The newest runs by nominal time, those by hand by their creation, newest first: index walks that end early. */
  function newest(record: ScheduleRecord, limit: number): MarkRow[] {
    if (record.totalRuns === 0) return [];
    const marks = scheduled.all(record.id, limit);
    if (record.totalRuns === record.scheduledRuns) return marks;
    const others = byHand.all(record.id, limit);
    return others.length === 0 ? marks : [...marks, ...others].sort((a, b) => b.at - a.at).slice(0, limit);
  }

  /** Those of the newest runs that ended by themselves, newest first: looked for further back only where there may be more. */
  function finalOutcomes(record: ScheduleRecord, marks: readonly MarkRow[]): MarkRow[] {
    const finalOf = (rows: readonly MarkRow[]): MarkRow[] =>
      rows.filter(({ status }) => status === "completed" || status === "failed");
    const found = finalOf(marks);
    // Fewer runs than marks: there are no others to look at.
    if (found.length >= marksShown || marks.length < marksShown) return found;
    return finalOf(newest(record, lookedAt)).slice(0, marksShown);
  }

  /** Those that no backfill ran, which a health is told from: a long backfill of late does not hide them. */
  function liveOutcomes(record: ScheduleRecord, final: readonly MarkRow[], marks: readonly MarkRow[]): MarkRow[] {
    const liveOf = (rows: readonly MarkRow[]): MarkRow[] => rows.filter(({ backfilled }) => backfilled === 0);
    const found = liveOf(final);
    if (found.length === final.length || marks.length < marksShown) return found;
    const looked = newest(record, lookedAt).filter(({ status }) => status === "completed" || status === "failed");
    return liveOf(looked).slice(0, marksShown);
  }

  function ratioOf(record: ScheduleRecord, final: readonly MarkRow[], window: SuccessRatio["window"]): SuccessRatio {
    if (window === "all") {
      return { completed: record.successfulRuns, counted: record.successfulRuns + record.failedRuns, window };
    }
    const days = windowDays[window];
    if (days !== undefined) {
      const found = since.get({ id: record.id, from: now() - days * dayMs });
      return { completed: found?.completed ?? 0, counted: found?.counted ?? 0, window };
    }
    return {
      completed: final.filter(({ status }) => status === "completed").length,
      counted: final.length,
      window,
    };
  }

  function read(record: ScheduleRecord, window: SuccessRatio["window"]) {
    const marks = newest(record, marksShown);
    const ranges = record.missedRuns === 0 ? [] : holes.of(record.id);
    const last: Mark[] = marks.map(markAt);
    const without = (outcome: "missed" | "skipped", at: number, count: number) =>
      last.push({ runId: null, outcome, at, backfilled: false, count });
    for (const range of ranges) without("missed", range.lastAt, range.open);
    if (record.skippedRuns > 0) {
      for (const { at, count } of skipped.all(record.id, now(), marksShown)) without("skipped", at, count);
    }
    last.sort((a, b) => a.at - b.at);
    const final = finalOutcomes(record, marks);
    const live = liveOutcomes(record, final, marks).reverse();
    return {
      last: last.slice(-marksShown),
      shown: {
        ratio: ratioOf(record, final, window),
        health: healthOf(live.map(({ status }) => (status === "failed" ? "failed" : "completed"))),
        holes: holesOf(ranges),
      },
    };
  }

  return {
    of(record: ScheduleRecord, window: SuccessRatio["window"]) {
      const { last, shown } = read(record, window);
      return { ...shown, outcomes: last.map((mark): OutcomeMark => ({ ...mark, at: iso(mark.at) })) };
    },
    /** As a row of a list shows it. */
    listed(record: ScheduleRecord, window: SuccessRatio["window"]) {
      const { last, shown } = read(record, window);
      return { ...shown, strip: stripText(last) };
    },
  };
}

function holesOf(ranges: readonly OpenRange[]): { count: number; from: string; to: string } | null {
  if (ranges.length === 0) return null;
  return {
    count: ranges.reduce((sum, range) => sum + range.open, 0),
    from: iso(Math.min(...ranges.map((range) => range.firstAt))),
    // A range for a backfill leaves its end out, so the end lies just behind the last hole.
    to: iso(Math.max(...ranges.map((range) => range.lastAt)) + 1),
  };
}
