import { firstIdAt } from "../../electron/engine/ids.ts";
import { openDatabase } from "../../electron/storage/opening/database.ts";

/** Where the outcomes of {@link fillWithHistory} come from. */
export const historySeed = 20_260_101;
const hourMs = 3_600_000;

/** A small generator of its own, so that every run of the benchmark sees the same data. */
export function createRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Makes a data folder of hourly schedules with `runCount` past runs in all, a few of them failed. */
export function fillWithHistory(dataDir: string, scheduleCount: number, runCount: number): void {
  const database = openDatabase({ dataDir });
  const { sql } = database;
  const random = createRandom(historySeed);
  const perSchedule = Math.ceil(runCount / scheduleCount);
  const now = Math.floor(Date.now() / hourMs) * hourMs;
  const insertSchedule = sql.prepare(
    `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup, catchup_window_ms,
       max_attempts, retry_delay_ms, tags, next_run_at, next_fire_at, last_scheduled_at, last_run_at, last_run_id, total_runs,
       successful_runs, failed_runs, scheduled_runs, created_at, updated_at)
     values (@id, @name, 'shell.command', @spec, @at, '{"command":"true"}', 'active', 'skip', 'none', 604800000, 1, 10000, @tags,
       @next, @next, @last, @last, @lastId, @total, @successful, @failed, @total, @at, @at)`,
  );
  const insertRun = sql.prepare(
    `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, result, created_at, started_at, completed_at)
     values (?, ?, 'shell.command', 'schedule', ?, ?, '{"command":"true"}', '{"exitCode":0}', ?, ?, ?)`,
  );
  const firstAt = now - perSchedule * hourMs;
  database.transaction(() => {
    for (let s = 0; s < scheduleCount; s++) {
      insertSchedule.run({
        id: `schedule-${s}`,
        name: `${["Nightly", "Hourly", "Weekly", "Quarterly"][s % 4]} job ${s}`,
        spec: JSON.stringify({ cron: `${s % 60} * * * *`, timezone: s % 3 === 0 ? "Europe/Berlin" : "UTC" }),
        at: firstAt,
        tags: JSON.stringify(s % 5 === 0 ? ["reports"] : []),
        next: now + hourMs + (s % 60) * 60_000,
        last: now,
        lastId: firstIdAt(now),
        total: perSchedule,
        successful: perSchedule,
        failed: 0,
      });
    }
  });
  // In order of time, as an engine writes them: the runs of one schedule lie far from each other.
  let made = 0;
  for (let hour = 0; hour < perSchedule; hour++) {
    database.transaction(() => {
      for (let s = 0; s < scheduleCount && made < runCount; s++, made++) {
        const at = firstAt + hour * hourMs + (s % 60) * 60_000;
        const id = firstIdAt(at).slice(0, 10) + String(made).padStart(16, "0");
        insertRun.run(id, `schedule-${s}`, random() < 0.03 ? "failed" : "completed", at, at, at + 5, at + 900);
      }
    });
  }
  sql.exec(
    "update schedules set failed_runs = (select count(*) from runs where schedule_id = schedules.id and status = 'failed')",
  );
  sql.exec("update schedules set successful_runs = total_runs - failed_runs");
  database.close();
}
