import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine } from "../electron/engine/engine.ts";
import { createTestCatalogue } from "../electron/engine/testing/testCatalogue.ts";
import { openDatabase } from "../electron/storage/opening/database.ts";
import { createReads } from "../electron/storage/reads/reads.ts";
import { createStores } from "../electron/storage/tables/stores.ts";
import { inProcess } from "./lib/inProcess.ts";
import { processorMs, proportionalMiB } from "./lib/processTree.ts";
import { type Bench, runAsProgram } from "./lib/report.ts";
import { milliseconds, quantile } from "./lib/statistics.ts";

/** How many of them come due at once. */
const FIRING = 5000;
/** A machine that needs longer measures nothing that is worth a table. */
const RECORDED_WITHIN_MS = 600_000;
const hourMs = 3_600_000;
const quiet = { info: () => {}, warn: () => {}, error: console.error };

/** What one size came to; measured in a process of its own, so that memory is its own too. */
interface Measured {
  startMs: number;
  dueUs: number;
  pageMs: number;
  firstPageMs: number;
  searchMs: number;
  firedPerSecond: number;
  memoryMiB: number;
  idlePercent: number;
  databaseMiB: number;
  runBytes: number;
}

/** Schedules of which none is due soon. */
function fill(dataDir: string, count: number): void {
  const database = openDatabase({ dataDir });
  const insert = database.sql.prepare(
    `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup, catchup_window_ms,
       max_attempts, retry_delay_ms, tags, next_run_at, next_fire_at, created_at, updated_at)
     values (@id, @name, 'noop', @spec, @at, '{}', 'active', 'skip', 'none', 604800000, 1, 10000, @tags, @next, @next, @at, @at)`,
  );
  const now = Date.now();
  // Small transactions, as people's edits and imports are: a log of the whole file is nobody's case.
  for (let from = 0; from < count; from += 20_000) {
    database.transaction(() => {
      for (let s = from; s < Math.min(count, from + 20_000); s++) {
        insert.run({
          id: `schedule-${s}`,
          name: `${["Nightly", "Hourly", "Weekly", "Quarterly"][s % 4]} job ${s}`,
          spec: JSON.stringify({ cron: `${s % 60} * * * *` }),
          at: now,
          tags: s % 5 === 0 ? '["reports"]' : "[]",
          next: now + 2 * hourMs + (s % 60) * 60_000,
        });
      }
    });
  }
  database.close();
}

const createBenchEngine = (database: ReturnType<typeof openDatabase>, onStart: () => void) =>
  createEngine({
    database,
    runtime: inProcess(onStart, 0),
    catalogue: createTestCatalogue(["noop"]),
    programName: "bench",
    logger: quiet,
  });

/** Lets `firing` of them, spread over all, come due at one instant. */
function setDue(dataDir: string, count: number, firing: number, due: number): void {
  const database = openDatabase({ dataDir });
  const set = database.sql.prepare("update schedules set spec = ?, next_run_at = ?, next_fire_at = ? where id = ?");
  const once = JSON.stringify({ interval: "500d", startAt: new Date(due).toISOString() });
  const apart = Math.floor(count / firing);
  database.transaction(() => {
    for (let i = 0; i < firing; i++) set.run(once, due, due, `schedule-${i * apart}`);
  });
  database.close();
}

