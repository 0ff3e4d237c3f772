import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { count, soak } from "../engine/faults/world.ts";
import { type Keys, keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { type ContractWorld, createContractWorld, fast } from "../runtime/testing/contractWorld.ts";
import { createWorkerProcesses } from "./testing/processes.ts";

const sharedKey = "a key of the test's";
const echoes = "default.echo";
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

// The engine ends without a word at each step of what it and workers tell each other, and Redis with its data. A file outside
// of all that says what was really executed.
describe("an engine that is gone", () => {
  let redis: TestRedis;
  let world: ContractWorld;
  let keys: Keys;
  const processes = createWorkerProcesses();
  // A worker that is stopped for a while stays in use, so that runs are sent to it.
  const timings = { ...fast, lateMs: 120_000, lockMs: soak ? 30_000 : 5_000 };
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "yes"]);
    world = await createContractWorld("bullmq", { redisUrl: redis.url, workers: 0, timings, sharedKey });
    keys = keysOf(world.folderId);
  });
  afterEach(async () => {
    await processes.endAll();
    await redis.client.del(keys.workers, keys.seen);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const worker = (concurrency = 4) => processes.start(world, { redisUrl: redis.url, sharedKey, concurrency, timings });
  const start = (workflow: string, input: unknown): string => world.engine.runWorkflow(workflow, input, "user").runId;
  const startMany = (many: number, input: (n: number) => unknown): string[] =>
    world.engine.write("runs", () => Array.from({ length: many }, (_, n) => start("echo", input(n))));
  const known = async (): Promise<void> => {
    while (!(world.redis?.workers().workers ?? []).some(({ state }) => state === "online")) await pause(20);
  };
  const waiting = (): Promise<number> => redis.client.llen(keys.list(echoes, "wait"));
  const done = (): Promise<number> => redis.client.zcard(keys.list(echoes, "completed"));
  const lines = (file: string): string[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").filter((line) => line !== "");
  const outbox = (): unknown => world.database.sql.prepare("select count(*) from outbox").pluck().get();
  const endedOnce = (ids: readonly string[]): void => {
    const list = JSON.stringify(ids);
    const lost = world.database.sql
      .prepare("select run_id, attempt, error from attempts where run_id in (select value from json_each(?))")
      .all(list);
    expect(lost).toEqual([]);
    const completed = world.database.sql
      .prepare(
        "select count(*) from runs where id in (select value from json_each(?)) and status = 'completed' and attempt = 1",
      )
      .pluck();
    expect(completed.get(list)).toBe(ids.length);
    const late = world.database.sql
      .prepare("select count(*) from late_results where run_id in (select value from json_each(?))")
      .pluck();
    expect(late.get(list)).toBe(0);
  };
  const allEnd = async (ids: readonly string[]): Promise<void> => {
    const left = world.database.sql
      .prepare("select count(*) from runs where id in (select value from json_each(?)) and completed_at is null")
      .pluck();
    while (Number(left.get(JSON.stringify(ids))) > 0) await pause(50);
  };

  it("after it had sent a run and before a worker took it, has the run done once", async () => {
    const frozen = await worker();
    await known();
    frozen.kill("SIGSTOP");
    const file = world.newFile("sent");
    const runId = start("stepped", { file });
    await world.until(runId, () => outbox() === 0);
    await world.restart("crash");
    frozen.kill("SIGCONT");
    expect(await world.ended(runId, 60_000)).toMatchObject({ status: "completed", attempt: 1 });
    expect(lines(file)).toHaveLength(2);
    endedOnce([runId]);
  });

  it("while a run is under way, hears of its further steps and its end", async () => {
    await worker();
    const [file, hold] = [world.newFile("under-way"), world.holdFile("under-way")];
    const runId = start("stepped", { file, hold });
    await world.until(runId, ({ status }) => status === "running", 60_000);
    await world.restart("crash");
    world.release(hold);
    expect(await world.ended(runId, 60_000)).toMatchObject({ status: "completed", result: 3, attempt: 1 });
    expect(lines(file)).toHaveLength(2);
    endedOnce([runId]);
  });

  it("after it had written what a run has printed and before Redis let go of that, has each line once", async () => {
    await worker();
    const hold = world.holdFile("printed");
    const command = `for n in 1 2 3; do echo "line $n ü"; done; while [ -e '${hold}' ]; do sleep 0.1; done; echo the last one`;
    // It is killed between the commit and what it tells Redis of it.
    world.runtime.written = () => {};
    const runId = start("shell.command", { command });
    await world.until(runId, () => world.log(runId).includes("line 3"), 60_000);
    await world.restart("crash");
    world.release(hold);
    await world.ended(runId, 60_000);
    expect(world.log(runId)).toBe("line 1 ü\nline 2 ü\nline 3 ü\nthe last one\n");
  });

  it("after it had recorded an outcome and before Redis let go of it, finds it and changes nothing", async () => {
    await worker();
    const runId = start("echo", { recorded: "once" });
    // It is killed between the commit and what it tells Redis of it.
    world.runtime.recorded = () => {};
    await world.ended(runId, 60_000);
    expect(await done()).toBe(1);
    await world.restart("crash");
    // It lets go of it now.
    while ((await done()) > 0) await pause(20);
    expect(world.engine.getRun(runId)).toMatchObject({ status: "completed", result: { recorded: "once" } });
    endedOnce([runId]);
  });

  it("while thousands of results come in, records each once when it is back", async () => {
    const many = count(60, 20_000);
    const one = await worker(many);
    await known();
    one.kill("SIGSTOP");
    const ids = startMany(many, (n) => ({ n }));
    while ((await waiting()) < many) await pause(50);
    await world.restart("crash", async () => {
      one.kill("SIGCONT");
      while ((await done()) < many) await pause(50);
    });
    await allEnd(ids);
    endedOnce(ids);
    while ((await done()) > 0) await pause(20);
  });

  it("finds all that was sent although Redis was killed and its data is gone: nothing is lost, all is recorded once", async () => {
    await worker();
    const hold = world.holdFile("emptied");
    const running = start("held", { hold });
    await world.until(running, ({ status }) => status === "running", 60_000);
    const waits = startMany(20, (n) => ({ n }));
    await redis.kill();
    world.release(hold);
    await redis.start({ empty: true });
    await allEnd([running, ...waits]);
    for (const runId of [running, ...waits]) expect(world.engine.getRun(runId).status).toBe("completed");
    expect(outbox()).toBe(0);
  });

  it("is not needed by many workers: each of very many runs is executed, and recorded once", async () => {
    const many = count(100, 10_000);
    await Promise.all([worker(20), worker(20), ...(many > 1_000 ? [worker(20), worker(20)] : [])]);
    await known();
    const ids = startMany(many, (n) => ({ n }));
    await allEnd(ids);
    endedOnce(ids);
    const results = world.database.sql
      .prepare(
        "select count(distinct json_extract(result, '$.n')) from runs where id in (select value from json_each(?))",
      )
      .pluck();
    expect(results.get(JSON.stringify(ids))).toBe(many);
  });

  it("of a Redis that large results have filled sends no more; it and workers keep what they have, and all goes on by itself", async () => {
    const [many, bytes, room] = [count(30, 5_000), count(256 * 1024, 1024 * 1024 - 2), count(4, 256) * 1024 * 1024];
    const journal = world.newFile("journal");
    await processes.start(world, { redisUrl: redis.url, sharedKey, concurrency: 8, timings, journal });
    await known();
    const memory = async (): Promise<number> =>
      Number(/used_memory:(\d+)/.exec(await redis.client.info("memory"))?.[1]);
    await redis.client.config("SET", "maxmemory", String(Math.max(room, (await memory()) + 4 * 1024 * 1024)));
    /** What the worker owes: outcomes in its journal that no engine has recorded as far as it knows. */
    const owed = (): Set<string> => {
      const jobs = new Set<string>();
      for (const file of readdirSync(join(journal, "outcomes")))
        for (const line of lines(join(journal, "outcomes", file))) {
          // The last one may be half written.
          const [, jobId] = /"jobId":"([^"]+)"/.exec(line.slice(0, 1_000)) ?? [];
          if (jobId !== undefined) jobs.add(jobId);
          else if (/^"[^"]+"$/.test(line)) jobs.delete(line.slice(1, -1));
        }
      return jobs;
    };
    const statusOf = (id: string): string => world.engine.getRun(id).status;
    // What none has let go of takes the room of what is to come: there is as much as fills it, and more.
    if (soak) {
      const [record = ""] = await redis.client.hvals(keys.workers);
      const taker = { ...JSON.parse(record), workerId: "many", concurrency: 150 };
      await redis.client.hset(keys.workers, taker.workerId, JSON.stringify(taker));
      await redis.client.hset(keys.seen, taker.workerId, Date.now() + 24 * 3_600_000);
    }
    try {
      // What it has recorded stays in Redis until the next one of the folder finds it there.
      world.runtime.recorded = () => {};
      const ids = world.engine.write("runs", () => Array.from({ length: many }, () => start("big", { bytes })));
      const isFull = (id: string): boolean =>
        /\d+ % of its memory is used/.test(JSON.stringify(world.engine.getRun(id)));
      await world.until(ids.at(-1) ?? "", ({ runId }) => isFull(runId), soak ? 3_600_000 : 60_000);
      expect(world.runtime.state()).toMatchObject({ state: "degraded" });
      const ended = ids.filter((id) => statusOf(id) === "completed");
      const unsent = ids.filter(isFull);
      expect(ended.length).toBeGreaterThan(0);
      expect(unsent.map(statusOf)).toEqual(unsent.map(() => "pending"));
      const kept = owed();
      expect(ended.filter((id) => !kept.has(`${id}_1`))).toEqual([]);
      await world.restart("crash");
      await allEnd(ids);
      endedOnce(ids);
      while (owed().size > 0) await pause(100);
    } finally {
      await redis.client.config("SET", "maxmemory", "0");
    }
  });
});
