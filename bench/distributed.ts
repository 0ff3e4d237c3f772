import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import {
  FOLDERS_KEY,
  type Keys,
  keysOf,
  PROTOCOL,
  queueNameOf,
  type WorkerRecord,
} from "../electron/runtime/bullmq/protocol.ts";
import type { TestRedis } from "../electron/runtime/bullmq/testing/redis.ts";
import { DEFAULT_QUEUE } from "../shared/domain/queue.ts";
import { bare, runAsBareWorker } from "./lib/distributed/bare.ts";
import { type BenchJob, jobNamed } from "./lib/distributed/jobs.ts";
import { type Spent, start, until, withWorld, workersThere } from "./lib/distributed/world.ts";
import { type Bench, type BenchTable, runAsProgram, versionOf } from "./lib/report.ts";

/** Of each worker process. */
const CONCURRENCY = 20;

const rate = (count: number, ms: number): number => Math.round(count / (ms / 1000));
const rounded = (value: number): number => Number(value.toFixed(2));

const memoryOf = async (redis: TestRedis): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.client.info("memory"))?.[1]);

interface Throughput {
  perSecond: number;
  /** CPU ms a run of each kind of process. */
  spent: Spent;
}

/** Runs a second, from the first run's creation to the last outcome in the database. */
const throughput = (job: BenchJob, processes: number, count: number): Promise<Throughput> =>
  withWorld({ processes, concurrency: CONCURRENCY }, async ({ open, spent }) => {
    const { app, seen } = await open();
    await workersThere(app, processes);
    // The first ones start the runners: as many as this job is worth.
    const warm = Math.max(processes * CONCURRENCY, Math.round(count / 5));
    start(app, job.name, warm);
    await until("the first runs have ended", () => seen.ended >= warm);
    const before = spent();
    const began = performance.now();
    start(app, job.name, count);
    await until("all runs have ended", () => seen.ended >= warm + count);
    const tookMs = performance.now() - began;
    const after = spent();
    const of = (kind: keyof Spent): number => rounded((after[kind] - before[kind]) / count);
    return {
      perSecond: rate(count, tookMs),
      spent: { engine: of("engine"), worker: of("worker"), runners: of("runners"), redis: of("redis") },
    };
  });

interface Recorded {
  perSecond: number;
  /** In Redis: of a run that waits, of one that has ended, and of one that is recorded. */
  waiting: number;
  finished: number;
  recorded: number;
  database: number;
}

/**
 * Says to the engine that a worker is there which takes that many, so that it sends them all, however long that takes:
 * resolves with what takes it away again.
 */
async function roomFor(count: number, { client }: TestRedis, keys: Keys): Promise<() => Promise<void>> {
  const workerId = "room";
  const record: WorkerRecord = {
    ...{ workerId, host: "bench", pid: process.pid, version: "bench", protocol: PROTOCOL, key: null },
    ...{ concurrency: count, queues: [DEFAULT_QUEUE], workflows: [{ name: "nothing", version: null }] },
    ...{ running: [], startedAt: Date.now(), draining: false, now: Date.now() },
  };
  const renew = async (): Promise<void> => {
    await client.hset(keys.workers, workerId, JSON.stringify(record));
    await client.hset(keys.seen, workerId, Date.now());
  };
  await renew();
  const timer = setInterval(() => void renew(), 1000);
  return async () => {
    clearInterval(timer);
    await client.hdel(keys.workers, workerId);
    await client.hdel(keys.seen, workerId);
  };
}

/** Results that lay in Redis when an engine begins, and what a run takes there. */
const recording = (count: number): Promise<Recorded> =>
  withWorld({ processes: 0, concurrency: CONCURRENCY }, async ({ open, redis, addWorker, dataDir }) => {
    const { app } = await open();
    // The one folder there is.
    let folderId: string | undefined;
    await until("the engine is there", async () => {
      [folderId] = await redis.client.hkeys(FOLDERS_KEY);
      return folderId !== undefined;
    });
    const keys = keysOf(folderId ?? "");
    const queueName = queueNameOf(DEFAULT_QUEUE, "nothing");
    const lengthOf = async (list: "wait" | "completed"): Promise<number> =>
      list === "wait" ? redis.client.llen(keys.list(queueName, list)) : redis.client.zcard(keys.list(queueName, list));
    const takeAway = await roomFor(count, redis, keys);
    await workersThere(app, 1);
    const empty = await memoryOf(redis);
    start(app, "nothing", count);
    await until("all are sent", async () => (await lengthOf("wait")) >= count);
    const waiting = await memoryOf(redis);
    await app.close(0);
    await takeAway();
    addWorker();
    await until("the worker has done all", async () => (await lengthOf("completed")) >= count);
    const finished = await memoryOf(redis);
    const began = performance.now();
    const next = await open();
    await until("all are recorded", () => next.seen.ended >= count);
    const tookMs = performance.now() - began;
    await until("Redis has let go of them", async () => (await lengthOf("completed")) === 0);
    const recorded = await memoryOf(redis);
    await next.app.close(0);
    return {
      perSecond: rate(count, tookMs),
      waiting: Math.round((waiting - empty) / count),
      finished: Math.round((finished - empty) / count),
      recorded: Math.round((recorded - empty) / count),
      database: Math.round(statSync(`${dataDir}/almanac.db`).size / count),
    };
  });

