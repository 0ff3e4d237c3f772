import { accessSync, constants, mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createFakeClock, libfaketime } from "./fakeClock.ts";
import { broken } from "./invariants.ts";
import { createWorld, soak, type World } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const schedules = (["none", "latest"] as const).map((catchup) => ({
  scheduleId: catchup,
  workflowName: "witness",
  spec: { interval: "2s" },
  input: {},
  catchup,
}));
const expected = schedules.map(({ scheduleId }) => ({ scheduleId, everyMs: 2000 }));

/** Waits until all that was due at `at` has been decided. */
async function caughtUp(world: World, at: number): Promise<void> {
  const nextRunAt = (): number =>
    world.client((_, { sql }) => Number(sql.prepare("select min(next_run_at) from schedules").pluck().get()));
  for (let waited = 0; nextRunAt() <= at; waited += 200) {
    if (waited > 60_000) throw new Error(`after a minute it still waits for ${new Date(nextRunAt()).toISOString()}`);
    await sleep(200);
  }
}

test("a blocked main loop loses nothing: all late ones fire, and one record says so", {
  timeout: 120_000,
}, async () => {
  await using world = createWorld();
  // More than what counts as held up (3 s) beyond the longest wait for an occurrence (2 s).
  const blockMs = soak ? 60_000 : 6000;
  const program = await world.start({ schedules, blockMs });
  await program.says((said) => said["blocked"] === blockMs, blockMs + 20_000);
  const unblockedAt = Date.now();
  await caughtUp(world, unblockedAt);
  const aliveAt = Date.now();
  await program.kill("SIGTERM");
  expect(broken(world, expected, { ended: true, firedUntil: aliveAt - 5000 })).toEqual([]);
  world.client((_, { sql }) => {
    const downtimes = sql.prepare("select kind, missed from downtimes").all();
    expect(downtimes).toEqual([{ kind: "stalled", missed: 0 }]);
    expect(sql.prepare("select count(*) from omissions where kind = 'missed'").pluck().get()).toBe(0);
  });
  const late = world.lines().filter((line) => line.word === "START" && (line.scheduledAt ?? 0) < unblockedAt);
  for (const line of late) expect(line.at - (line.scheduledAt ?? 0)).toBeLessThanOrEqual(blockMs + 2000);
});

/** Where groups of processes can be frozen; null where this user may make none. */
const freezer = ((folder) => {
  try {
    accessSync(join(folder, "cgroup.procs"), constants.W_OK);
    return folder;
  } catch (error) {
    console.log(`the test of a frozen group is left out: ${String(error)}`);
    return null;
  }
})("/sys/fs/cgroup/freezer");

/** Pauses a process and lets it go on, by the means that are named. */
function createBrake(means: "a signal" | "the freezer", pid: number): Disposable & { set(paused: boolean): void } {
  if (means === "a signal")
    return {
      set: (paused) => void process.kill(pid, paused ? "SIGSTOP" : "SIGCONT"),
      [Symbol.dispose]: () => undefined,
    };
  const group = mkdtempSync(join(freezer ?? "", "almanac-"));
  writeFileSync(join(group, "cgroup.procs"), String(pid));
  return {
    set: (paused) => writeFileSync(join(group, "freezer.state"), paused ? "FROZEN" : "THAWED"),
    [Symbol.dispose]: () => {
      writeFileSync(join(freezer ?? "", "cgroup.procs"), String(pid));
      rmdirSync(group);
    },
  };
}

const means = freezer === null ? (["a signal"] as const) : (["a signal", "the freezer"] as const);

test.for(means)(
  "a process stopped by %s goes on within a second of being continued",
  { timeout: soak ? 1_800_000 : 120_000 },
  async (means) => {
    await using world = createWorld();
    const program = await world.start({ schedules });
    await program.says((said) => said["ready"] === "owner");
    await sleep(500);
    {
      using brake = createBrake(means, program.pid);
      for (const ms of soak ? [1000, 30_000, 600_000] : [1000]) {
        brake.set(true);
        await sleep(ms);
        brake.set(false);
        await caughtUp(world, Date.now());
      }
    }
    const aliveAt = Date.now();
    await program.kill("SIGTERM");
    expect(broken(world, expected, { ended: true, firedUntil: aliveAt - 5000 })).toEqual([]);
  },
);

test.skipIf(libfaketime === null).for(means)(
  "a process stopped by %s whose clock has run on meanwhile, as in a sleep, accounts for it once and goes on",
  { timeout: soak ? 1_800_000 : 120_000 },
  async (means) => {
    await using world = createWorld();
    const clock = createFakeClock(world.dir);
    const program = await world.start({ schedules }, [], clock.env);
    await program.says((said) => said["ready"] === "owner");
    const goOn = async (afterAt: number): Promise<void> => {
      const isOn = ({ scheduleId }: { scheduleId: string }): boolean =>
        world.lines().some((line) => line.scheduleId === scheduleId && (line.scheduledAt ?? 0) > afterAt);
      for (let waited = 0; !schedules.every(isOn); waited += 100) {
        if (waited > 60_000) throw new Error("it has not gone on after a minute");
        await sleep(100);
      }
    };
    await goOn(0);
    // How long it is stopped, and how far its clock has run on then.
    const sleeps = soak ? [1000, 30_000, 600_000].map((ms) => [ms, ms]) : [[1000, 600_000]];
    {
      using brake = createBrake(means, program.pid);
      for (const [stoppedMs = 0, sleptMs = 0] of sleeps) {
        brake.set(true);
        await sleep(stoppedMs);
        clock.shift(sleptMs);
        const wokenAt = clock.now();
        brake.set(false);
        await goOn(wokenAt);
      }
    }
    await program.kill("SIGTERM");
    expect(broken(world, expected, { ended: true })).toEqual([]);
    // Ten minutes were slept through, and more than a minute is caught up.
    world.client((_, { sql }) => {
      const caughtUp = sql.prepare("select schedule_id from runs where trigger = 'catchup'").pluck().all();
      expect(caughtUp).toEqual(["latest"]);
      const slept = sql.prepare("select count(*) from downtimes where kind = 'asleep' and due > 0").pluck().get();
      expect(slept).toBe(1);
    });
  },
);

test("far next runs overflow no timer, and the process's own zone changes nothing", async () => {
  await using world = createWorld();
  const far = [24.8, 25, 90, 400].map((days) => ({
    scheduleId: `d${days}`,
    workflowName: "witness",
    spec: { interval: "500d", startAt: new Date(Date.now() + days * 86_400_000).toISOString() },
    input: {},
  }));
  const zoned = ["America/New_York", "Asia/Tokyo", "Asia/Kolkata"].map((timezone, i) => ({
    scheduleId: `z${i}`,
    workflowName: "witness",
    spec: { cron: "30 4 * * *", timezone },
    input: {},
  }));
  const next = (): unknown =>
    world.client((_, { sql }) => sql.prepare("select id, next_run_at from schedules order by id").all());
  const seen: unknown[] = [];
  for (const TZ of ["America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"]) {
    const program = await world.start({ schedules: [...far, ...zoned] }, [], { TZ });
    await program.says((said) => said["ready"] === "owner");
    await sleep(300);
    await program.kill("SIGTERM");
    expect(program.stderr()).toBe("");
    seen.push(next());
  }
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
  expect(world.lines()).toEqual([]);
});
