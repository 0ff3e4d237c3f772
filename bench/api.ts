import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { TRPCClient } from "@trpc/client";
import { createAlmanacApp } from "../electron/api/app.ts";
import type { AppRouter } from "../electron/api/router.ts";
import { fillWithHistory, historySeed } from "./lib/history.ts";
import { connectByPort } from "./lib/portClient.ts";
import { type Bench, runAsProgram } from "./lib/report.ts";
import { milliseconds as ms, quantile } from "./lib/statistics.ts";

const readCalendar = (client: TRPCClient<AppRouter>, fromAt: number, toAt: number): Promise<void> =>
  new Promise((done, onError) => {
    client.calendarView.between.subscribe(
      { from: new Date(fromAt).toISOString(), to: new Date(toAt).toISOString(), zone: "Europe/Berlin", limit: 5000 },
      { onComplete: done, onError },
    );
  });

export const bench: Bench = {
  name: "api",
  /** A page of the list and the reads around it, asked over a message port as the desktop's pages do. */
  async run({ quick = false }) {
    const [scheduleCount, runCount] = quick ? [1000, 100_000] : [10_000, 1_000_000];
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-api-"));
    const rows: (string | number)[][] = [];
    try {
      fillWithHistory(dataDir, scheduleCount, runCount);
      const app = await createAlmanacApp({ dataDir, programName: "bench", role: "client", createDatabase: true });
      const { client, close } = connectByPort(app);
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
      const dayMs = 86_400_000;
      for (const [what, before, after] of [
        ["a day", 0.5, 0.5],
        ["a week", 3, 4],
        ["a month", 15, 20],
      ] as const) {
        await measure(`calendar: ${what}`, "–", Math.min(times, 20), () =>
          readCalendar(client, now - before * dayMs, now + after * dayMs),
        );
      }
      await close();
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
          `seed ${historySeed}; page and engine in one process, which costs both sides; a pause is the event loop's longest`,
        ],
      },
    ];
  },
};

await runAsProgram(bench);
