import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { count } from "../engine/faults/world.ts";
import { FOLDERS_KEY, jobIdOf, type Keys, keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { type ContractWorld, createContractWorld } from "../runtime/testing/contractWorld.ts";

const queueName = "default.shell.command";
const said = (what: object): string => JSON.stringify({ at: 1, ...what });
const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
/** What no worker says of a run. */
const messages: Record<string, () => string> = {
  "no JSON": () => "{",
  binary: () => Buffer.from([0xff, 0x00, 0xfe, 0x0a]).toString("latin1"),
  "another kind": () => said({ kind: "ended", outcome: { kind: "completed" } }),
  "no kind": () => said({}),
  "a time that no date holds": () => said({ kind: "started", at: 1e300, worker: "w" }),
  "a log that is none": () => said({ kind: "log", stream: "stdout", text: 7 }),
  "a stream of its own": () => said({ kind: "log", stream: "database", text: "x" }),
  "a step without its parts": () => said({ kind: "step", step: { key: "k" } }),
  "a step from before its beginning": () => said({ kind: "step", step: { key: "k", sequence: -1 } }),
  "a prototype": () => `{"kind":"log","at":1,"stream":"log","text":"x","__proto__":{"kind":"step"}}x`,
  deep: () => deep(200_000),
  "deep in a step": () =>
    `{"kind":"step","step":{"key":"k","name":"k","sequence":0,"status":"completed","attempt":1,"result":${deep(50_000)},"startedAt":1,"completedAt":1}}`,
  long: () => said({ kind: "log", stream: "stdout", text: "x".repeat(5 * 1024 * 1024) }),
  "longer than anything": () => "x".repeat(20 * 1024 * 1024),
};

// Somebody writes into Redis what no engine or worker would. Their own runs fail with a code, and all others go on.
describe.each([
  ["without a shared key", null],
  ["with a shared key", "a key of the test's"],
])("what nobody can read in Redis, %s,", (_name, sharedKey) => {
  let redis: TestRedis;
  let world: ContractWorld;
  let keys: Keys;
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "no"]);
    world = await createContractWorld("bullmq", { redisUrl: redis.url, sharedKey, atOnce: 40 });
    keys = keysOf(world.folderId);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });
  const held = async (name: string): Promise<{ runId: string; jobId: string; hold: string }> => {
    const hold = world.holdFile(name);
    // A command, since each run of workflow code has a process of its own to start.
    const command = `while [ -e ${hold} ]; do sleep 0.1; done; echo let go`;
    const { runId } = world.engine.runWorkflow("shell.command", { command }, "user");
    await world.until(runId, ({ status }) => status === "running");
    return { runId, jobId: jobIdOf({ runId, epoch: 1 }), hold };
  };
  const others = async (): Promise<void> => {
    const { runId } = world.engine.runWorkflow("echo", { still: "here" }, "user");
    expect(await world.ended(runId)).toMatchObject({ status: "completed", result: { still: "here" } });
  };
  const allEnd = async (): Promise<void> => {
    while (world.workers.some(({ running }) => running > 0)) await new Promise((done) => setTimeout(done, 20));
    while ((await redis.client.hlen(keys.returned)) > 0) await new Promise((done) => setTimeout(done, 20));
  };
  const failsAlone = async ({ runId, hold }: { runId: string; hold: string }): Promise<void> => {
    expect(await world.ended(runId)).toMatchObject({ status: "failed", error: { code: "RUNNER_PROTOCOL" } });
    await others();
    // What comes of it after that changes nothing, and nothing of it stays in Redis.
    world.release(hold);
    await allEnd();
    expect(world.engine.getRun(runId).status).toBe("failed");
    expect(world.late(runId)).toEqual([]);
    expect(await redis.client.exists(keys.said(jobIdOf({ runId, epoch: 1 })))).toBe(0);
  };

  it("fails the run of which it is said, of each kind", async () => {
    const runs = await Promise.all(
      Object.entries(messages).map(async ([kind, make], n) => ({ kind, make, ...(await held(`kind-${n}`)) })),
    );
    for (const { jobId, make } of runs) {
      await redis.client.rpush(keys.said(jobId), Buffer.from(make(), "latin1"));
      await redis.client.publish(keys.engineBell, `S ${queueName} ${jobId}`);
    }
    for (const { kind, runId } of runs) {
      const { status, error } = await world.ended(runId);
      expect({ kind, status, code: error?.code }).toEqual({ kind, status: "failed", code: "RUNNER_PROTOCOL" });
    }
    await others();
    for (const { hold } of runs) world.release(hold);
    await allEnd();
    for (const { runId } of runs) expect(world.engine.getRun(runId).status).toBe("failed");
  });

  it("fails one run alone, however much there is of it", async () => {
    const one = await held("flood");
    const kinds = Object.entries(messages).filter(([kind]) => !kind.startsWith("long") && !kind.startsWith("deep"));
    const many = count(500, 10_000);
    for (let at = 0; at < many; at += 500) {
      const texts = Array.from({ length: 500 }, (_, n) => kinds[(at + n) % kinds.length]?.[1]() ?? "");
      await redis.client.rpush(keys.said(one.jobId), ...texts);
      await redis.client.publish(keys.engineBell, Array(500).fill(`S ${queueName} ${one.jobId}`).join("\n"));
    }
    await failsAlone(one);
  });

  it("fails the run whose end it is", async () => {
    for (const [n, value] of [
      "{",
      "null",
      "[]",
      deep(100_000),
      '{"finished":7}',
      "x".repeat(20 * 1024 * 1024),
    ].entries()) {
      const one = await held(`end-${n}`);
      await redis.client.hset(keys.job(queueName, one.jobId), { returnvalue: value, finishedOn: "1" });
      await redis.client.publish(keys.engineBell, `S ${queueName} ${one.jobId}`);
      expect(await world.ended(one.runId)).toMatchObject({ status: "failed", error: { code: "RUNNER_PROTOCOL" } });
      world.release(one.hold);
    }
    await others();
  });

  it("is passed by where it belongs to no run", async () => {
    const junk = ["{", "null", deep(10_000), "x".repeat(100_000), '{"jobId":{},"nonce":1}'];
    for (const [n, text] of junk.entries()) {
      const one = await held(`junk-${n}`);
      await redis.client.rpush(keys.asks, text);
      await redis.client.hset(keys.returned, { [`nobody_${n}`]: text, "no id": text, [`${one.runId}_99`]: text });
      await redis.client.hset(keys.workers, { [`nobody-${n}`]: text });
      await redis.client.hset(keys.seen, { [`nobody-${n}`]: text });
      await redis.client.hset(FOLDERS_KEY, { [`nobody-${n}`]: text });
      await redis.client.hset(keys.cancels, { [`nobody_${n}`]: text });
      await redis.client.sadd(keys.queues, text.slice(0, 50), `default.${text.slice(0, 50)}`);
      for (const list of ["completed", "failed"] as const)
        await redis.client.zadd(keys.list(queueName, list), 1, text.slice(0, 50), 1, `nobody_${n}`);
      for (const bell of [keys.engineBell, keys.workerBell]) await redis.client.publish(bell, text);
      world.release(one.hold);
      expect(await world.ended(one.runId)).toMatchObject({ status: "completed" });
      await others();
    }
  });

  it("is not run by a worker", async () => {
    const before = world.warnings.length;
    for (const [n, data] of ["{", "null", '{"job":{}}', deep(10_000)].entries()) {
      const jobId = `nobody${n}_1`;
      await redis.client.hset(keys.job("default.echo", jobId), {
        name: "echo",
        data,
        opts: "{}",
        timestamp: "1",
        delay: "0",
        priority: "0",
      });
      await redis.client.lpush(keys.list("default.echo", "wait"), jobId);
    }
    await redis.client.publish(keys.workerBell, "default.echo");
    await others();
    while ((await redis.client.llen(keys.list("default.echo", "wait"))) > 0)
      await new Promise((done) => setTimeout(done, 20));
    await others();
    expect(world.warnings.slice(before).join("\n")).toMatch(/could not be taken|could not be fetched/);
  });
});
