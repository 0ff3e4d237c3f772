import { expect, test } from "vitest";
import { broken } from "./invariants.ts";
import { create, expectGone, scheduler, witnessing } from "./realProgram.ts";
import { traceable } from "./strace.ts";
import { count, createRandom, createWorld } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const linux = process.platform === "linux";
if (!linux) console.log("processes are told apart by /proc, which only Linux has: these tests are left out");

test.skipIf(!linux)(
  "the real program killed while its commands run: nothing twice, nothing lost, no process left over",
  { timeout: 3_600_000 },
  async () => {
    await using world = createWorld();
    const random = createRandom();
    const kills = count(1, 50);
    console.log(`seed ${random.seed}, ${kills} kills`);
    for (const id of ["a", "b", "c"]) create(world, id, witnessing(world, "sleep 0.2"));
    const expected = ["a", "b", "c"].map((scheduleId) => ({ scheduleId, everyMs: 1000 }));
    for (let i = 0; i < kills; i += 1) {
      const mark = `${process.pid}-${random.seed}-${i}`;
      const running = await scheduler(world, mark);
      await sleep(random.between(500, 2500));
      await running.kill("SIGKILL");
      expect(broken(world, expected)).toEqual([]);
      await expectGone(mark);
    }
    const mark = `${process.pid}-${random.seed}-last`;
    const last = await scheduler(world, mark);
    await sleep(1500);
    await last.kill("SIGTERM");
    expect(broken(world, expected)).toEqual([]);
    await expectGone(mark);
  },
);

test.skipIf(!linux)(
  "under cancel_other a command that ignores its signal is killed after its grace, and never two run at once",
  { timeout: 60_000 },
  async () => {
    await using world = createWorld();
    create(
      world,
      "stubborn",
      `trap '' TERM; ${witnessing(world, "sleep 30 & wait; sleep 30")}`,
      "--overlap",
      "cancel_other",
    );
    const mark = `${process.pid}-stubborn`;
    const running = await scheduler(world, mark);
    const started = () =>
      world.client(
        (_, { sql }) =>
          sql
            .prepare(
              "select status, started_at as startedAt, completed_at as completedAt, cancel_requested_at as askedAt from runs where started_at is not null order by started_at",
            )
            .all() as { status: string; startedAt: number; completedAt: number | null; askedAt: number }[],
      );
    /** Those that had not yet begun to ignore it ended at once. The last half second of the grace is for saying so. */
    const outlasted = (): boolean =>
      started().some((run) => run.status === "cancelled" && (run.completedAt ?? 0) - run.askedAt >= 4400);
    for (let waited = 0; waited < 40_000 && !outlasted(); waited += 500) await sleep(500);
    await sleep(1000);
    await running.kill("SIGKILL");
    await expectGone(mark);
    const runs = started();
    expect(outlasted()).toBe(true);
    expect(runs.length).toBeGreaterThanOrEqual(2);
    runs.slice(1).forEach((run, i) => {
      expect(run.startedAt).toBeGreaterThanOrEqual(runs[i]?.completedAt ?? Number.POSITIVE_INFINITY);
    });
  },
);

test.skipIf(!traceable)(
  "where there is no memory to start a process it goes on trying, and no run fails for it",
  { timeout: 60_000 },
  async () => {
    await using world = createWorld();
    create(world, "a", "echo done");
    const mark = `${process.pid}-memory`;
    // The first is the reaper's; then the launcher is asked for by each of four runners, and once more a moment later.
    const calls = "clone,?fork,?vfork";
    const failing = ["-e", `trace=${calls}`, "-e", `inject=${calls}:error=ENOMEM:when=1..6`];
    const running = await scheduler(world, mark, {}, ["strace", "-D", "-qq", "-o", "/dev/null", ...failing]);
    const statuses = () =>
      world.client((_, { sql }) => sql.prepare("select distinct status from runs order by status").pluck().all());
    for (let waited = 0; waited < 20_000 && !statuses().includes("completed"); waited += 100) await sleep(100);
    await running.kill("SIGTERM");
    await expectGone(mark);
    expect(statuses()).toContain("completed");
    expect(statuses()).not.toContain("failed");
  },
);
