import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Queue, Worker } from "bullmq";
import { createAlmanacApp } from "../electron/api/app.ts";
import type { AlmanacApp } from "../electron/api/context.ts";
import { startRedis, type TestRedis } from "../electron/runtime/bullmq/testing/redis.ts";
import { type Bench, runAsProgram, versionOf } from "./lib/report.ts";

const quiet = { info: () => {}, warn: () => {}, error: console.error };
const cliProgram = fileURLToPath(new URL("../../cli/cli.js", import.meta.url));
/** Of each worker process. */
const CONCURRENCY = 20;
const bareArgument = "--bare=";

const rate = (count: number, ms: number): number => Math.round(count / (ms / 1000));

async function until(what: string, fits: () => boolean | Promise<boolean>, withinMs = 600_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await fits())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(5);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGCONT");
  child.kill("SIGKILL");
  await gone;
}

const memoryOf = async (redis: TestRedis): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.client.info("memory"))?.[1]);

/** Engine, Redis and workers of one measurement. */
async function withWorld<T>(
  { processes, concurrency }: { processes: number; concurrency: number },
  work: (world: {
    open(): Promise<{ app: AlmanacApp; seen: { ended: number } }>;
    redis: TestRedis;
    workers: readonly ChildProcess[];
    dataDir: string;
  }) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-bench-distributed-"));
  await using redis = await startRedis(["--appendonly", "yes"]);
  const modules = join(folder, "workflows");
  const dataDir = join(folder, "data");
  mkdirSync(modules);
  writeFileSync(
    join(modules, "noop.mjs"),
    `import { workflow } from "almanac";\nexport const noop = workflow({ name: "noop" }, async () => 1);\n`,
  );
  const workers: ChildProcess[] = [];
  let opened: AlmanacApp | null = null;
  try {
    for (let i = 0; i < processes; i++) {
      const args = ["worker", "run", "--concurrency", String(concurrency), "--module", modules, "--quiet"];
      workers.push(
        spawn(process.execPath, [cliProgram, ...args, "--data-dir", join(folder, `worker-${i}`)], {
          stdio: ["ignore", "ignore", "inherit"],
          env: { ...process.env, ALMANAC_REDIS_URL: redis.url },
        }),
      );
    }
    return await work({
      redis,
      workers,
      dataDir,
      async open() {
        opened = await createAlmanacApp({
          dataDir,
          programName: "bench",
          modulePaths: [modules],
          logger: quiet,
          runtime: { runtime: "bullmq", redis: redis.url },
        });
        const seen = { ended: 0 };
        opened.engine.onRunMove(({ kind }) => {
          if (kind === "ended") seen.ended += 1;
        });
        await opened.start();
        return { app: opened, seen };
      },
    });
  } finally {
    await (opened as AlmanacApp | null)?.close(0).catch(() => {});
    for (const worker of workers) await end(worker);
    rmSync(folder, { recursive: true, force: true });
  }
}

const start = (app: AlmanacApp, count: number): void => {
  for (let i = 0; i < count; i++) app.engine.runWorkflow("noop", {}, "code");
};
const usable = async (app: AlmanacApp, count: number): Promise<void> =>
  until(
    "the workers are there",
    async () => (await app.runtimes.workers()).workers.filter(({ state }) => state === "online").length === count,
    120_000,
  );
/** Runs a second of a workflow that does nothing, from the first run's creation to the last outcome in the database. */
const throughput = (processes: number, count: number): Promise<number> =>
  withWorld({ processes, concurrency: CONCURRENCY }, async ({ open }) => {
    const { app, seen } = await open();
    await usable(app, processes);
    // The first ones start the runners.
    const warm = processes * CONCURRENCY;
    start(app, warm);
    await until("the first runs have ended", () => seen.ended >= warm);
    const begin = performance.now();
    start(app, count);
    await until("all runs have ended", () => seen.ended >= warm + count);
    return rate(count, performance.now() - begin);
  });

interface Recorded {
  perSecond: number;
  /** In Redis: of a run that waits, of one that has ended, and of one that is recorded. */
  waiting: number;
  finished: number;
  recorded: number;
  database: number;
}