async function measureOne(count: number): Promise<Measured> {
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-scale-"));
  const file = join(dataDir, "almanac.db");
  try {
    const firing = Math.min(count, FIRING);
    fill(dataDir, count);
    let database = openDatabase({ dataDir });
    database.close();
    const databaseMiB = statSync(file).size / 1_048_576;

    const begin = performance.now();
    database = openDatabase({ dataDir });
    let engine = createBenchEngine(database, () => {});
    await engine.start();
    const startMs = performance.now() - begin;
    const stores = createStores(database.sql);
    const reads = createReads(database.sql, () => Date.now());

    const times = (work: (i: number) => unknown, n: number): number[] =>
      Array.from({ length: n }, (_, i) => {
        const from = performance.now();
        work(i);
        return performance.now() - from;
      }).sort((a, b) => a - b);
    const dueUs =
      quantile(
        times(() => stores.schedules.due(Date.now(), 100), 2000),
        0.5,
      ) * 1000;
    const [firstPageMs = 0] = times(() => reads.listSchedules({ sort: "need", limit: 50 }), 1);
    const pageMs = quantile(
      times((i) => reads.listSchedules({ sort: "need", limit: 50, offset: i * 50 }), 5),
      0.5,
    );
    const searchMs = quantile(
      times((i) => reads.listSchedules({ search: `job ${i}7`, limit: 50 }), 5),
      0.5,
    );
    globalThis.gc?.();
    const memoryMiB = proportionalMiB([process.pid]);
    const processor = processorMs([process.pid]);
    await sleep(3000);
    const idlePercent = (processorMs([process.pid]) - processor) / 30;

    await engine.stop(0);
    database.close();

    const due = Math.ceil((Date.now() + 3000 + 3 * startMs) / 1000) * 1000;
    setDue(dataDir, count, firing, due);
    let started = 0;
    database = openDatabase({ dataDir });
    engine = createBenchEngine(database, () => {
      started += 1;
    });
    engine.setSetting("runsAtOnce", firing);
    await engine.start();
    if (Date.now() > due) throw new Error(`an engine of ${count} schedules did not start in time`);
    const recorded = database.sql.prepare<[], number>("select count(*) from runs where status = 'completed'").pluck();
    while (recorded.get() !== firing) {
      if (Date.now() > due + RECORDED_WITHIN_MS)
        throw new Error(
          `of ${firing} that came due at once ${recorded.get()} were recorded within ${RECORDED_WITHIN_MS} ms`,
        );
      await sleep(20);
    }
    const recordedAt = Date.now();
    await engine.stop(0);
    database.close();
    const runBytes = (statSync(file).size - databaseMiB * 1_048_576) / firing;
    if (started !== firing) throw new Error(`${started} of ${firing} were started`);
    return {
      startMs,
      dueUs,
      pageMs,
      firstPageMs,
      searchMs,
      firedPerSecond: firing / ((recordedAt - due) / 1000),
      memoryMiB,
      idlePercent,
      databaseMiB,
      runBytes,
    };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const bench: Bench = {
  name: "scale",
  /** How cost grows with the number of schedules. */
  async run({ quick = false }) {
    const sizes = quick ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000];
    const rows = sizes.map((count) => {
      const text = execFileSync(process.execPath, ["--expose-gc", process.argv[1] ?? "", `--size=${count}`], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        maxBuffer: 1_048_576,
      });
      const found = JSON.parse(text.trim().split("\n").at(-1) ?? "") as Measured;
      return [
        count.toLocaleString("en"),
        milliseconds(found.startMs),
        Math.round(found.dueUs),
        milliseconds(found.firstPageMs),
        milliseconds(found.pageMs),
        milliseconds(found.searchMs),
        Math.round(found.firedPerSecond),
        Math.round(found.memoryMiB),
        found.idlePercent.toFixed(2),
        Math.round(found.databaseMiB),
        Math.round(found.runBytes),
      ];
    });
    return [
      {
        title: "How cost grows with the number of schedules",
        columns: [
          "schedules",
          "start ms",
          "due query µs",
          "first page ms",
          "a page ms",
          "search ms",
          "runs/s",
          "MiB",
          "idle %",
          "database MiB",
          "bytes a run",
        ],
        rows,
        notes: [
          `runs/s: ${FIRING.toLocaleString("en")} due at once (all there are, where fewer), fired, handed to an empty handler in this process, and recorded, synchronous=FULL`,
          "MiB: proportional set size of an engine with its lists read once; idle: share of one core over 3 s; pages are read in the engine's process",
        ],
      },
    ];
  },
};

const size = process.argv.find((arg) => arg.startsWith("--size="));
if (size === undefined) await runAsProgram(bench);
else console.log(JSON.stringify(await measureOne(Number(size.slice(7)))));
