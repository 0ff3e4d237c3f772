import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { MessageChannel } from "node:worker_threads";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { createAlmanacApp } from "../electron/api/app.ts";
import type { AppRouter } from "../electron/api/router.ts";
import { firstIdAt } from "../electron/engine/ids.ts";
import { openDatabase } from "../electron/storage/database.ts";
import { attachMessagePort } from "../electron/transport/messagePort.ts";
import { type PortEnd, portSocketClass } from "../shared/api/portSocket.ts";
import { type Bench, runAsProgram } from "./lib/report.ts";

const seed = 20_260_101;
const hourMs = 3_600_000;

/** A small generator of its own, so that every run of the benchmark sees the same data. */
function createRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function fill(dataDir: string, scheduleCount: number, runCount: number): void {
  const database = openDatabase({ dataDir });
  const { sql } = database;
  const random = createRandom(seed);
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

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
const ms = (value: number): number => Number(value.toFixed(2));

export const bench: Bench = {
  name: "api",
  /** A page of the list and the reads around it, asked over a message port as the desktop's pages do. */
  async run({ quick = false }) {
    const [scheduleCount, runCount] = quick ? [1000, 100_000] : [10_000, 1_000_000];
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-api-"));
    const rows: (string | number)[][] = [];
    try {
      fill(dataDir, scheduleCount, runCount);
      const app = await createAlmanacApp({ dataDir, programName: "bench", role: "client" });
      const socket = createWSClient({
        url: "port:",
        WebSocket: portSocketClass(async () => {
          const { port1, port2 } = new MessageChannel();
          attachMessagePort(port1, app);
          return port2 as unknown as PortEnd;
        }) as unknown as typeof WebSocket,
      });
      const client = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
      const delay = monitorEventLoopDelay({ resolution: 1 });

      const measure = async (
        what: string,
        target: string,
        times: number,
        call: (i: number) => Promise<unknown>,
      ): Promise<void> => {
        const firstStart = performance.now();
        await call(0);
        const first = performance.now() - firstStart;
        delay.reset();
        delay.enable();
        const taken: number[] = [];
        for (let i = 1; i <= times; i++) {
          const start = performance.now();
          await call(i);
          taken.push(performance.now() - start);
        }
        delay.disable();
        taken.sort((a, b) => a - b);
        rows.push([what, target, ms(first), ms(quantile(taken, 0.5)), ms(quantile(taken, 0.99)), ms(delay.max / 1e6)]);
      };

      const pages = Math.floor(scheduleCount / 50);
      const times = quick ? 20 : 100;
      await measure("list: a page of 50, by name", "20", times, (i) =>
        client.schedules.list.query({ limit: 50, offset: (i % pages) * 50 }),
      );
      await measure("list: a page of 50, by next run", "20", times, (i) =>
        client.schedules.list.query({ sort: "next", limit: 50, offset: (i % pages) * 50 }),
      );
      await measure("list: a page of 50, by ratio", "20", times, () =>
        client.schedules.list.query({ sort: "ratio", limit: 50 }),
      );
      await measure("list: search of two words", "20", times, (i) =>
        client.schedules.list.query({ search: `job ${i}`, limit: 50 }),
      );
      await measure("tiles and the next 24 hours", "–", times, () => client.schedules.summary.query());
      await measure("one schedule", "–", times, (i) => client.schedules.get.query({ scheduleId: `schedule-${i}` }));
      await measure("its year", "–", times, (i) =>
        client.schedules.heatmap.query({ scheduleId: `schedule-${i}`, year: new Date().getUTCFullYear() }),
      );
      await measure("runs: a page of 100", "20", times, () => client.runs.list.query({ limit: 100 }));
      await measure("runs: failed ones of all", "20", times, () =>
        client.runs.list.query({ status: "failed", limit: 100 }),
      );
      const now = Date.now();
      await measure("calendar: a day", "–", Math.min(times, 20), () =>
        client.calendarView.between.query({
          from: new Date(now - 43_200_000).toISOString(),
          to: new Date(now + 43_200_000).toISOString(),
        }),
      );
      await socket.close();
      await app.close(0);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
    return [
      {
        title: `API over a message port: ${scheduleCount.toLocaleString("en")} schedules, ${runCount.toLocaleString("en")} runs (ms)`,
        columns: ["what", "at most", "first", "p50", "p99", "longest pause"],
        rows,
        notes: [
          `seed ${seed}; page and engine in one process, which costs both sides; a pause is the event loop's longest`,
        ],
      },
    ];
  },
};

await runAsProgram(bench);
