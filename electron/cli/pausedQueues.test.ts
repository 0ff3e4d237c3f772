import { join } from "node:path";
import { Queue } from "bullmq";
import { expect, test, vi } from "vitest";
import type { DoctorReport } from "../../shared/api/system.ts";
import type { WorkersView } from "../../shared/api/workers.ts";
import { owner } from "../api/access/caller.ts";
import { createCaller } from "../api/router.ts";
import { tempApp } from "../api/testing/tempApp.ts";
import { usualTimings } from "../runtime/bullmq/options.ts";
import { keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis } from "../runtime/bullmq/testing/redis.ts";
import { readinessOf } from "../telemetry/readiness.ts";
import { startWorkerProgram } from "../worker/workerProgram.ts";
import { runCli } from "./testing/runCli.ts";

// Each fact is waited for as long as a busy machine may need.
vi.setConfig({ testTimeout: 180_000 });
const soon = { timeout: 60_000, interval: 100 };
const withoutRedis = { env: { ALMANAC_REDIS_URL: "", ALMANAC_SHARED_KEY: "" } };

test("a queue that was paused with BullMQ's own tools is told wherever it is asked, with the way out, and goes on by it", async () => {
  vi.stubEnv("ALMANAC_SHARED_KEY", "");
  await using redis = await startRedis();
  await using app = await tempApp({ role: "engine" });
  await app.start();
  const api = createCaller({ app, actor: "user", caller: owner });
  await api.runtime.choose({ runtime: "bullmq", redis: redis.url });
  const warnings: string[] = [];
  const worker = await startWorkerProgram({
    redisUrl: redis.url,
    sharedKey: null,
    concurrency: 2,
    queues: ["default"],
    modulePaths: [],
    folder: join(app.dataDir, "worker"),
    logger: { info: () => {}, warn: (...parts: unknown[]) => void warnings.push(parts.join(" ")), error: () => {} },
    onMove: () => {},
    onLoadErrors: () => {},
    timings: { ...usualTimings, pollMs: 100, idleMs: 300 },
  });
  const [folderId = ""] = (await redis.client.hkeys("almanac:folders")) as string[];
  const queue = new Queue("default.shell.command", {
    connection: { port: redis.port, host: "127.0.0.1" },
    prefix: keysOf(folderId).prefix,
  });
  queue.on("error", () => {});
  const cli = (...args: string[]) => runCli(["--data-dir", app.dataDir, ...args], withoutRedis);
  const run = (): string => app.engine.runWorkflow("shell.command", { command: "true" }, "user").runId;
  try {
    const before = run();
    await expect.poll(() => app.engine.getRun(before).status, soon).toBe("completed");
    await expect.poll(() => api.runtime.workers(), soon).toMatchObject({ queues: [{ paused: null }], problem: null });
    expect(readinessOf(app.status())).toEqual({ state: "owner", ready: true });

    await queue.pause();
    const began = Date.now();
    await expect.poll(() => app.status().runtime?.state, soon).toBe("paused");
    const words =
      /^Paused in Redis is the queue default of shell\.command \(since \d{4}-\d\d-\d\d \d\d:\d\d UTC\): its runs wait\. .*almanac workers resume/;
    expect(app.status().runtime?.message).toMatch(words);
    expect(readinessOf(app.status())).toEqual({ state: "queue_paused", ready: true });
    const held = run();
    await expect
      .poll(() => app.engine.getRun(held).waitingFor, soon)
      .toMatchObject({ kind: "runtime", message: expect.stringMatching(/^Paused in Redis is the queue/) });
    const view: WorkersView = await api.runtime.workers();
    expect(view).toMatchObject({ problem: expect.stringMatching(words), queues: [{ workflowName: "shell.command" }] });
    const since = Date.parse(view.queues[0]?.paused?.since ?? "");
    expect(Math.abs(since - began)).toBeLessThan(60_000);
    expect(view.notes).toEqual([expect.stringMatching(words)]);
    // What another program is asked that fires nothing.
    const listed = await cli("workers", "list", "--json");
    expect(listed.json<WorkersView>(), listed.err).toMatchObject({
      problem: expect.stringMatching(words),
      queues: [{ queue: "default", paused: { since: view.queues[0]?.paused?.since } }],
    });
    const table = await cli("workers", "list");
    expect(table.out).toMatch(/Paused/);
    expect(table.out).toContain("Paused in Redis is the queue default of shell.command");
    const doctor = await cli("doctor", "--json");
    expect(doctor.code).toBe(1);
    expect(doctor.json<DoctorReport>()).toMatchObject({
      runtime: expect.stringMatching(/^bullmq/),
      problems: expect.arrayContaining([expect.stringMatching(words)]),
    });
    // The worker says it, too, and leaves its connection in peace.
    await expect.poll(() => warnings, soon).toContainEqual(expect.stringMatching(/default of shell\.command.*paused/));
    expect(warnings.join("\n")).not.toContain("made anew");

    const none = await cli("workers", "resume", "unknown", "--json");
    expect([none.code, none.error().code], none.err).toEqual([2, "NOT_FOUND"]);
    const resumed = await cli("workers", "resume", "shell.command", "--json");
    expect(resumed.json(), resumed.err).toEqual({ resumed: [{ queue: "default", workflowName: "shell.command" }] });
    await expect.poll(() => app.engine.getRun(held).status, soon).toBe("completed");
    await expect.poll(() => app.status().runtime, soon).toMatchObject({ state: "ready", message: null });
    expect(await queue.isPaused()).toBe(false);
    expect((await cli("doctor", "--json")).json<DoctorReport>().problems).toEqual([]);
    expect(await api.runtime.resume({})).toEqual({ resumed: [] });
  } finally {
    await queue.close();
    await worker.host.stop();
    await worker.close();
  }
});

