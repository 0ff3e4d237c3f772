import { existsSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { soak } from "../engine/faults/world.ts";
import { keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { type ContractWorld, createContractWorld, fast } from "../runtime/testing/contractWorld.ts";
import { createWorkerProcesses } from "./testing/processes.ts";

const sharedKey = "a key of the test's";
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
/** A worker that is frozen or dead stays in use, so that runs are sent to it. */
const timings = { ...fast, lockMs: 3_000, renewMs: 600, watchMs: 300, lateMs: 60_000 };
/** No moment has more keys than that. */
const most = 16;

interface One {
  world: ContractWorld;
  runId: string;
  workflow: string;
  file: string;
  hold: string;
}

// Redis loses one key of a folder, whichever: a run of that folder ends all the same, and is recorded once. As many folders
// as there are keys, each of which loses another one.
describe("a key that Redis has lost", () => {
  let redis: TestRedis;
  let worlds: ContractWorld[];
  const processes = createWorkerProcesses();
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "no"]);
    const options = { redisUrl: redis.url, workers: 0, sharedKey, timings };
    worlds = await Promise.all(Array.from({ length: most }, () => createContractWorld("bullmq", options)));
  }, 240_000);
  afterEach(() => processes.endAll());
  afterAll(async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const worker = (journal?: string) =>
    processes.start(worlds[0] as ContractWorld, {
      redisUrl: redis.url,
      sharedKey,
      concurrency: 50,
      timings,
      ...(journal === undefined ? {} : { journal }),
    });
  const startAll = (workflow: "stepped" | "big" | "held"): One[] =>
    worlds.map((world) => {
      const [file, hold] = [world.newFile("witness"), world.holdFile("key")];
      const input = { stepped: { file, hold }, big: { file, bytes: 200_000 }, held: { hold } }[workflow];
      return { world, file, hold, workflow, runId: world.engine.runWorkflow(workflow, input, "user").runId };
    });
  const known = async (): Promise<void> => {
    for (const world of worlds)
      while (!(world.redis?.workers().workers ?? []).some(({ state }) => state === "online")) await pause(50);
  };
  const allRun = async (all: readonly One[]): Promise<void> => {
    for (const { world, runId } of all) {
      await world.until(runId, ({ status }) => status === "running");
      while (world.database.sql.prepare("select count(*) from steps where run_id = ?").pluck().get(runId) !== 1)
        await pause(20);
    }
  };
  const releaseAll = (all: readonly One[]): void => {
    for (const { world, hold } of all) world.release(hold);
  };

  /** Each folder loses another key; the names of all there are. */
  const loseOneEach = async (all: readonly One[]): Promise<string[]> => {
    const nameOf = ({ world, runId }: One, key: string): string =>
      key.replace(keysOf(world.folderId).prefix, "").replaceAll(runId, "RUN");
    const names = new Set<string>();
    for (const one of all)
      for (const key of await redis.client.keys(`${keysOf(one.world.folderId).prefix}*`)) {
        const name = nameOf(one, key);
        // But for those of runs before.
        if (!/[0-9A-HJKMNP-TV-Z]{26}/.test(name) && (name.startsWith(":-") || name.includes(`.${one.workflow}`)))
          names.add(name);
      }
    const sorted = [...names].sort();
    expect(sorted.length).toBeLessThanOrEqual(all.length);
    for (const [i, name] of sorted.entries()) {
      const { world, runId } = all[i] as One;
      await redis.client.del(`${keysOf(world.folderId).prefix}${name.replaceAll("RUN", runId)}`);
    }
    return sorted;
  };
  const allEndOnce = async (all: readonly One[], names: readonly string[], result: unknown, status = "completed") => {
    const beganAt = performance.now();
    const found: Record<string, unknown>[] = [];
    await Promise.all(
      names.map(async (name, i) => {
        const { world, runId, file } = all[i] as One;
        const run = await world.ended(runId, 45_000).catch(() => world.engine.getRun(runId));
        const seconds = Math.round((performance.now() - beganAt) / 100) / 10;
        const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
        const { attempt, error } = run;
        found.push({
          name,
          status: run.status,
          attempt,
          seconds,
          lines,
          error: error?.message,
          isWhole: run.result === result,
        });
      }),
    );
    if (soak) console.table(found);
    for (const one of found)
      expect(one).toMatchObject({ status, attempt: expect.toSatisfy((n) => n <= 2), isWhole: true });
    for (const { world, runId } of all.slice(0, names.length)) {
      const count = (what: string): unknown => world.database.sql.prepare(what).pluck().get(runId);
      expect(count("select count(*) from outbox where run_id = ?")).toBe(0);
      expect(world.late(runId).length).toBeLessThan(world.engine.getRun(runId).attempt);
    }
    // None is left to hold up what comes next.
    for (const { world, runId } of all.slice(names.length)) await world.ended(runId);
  };

  it("while a run waits for a worker: it is executed", async () => {
    const frozen = await worker();
    await known();
    frozen.kill("SIGSTOP");
    const all = startAll("stepped");
    for (const { world, runId } of all)
      while ((await redis.client.exists(keysOf(world.folderId).job("default.stepped", `${runId}_1`))) === 0)
        await pause(20);
    const names = await loseOneEach(all);
    releaseAll(all);
    frozen.kill("SIGCONT");
    await allEndOnce(all, names, 3);
  });

  it("while a run goes on: it ends", async () => {
    await worker();
    const all = startAll("stepped");
    await allRun(all);
    const names = await loseOneEach(all);
    releaseAll(all);
    await allEndOnce(all, names, 3);
  });

  it.runIf(soak)("of a run whose worker is dead: it is taken up again", async () => {
    const dead = await worker();
    const all = startAll("stepped");
    await allRun(all);
    await processes.end(dead);
    const names = await loseOneEach(all);
    releaseAll(all);
    await worker();
    await allEndOnce(all, names, 3);
  });

  it.runIf(soak)("of a run that is to be cancelled: it is", async () => {
    const frozen = await worker();
    const all = startAll("held");
    for (const { world, runId } of all) await world.until(runId, ({ status }) => status === "running");
    frozen.kill("SIGSTOP");
    for (const { world, runId } of all) {
      world.engine.cancelRun(runId, 1_000, "user");
      while ((await redis.client.hlen(keysOf(world.folderId).cancels)) === 0) await pause(20);
    }
    const names = await loseOneEach(all);
    frozen.kill("SIGCONT");
    await allEndOnce(all, names, null, "cancelled");
    releaseAll(all);
  });

  const loseAll = async (how: string): Promise<void> => {
    if (how === "FLUSHALL") await redis.client.flushall();
    else {
      await redis.kill();
      await redis.start({ empty: true });
    }
  };
  it.each(["FLUSHALL", "an end without its data"])(
    "and all others, by %s, of a run whose worker is dead: it is taken up again",
    async (how) => {
      const dead = await worker();
      const all = startAll("stepped");
      await allRun(all);
      await processes.end(dead);
      await loseAll(how);
      releaseAll(all);
      await worker();
      await allEndOnce(
        all,
        all.map(({ runId }) => runId),
        3,
      );
      expect(all.map(({ world, runId }) => world.engine.getRun(runId).attempt)).toEqual(all.map(() => 2));
    },
  );

  /** Large results of all are in Redis and in the worker's journal, and no engine has heard of them. */
  const endWhileAway = async (
    then: "lives" | "is dead" | "is started again",
    lose: typeof loseOneEach,
  ): Promise<void> => {
    const journal = worlds[0]?.newFile("journal") ?? "";
    const one = await worker(journal);
    await known();
    one.kill("SIGSTOP");
    const all = startAll("big");
    for (const { world, runId } of all)
      while ((await redis.client.exists(keysOf(world.folderId).job("default.big", `${runId}_1`))) === 0)
        await pause(20);
    let away = 0;
    let back = (): void => {};
    const mayGoOn = new Promise<void>((done) => {
      back = done;
    });
    const restarts = all.map(({ world }) =>
      world.restart("crash", async () => {
        away++;
        await mayGoOn;
      }),
    );
    while (away < all.length) await pause(20);
    one.kill("SIGCONT");
    for (const { world } of all)
      while ((await redis.client.zcard(keysOf(world.folderId).list("default.big", "completed"))) < 1) await pause(20);
    if (then !== "lives") await processes.end(one);
    const names = await lose(all);
    if (then !== "lives") await worker(then === "is dead" ? undefined : journal);
    back();
    await Promise.all(restarts);
    await allEndOnce(all, names, "x".repeat(200_000));
    // What a journal has is no attempt lost.
    if (then !== "is dead")
      expect(all.map(({ world, runId }) => world.engine.getRun(runId).attempt)).toEqual(all.map(() => 1));
  };
  it.each(soak ? (["lives", "is dead", "is started again"] as const) : (["is started again"] as const))(
    "of a run that ended while the engine was away, and its worker %s: it is recorded",
    (then) => endWhileAway(then, loseOneEach),
  );
  it.runIf(soak)(
    "and all others of runs that ended while the engine was away: what their worker's journal has is recorded",
    () =>
      endWhileAway("is started again", async (all) => {
        await redis.client.flushall();
        return all.map(({ runId }) => runId);
      }),
  );
});