const english = (count: number): string => count.toLocaleString("en");

/** Each job through workers, and the same job in bare BullMQ right after it. */
async function jobsTable(quick: boolean): Promise<BenchTable> {
  const many = quick ? 1000 : 10_000;
  const few = quick ? 300 : 3000;
  const cores = availableParallelism();
  const inProcess = { words: "a function of its process", sandboxed: false, concurrency: CONCURRENCY };
  const isolated = { words: "sandboxed processors", sandboxed: true, concurrency: cores };
  const cases = [
    ...(quick ? [1, 2] : [1, 2, 4]).map((processes) => ({ job: "nothing", processes, count: many, peer: inProcess })),
    { job: "nothing", processes: 2, count: many, peer: isolated },
    { job: "work", processes: 2, count: few, peer: inProcess },
    { job: "work", processes: 2, count: few, peer: isolated },
    { job: "wait", processes: 1, count: few, peer: inProcess },
    { job: "wait", processes: 1, count: few, peer: { ...isolated, concurrency: CONCURRENCY } },
  ];
  const known = new Map<string, Throughput>();
  const rows: (string | number)[][] = [];
  for (const { job: name, processes, count, peer } of cases) {
    const job = jobNamed(name);
    const key = `${name} ${processes}`;
    const ours = known.get(key) ?? (await throughput(job, processes, count));
    known.set(key, ours);
    const { sandboxed, concurrency } = peer;
    const theirs = await bare(job, { processes, count, concurrency, sandboxed });
    const { engine, worker, runners, redis } = ours.spent;
    rows.push([
      job.words,
      processes,
      peer.words,
      ours.perSecond,
      theirs,
      rounded(ours.perSecond / theirs),
      job.atLeast ?? "",
      engine,
      worker,
      runners,
      redis,
    ]);
  }
  return {
    title: "Through worker processes over Redis, a second, beside the same job in bare BullMQ",
    columns: [
      "job",
      "processes",
      `BullMQ ${versionOf("bullmq")} as`,
      "Almanac/s",
      "BullMQ/s",
      "ratio",
      "at least",
      "CPU ms a run: engine",
      "worker",
      "runners",
      "Redis",
    ],
    rows,
    notes: [
      `${CONCURRENCY} at once in each worker process (sandboxed processors: ${cores}, or ${CONCURRENCY} where they wait). Almanac: from the run's creation to its outcome in SQLite (synchronous=FULL), workflow code in processes of its own; BullMQ: nothing is recorded`,
      "where no limit stands none is promised: docs/decisions/0022-what-runs-over-redis-cost.md says why",
      `${english(many)} runs that do nothing, ${english(few)} of the others. Redis (with an append-only file), engine and workers share this machine`,
    ],
  };
}

async function resultsTable(quick: boolean): Promise<BenchTable> {
  const results = quick ? 2000 : 20_000;
  const { perSecond, waiting, finished, recorded, database } = await recording(results);
  return {
    title: "What a run takes",
    columns: ["what", "value", "at least"],
    rows: [
      [`results recorded a second, of ${english(results)} that lay in Redis when the engine began`, perSecond, 2000],
      ["bytes in Redis of a run that waits", waiting, ""],
      ["bytes in Redis of a run that has ended and is not recorded", finished, ""],
      ["bytes in Redis of a run that is recorded", recorded, ""],
      ["bytes in SQLite of a run, with its schedule's history", database, ""],
    ],
  };
}

const bench: Bench = {
  name: "distributed",
  /** Runs over Redis beside BullMQ alone, in the same run of the benchmark. `--only=jobs` or `results` takes one table. */
  async run({ quick = false, only }) {
    const tables: BenchTable[] = [];
    if (only === undefined || only === "jobs") tables.push(await jobsTable(quick));
    if (only === undefined || only === "results") tables.push(await resultsTable(quick));
    return tables;
  },
};

if (!runAsBareWorker()) await runAsProgram(bench);
