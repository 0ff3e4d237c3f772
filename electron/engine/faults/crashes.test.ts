import { expect, test } from "vitest";
import { broken, type Expected } from "./invariants.ts";
import { count, createRandom, createWorld, soak, type World } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** How far a busy engine on a busy machine may be behind. */
const BUSY_MS = 5000;

/** Many schedules every second; a fifth of them last three seconds. */
function load(n: number): {
  schedules: {
    scheduleId: string;
    workflowName: string;
    spec: { interval: string };
    input: { ms: number };
    overlapPolicy: "skip" | "allow_all" | "buffer_all";
  }[];
  expected: Expected[];
} {
  const policies = ["skip", "allow_all", "buffer_all", "skip"] as const;
  const schedules = Array.from({ length: n }, (_, i) => ({
    scheduleId: `s${i}`,
    workflowName: "witness",
    spec: { interval: "1s" },
    input: { ms: i % 5 === 0 ? 3000 : 0 },
    overlapPolicy: policies[i % policies.length] ?? "skip",
  }));
  return { schedules, expected: schedules.map(({ scheduleId }) => ({ scheduleId, everyMs: 1000 })) };
}

async function nothingStuck(world: World, expected: readonly Expected[]): Promise<void> {
  const program = await world.start();
  await program.says((said) => said["ready"] === "owner");
  // What the killed ones left overdue is fired late, which takes a busy machine its time.
  const isBehind = (): boolean =>
    world.client(
      (_, { sql }) =>
        Number(sql.prepare("select min(next_run_at) from schedules").pluck().get()) < Date.now() - BUSY_MS / 2,
    );
  for (let waited = 0; waited < 120_000 && isBehind(); waited += 500) await sleep(500);
  const pid = program.pid;
  const stuck = world.client(
    (_, { sql }) =>
      sql.prepare("select id, worker from runs where status = 'running'").all() as {
        id: string;
        worker: string | null;
      }[],
  );
  expect(stuck.filter((run) => run.worker !== null && run.worker !== `pid ${pid}`)).toEqual([]);
  const aliveAt = Date.now();
  await program.kill("SIGTERM");
  expect(broken(world, expected, { ended: true, firedUntil: aliveAt - BUSY_MS })).toEqual([]);
}

test("killed at random points under load: nothing twice, nothing lost, counters equal the rows", {
  timeout: 4 * 3_600_000,
}, async () => {
  await using world = createWorld();
  const random = createRandom();
  const kills = count(3, 1000);
  const { schedules, expected } = load(200);
  console.log(`seed ${random.seed}, ${kills} kills`);
  const found: string[] = [];
  for (let i = 0; i < kills && found.length === 0; i += 1) {
    const program = await world.start({ schedules });
    // A third of them may come before it is ready; the first not, or there would be nothing to judge.
    if (i % 3 !== 2) await program.says((said) => "ready" in said, 60_000);
    await sleep(random.between(200, 3000));
    await program.kill();
    // Nothing that is broken mends itself, and all there is takes ever longer to judge: hours for each of a thousand.
    if (i < 10 || i % 25 === 0)
      found.push(...broken(world, expected).map((problem) => `after kill ${i + 1}: ${problem}`));
  }
  expect(found).toEqual([]);
  await nothingStuck(world, expected);
  expect(world.lines().filter((line) => line.word === "END").length).toBeGreaterThan(0);
  console.log(`${kills} kills, ${world.lines().length} lines of the witness, 0 violations`);
});

test("a thousand schedules due in one second each fire once", async () => {
  await using world = createWorld();
  const schedules = Array.from({ length: 1000 }, (_, i) => ({
    scheduleId: `s${i}`,
    workflowName: "witness",
    spec: { cron: "0,3,6,9,12,15,18,21,24,27,30,33,36,39,42,45,48,51,54,57 * * * * *" },
    input: {},
  }));
  const seconds = Array.from({ length: 20 }, (_, i) => i * 3);
  const program = await world.start({ schedules });
  await program.says((said) => said["ready"] === "owner");
  await sleep(5000);
  const aliveAt = Date.now();
  await program.kill("SIGTERM");
  const problems = broken(
    world,
    schedules.map(({ scheduleId }) => ({ scheduleId, seconds })),
    { ended: true, firedUntil: aliveAt - BUSY_MS },
  );
  expect(problems).toEqual([]);
  const starts = world.lines().filter((line) => line.word === "START");
  expect(starts.length).toBeGreaterThanOrEqual(1000);
  expect(program.stderr()).toBe("");
});

async function firstTickOfMany(): Promise<void> {
  await using world = createWorld();
  const schedules = Array.from({ length: 10_000 }, (_, i) => ({
    scheduleId: `s${i}`,
    workflowName: "witness",
    spec: { interval: "1h" },
    input: {},
    paused: i > 0,
  }));
  const first = await world.start({ schedules });
  await first.says((said) => said["ready"] === "owner", 60_000);
  await first.kill();
  const second = await world.start();
  const { uptimeMs } = await second.says((said) => said["ready"] === "owner");
  console.log(`ready after ${String(uptimeMs)} ms`);
  expect(Number(uptimeMs)).toBeLessThanOrEqual(2000);
}
// A duration, and so no matter of everyday tests.
if (soak) test("the first tick comes within two seconds of the start, with 10,000 schedules", firstTickOfMany);
