import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRedis, type TestRedis } from "./bullmq/testing/redis.ts";
import { type ContractWorld, type ContractWorldOptions, createContractWorld } from "./testing/contractWorld.ts";

// What holds of runs whichever runtime executes them: the engine asks nowhere which one it has.
describe.each(["local", "bullmq"] as const)("runs of the %s runtime", (kind) => {
  let redis: TestRedis | null = null;
  beforeAll(async () => {
    if (kind === "bullmq") redis = await startRedis(["--appendonly", "yes"]);
    world = await open({ secrets: { TOKEN: "tok-1234567" } });
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
  });

  const open = (options: ContractWorldOptions = {}): Promise<ContractWorld> =>
    createContractWorld(kind, { redisUrl: redis?.url ?? "", ...options });
  /** Shared by those that need nothing of their own. */
  let world: ContractWorld;
  const start = (world: ContractWorld, workflow: string, input: unknown = {}): string =>
    world.engine.runWorkflow(workflow, input, "user").runId;

  it("execute built-in workflows and those of files, with their result, log and worker", async () => {
    const ids = [
      start(world, "shell.command", { command: "echo hello; echo world >&2" }),
      start(world, "echo", { a: 1 }),
    ];
    const [command, own] = await Promise.all(ids.map((id) => world.ended(id)));
    expect(command).toMatchObject({ status: "completed", attempt: 1, worker: expect.stringContaining("pid ") });
    expect(world.log(ids[0] ?? "")).toContain("hello\nworld\n");
    expect(own).toMatchObject({ status: "completed", result: { a: 1 } });
  });

  it("fail with their error, and are tried again as often as they may", async () => {
    const failed = await world.ended(start(world, "fails"));
    expect(failed).toMatchObject({
      status: "failed",
      error: { code: "WORKFLOW_ERROR", message: "it failed as it was told to" },
    });
    world.engine.createSchedule(
      {
        scheduleId: "retried",
        workflowName: "fails",
        spec: { cron: "0 0 1 1 *" },
        input: { until: 3 },
        maxAttempts: 3,
        retryDelay: "1s",
      },
      "user",
    );
    const { runId } = world.engine.triggerSchedule({ scheduleId: "retried" }, "user");
    await world.until(runId, ({ attempt }) => attempt === 2);
    expect(await world.ended(runId)).toMatchObject({ status: "completed", attempt: 3, result: { attempt: 3 } });
  });

  it("show steps, log and start while they go on, and resume at the steps they have kept", async () => {
    const hold = world.holdFile("steps");
    const file = join(world.folder, "witness");
    const runId = start(world, "stepped", { file, hold });
    await world.until(runId, ({ status }) => status === "running");
    const steps = (): unknown[] =>
      world.database.sql.prepare("select key from steps where run_id = ? and status = 'completed'").pluck().all(runId);
    while (steps().length === 0) await new Promise((done) => setTimeout(done, 20));
    expect(steps()).toEqual(["first"]);
    world.release(hold);
    expect(await world.ended(runId)).toMatchObject({ status: "completed", result: 3 });
    expect(steps()).toEqual(["first", "second"]);
    expect(readFileSync(file, "utf8").split("\n").length).toBe(3);
  });

  it("print most of a mebibyte at once, and all of it is kept, while they go on and after their end", async () => {
    const hold = world.holdFile("printing");
    const command = `seq -f '%05g ü of a log' 1 45000; while [ -e '${hold}' ]; do sleep 0.05; done; echo the last`;
    const printed = Array.from({ length: 45_000 }, (_, n) => `${String(n + 1).padStart(5, "0")} ü of a log\n`).join("");
    const runId = start(world, "shell.command", { command });
    await world.until(runId, ({ logBytes }) => logBytes >= Buffer.byteLength(printed), 60_000);
    // Not told apart line by line where it differs.
    expect(world.log(runId) === printed).toBe(true);
    world.release(hold);
    const run = await world.ended(runId, 60_000);
    expect(world.log(runId) === `${printed}the last\n`).toBe(true);
    expect(run).toMatchObject({ logBytes: Buffer.byteLength(printed) + 9, logDroppedBytes: 0 });
  });

  it("are cancelled while they run and before they began", async () => {
    await using world = await open({ atOnce: 1 });
    const hold = world.holdFile("cancel");
    const first = start(world, "held", { hold });
    await world.until(first, ({ status }) => status === "running");
    const rest = [start(world, "held", { hold }), start(world, "held", { hold }), start(world, "held", { hold })];
    const last = rest.at(-1) ?? "";
    world.engine.cancelRun(last, undefined, "user");
    expect((await world.ended(last)).status).toBe("cancelled");
    for (const id of rest.slice(0, -1)) world.engine.cancelRun(id, undefined, "user");
    world.engine.cancelRun(first, 1_000, "user");
    expect((await world.ended(first)).status).toBe("cancelled");
    // The place is free again, and nothing of the others begins.
    expect(await world.ended(start(world, "echo", 1))).toMatchObject({ status: "completed" });
    expect(rest.map((id) => world.engine.getRun(id)).map(({ status, startedAt }) => [status, startedAt])).toEqual(
      rest.map(() => ["cancelled", null]),
    );
  });

  it("end at their timeout", async () => {
    const hold = world.holdFile("timeout");
    world.engine.createSchedule(
      { scheduleId: "slow", workflowName: "held", spec: { cron: "0 0 1 1 *" }, input: { hold }, timeout: "1s" },
      "user",
    );
    const { runId } = world.engine.triggerSchedule({ scheduleId: "slow" }, "user");
    expect(await world.ended(runId)).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  });

  it("run so many at once and no more; who waits says so", async () => {
    await using world = await open({ atOnce: 2 });
    const hold = world.holdFile("room");
    const ids = Array.from({ length: 5 }, () => start(world, "held", { hold }));
    const running = (): string[] => ids.filter((id) => world.engine.getRun(id).status === "running");
    await world.until(ids[0] ?? "", () => running().length === 2);
    const waiting = ids.filter((id) => !running().includes(id)).map((id) => world.engine.getRun(id));
    expect(waiting.map(({ status }) => status)).toEqual(["pending", "pending", "pending"]);
    for (const run of waiting) expect(["room", "runtime"]).toContain(run.waitingFor?.kind);
    world.release(hold);
    for (const id of ids) expect((await world.ended(id)).status).toBe("completed");
  });

  it("keep to pools", async () => {
    world.engine.pools.set({ name: "one", limit: 1, workflows: ["held"], tags: [] });
    const hold = world.holdFile("pool");
    const ids = [start(world, "held", { hold }), start(world, "held", { hold })];
    await world.until(ids[0] ?? "", () => ids.some((id) => world.engine.getRun(id).status === "running"));
    const waiting = ids.map((id) => world.engine.getRun(id)).find(({ status }) => status === "pending");
    expect(waiting?.waitingFor).toMatchObject({ kind: "pool", pool: "one" });
    expect((await world.ended(start(world, "echo", 1))).status).toBe("completed");
    world.release(hold);
    for (const id of ids) expect((await world.ended(id)).status).toBe("completed");
    world.engine.pools.delete("one");
  });

  it("keep to their schedule's overlap policy", async () => {
    const hold = world.holdFile("overlap");
    world.engine.createSchedule(
      {
        scheduleId: "replaced",
        workflowName: "held",
        spec: { cron: "0 0 1 1 *" },
        input: { hold },
        overlapPolicy: "cancel_other",
      },
      "user",
    );
    const { runId: first } = world.engine.triggerSchedule({ scheduleId: "replaced" }, "user");
    await world.until(first, ({ status }) => status === "running");
    const { runId: second } = world.engine.triggerSchedule({ scheduleId: "replaced" }, "user");
    expect((await world.ended(first)).status).toBe("cancelled");
    await world.until(second, ({ status }) => status === "running");
    world.release(hold);
    expect((await world.ended(second)).status).toBe("completed");
  });

  it("of a backfill keep to its concurrency", async () => {
    const file = join(world.folder, "backfilled");
    const command = `n=$(ls ${world.folder}/at-once 2>/dev/null | wc -l); mkdir -p ${world.folder}/at-once; touch ${world.folder}/at-once/$$; ls ${world.folder}/at-once | wc -l >> ${file}; sleep 0.1; rm ${world.folder}/at-once/$$`;
    world.engine.createSchedule(
      { scheduleId: "past", workflowName: "shell.command", spec: { cron: "0 0 * * *" }, input: { command } },
      "user",
    );
    const { backfillId } = await world.engine.backfills.create(
      { scheduleId: "past", from: "2026-01-01T00:00:00Z", to: "2026-01-09T00:00:00Z", concurrency: 2 },
      "user",
    );
    const done = await world.engine.backfills.waitFor(backfillId);
    expect(done).toMatchObject({ status: "completed", total: 8, completed: 8 });
    const seen = readFileSync(file, "utf8").trim().split("\n").map(Number);
    expect(seen.length).toBe(8);
    expect(Math.max(...seen)).toBeLessThanOrEqual(2);
  });

  it("sleep durably, without a place", async () => {
    const runId = start(world, "dozes");
    const run = await world.until(runId, ({ waitingFor }) => waitingFor?.kind === "sleep");
    expect(run).toMatchObject({ status: "pending", attempt: 1 });
    // Its place is told of a moment after its end.
    await world.until(runId, () => world.runtime.state().busy === 0);
    world.engine.cancelRun(runId, undefined, "user");
    expect((await world.ended(runId)).status).toBe("cancelled");
  });

  it("are given the secrets they ask for, and keep them out of their log", async () => {
    expect(await world.ended(start(world, "tells", { name: "TOKEN" }))).toMatchObject({
      status: "completed",
      result: "7654321-kot",
    });
  });

  it("bring results of a mebibyte, and refuse what is larger", async () => {
    const fits = await world.ended(start(world, "big", { bytes: 1_000_000 }));
    expect(fits).toMatchObject({ status: "completed" });
    expect(String(fits.result).length).toBe(1_000_000);
    expect(await world.ended(start(world, "big", { bytes: 1_100_000 }))).toMatchObject({
      status: "failed",
      error: { code: "RESULT_TOO_LARGE" },
    });
  });
});
