import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { createContractWorld } from "../runtime/testing/contractWorld.ts";
import { cliProgram } from "./testing/runCli.ts";
import { type RunningCli, startCli } from "./testing/startCli.ts";

let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis(["--appendonly", "yes"], { password: "right" });
  folder = mkdtempSync(join(tmpdir(), "almanac-worker-"));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: string[], env: Record<string, string> = {}): RunningCli =>
  startCli(["worker", "run", "--data-dir", folder, ...args], env);

test("a worker takes runs, prints a line for each start and end, and lets what runs end when it is told to go", async () => {
  await using world = await createContractWorld("bullmq", {
    redisUrl: redis.url,
    workers: 0,
    timings: { watchMs: 200 },
  });
  const worker = run(["--concurrency", "2"], {
    ALMANAC_REDIS_URL: redis.url,
    ALMANAC_SHARED_KEY: "a key of the test's",
  });
  await worker.says("takes up to 2 runs at once of 3 workflows from default");
  const hold = world.holdFile("cli");
  const command = `echo under way; while [ -e ${hold} ]; do sleep 0.05; done; exit 3`;
  const { runId } = world.engine.runWorkflow("shell.command", { command }, "user");
  await world.until(runId, () => world.log(runId).includes("under way"));
  expect(world.engine.getRun(runId)).toMatchObject({
    status: "running",
    worker: `pid ${worker.child.pid} on ${(await import("node:os")).hostname()}`,
  });
  worker.child.kill("SIGTERM");
  await worker.says("lets 1 run end");
  world.release(hold);
  expect(await worker.ended).toBe(0);
  expect(await world.ended(runId)).toMatchObject({ status: "failed", error: { code: "EXIT_CODE" } });
  expect(worker.out()).toMatch(/started\s+shell\.command\n.*failed\s+shell\.command\s+\d+\.\ds\s+EXIT_CODE/);
  await world.until(runId, () => world.redis?.workers().workers.length === 0);
});

test("a second signal ends what runs; it is interrupted, and not called off by anybody", async () => {
  await using world = await createContractWorld("bullmq", {
    redisUrl: redis.url,
    workers: 0,
    timings: { watchMs: 200 },
  });
  const worker = run(["--json"], { ALMANAC_REDIS_URL: redis.url, ALMANAC_SHARED_KEY: "a key of the test's" });
  await worker.says('"event":"ready"');
  const { runId } = world.engine.runWorkflow("shell.command", { command: "echo under way; sleep 600" }, "user");
  await world.until(runId, () => world.log(runId).includes("under way"));
  worker.child.kill("SIGTERM");
  worker.child.kill("SIGINT");
  expect(await worker.ended).toBe(143);
  expect(await world.ended(runId)).toMatchObject({ status: "interrupted" });
});

test("what cannot be used is said at once, with the remedy and without the password", async () => {
  const none = run([]);
  expect(await none.ended).toBe(2);
  expect(none.err()).toMatch(/redis: the address of Redis is needed/);
  const bad = run(["--redis", "http://x"]);
  expect(await bad.ended).toBe(2);
  expect(bad.err()).toMatch(/redis: http:\/\/ is not known/);
  const wrong = run(["--redis", `redis://:wr0ng@127.0.0.1:${redis.port}`]);
  expect(await wrong.ended).toBe(1);
  expect(wrong.err()).toMatch(/refuses the user or the password/);
  expect(wrong.err()).not.toContain("wr0ng");
  const queue = run(["--redis", redis.url, "--queue", "no such:name"]);
  expect(await queue.ended).toBe(2);
  expect(queue.err()).toMatch(/queue\[0\]/);
});

test("with --beat it fires the schedules of its folder too", async () => {
  const data = join(folder, "beat");
  const env = { ALMANAC_REDIS_URL: redis.url };
  const worker = run(["--beat", "--data-dir", data], env);
  await worker.says("takes up to 10 runs");
  const made = ["schedules", "create", "--id", "beaten", "--workflow", "shell.command", "--every", "1h"];
  const input = ["--input", '{"command":"true"}', "--data-dir", data];
  const create = spawn(process.execPath, [cliProgram, ...made, ...input], { stdio: "ignore" });
  expect(await new Promise((done) => create.on("close", done))).toBe(0);
  await worker.says("completed    beaten");
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
});
