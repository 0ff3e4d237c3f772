import { readHealth } from "../../storage/opening/health.ts";
import type { World } from "./world.ts";

/** A schedule whose occurrences the oracle knows: every `everyMs` from its creation, or whenever the second of the minute fits. */
export interface Expected {
  scheduleId: string;
  /** An interval from creation. */
  everyMs?: number;
  /** Seconds of every minute. */
  seconds?: readonly number[];
}

interface ScheduleRow {
  createdAt: number;
  nextRunAt: number | null;
  lastScheduledAt: number | null;
  status: string;
}

/** Walks the wall clock second by second (or interval by interval); shares nothing with the engine's arithmetic. */
function oracle(expected: Expected, from: number, to: number): number[] {
  const times: number[] = [];
  if (expected.everyMs !== undefined) {
    for (let at = from; at < to; at += expected.everyMs) times.push(at);
    return times;
  }
  for (let at = Math.ceil(from / 1000) * 1000; at < to; at += 1000) {
    if (expected.seconds?.includes(Math.floor(at / 1000) % 60)) times.push(at);
  }
  return times;
}

interface State {
  /** Nothing runs the engine, and it was ended in order: no run may be left `running`. */
  ended?: boolean;
  /** An engine was at work up to this instant, epoch ms: what came due before it has been dealt with. */
  firedUntil?: number;
}

/** The invariants that hold after any fault; returns what is broken, in words. */
export function broken(world: World, schedules: readonly Expected[], state: State = {}): string[] {
  const problems: string[] = [];
  const fail = (text: string): void => void problems.push(text);
  const lines = world.lines();
  const starts = lines.filter((line) => line.word === "START");

  // I1: at most one start of an occurrence's attempt.
  const seen = new Map<string, string>();
  for (const { scheduleId, scheduledAt, attempt, runId } of starts) {
    if (scheduledAt === null) continue;
    const key = `${scheduleId} ${scheduledAt} ${attempt}`;
    if (seen.has(key)) fail(`I1: ${key} started twice (${seen.get(key)}, ${runId})`);
    seen.set(key, runId);
  }
  world.client((_, database) => {
    const { sql } = database;
    const attempts = new Map(
      (
        sql.prepare("select id, attempt, recovery_count as recoveries, status from runs").all() as {
          id: string;
          attempt: number;
          recoveries: number;
          status: string;
        }[]
      ).map((run) => [run.id, run]),
    );
    const ends = new Set(lines.filter((line) => line.word === "END").map((line) => line.runId));
    // A run that is said to have completed has done its work.
    for (const [id, { status }] of attempts)
      if (status === "completed" && !ends.has(id)) fail(`I3: ${id} is completed, and the witness saw no end of it`);
    for (const { runId, attempt } of starts) {
      const run = attempts.get(runId);
      if (run === undefined) fail(`I1: ${runId} started and has no row`);
      else if (attempt > run.attempt || attempt > run.recoveries + 1)
        fail(`I1: ${runId} started attempt ${attempt}, its row says ${run.attempt} with ${run.recoveries} recoveries`);
      else if ((run.status === "pending" || run.status === "buffered") && attempt === run.attempt)
        fail(`I1: ${runId} started and its row says ${run.status}`);
    }

    for (const expected of schedules) {
      const row = sql
        .prepare(
          "select created_at as createdAt, next_run_at as nextRunAt, last_scheduled_at as lastScheduledAt, status from schedules where id = ?",
        )
        .get(expected.scheduleId) as ScheduleRow | undefined;
      if (row === undefined) {
        fail(`I3: schedule ${expected.scheduleId} is gone`);
        continue;
      }
      // I6: the next is the oracle's next after the last that was dealt with.
      const after = row.lastScheduledAt === null ? row.createdAt - 1 : row.lastScheduledAt;
      const next = oracle(expected, row.createdAt, after + 200_000 + (expected.everyMs ?? 0)).find((at) => at > after);
      if (row.status === "active" && next !== row.nextRunAt)
        fail(`I6: ${expected.scheduleId} goes on at ${row.nextRunAt}, the oracle says ${next}`);
      if (row.status === "active" && state.firedUntil !== undefined && (next ?? 0) <= state.firedUntil)
        fail(`I2: ${expected.scheduleId} stands still at ${next}, ${state.firedUntil - (next ?? 0)} ms behind`);
      // I2: every occurrence before it has exactly one record.
      const due = oracle(expected, row.createdAt, row.nextRunAt ?? row.createdAt);
      const records = new Map<number, number>();
      const note = (at: number): void => void records.set(at, (records.get(at) ?? 0) + 1);
      for (const at of sql
        .prepare("select scheduled_at from runs where schedule_id = ? and trigger in ('schedule', 'catchup')")
        .pluck()
        .all(expected.scheduleId) as number[])
        note(at);
      for (const { first, last, n } of sql
        .prepare("select first_at as first, last_at as last, count as n from omissions where schedule_id = ?")
        .all(expected.scheduleId) as { first: number; last: number; n: number }[]) {
        const covered = due.filter((at) => at >= first && at <= last);
        if (covered.length !== n) fail(`I2: ${expected.scheduleId}: a range of ${n} covers ${covered.length}`);
        for (const at of covered) note(at);
      }
      const dueSet = new Set(due);
      for (const at of due)
        if (records.get(at) !== 1) fail(`I2: ${expected.scheduleId} at ${at} has ${records.get(at) ?? 0} records`);
      for (const at of records.keys())
        if (!dueSet.has(at)) fail(`I2: ${expected.scheduleId} has a record of ${at}, which is no occurrence`);
    }

    // I4. After a crash what is `running` is for the next engine to recover.
    if (state.ended) {
      const stuck = sql.prepare("select count(*) from runs where status = 'running'").pluck().get();
      if (stuck !== 0) fail(`I4: ${stuck} runs are running and nobody runs them`);
    }

    // I5
    const integrity = sql.pragma("integrity_check", { simple: true });
    if (integrity !== "ok") fail(`I5: ${String(integrity)}`);
    const strays = (sql.pragma("foreign_key_check") as unknown[]).length;
    if (strays > 0) fail(`I5: ${strays} rows refer to nothing`);
    const off = readHealth(database, true).countersOff;
    if (off.length > 0) fail(`I5: counters off: ${off.slice(0, 5).join()}`);
  });
  return problems.slice(0, 20);
}