/** Results that lay in Redis when an engine begins, and what a run takes there. */
const recording = (count: number): Promise<Recorded> =>
  withWorld({ processes: 1, concurrency: count }, async ({ open, redis, workers, dataDir }) => {
    const { app } = await open();
    await usable(app, 1);
    const [worker] = workers;
    worker?.kill("SIGSTOP");
    const empty = await memoryOf(redis);
    start(app, count);
    const lengthOf = async (list: "wait" | "completed"): Promise<number> => {
      const [key] = await redis.client.keys(`*noop:${list}`);
      if (key === undefined) return 0;
      return list === "wait" ? redis.client.llen(key) : redis.client.zcard(key);
    };
    await until("all are sent", async () => (await lengthOf("wait")) >= count);
    const waiting = await memoryOf(redis);
    await app.close(0);
    worker?.kill("SIGCONT");
    await until("the worker has done all", async () => (await lengthOf("completed")) >= count);
    const finished = await memoryOf(redis);
    const begin = performance.now();
    const next = await open();
    await until("all are recorded", () => next.seen.ended >= count);
    const tookMs = performance.now() - begin;
    await until("Redis has let go of them", async () => (await lengthOf("completed")) === 0);
    const recorded = await memoryOf(redis);
    await next.app.close(0);
    return {
      perSecond: rate(count, tookMs),
      waiting: Math.round((waiting - empty) / count),
      finished: Math.round((finished - empty) / count),
      recorded: Math.round((recorded - empty) / count),
      database: Math.round(statSync(join(dataDir, "almanac.db")).size / count),
    };
  });

/** The same job, a function that returns at once, in as many processes that have BullMQ's own worker and nothing else. */
async function bare(processes: number, count: number): Promise<number> {
  await using redis = await startRedis(["--appendonly", "yes"]);
  const connection = { host: "127.0.0.1", port: redis.port };
  const children = Array.from({ length: processes }, () =>
    fork(process.argv[1] ?? "", [`${bareArgument}${redis.port}`], { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
  );
  const queue = new Queue("bare", { connection });
  try {
    await until("the workers are there", async () => (await queue.getWorkersCount()) === processes, 60_000);
    const begin = performance.now();
    for (let from = 0; from < count; from += 100) {
      await queue.addBulk(
        Array.from({ length: Math.min(100, count - from) }, (_, i) => ({
          name: "noop",
          data: {},
          opts: { jobId: `j${from + i}` },
        })),
      );
    }
    await until("all jobs have ended", async () => (await queue.getCompletedCount()) >= count);
    return rate(count, performance.now() - begin);
  } finally {
    for (const child of children) await end(child);
    await queue.close();
  }
}

const bench: Bench = {
  name: "distributed",
  /** Runs over Redis beside BullMQ alone, in the same run of the benchmark. */
  async run({ quick = false }) {
    const rows: (string | number)[][] = [];
    const count = quick ? 1000 : 10_000;
    for (const processes of quick ? [1, 2] : [1, 2, 4]) {
      const ours = await throughput(processes, count);
      const theirs = await bare(processes, count);
      rows.push([processes, ours, theirs, Number((ours / theirs).toFixed(2)), 0.6]);
    }
    const results = quick ? 1000 : 5000;
    const { perSecond, waiting, finished, recorded, database } = await recording(results);
    return [
      {
        title: `Through worker processes over Redis: ${count.toLocaleString("en")} runs of a workflow that does nothing, a second`,
        columns: ["processes", "Almanac", `BullMQ ${versionOf("bullmq")}`, "ratio", "at least"],
        rows,
        notes: [
          `${CONCURRENCY} at once in each process. Almanac: from the run's creation to its outcome in SQLite (synchronous=FULL), workflow code in a process of its own; BullMQ: a function in the worker's process, nothing recorded`,
          "Redis, engine and workers share this machine; Redis with an append-only file",
        ],
      },
      {
        title: "What a run takes",
        columns: ["what", "value", "at least"],
        rows: [
          [
            `results recorded a second, of ${results.toLocaleString("en")} that lay in Redis when the engine began`,
            perSecond,
            2000,
          ],
          ["bytes in Redis of a run that waits", waiting, ""],
          ["bytes in Redis of a run that has ended and is not recorded", finished, ""],
          ["bytes in Redis of a run that is recorded", recorded, ""],
          ["bytes in SQLite of a run, with its schedule's history", database, ""],
        ],
      },
    ];
  },
};

const port = process.argv.find((arg) => arg.startsWith(bareArgument))?.slice(bareArgument.length);
if (port === undefined) await runAsProgram(bench);
else {
  new Worker("bare", async () => 1, {
    connection: { host: "127.0.0.1", port: Number(port) },
    concurrency: CONCURRENCY,
  });
}
