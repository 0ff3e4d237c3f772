import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { soak } from "../engine/faults/world.ts";
import { type Keys, keysOf } from "../runtime/bullmq/protocol.ts";
import { startRedis, type TestRedis } from "../runtime/bullmq/testing/redis.ts";
import { type ContractWorld, createContractWorld } from "../runtime/testing/contractWorld.ts";
import { createWorkerProcesses } from "./testing/processes.ts";
import { startTrap, type Trap } from "./testing/trap.ts";

const sharedKey = "a key of the test's";
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const points = ["before its journal has it", "in its journal alone", "when Redis has it"] as const;
type Point = (typeof points)[number];
/** Where it has an outcome that nobody else has. */
const worst = soak ? points : (["in its journal alone"] as const);

// A worker that is killed with an outcome that no engine has recorded. A file outside of all that says what was executed.
describe("a worker that is killed with an outcome", () => {
  let redis: TestRedis;
  let trap: Trap;
  let world: ContractWorld;
  let keys: Keys;
  const processes = createWorkerProcesses();
  beforeAll(async () => {
    redis = await startRedis(["--appendonly", "yes"]);
    trap = await startTrap(redis.port);
    world = await createContractWorld("bullmq", { redisUrl: redis.url, workers: 0, sharedKey });
    keys = keysOf(world.folderId);
  }, 120_000);
  afterEach(async () => {
    await processes.endAll();
    await redis.client.del(keys.workers, keys.seen);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await trap[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  type Workflow = "stepped" | "shell.command";
  const worker = (journal: string) => processes.start(world, { redisUrl: redis.url, sharedKey, journal });
  const lines = (file: string): string[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").flatMap((line) => line.split(" ")[0] || []);
  /** What a folder's workers owe. */
  const owed = (journal: string): string[] => {
    const folder = join(journal, "outcomes");
    const jobs = new Set<string>();
    for (const file of existsSync(folder) ? readdirSync(folder) : [])
      for (const line of lines(join(folder, file))) {
        const value: unknown = JSON.parse(line);
        if (typeof value === "string") jobs.delete(value);
        else jobs.add((value as { jobId: string }).jobId);
      }
    return [...jobs];
  };

  /** A worker that takes a run to its end and dies there; the engine is away where something is to happen before it is back. */
  const dieWithOutcome = async (
    point: Point,
    workflow: Workflow,
    beforeBack?: (journal: string) => Promise<unknown>,
  ) => {
    const [journal, file, hold] = [world.newFile("journal"), world.newFile("witness"), world.holdFile("outcome")];
    const command = `echo once >> '${file}'; while [ -e '${hold}' ]; do sleep 0.1; done`;
    const input = { stepped: { file, hold }, "shell.command": { command } }[workflow];
    const redisUrl = `redis://127.0.0.1:${trap.port}`;
    // What an earlier one has closed is open again.
    void trap.set({ when: "before", last: false, fits: () => false, spring: () => {} });
    const child = await processes.start(world, { redisUrl, sharedKey, journal, diesOfEnd: point === points[0] });
    const over = new Promise((done) => child.on("exit", done));
    const { runId } = world.engine.runWorkflow(workflow, input, "user");
    await world.until(runId, ({ status }) => status === "running");
    const completed = keys.list(`default.${workflow}`, "completed");
    void trap.set({
      when: point === "when Redis has it" ? "after" : "before",
      last: true,
      fits: (command) =>
        /^eval/i.test(command[0] ?? "") &&
        [completed, `${runId}_`].every((part) => command.some((word) => word.includes(part))),
      spring: () => void child.kill("SIGKILL"),
    });
    const die = async (): Promise<void> => {
      world.release(hold);
      await over;
      expect(owed(journal)).toEqual(point === points[0] ? [] : [`${runId}_1`]);
      await beforeBack?.(journal);
    };
    await (beforeBack === undefined ? die() : world.restart("crash", die));
    return { runId, journal, file };
  };
  const settled = async (journal: string): Promise<void> => {
    while (owed(journal).length > 0) await pause(50);
  };
  const recordedOnce = (runId: string): void => {
    const count = (what: string): unknown => world.database.sql.prepare(what).pluck().get(runId);
    expect(count("select count(*) from runs where id = ? and completed_at is not null")).toBe(1);
    expect(count("select count(*) from outbox where run_id = ?")).toBe(0);
  };

  const lateOf = (point: Point, outcome: object): object[] =>
    point === "in its journal alone" ? [{ attempt: 1, epoch: 1, outcome }] : [];

  it.each(worst)(
    "%s, and another one is there: what was not handed over is done again, and a journal's is late",
    async (point) => {
      const { runId, journal, file } = await dieWithOutcome(point, "stepped");
      await worker(world.newFile("another"));
      const run = await world.ended(runId);
      expect(run).toMatchObject({ status: "completed", result: 3, attempt: point === "when Redis has it" ? 1 : 2 });
      // The step that had just ended may be unsaid.
      expect(lines(file).slice(0, 2)).toEqual(["first", "second"]);
      expect(
        lines(file)
          .slice(2)
          .filter((line) => line !== "second" || point !== points[0]),
      ).toEqual([]);
      await worker(journal);
      await settled(journal);
      const late = lateOf(point, { kind: "completed", result: 3 });
      await world.until(runId, () => world.late(runId).length >= late.length);
      expect(world.late(runId)).toMatchObject(late);
      expect(world.engine.getRun(runId)).toEqual(run);
      recordedOnce(runId);
    },
  );

  it.each(worst)(
    "%s, of a run that is not done twice unasked: it is interrupted, and a journal's is late",
    async (point) => {
      const { runId, journal, file } = await dieWithOutcome(point, "shell.command");
      const run = await world.ended(runId);
      expect(run).toMatchObject({ status: point === "when Redis has it" ? "completed" : "interrupted", attempt: 1 });
      await worker(journal);
      await settled(journal);
      const late = lateOf(point, { kind: "completed" });
      await world.until(runId, () => world.late(runId).length >= late.length);
      expect(world.late(runId)).toMatchObject(late);
      expect(world.engine.getRun(runId)).toEqual(run);
      expect(lines(file)).toEqual(["once"]);
      recordedOnce(runId);
    },
  );

  // The engine is away meanwhile, so that it has recorded nothing in any of them.
  it.each(points)(
    "%s, and started again in its folder: it hands over what it has, which is no late result",
    async (point) => {
      const { runId, journal, file } = await dieWithOutcome(point, "stepped", worker);
      const run = await world.ended(runId);
      expect(run).toMatchObject({ status: "completed", result: 3, attempt: point === points[0] ? 2 : 1 });
      expect(new Set(lines(file))).toEqual(new Set(["first", "second"]));
      await settled(journal);
      expect(world.late(runId)).toEqual([]);
      recordedOnce(runId);
    },
  );
});
