import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startCli } from "../cli/testing/startCli.ts";
import type { Engine } from "../engine/contract.ts";
import { createEngine } from "../engine/engine.ts";
import { createTestCatalogue } from "../engine/testing/testCatalogue.ts";
import { type Keys, keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { type ContractWorld, createContractWorld, fast } from "../runtime/testing/contractWorld.ts";
import { openDatabase } from "../storage/opening/database.ts";
import { createStores } from "../storage/tables/stores.ts";
import { type Command, startTrap, type Trap } from "./testing/trap.ts";

vi.setConfig({ testTimeout: 7_200_000 });

const sharedKey = "a key of the test's";
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

type Workflow = "stepped" | "big" | "held";
/** Where in Redis a run is: its keys, its job's id and its BullMQ queue. */
interface Place {
  keys: Keys;
  jobId: string;
  queue: string;
}
interface Moment {
  /** The step of the protocol, and what has been done of it. */
  at: string;
  workflow: Workflow;
  when: "before" | "after";
  /** Whose command it is. */
  of: "engine" | "worker";
  fits: (command: Command, place: Place) => boolean;
}

const isNamed = ([name = ""]: Command, ...names: string[]): boolean => names.includes(name.toLowerCase());
const isScript = (command: Command): boolean => isNamed(command, "eval", "evalsha");
const has = (command: Command, ...parts: string[]): boolean =>
  parts.every((part) => command.some((word) => word.includes(part)));

const sends: Moment["fits"] = (command, { jobId }) => has(command, jobId);
const takes: Moment["fits"] = (command, { keys, queue }) =>
  isScript(command) && has(command, keys.list(queue, "active")) && !has(command, keys.list(queue, "completed"));
const hears: Moment["fits"] = (command, { keys, jobId }) => isScript(command) && has(command, keys.said(jobId));
const trims: Moment["fits"] = (command, { keys, jobId }) => isNamed(command, "ltrim") && has(command, keys.said(jobId));
const putsResult: Moment["fits"] = (command, { keys, jobId }) =>
  isNamed(command, "set") && has(command, keys.result(jobId));
const completes: Moment["fits"] = (command, { keys, queue, jobId }) =>
  isScript(command) && has(command, keys.list(queue, "completed"), jobId);
const getsResult: Moment["fits"] = (command, { keys, jobId }) =>
  isNamed(command, "get") && has(command, keys.result(jobId));
const letsGo: Moment["fits"] = (command, { keys, jobId }) => isScript(command) && has(command, keys.recorded, jobId);
const cancels: Moment["fits"] = (command, { keys, jobId }) =>
  isNamed(command, "hset") && has(command, keys.cancels, jobId);
const looksAtGate: Moment["fits"] = (command) => isNamed(command, "info");
const renews: Moment["fits"] = (command, { keys, jobId }) =>
  isScript(command) && has(command, keys.seen) && has(command, jobId);

const moments: readonly Moment[] = [
  { at: "Send, before Redis has the job", workflow: "stepped", of: "engine", when: "before", fits: sends },
  {
    at: "Send, before it knows that Redis has it",
    workflow: "stepped",
    of: "engine",
    when: "after",
    fits: sends,
  },
  { at: "Send, before a worker takes it", workflow: "stepped", of: "worker", when: "before", fits: takes },
  { at: "Send, when a worker has taken it", workflow: "stepped", of: "worker", when: "after", fits: takes },
  { at: "Steps, before it has what was said", workflow: "stepped", of: "engine", when: "after", fits: hears },
  {
    at: "Steps, written and still in Redis",
    workflow: "stepped",
    of: "engine",
    when: "before",
    fits: trims,
  },
  { at: "Steps, written and gone from Redis", workflow: "stepped", of: "engine", when: "after", fits: trims },
  { at: "Finish, in the journal alone", workflow: "big", of: "worker", when: "before", fits: putsResult },
  {
    at: "Finish, the result beside a job that goes on",
    workflow: "big",
    of: "worker",
    when: "before",
    fits: completes,
  },
  { at: "Finish, the job completed", workflow: "big", of: "worker", when: "after", fits: completes },
  { at: "Record, before it is written", workflow: "big", of: "engine", when: "after", fits: getsResult },
  { at: "Record, written and still in Redis", workflow: "big", of: "engine", when: "before", fits: letsGo },
  {
    at: "Record, before it knows that Redis let go",
    workflow: "stepped",
    of: "engine",
    when: "after",
    fits: letsGo,
  },
  { at: "Held, when a worker renews", workflow: "stepped", of: "worker", when: "after", fits: renews },
  { at: "Cancel, in the database alone", workflow: "held", of: "engine", when: "before", fits: cancels },
  {
    at: "Cancel, before it knows that workers are told",
    workflow: "held",
    of: "engine",
    when: "after",
    fits: cancels,
  },
  { at: "Gate, before it is looked at", workflow: "stepped", of: "engine", when: "before", fits: looksAtGate },
  { at: "Gate, before it is open", workflow: "stepped", of: "engine", when: "after", fits: looksAtGate },
];

// A process is killed at each step of what engine and workers tell each other, by what stands between it and Redis. A file
// outside of all that says what was really executed.
describe("killed at each step of the protocol", () => {
  let redis: TestRedis;
  let world: ContractWorld;
  let keys: Keys;
  let engines: Trap;
  let workers: Trap;
  // Long enough for a run that goes on at its worker while the machine is busy.
  const timings = { ...fast, lateMs: 120_000, lockMs: 30_000, answerMs: 5_000 };
  const through = ({ port }: Trap): string => `redis://127.0.0.1:${port}`;
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "yes"]);
    [engines, workers] = await Promise.all([startTrap(redis.port), startTrap(redis.port)]);
    world = await createContractWorld("bullmq", { redisUrl: redis.url, workers: 0, timings, sharedKey });
    keys = keysOf(world.folderId);
    // The command line's own engine goes by the same name in Redis.
    createStores(world.database.sql).settings.set("folderId", world.folderId);
  });
  afterEach(async () => {
    for (const worker of world.workers.splice(0)) await worker.stop();
    await redis.client.del(keys.workers, keys.seen);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    for (const trap of [engines, workers]) await trap[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  /** What a program that fires nothing asks for. */
  const asClient = <T>(work: (engine: Engine) => T): T => {
    const database = openDatabase({ dataDir: join(world.folder, "data") });
    try {
      const catalogue = createTestCatalogue(["stepped", "big", "held"]);
      return work(createEngine({ database, runtime: null, catalogue, programName: "client" }));
    } finally {
      database.close();
    }
  };
  const lines = (file: string): string[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").flatMap((line) => line.split(" ")[0] || []);
  const count = (what: string, runId: string): unknown => world.database.sql.prepare(what).pluck().get(runId);
  /** Its outcome stands in the database once, and Redis has nothing of it but its bare id. */
  const recordedOnce = async (runId: string, queue: string): Promise<void> => {
    expect(count("select count(*) from runs where id = ? and completed_at is not null", runId)).toBe(1);
    expect(count("select count(*) from outbox where run_id = ?", runId)).toBe(0);
    expect(world.late(runId)).toEqual([]);
    for (const list of ["completed", "failed"] as const)
      while ((await redis.client.zcard(keys.list(queue, list))) > 0) await pause(20);
    while ((await redis.client.llen(keys.list(queue, "active"))) > 0) await pause(20);
  };
  const inputOf = (workflow: Workflow, file: string, hold: string): unknown =>
    ({ stepped: { file, hold }, big: { bytes: 200_000, file }, held: { hold } })[workflow];
  const expected: Record<Workflow, { status: string; lines: string[] }> = {
    stepped: { status: "completed", lines: ["first", "second"] },
    big: { status: "completed", lines: ["big"] },
    held: { status: "cancelled", lines: [] },
  };

  /** An engine in a process of its own that is killed at a moment of a run that it finds. */
  const dieAt = async (moment: Omit<Moment, "at">, input: unknown, during: (runId: string) => Promise<void>) => {
    const { workflow, when, of, fits } = moment;
    let runId = "";
    const [dataDir, workflows] = [join(world.folder, "data"), join(world.folder, "workflows.mjs")];
    await world.restart("crash", async () => {
      ({ runId } = asClient((engine) => engine.runWorkflow(workflow, input, "user")));
      const place = { keys, jobId: `${runId}_1`, queue: `default.${workflow}` };
      // A trap that an earlier one has sprung lets nothing through.
      const open = { when: "before", last: false, fits: () => false, spring: () => {} } as const;
      for (const trap of [engines, workers]) void trap.set(open);
      await using engine = startCli(
        ["--data-dir", dataDir, "scheduler", "run", "--runtime", "bullmq", "--module", workflows],
        {
          ALMANAC_REDIS_URL: through(engines),
          ALMANAC_SHARED_KEY: sharedKey,
        },
      );
      void (of === "engine" ? engines : workers).set({
        when,
        last: of === "engine",
        fits: (command) => fits(command, place),
        spring: () => void engine.child.kill("SIGKILL"),
      });
      await during(runId);
      // It ends by nothing else.
      expect(await engine.ended, engine.err()).toBe(null);
    });
    return runId;
  };

  // Each starts a program, and more than once.
  it.each(moments)("an engine at $at: the run is recorded once", async (moment) => {
    const { workflow } = moment;
    const [file, hold] = [world.newFile("witness"), world.holdFile("kill")];
    await world.addWorker({ redisUrl: through(workers) });
    const isHeld = workflow === "held" || moment.fits === trims || moment.fits === renews;
    if (!isHeld) world.release(hold);
    const runId = await dieAt(moment, inputOf(workflow, file, hold), async (id) => {
      if (workflow !== "held") return;
      const status = (): string => asClient((engine) => engine.getRun(id).status);
      while (status() !== "running") await pause(50);
      asClient((engine) => engine.cancelRun(id, 1_000, "user"));
    });
    if (workflow !== "held") world.release(hold);
    const run = await world.ended(runId, 120_000);
    world.release(hold);
    expect(run).toMatchObject({ status: expected[workflow].status, attempt: 1 });
    expect(lines(file)).toEqual(expected[workflow].lines);
    await recordedOnce(runId, `default.${workflow}`);
  });
});
