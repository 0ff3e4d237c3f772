import { firstIdAt } from "../../electron/engine/ids.ts";
import { openDatabase } from "../../electron/storage/opening/database.ts";
import {
  compileSpec,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
  type ScheduleSpec,
} from "../../shared/schedule/index.ts";
import { createRandom } from "../lib/history.ts";
import { type Sample, samples } from "./samples.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const seed = 20_261_129;

const failure = (message: string, exitCode: number) =>
  JSON.stringify({
    code: "COMMAND_FAILED",
    name: "CommandError",
    message,
    details: {
      exitCode,
      stderr: "connect ECONNREFUSED 10.0.0.7:5432\nThe orders database did not answer within 10 s.",
    },
  });

/** Fills a data folder with the first of nineteen schedules and two months of their history, the same at each call with one `now`. */
export function fillFolder(dataDir: string, now: number, schedules = samples.length): { failedRun: string } {
  const database = openDatabase({ dataDir });
  const { sql } = database;
  const random = createRandom(seed);
  const insertSchedule = sql.prepare(
    `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup, catchup_window_ms,
       max_attempts, retry_delay_ms, tags, next_run_at, next_fire_at, paused_at, paused_by, pause_note, created_at, updated_at)
     values (@id, @name, @workflow, @spec, @anchor, @input, @status, 'skip', 'none', 604800000, @attempts, 10000, @tags, @next, @next,
       @pausedAt, @pausedBy, @note, @created, @created)`,
  );
  const insertRun = sql.prepare(
    `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, attempt, max_attempts, input, result, error,
       backfill_id, created_at, started_at, completed_at)
     values (@id, @schedule, @workflow, @trigger, @status, @at, @attempt, @attempts, @input, @result, @error, @backfill, @created, @started, @completed)`,
  );
  let made = 0;
  const idAt = (at: number): string => firstIdAt(at).slice(0, 10) + String(made++).padStart(16, "0");

  const insertLog = sql.prepare("insert into run_logs (run_id, sequence, at, stream, text) values (?, ?, ?, ?, ?)");
  /** What a run may have printed: much of it, on both streams, and a line that is longer than any page. */
  const writeLog = (runId: string, started: number, lasts: number): void => {
    for (let line = 0; line < 120; line++) {
      const isError = line % 17 === 16;
      const text = isError
        ? `warning: order ${80_000 + line} has no customer, skipped`
        : line === 40
          ? `{"orders":[${Array.from({ length: 60 }, (_, order) => `{"id":${80_000 + order},"lines":3}`).join(",")}]}`
          : `order ${80_000 + line}: validated, 3 lines`;
      const at = Math.round(started + (line / 120) * lasts);
      insertLog.run(runId, line, at, isError ? "stderr" : "stdout", `${text}\n`);
    }
    insertLog.run(runId, 120, started + lasts, "stderr", "connect ECONNREFUSED 10.0.0.7:5432\n");
  };

  const fill = (sample: Sample): void => {
    const created = now - (sample.days ?? 60) * dayMs;
    const compiled = compileSpec(sample.spec, { anchorAt: created, calendars: new Map() });
    const workflow = sample.workflow ?? "shell.command";
    const input = JSON.stringify(sample.input ?? { command: `run-${sample.id} --all` });
    const active = sample.status === undefined;
    insertSchedule.run({
      id: sample.id,
      name: sample.name,
      workflow,
      spec: JSON.stringify(sample.spec),
      anchor: created,
      input,
      status: sample.status ?? "active",
      attempts: sample.attempts ?? 1,
      tags: JSON.stringify(sample.tags ?? []),
      next: active ? nextOccurrence(compiled, now) : null,
      pausedAt: sample.status === "paused" ? now - 3 * dayMs : null,
      pausedBy: sample.status === "paused" ? "user" : null,
      note: sample.note ?? null,
      created,
    });
    if (sample.id === "fresh") return;
    // The last attempt of its last run has ended by now.
    const attemptsMs = ((sample.attempts ?? 1) - 1) * 5 * minuteMs;
    const until = active ? now - 2 * minuteMs - attemptsMs : now - 3 * dayMs;
    // Last night the machine slept.
    const asleep = { from: midnight(now) - 50 * minuteMs, to: midnight(now) + 5.5 * hourMs };
    const times = occurrencesBetween(compiled, created, until, 100_000);
    times.forEach((at, index) => {
      const wasAsleep = sample.id === "hourly-sync" && at >= asleep.from && at < asleep.to;
      if (wasAsleep) return;
      const failed = index >= times.length - (sample.failing ?? 0) || random() < (sample.fails ?? 0);
      const lasts = Math.round((sample.lastsMs ?? 2000) * (0.6 + 0.8 * random()));
      const id = idAt(at);
      const attempts = failed ? (sample.attempts ?? 1) : 1;
      const started = at + Math.round(40 * random()) + (attempts - 1) * 5 * minuteMs;
      insertRun.run({
        id,
        schedule: sample.id,
        workflow,
        trigger: "schedule",
        status: failed ? "failed" : "completed",
        at,
        attempt: attempts,
        attempts: sample.attempts ?? 1,
        input,
        result: failed ? null : '{"exitCode":0}',
        error: failed ? failure(`The command ended with exit code 7: connect ECONNREFUSED 10.0.0.7:5432`, 7) : null,
        backfill: null,
        created: at,
        started,
        completed: started + lasts,
      });
      for (let attempt = 1; attempt < attempts; attempt++) {
        const from = at + (attempt - 1) * 5 * minuteMs;
        sql
          .prepare(
            "insert into attempts (run_id, attempt, status, error, started_at, completed_at) values (?, ?, 'failed', ?, ?, ?)",
          )
          .run(id, attempt, failure("The orders database did not answer within 10 s", 1), from, from + 11_000);
      }
      if (sample.id === "import-orders" && index === times.length - 1) writeLog(id, started, lasts);
      if (sample.id === "import-orders" && index >= times.length - 40) {
        const parts: [string, number, number][] = failed
          ? [
              ["fetch", 0, 0.2],
              ["validate", 0.2, 0.3],
              ["store", 0.3, 1],
            ]
          : [
              ["fetch", 0, 0.3],
              ["validate", 0.3, 0.4],
              ["store", 0.4, 0.9],
              ["notify", 0.9, 1],
            ];
        parts.forEach(([name, from, to], sequence) => {
          const last = failed && sequence === parts.length - 1;
          sql
            .prepare(
              `insert into steps (run_id, key, name, sequence, status, attempt, result, error, started_at, completed_at)
               values (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
            )
            .run(
              id,
              name,
              name,
              sequence,
              last ? "failed" : "completed",
              last ? null : '{"rows":128}',
              last ? failure("The orders database did not answer within 10 s", 1) : null,
              Math.round(started + from * lasts),
              Math.round(started + to * lasts),
            );
        });
      }
    });
    if (sample.id === "hourly-sync") {
      const missed = times.filter((at) => at >= asleep.from && at < asleep.to);
      sql
        .prepare(
          "insert into omissions (schedule_id, kind, reason, first_at, last_at, count, created_at) values (?, 'missed', 'asleep', ?, ?, ?, ?)",
        )
        .run(sample.id, missed[0] ?? now, missed.at(-1) ?? now, missed.length, asleep.to);
      sql
        .prepare("insert into downtimes (kind, from_at, to_at, due, missed) values ('asleep', ?, ?, ?, ?)")
        .run(asleep.from, asleep.to, missed.length, missed.length);
      sql.prepare("update schedules set missed_runs = ? where id = ?").run(missed.length, sample.id);
    }
    if (sample.id === "cleanup") {
      const skipped = previousOccurrence(compiled, now - hourMs) ?? now;
      sql
        .prepare(
          "insert into omissions (schedule_id, kind, reason, first_at, last_at, count, created_at) values (?, 'skipped', 'overlap', ?, ?, 1, ?)",
        )
        .run(sample.id, skipped - 4 * hourMs, skipped - 4 * hourMs, skipped);
    }
    if (sample.runningMs !== undefined) {
      const started = now - sample.runningMs;
      insertRun.run({
        id: idAt(started),
        schedule: sample.id,
        workflow,
        trigger: "manual",
        status: "running",
        at: null,
        attempt: 1,
        attempts: 1,
        input,
        result: null,
        error: null,
        backfill: null,
        created: started,
        started,
        completed: null,
      });
    }
  };

  const fillBackfills = (): void => {
    const insert = sql.prepare(
      `insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency, overlap_policy, snapshot,
         total, written, completed, failed, created_by, created_at, started_at, completed_at)
       values (@id, 'daily-report', @status, @from, @to, 'none', 'oldest', 2, 'skip', @snapshot, @total, @total, @completed, @failed, 'user', @created, @created, @ended)`,
    );
    const spec = samples.find(({ id }) => id === "daily-report")?.spec as ScheduleSpec;
    const past = now - 260 * dayMs;
    const times = occurrencesBetween(
      compileSpec(spec, { anchorAt: past, calendars: new Map() }),
      past,
      now - 201 * dayMs,
      30,
    );
    const snapshot = (occurrences: number) =>
      JSON.stringify({ spec, anchorAt: past, calendars: [], occurrences, existing: {} });
    const [first = past, last = past] = [times[0], times.at(-1)];
    const share = { from: first, to: last + minuteMs, total: times.length };
    insert.run({
      ...share,
      id: "backfill-running",
      status: "running",
      snapshot: snapshot(times.length),
      completed: 11,
      failed: 1,
      created: now - 4 * minuteMs,
      ended: null,
    });
    times.forEach((at, index) => {
      const status = index < 11 ? "completed" : index === 11 ? "failed" : index < 14 ? "running" : "buffered";
      const started = now - 4 * minuteMs + index * 15_000;
      const begun = status !== "buffered";
      const ended = status === "completed" || status === "failed";
      insertRun.run({
        id: idAt(now - 4 * minuteMs),
        schedule: "daily-report",
        workflow: "shell.command",
        trigger: "backfill",
        status,
        at,
        attempt: 1,
        attempts: 1,
        input: "{}",
        result: null,
        error: status === "failed" ? failure("The command ended with exit code 7: no such day", 7) : null,
        backfill: "backfill-running",
        created: now - 4 * minuteMs,
        started: begun ? started : null,
        completed: ended ? started + 21_000 : null,
      });
    });
    insert.run({
      from: now - 300 * dayMs,
      to: now - 262 * dayMs,
      total: 27,
      id: "backfill-done",
      status: "completed",
      snapshot: snapshot(27),
      completed: 26,
      failed: 1,
      created: now - 2 * dayMs,
      ended: now - 2 * dayMs + 11 * minuteMs,
    });
  };

  database.transaction(() => {
    for (const sample of samples.slice(0, schedules)) fill(sample);
    if (schedules === samples.length) fillBackfills();
    sql.exec(`update schedules set
      total_runs = (select count(*) from runs r where r.schedule_id = schedules.id and backfill_id is null),
      scheduled_runs = (select count(*) from runs r where r.schedule_id = schedules.id and trigger = 'schedule'),
      successful_runs = (select count(*) from runs r where r.schedule_id = schedules.id and r.status = 'completed' and backfill_id is null),
      failed_runs = (select count(*) from runs r where r.schedule_id = schedules.id and r.status = 'failed' and backfill_id is null),
      last_run_at = (select max(started_at) from runs r where r.schedule_id = schedules.id and backfill_id is null),
      last_run_id = (select id from runs r where r.schedule_id = schedules.id and backfill_id is null order by id desc limit 1),
      last_scheduled_at = (select max(scheduled_at) from runs r where r.schedule_id = schedules.id and trigger = 'schedule')`);
    for (const { id, failing } of samples) {
      if (failing !== undefined)
        sql.prepare("update schedules set consecutive_failures = ? where id = ?").run(failing, id);
    }
  });
  // The last that failed with all its attempts and steps.
  const failedRun = sql
    .prepare<[], string>("select run_id from steps where status = 'failed' order by run_id desc")
    .pluck();
  const found = failedRun.get() ?? "";
  database.close();
  return { failedRun: found };
}

/** The beginning of the day in the zone of most samples, near enough for a night. */
const midnight = (now: number): number => Math.floor((now + hourMs) / dayMs) * dayMs - hourMs;

/** Plans all active schedules anew from `now` on, as an engine would have. */
export function planAnew(dataDir: string, now: number): void {
  const database = openDatabase({ dataDir });
  const active = database.sql
    .prepare<[], { id: string; spec: string; anchor: number }>(
      "select id, spec, anchor_at as anchor from schedules where status = 'active' limit 1000",
    )
    .all();
  const update = database.sql.prepare("update schedules set next_run_at = @next, next_fire_at = @next where id = @id");
  database.transaction(() => {
    for (const { id, spec, anchor } of active) {
      const compiled = compileSpec(JSON.parse(spec) as ScheduleSpec, { anchorAt: anchor, calendars: new Map() });
      update.run({ next: nextOccurrence(compiled, now), id });
    }
  });
  database.close();
}
