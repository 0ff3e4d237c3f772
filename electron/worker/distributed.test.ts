import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { count } from "../engine/faults/world.ts";
import { keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import {
  type ContractWorld,
  type ContractWorldOptions,
  createContractWorld,
  fast,
} from "../runtime/testing/contractWorld.ts";
import { createWorkerProcesses } from "./testing/processes.ts";
import { startProxy } from "./testing/proxy.ts";

const key = "a key of the test's";

// Faults between engine, Redis and workers. Each run's outcome is recorded exactly once, none is lost, and what comes late is
// kept. A file outside of all that says what was really executed.
describe("runs over Redis", () => {
  let redis: TestRedis;
  let world: ContractWorld;
  const processes = createWorkerProcesses();
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "yes"]);
    world = await createContractWorld("bullmq", { redisUrl: redis.url, workers: 0 });
  }, 120_000);
  afterEach(async () => {
    await processes.endAll();
    for (const worker of world.workers.splice(0)) await worker.stop();
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const open = (options: ContractWorldOptions = {}): Promise<ContractWorld> =>
    createContractWorld("bullmq", { redisUrl: redis.url, ...options });
  const start = (workflow: string, input: unknown = {}, of = world): string =>
    of.engine.runWorkflow(workflow, input, "user").runId;

  /** A worker in a process of its own. */
  const worker = (redisUrl = redis.url): Promise<ChildProcess> => processes.start(world, { redisUrl, sharedKey: key });
  const steps = (runId: string): unknown[] =>
    world.database.sql.prepare("select key from steps where run_id = ? and status = 'completed'").pluck().all(runId);
  const firstStep = async (runId: string): Promise<void> => {
    while (!steps(runId).includes("first")) await new Promise((done) => setTimeout(done, 20));
  };
  const lines = (file: string): string[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").filter((line) => line !== "");
  const recordedOnce = (runId: string): void => {
    const rows = world.database.sql
      .prepare("select count(*) from runs where id = ? and completed_at is not null")
      .pluck();
    expect(rows.get(runId)).toBe(1);
    expect(world.database.sql.prepare("select count(*) from outbox").pluck().get()).toBe(0);
  };

  it("of a worker that is killed in a step go on at another one, at the step after those kept", async () => {
    const [first, hold, file] = [await worker(), world.holdFile("killed"), world.newFile("killed")];
    const runId = start("stepped", { hold, file });
    await firstStep(runId);
    await processes.end(first);
    world.release(hold);
    await worker();
    const run = await world.ended(runId);
    expect(run).toMatchObject({ status: "completed", result: 3, attempt: 2 });
    expect(lines(file).map((line) => line.split(" ")[0])).toEqual(["first", "second"]);
    recordedOnce(runId);
    expect(world.late(runId)).toEqual([]);
  });

  it("of a worker that was frozen past its lock are another's; what it still writes is refused, its result kept as late", async () => {
    const [zombie, hold, file] = [await worker(), world.holdFile("frozen"), world.newFile("frozen")];
    const runId = start("stepped", { hold, file });
    await firstStep(runId);
    zombie.kill("SIGSTOP");
    await worker();
    await world.until(runId, ({ attempt, status }) => attempt === 2 && status === "running");
    world.release(hold);
    const run = await world.ended(runId);
    expect(run).toMatchObject({ status: "completed", result: 3, attempt: 2 });
    const kept = world.database.sql.prepare("select key, attempt, started_at from steps where run_id = ?").all(runId);
    zombie.kill("SIGCONT");
    await world.until(runId, () => world.late(runId).length > 0);
    expect(world.late(runId)).toMatchObject([{ attempt: 1, epoch: 1, outcome: { kind: "completed", result: 3 } }]);
    expect(
      world.database.sql.prepare("select key, attempt, started_at from steps where run_id = ?").all(runId),
    ).toEqual(kept);
    expect(world.engine.getRun(runId)).toEqual(run);
    recordedOnce(runId);
  });

  it("are taken by an idle worker by itself after Redis was away, and wait in the database meanwhile", async () => {
    await world.addWorker();
    expect((await world.ended(start("echo", 1))).status).toBe("completed");
    await redis.kill();
    await world.until(start("echo", 0), ({ waitingFor }) => waitingFor?.kind === "runtime");
    const runId = start("echo", 2);
    const waiting = await world.until(runId, ({ waitingFor }) => waitingFor?.kind === "runtime");
    expect(JSON.stringify(waiting.waitingFor)).toMatch(/Redis cannot be reached/);
    expect(world.runtime.state()).toMatchObject({ state: "degraded" });
    await new Promise((done) => setTimeout(done, count(1_000, 20_000)));
    await redis.start();
    expect(await world.ended(runId, 35_000)).toMatchObject({ status: "completed", result: 2, attempt: 1 });
  });

  it("print most of a mebibyte while Redis is away, and it is kept whole once it is back", async () => {
    // Its run is still its worker's afterwards.
    await using world = await open({ workers: 1, timings: { ...fast, lockMs: 60_000 } });
    const [hold, file] = [world.holdFile("printed"), world.newFile("printed")];
    const many = "seq -f '%05g ü of a log'";
    const waits = `while [ -e '${hold}' ]; do sleep 0.05; done`;
    const command = `${many} 1 10000; ${waits}; ${many} 10001 45000; touch '${file}'; while [ -e '${file}' ]; do sleep 0.05; done`;
    const text = (to: number): string =>
      Array.from({ length: to }, (_, n) => `${String(n + 1).padStart(5, "0")} ü of a log\n`).join("");
    const runId = start("shell.command", { command }, world);
    await world.until(runId, ({ logBytes }) => logBytes === Buffer.byteLength(text(10_000)), 60_000);
    await redis.kill();
    world.release(hold);
    while (!existsSync(file)) await new Promise((done) => setTimeout(done, 20));
    await redis.start();
    world.release(file);
    expect((await world.ended(runId, 60_000)).status).toBe("completed");
    expect(world.log(runId) === text(45_000)).toBe(true);
  });

  it("go on where the server is another one: what was connected leads to a replica that answers, and is made anew", async () => {
    await using first = await startRedis();
    await using second = await startRedis(["--appendonly", "yes", "--replicaof", `127.0.0.1 ${first.port}`]);
    await using proxy = await startProxy(first.port);
    await using over = await createContractWorld("bullmq", { redisUrl: `redis://127.0.0.1:${proxy.port}` });
    expect((await over.ended(start("echo", 1, over))).status).toBe("completed");
    await expect
      .poll(async () => /master_link_status:up/.test(await second.client.info("replication")), { timeout: 30_000 })
      .toBe(true);
    proxy.turn(second.port);
    await second.client.replicaof("NO", "ONE");
    await first.client.replicaof("127.0.0.1", String(second.port));
    expect(await over.ended(start("echo", 2, over), 60_000)).toMatchObject({ status: "completed", result: 2 });
  });

  it("that wait while a worker is idle, which gets none of them over a connection that answers: it makes that anew", async () => {
    // What it is answered on all it asks but the one command that takes a run.
    const allow = (...rules: string[]): Promise<unknown> => redis.client.acl("SETUSER", "taker", ...rules);
    await allow("on", ">pass", "~*", "&*", "+@all", "-rpoplpush");
    await world.addWorker({ redisUrl: `redis://taker:pass@127.0.0.1:${redis.port}` });
    const runId = start("echo", 8);
    await expect
      .poll(() => world.warnings.join("\n"), { timeout: 60_000 })
      .toContain("none of them came for 1 s: the connection to Redis is made anew");
    expect(world.engine.getRun(runId).status).toBe("pending");
    await allow("+rpoplpush");
    expect(await world.ended(runId, 60_000)).toMatchObject({ status: "completed", result: 8, attempt: 1 });
  });

  it.each(["refuse", "blackhole", "cut"] as const)(
    "wait in the database while an engine's connections meet a %s, which is said, and go out once each when they go through",
    async (fault) => {
      await using proxy = await startProxy(redis.port);
      await using over = await open({ redisUrl: `redis://127.0.0.1:${proxy.port}`, workers: 0 });
      await using near = createWorkerProcesses();
      await near.start(over, { redisUrl: redis.url, sharedKey: key });
      expect((await over.ended(start("echo", 1, over))).status).toBe("completed");
      const files = Array.from({ length: 10 }, (_, n) => over.newFile(`${fault}-${n}`));
      const ids = files.slice(0, 5).map((file) => start("stepped", { file }, over));
      proxy.set(fault);
      ids.push(...files.slice(5).map((file) => start("stepped", { file }, over)));
      await expect.poll(() => over.runtime.state(), { timeout: 30_000 }).toMatchObject({ state: "degraded" });
      expect(over.runtime.state().message).toMatch(/Redis cannot be reached/);
      expect(over.engine.getRun(ids.at(-1) ?? "")).toMatchObject({ status: "pending" });
      proxy.set("open");
      for (const id of ids) expect(await over.ended(id, 60_000)).toMatchObject({ status: "completed", attempt: 1 });
      for (const file of files) expect(lines(file).map((line) => line.split(" ")[0])).toEqual(["first", "second"]);
      expect(ids.flatMap((id) => over.late(id))).toEqual([]);
    },
  );

  it("go out over a connection on which a look at everything takes longer than the time until the next look", async () => {
    await using proxy = await startProxy(redis.port);
    await using far = await open({
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      workers: 0,
      timings: { ...fast, watchMs: 100 },
    });
    await using near = createWorkerProcesses();
    await near.start(far, { redisUrl: redis.url, sharedKey: key });
    expect((await far.ended(start("echo", 1, far))).status).toBe("completed");
    // Less than what is answered within `answerMs`, and a look asks many times.
    proxy.delay(count(150, 500));
    const ids = Array.from({ length: 5 }, (_, n) => start("echo", n, far));
    for (const id of ids) expect(await far.ended(id, 30_000)).toMatchObject({ status: "completed", attempt: 1 });
    expect(ids.flatMap((id) => far.late(id))).toEqual([]);
  });

  it("go on after all connections were cut at once", async () => {
    await world.addWorker();
    expect((await world.ended(start("echo", 1))).status).toBe("completed");
    for (const type of ["normal", "pubsub"]) await redis.client.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
    expect(await world.ended(start("echo", 2), 35_000)).toMatchObject({ status: "completed", result: 2 });
  });

  it("are none of them lost when Redis forgets everything: what waited is sent again, what ran is recorded once", async () => {
    const [hold, file] = [world.holdFile("flushed"), world.newFile("flushed")];
    await world.addWorker({ concurrency: 1 });
    const running = start("held", { hold });
    await world.until(running, ({ status }) => status === "running");
    const waiting = start("stepped", { file });
    await redis.client.flushall();
    world.release(hold);
    expect(await world.ended(waiting)).toMatchObject({ status: "completed", attempt: 1 });
    expect((await world.ended(running)).status).toBe("completed");
    expect(lines(file).length).toBe(2);
    recordedOnce(running);
  });

  it("that end while the engine is down are recorded once each, when it is back", async () => {
    const many = count(60, 20_000);
    await world.addWorker({ concurrency: 50 });
    const hold = world.holdFile("down");
    const file = world.newFile("down");
    const command = `while [ -e ${hold} ]; do sleep 0.1; done; echo $ALMANAC_RUN_ID >> ${file}`;
    const ids = Array.from({ length: Math.min(many, 50) }, () => start("shell.command", { command }));
    for (const id of ids) await world.until(id, ({ status }) => status === "running", 60_000);
    await world.restart("crash", async () => {
      world.release(hold);
      const { prefix } = keysOf(world.folderId);
      const done = (): Promise<number> => redis.client.zcard(`${prefix}:default.shell.command:completed`);
      while ((await done()) < ids.length) await new Promise((wait) => setTimeout(wait, 50));
    });
    for (const id of ids) expect(await world.ended(id, 60_000)).toMatchObject({ status: "completed", attempt: 1 });
    expect(lines(file).sort()).toEqual([...ids].sort());
    for (const id of ids) expect(world.late(id)).toEqual([]);
  });

  it("that an engine had claimed and not sent when it ended go out when the next one begins", async () => {
    await world.addWorker();
    const file = world.newFile("unsent");
    // A run that has ended shows that the engine knows of the worker, and claims.
    expect((await world.ended(start("echo", {}))).status).toBe("completed");
    // Redis answers nothing: what is claimed now cannot get there.
    redis.signal("SIGSTOP");
    let runId = "";
    try {
      runId = start("stepped", { file });
      await world.until(runId, () => world.database.sql.prepare("select count(*) from outbox").pluck().get() === 1);
      await world.restart("crash", () => redis.signal("SIGCONT"));
    } finally {
      redis.signal("SIGCONT");
    }
    expect(await world.ended(runId)).toMatchObject({ status: "completed", attempt: 1 });
    expect(lines(file).length).toBe(2);
    recordedOnce(runId);
  });

  it("of a worker that is cut off are another's, and it takes runs again when it is back", async () => {
    await using proxy = await startProxy(redis.port);
    await worker(`redis://127.0.0.1:${proxy.port}`);
    const [hold, file] = [world.holdFile("cut"), world.newFile("cut")];
    const runId = start("stepped", { hold, file });
    await firstStep(runId);
    proxy.set("blackhole");
    const second = await worker();
    await world.until(runId, ({ attempt, status }) => attempt === 2 && status === "running");
    world.release(hold);
    expect(await world.ended(runId)).toMatchObject({ status: "completed", result: 3 });
    await new Promise((done) => setTimeout(done, count(0, 120_000)));
    await processes.end(second);
    proxy.set("open");
    await world.until(runId, () => world.late(runId).length > 0);
    recordedOnce(runId);
    expect(await world.ended(start("echo", 3), 35_000)).toMatchObject({ status: "completed", result: 3 });
  });

  it("that nobody can take say who lacks what", async () => {
    while ((world.redis?.workers().workers ?? []).some(({ state }) => state === "online")) {
      await new Promise((done) => setTimeout(done, 50));
    }
    const runId = start("echo", 1);
    const says = (words: string): Promise<unknown> =>
      world.until(runId, ({ waitingFor }) => JSON.stringify(waitingFor).includes(words));
    await says("No worker is there: start one with almanac worker run");
    await new Promise((done) => setTimeout(done, count(0, 300_000)));
    await world.addWorker({ queues: ["gpu"] });
    await says("takes the queue default");
    await world.addWorker({ key: "another key" });
    await world.until(
      runId,
      () => world.redis?.workers().notes.some((note) => note.includes("another shared key")) === true,
    );
    await world.addWorker();
    expect((await world.ended(runId)).status).toBe("completed");
  });

  it("of two folders on one Redis never meet, though their ids are the same", async () => {
    await using other = await open({ workers: 0 });
    await world.addWorker();
    const folders = { mine: world, theirs: other };
    for (const [whose, { engine }] of Object.entries(folders)) {
      const rules = { spec: { cron: "0 0 1 1 *" }, input: { whose }, overlapPolicy: "allow_all" as const };
      engine.createSchedule({ scheduleId: "same", workflowName: "echo", ...rules }, "user");
    }
    const ids = Array.from({ length: count(10, 500) }, () =>
      Object.entries(folders).map(([whose, one]) => {
        const { runId } = one.engine.triggerSchedule({ scheduleId: "same" }, "user");
        return { whose, one, runId };
      }),
    ).flat();
    for (const { whose, one, runId } of ids)
      expect(await one.ended(runId, 60_000)).toMatchObject({ status: "completed", result: { whose } });
    for (const { one, runId } of ids) expect(one.late(runId)).toEqual([]);
  });

  it("of two folders whose ids are the same are executed one after the other by a worker of both, each recorded in its own", async () => {
    await using other = await open({ workers: 0 });
    const mine = start("stepped", { file: world.newFile("mine") });
    const theirs = start("echo", { whose: "theirs" }, other);
    // As in a copy of a folder that has got a name of its own.
    other.database.sql.prepare("update runs set id = ? where id = ?").run(mine, theirs);
    await world.addWorker();
    expect(await world.ended(mine)).toMatchObject({ status: "completed", result: 3, attempt: 1 });
    expect(await other.ended(mine)).toMatchObject({ status: "completed", result: { whose: "theirs" }, attempt: 1 });
    expect([world.late(mine), other.late(mine)]).toEqual([[], []]);
  });

  it("of one round are no more than the worker's memory bears; the others wait for any other worker", async () => {
    const hold = world.holdFile("memory");
    const first = await world.addWorker({ concurrency: 10, size: 2 });
    const ids = world.engine.write("runs", () => Array.from({ length: 6 }, () => start("held", { hold })));
    const running = (): number => ids.filter((id) => world.engine.getRun(id).status === "running").length;
    await world.until(ids[0] ?? "", () => running() === 2);
    const waiting = (): Promise<number> => redis.client.llen(keysOf(world.folderId).list("default.held", "wait"));
    while ((await waiting()) !== 4) await new Promise((done) => setTimeout(done, 20));
    expect(first.running).toBe(2);
    await world.addWorker({ concurrency: 10, size: 4 });
    await world.until(ids[0] ?? "", () => running() === 6);
    expect(first.running).toBe(2);
    world.release(hold);
    for (const id of ids) expect((await world.ended(id)).status).toBe("completed");
  });

  it("wait while Redis is nearly full, and go out by themselves when it has room", async () => {
    await world.addWorker();
    await world.ended(start("echo", 1));
    const used = Number(/used_memory:(\d+)/.exec(await redis.client.info("memory"))?.[1]);
    await redis.client.config("SET", "maxmemory", String(Math.round(used / 0.9)));
    while (world.runtime.state().state !== "degraded") await new Promise((done) => setTimeout(done, 50));
    const runId = start("echo", 2);
    await world.until(runId, ({ waitingFor }) => JSON.stringify(waitingFor).includes("of its memory is used"));
    await redis.client.config("SET", "maxmemory", "0");
    expect(await world.ended(runId)).toMatchObject({ status: "completed", result: 2 });
  });

  it("leave nothing in Redis but bare ids, and nothing of theirs that can be read with a shared key", async () => {
    await world.addWorker();
    const secretText = "nobody-reads-this";
    const hold = world.holdFile("sealed");
    const runId = start("held", { hold, secretText });
    await world.until(runId, ({ status }) => status === "running");
    const dump = async (): Promise<string> => {
      const all: string[] = [];
      for (const name of await redis.client.keys("*")) {
        const type = await redis.client.type(name);
        if (type === "hash") all.push(JSON.stringify(await redis.client.hgetall(name)));
        if (type === "list") all.push(JSON.stringify(await redis.client.lrange(name, 0, -1)));
        if (type === "string") all.push((await redis.client.get(name)) ?? "");
      }
      return all.join("\n");
    };
    expect(await dump()).not.toContain(secretText);
    expect(await dump()).not.toContain("it is under way");
    world.release(hold);
    await world.ended(runId);
    const { prefix } = keysOf(world.folderId);
    await world.until(runId, () => true);
    for (;;) {
      const left = (await redis.client.keys(`${prefix}*${runId}*`)).sort();
      if (left.length === 1 && (await redis.client.hget(left[0] ?? "", "recorded")) === "1") break;
      await new Promise((done) => setTimeout(done, 50));
    }
  });
});
