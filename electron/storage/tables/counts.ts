import type { Connection } from "../sqlite.ts";
import { selectList } from "./columns.ts";
import type { ScheduleCounters } from "./schedules.ts";

/** What a schedule's row says, and what its runs and omissions say. */
export interface Counted {
  stored: ScheduleCounters;
  counted: ScheduleCounters;
}

export const counterNames = [
  "totalRuns",
  "successfulRuns",
  "failedRuns",
  "skippedRuns",
  "missedRuns",
  "scheduledRuns",
] as const satisfies readonly (keyof ScheduleCounters)[];

/** Rows counted in one go. */
const BLOCK = 2500;

const noCounters = (): ScheduleCounters => ({
  totalRuns: 0,
  successfulRuns: 0,
  failedRuns: 0,
  skippedRuns: 0,
  missedRuns: 0,
  scheduledRuns: 0,
});

function add(schedule: Counted | undefined, counts: Partial<ScheduleCounters>): void {
  if (schedule === undefined) return;
  for (const name of counterNames) schedule.counted[name] += counts[name] ?? 0;
}

/**
 * Counts every schedule's rows anew, a block at a time; yields those that are off. Between blocks rows may change: a
 * caller that lets others work meanwhile holds a read transaction open, so that all it sees is of one moment.
 */
export function* countRows(sql: Connection): Generator<undefined, Map<string, Counted>> {
  const all = new Map<string, Counted>();
  for (const { id, ...stored } of sql
    .prepare<[], ScheduleCounters & { id: string }>(`select id, ${selectList(counterNames)} from schedules`)
    .iterate()) {
    all.set(id, { stored, counted: noCounters() });
  }
  // Retention takes rows away; what they counted is kept beside.
  for (const { id, ...pruned } of sql
    .prepare<[], ScheduleCounters & { id: string }>(
      `select id, pruned_runs as totalRuns, pruned_successful as successfulRuns, pruned_failed as failedRuns,
         pruned_skipped as skippedRuns, pruned_missed as missedRuns, pruned_scheduled as scheduledRuns from schedules`,
    )
    .iterate()) {
    add(all.get(id), pruned);
  }
  const runs = sql.prepare<[number, number], Partial<ScheduleCounters> & { scheduleId: string }>(
    `select schedule_id as scheduleId, count(*) as totalRuns, count(iif(status = 'completed', 1, null)) as successfulRuns,
       count(iif(status = 'failed', 1, null)) as failedRuns,
       count(iif(trigger in ('schedule', 'catchup', 'event'), 1, null)) as scheduledRuns
     from runs where seq between ? and ? and schedule_id is not null group by schedule_id`,
  );
  const omissions = sql.prepare<[number, number], Partial<ScheduleCounters> & { scheduleId: string }>(
    `select schedule_id as scheduleId, sum(iif(kind = 'skipped', count, 0)) as skippedRuns,
       sum(iif(kind = 'missed', count, 0)) as missedRuns from omissions where id between ? and ? group by schedule_id`,
  );
  const ends = sql.prepare<[], { runs: number | null; omissions: number | null }>(
    "select (select max(seq) from runs) as runs, (select max(id) from omissions) as omissions",
  );
  const last = ends.get();
  for (const [blocks, end] of [
    [runs, last?.runs ?? 0],
    [omissions, last?.omissions ?? 0],
  ] as const) {
    for (let from = 0; from <= end; from += BLOCK) {
      yield;
      for (const { scheduleId, ...counts } of blocks.iterate(from, from + BLOCK - 1)) add(all.get(scheduleId), counts);
    }
  }
  for (const [id, { stored, counted }] of all) {
    if (counterNames.every((name) => stored[name] === counted[name])) all.delete(id);
  }
  return all;
}
