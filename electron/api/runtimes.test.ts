import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AppError } from "../../shared/domain/errors.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import type { WorkerMove } from "../worker/workerHost.ts";
import { startWorkerProgram, type WorkerProgram, type WorkerProgramOptions } from "../worker/workerProgram.ts";
import { owner } from "./access/caller.ts";
import { createCaller } from "./router.ts";
import { tempApp } from "./testing/tempApp.ts";

const refused = async (work: Promise<unknown>): Promise<AppError> => {
  try {
    await work;
  } catch (error) {
    return ((error as { cause?: unknown }).cause ?? error) as AppError;
  }
  throw new Error("it was not refused");
};

const workerOn = (
  redis: TestRedis,
  dataDir: string,
  options: Partial<WorkerProgramOptions> = {},
): Promise<WorkerProgram> =>
  startWorkerProgram({
    redisUrl: redis.url,
    sharedKey: null,
    concurrency: 2,
    queues: ["default"],
    modulePaths: [],
    folder: join(dataDir, `worker-${redis.port}`),
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    onMove: () => {},
    onLoadErrors: () => {},
    ...options,
  });
const soon = { timeout: 30_000 };

describe("the choice of a runtime", () => {
  test("an address that cannot be used is refused at its field with the remedy, and nothing is kept", async () => {
    await using redis = await startRedis(["--maxmemory-policy", "allkeys-lru"], { password: "swordfish" });
    await using app = await tempApp();
    const api = createCaller({ app, actor: "user", caller: owner });
    const words: [given: string | undefined, said: RegExp][] = [
      [undefined, /^redis: an address such as redis:/],
      ["http://redis.example", /^redis: http:\/\/ is not known; expected are redis:/],
      ["redis://127.0.0.1:1", /^redis: Redis cannot be reached.*Check host and port/],
      [`redis://:wrong-word@127.0.0.1:${redis.port}`, /^redis: Redis refuses the user or the password.*Check user/],
      [redis.url, /^redis: Its eviction policy is allkeys-lru.*noeviction/],
    ];
    for (const [given, said] of words) {
      const error = await refused(
        api.runtime.choose({ runtime: "bullmq", ...(given === undefined ? {} : { redis: given }) }),
      );
      expect(error.message).toMatch(said);
      expect(error.issues[0]?.path).toBe("redis");
      expect(JSON.stringify([error.message, error.issues])).not.toMatch(/swordfish|wrong-word/);
    }
    expect(await refused(api.system.setSetting({ key: "runtime", value: "bullmq" }))).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await refused(api.system.setSetting({ key: "runtime", value: "cloud" }))).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await api.runtime.choice()).toEqual({
      runtime: "local",
      redis: null,
      startedWith: null,
      problem: null,
      sharedKey: null,
    });
    expect(await api.runtime.test({ redis: redis.url })).toMatchObject({
      evictionPolicy: "allkeys-lru",
      refused: true,
      problems: expect.arrayContaining([expect.objectContaining({ code: "EVICTS" })]),
    });
  });

  test("the address is kept where no list, file or answer shows it, and is followed without a restart", async () => {
    await using redis = await startRedis(["--appendonly", "yes"], { password: "swordfish" });
    await using app = await tempApp({ role: "engine" });
    await app.start();
    const api = createCaller({ app, actor: "user", caller: owner });
    expect(await api.runtime.choose({ runtime: "bullmq", redis: redis.url })).toEqual({
      runtime: "bullmq",
      redis: `redis://…@127.0.0.1:${redis.port}`,
      startedWith: null,
      problem: null,
      sharedKey: null,
    });
    expect(app.engine.status().runtime?.kind).toBe("bullmq");
    const shown = [
      app.engine.getSettings(),
      await app.secrets.list(),
      await app.doctor(),
      app.status(),
      await api.runtime.test({}),
      readFileSync(join(app.dataDir, "secrets.json"), "utf8"),
      readFileSync(join(app.dataDir, "almanac.db"), "latin1"),
    ];
    expect(JSON.stringify(shown)).not.toContain("swordfish");

    // What another program changes is followed, too.
    await using other = await tempApp({ dataDir: app.dataDir });
    await createCaller({ app: other, actor: "cli", caller: owner }).runtime.choose({ runtime: "local" });
    await expect.poll(() => app.engine.status().runtime?.kind).toBe("local");
    expect(await api.system.setSetting({ key: "runtime", value: "bullmq" })).toMatchObject({ runtime: "bullmq" });
    expect(app.engine.status().runtime?.kind).toBe("bullmq");
    expect(app.errors).toEqual([]);
  });

  test("an address that is gone: runs wait and say why, and what the program was started with holds", async () => {
    await using app = await tempApp({ role: "engine" });
    app.engine.setSetting("runtime", "bullmq");
    await using next = await tempApp({ role: "engine", dataDir: app.dataDir });
    expect(next.runtimes.choice()).toMatchObject({ runtime: "bullmq", problem: expect.stringContaining("Settings") });
    await next.start();
    const { runId } = next.engine.runWorkflow("shell.command", { command: "true" }, "user");
    await expect
      .poll(() => next.engine.getRun(runId).waitingFor)
      .toMatchObject({ kind: "runtime", message: expect.stringContaining("No address of a Redis is kept") });
    await using here = await tempApp({ dataDir: app.dataDir, runtime: { runtime: "local" } });
    expect(here.runtimes.choice()).toMatchObject({ runtime: "local", startedWith: "local" });
    for (const redis of ["http://redis.example", undefined]) {
      const runtime = { runtime: "bullmq" as const, ...(redis === undefined ? {} : { redis }) };
      await expect(tempApp({ dataDir: app.dataDir, runtime })).rejects.toThrow(/^redis: .*redis:\/\//);
    }
  });

  test("what the process that fires was started with is what every other process shows and asks", async () => {
    await using redis = await startRedis(["--appendonly", "yes"], { password: "swordfish" });
    await using app = await tempApp({ role: "engine", runtime: { runtime: "bullmq", redis: redis.url } });
    await app.start();
    await using client = await tempApp({ dataDir: app.dataDir });
    await using standby = await tempApp({ role: "engine", dataDir: app.dataDir });
    await standby.start();
    const worker = await workerOn(redis, app.dataDir);
    try {
      const { runId } = app.engine.runWorkflow("shell.command", { command: "true" }, "user");
      await expect.poll(() => app.engine.getRun(runId).status, { timeout: 30_000 }).toBe("completed");
      for (const { runtimes, doctor } of [client, standby]) {
        expect(runtimes.choice()).toEqual({
          runtime: "bullmq",
          redis: `redis://…@127.0.0.1:${redis.port}`,
          startedWith: "bullmq",
          problem: null,
          sharedKey: null,
        });
        expect((await runtimes.workers()).workers).toMatchObject([{ state: "online" }]);
        expect(await runtimes.resume({})).toEqual([]);
        expect((await doctor()).runtime).toMatch(/^bullmq over redis:.*: 1 worker there$/);
      }
      expect(readFileSync(join(app.dataDir, "almanac.db"), "latin1")).not.toContain("swordfish");

      await app.close();
      // Who takes over goes by the settings, and says so.
      await expect
        .poll(() => client.runtimes.choice(), { timeout: 30_000 })
        .toMatchObject({ runtime: "local", startedWith: null });
      await expect.poll(() => standby.engine.status().role, { timeout: 30_000 }).toBe("owner");
      expect(client.runtimes.choice()).toMatchObject({ runtime: "local", startedWith: null });
    } finally {
      await worker.close();
    }
  });

  test("after a change runs go to workers; what a worker has ends there, also when it is changed back meanwhile", async () => {
    await using redis = await startRedis(["--appendonly", "yes"]);
    await using app = await tempApp({ role: "engine", pollIntervalMs: 200 });
    await using client = await tempApp({ dataDir: app.dataDir });
    await app.start();
    const api = createCaller({ app, actor: "user", caller: owner });
    await api.runtime.choose({ runtime: "bullmq", redis: redis.url });
    const moves: WorkerMove[] = [];
    const worker = await workerOn(redis, app.dataDir, { onMove: (move) => void moves.push(move) });
    try {
      const hold = join(app.dataDir, "hold");
      writeFileSync(hold, "");
      const { runId } = app.engine.runWorkflow(
        "shell.command",
        { command: `while [ -e '${hold}' ]; do sleep 0.05; done; echo let go` },
        "user",
      );
      await expect.poll(() => app.engine.getRun(runId).status, { timeout: 30_000 }).toBe("running");
      // Also a program that fires nothing can say who is there.
      for (const runtimes of [app.runtimes, client.runtimes]) {
        await expect
          .poll(() => runtimes.workers(), { timeout: 30_000 })
          .toMatchObject({
            workers: [{ state: "online", concurrency: 2, queues: ["default"], running: [{ runId }] }],
            queues: [{ queue: "default", workflowName: "shell.command", waiting: 0, active: 1 }],
          });
      }

      await api.runtime.choose({ runtime: "local" });
      expect(app.engine.status().runtime).toMatchObject({
        kind: "local",
        message: "1 run still ends where it started",
      });
      const here = app.engine.runWorkflow("shell.command", { command: "true" }, "user").runId;
      expect(await app.engine.waitForRun(here)).toMatchObject({ status: "completed" });
      rmSync(hold);
      expect(await app.engine.waitForRun(runId)).toMatchObject({ status: "completed", attempt: 1 });
      expect(moves.map(({ kind, job }) => [kind, job.runId])).toEqual([
        ["started", runId],
        ["ended", runId],
      ]);
      await expect.poll(() => app.engine.status().runtime?.message).toBeNull();
      expect(await client.runtimes.workers()).toEqual({ workers: [], queues: [], problem: null, notes: [] });
    } finally {
      await worker.close();
    }
  });

  test("a Redis that is changed before it is drained loses nothing: what waits there goes out anew, what runs there ends there, also past a restart", async () => {
    await using before = await startRedis(["--appendonly", "yes"], { password: "swordfish" });
    await using after = await startRedis(["--appendonly", "yes"]);
    await using first = await tempApp({ role: "engine", pollIntervalMs: 200 });
    await first.start();
    const choose = (app: typeof first, redis: TestRedis) =>
      createCaller({ app, actor: "user", caller: owner }).runtime.choose({ runtime: "bullmq", redis: redis.url });
    await choose(first, before);
    const worker = await workerOn(before, first.dataDir, { concurrency: 1 });
    const next = await workerOn(after, first.dataDir);
    try {
      const hold = join(first.dataDir, "hold");
      writeFileSync(hold, "");
      const command = `while [ -e '${hold}' ]; do sleep 0.05; done`;
      const { runId } = first.engine.runWorkflow("shell.command", { command }, "user");
      await expect.poll(() => first.engine.getRun(runId).status, soon).toBe("running");
      const waits = first.engine.runWorkflow("shell.command", { command: "true" }, "user").runId;
      await expect.poll(async () => (await first.runtimes.workers()).queues[0]?.waiting, soon).toBe(1);

      await choose(first, after);
      expect(await first.engine.waitForRun(waits)).toMatchObject({ status: "completed", attempt: 1 });
      const note = `1 run is still with redis://…@127.0.0.1:${before.port}, where runs went before: it is watched until they have ended`;
      const notesOf = async ({ runtimes }: typeof first): Promise<string> =>
        (await runtimes.workers()).notes.join("\n");
      expect(await notesOf(first)).toContain(note);
      const { dataDir } = first;
      await first.close(0);

      // The next program knows of it, too, and one that fires nothing.
      await using second = await tempApp({ role: "engine", pollIntervalMs: 200, dataDir });
      await second.start();
      await using client = await tempApp({ dataDir });
      for (const app of [second, client]) expect(await notesOf(app)).toContain(note);
      expect(second.engine.getRun(runId)).toMatchObject({ status: "running", attempt: 1 });
      rmSync(hold);
      expect(await second.engine.waitForRun(runId)).toMatchObject({ status: "completed", attempt: 1 });
      expect((await second.runtimes.workers()).notes).toEqual([]);
      const here = second.engine.runWorkflow("shell.command", { command: "true" }, "user").runId;
      expect(await second.engine.waitForRun(here)).toMatchObject({ status: "completed" });
      expect(readFileSync(join(dataDir, "secrets.json"), "utf8")).not.toContain("swordfish");
    } finally {
      await Promise.all([worker.host.stop(), next.host.stop()]);
      await Promise.all([worker.close(), next.close()]);
    }
  }, 120_000);

  test("a shared key is kept where nothing shows it, seals runs from then on, and is not changed under runs", async () => {
    await using redis = await startRedis(["--appendonly", "yes"]);
    await using app = await tempApp({ role: "engine", pollIntervalMs: 200 });
    await app.start();
    app.secrets.set("token", "drowssap");
    const api = createCaller({ app, actor: "user", caller: owner });
    const key = "a key that the page has made";
    for (const bad of ["short", `${key}\nand more`, " ".repeat(40)]) {
      const error = await refused(api.runtime.setSharedKey({ key: bad }));
      expect(error.issues[0]).toMatchObject({ path: "key", message: expect.stringContaining("16 to 4,096") });
      expect(JSON.stringify([error.message, error.issues])).not.toContain(bad);
    }
    await api.runtime.choose({ runtime: "bullmq", redis: redis.url });
    expect(await api.runtime.setSharedKey({ key })).toMatchObject({ runtime: "bullmq", sharedKey: "kept" });
    const shown = [await api.runtime.choice(), app.secrets.list(), app.engine.getSettings(), await app.doctor()];
    expect(JSON.stringify(shown) + readFileSync(join(app.dataDir, "secrets.json"), "utf8")).not.toContain(key);

    const worker = await workerOn(redis, app.dataDir, { sharedKey: key });
    try {
      const command = "echo {{secret.token}} | rev; sleep 0.2";
      const { runId } = app.engine.runWorkflow("shell.command", { command }, "user");
      await expect.poll(() => app.engine.getRun(runId).status, soon).toMatch(/running|completed/);
      if (app.engine.getRun(runId).status === "running") {
        const error = await refused(api.runtime.setSharedKey({ key: null }));
        expect(error.message).toMatch(/1 run is with workers, under the key there is now/);
      }
      expect(await app.engine.waitForRun(runId)).toMatchObject({ status: "completed" });
      expect(app.reads.logs(runId, undefined, 10).map(({ text }) => text)).toEqual(["password\n"]);
      await expect.poll(() => api.runtime.setSharedKey({ key: null }), soon).toMatchObject({ sharedKey: null });
    } finally {
      await worker.host.stop();
      await worker.close();
    }
  }, 120_000);
});