test("what an older BullMQ moved aside when it paused a queue waits, can be called off, and is resumed", async () => {
  await using redis = await startRedis();
  await using app = await tempApp({ role: "engine" });
  await app.start();
  const api = createCaller({ app, actor: "user", caller: owner });
  await api.runtime.choose({ runtime: "bullmq", redis: redis.url });
  const worker = await startWorkerProgram({
    redisUrl: redis.url,
    sharedKey: null,
    concurrency: 2,
    queues: ["default"],
    modulePaths: [],
    folder: join(app.dataDir, "worker"),
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    onMove: () => {},
    onLoadErrors: () => {},
  });
  const run = (command: string): string => app.engine.runWorkflow("shell.command", { command }, "user").runId;
  try {
    const busy = [run("sleep 1000"), run("sleep 1000")];
    for (const runId of busy) await expect.poll(() => app.engine.getRun(runId).status, soon).toBe("running");
    const [dropped, kept] = [run("true"), run("true")];
    const [folderId = ""] = (await redis.client.hkeys("almanac:folders")) as string[];
    const keys = keysOf(folderId);
    const list = (name: "wait" | "paused") => keys.list("default.shell.command", name);
    await expect.poll(() => redis.client.llen(list("wait")), soon).toBe(2);
    await redis.client.rename(list("wait"), list("paused"));
    await redis.client.hset(`${keys.prefix}:default.shell.command:meta`, "paused", "1");
    await expect
      .poll(async () => (await api.runtime.workers()).queues, soon)
      .toMatchObject([{ waiting: 2, paused: { since: null } }]);
    expect((await api.runtime.workers()).problem).toMatch(/the queue default of shell\.command: its runs wait/);
    for (const runId of [dropped, ...busy]) app.engine.cancelRun(runId, 0, "user");
    await expect.poll(() => app.engine.getRun(dropped).status, soon).toBe("cancelled");
    expect(app.engine.getRun(kept).status).toBe("pending");
    expect(await api.runtime.resume({ queue: "default", workflowName: "shell.command" })).toEqual({
      resumed: [{ queue: "default", workflowName: "shell.command" }],
    });
    await expect.poll(() => app.engine.getRun(kept).status, soon).toBe("completed");
  } finally {
    await worker.host.stop();
    await worker.close();
  }
});
