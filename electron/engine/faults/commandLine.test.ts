import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCli } from "../../cli/testing/runCli.ts";
import { broken } from "./invariants.ts";
import { count, createRandom, createWorld, type World } from "./world.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const program = fileURLToPath(new URL("../../../dist/cli/cli.js", import.meta.url));

/** The real command line with its runner processes; all it starts carries the mark. */
async function scheduler(world: World, mark: string): Promise<{ kill(signal: NodeJS.Signals): Promise<void> }> {
  const child = spawn(process.execPath, [program, "--data-dir", world.dataDir, "scheduler", "run"], {
    env: { ...process.env, FAULT_MARK: mark },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((done) => void child.on("exit", () => done()));
  await new Promise<void>((ready) => {
    child.stderr.on("data", (chunk) => {
      if (/firing \d+ schedule/.test(String(chunk))) ready();
    });
    void ended.then(ready);
  });
  return {
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** Processes that carry a mark in their environment. */
function marked(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/environ`, "utf8").includes(`FAULT_MARK=${mark}`) &&
        !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
      );
    } catch {
      return false;
    }
  });
}

const witnessing = (world: World, work: string): string => {
  const line = (word: string): string =>
    `echo "${word} $ALMANAC_SCHEDULE_ID $ALMANAC_SCHEDULED_TIME $ALMANAC_RUN_ID $ALMANAC_ATTEMPT $$ $(date +%s%3N)" >> '${world.witness}'`;
  return `${line("START")}; ${work}; ${line("END")}`;
};

async function create(world: World, id: string, command: string, ...more: string[]): Promise<void> {
  const made = await runCli([
    "--data-dir",
    world.dataDir,
    "schedules",
    "create",
    "--id",
    id,
    "--workflow",
    "shell.command",
    "--every",
    "1s",
    "--input",
    JSON.stringify({ command }),
    ...more,
  ]);
  expect(made.code, made.err).toBe(0);
}

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
    for (const id of ["a", "b", "c"]) await create(world, id, witnessing(world, "sleep 0.2"));
    const expected = ["a", "b", "c"].map((scheduleId) => ({ scheduleId, everyMs: 1000 }));
    for (let i = 0; i < kills; i += 1) {
      const mark = `${process.pid}-${random.seed}-${i}`;
      const running = await scheduler(world, mark);
      await sleep(random.between(500, 2500));
      await running.kill("SIGKILL");
      expect(broken(world, expected)).toEqual([]);
      for (let waited = 0; marked(mark).length > 0 && waited < 5000; waited += 100) await sleep(100);
      expect(marked(mark)).toEqual([]);
    }
    const mark = `${process.pid}-${random.seed}-last`;
    const last = await scheduler(world, mark);
    await sleep(1500);
    await last.kill("SIGTERM");
    expect(broken(world, expected)).toEqual([]);
    expect(marked(mark)).toEqual([]);
  },
);

test.skipIf(!linux)(
  "under cancel_other a command that ignores its signal is killed after its grace, and never two run at once",
  { timeout: 60_000 },
  async () => {
    await using world = createWorld();
    await create(
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
    for (let waited = 0; marked(mark).length > 0 && waited < 5000; waited += 100) await sleep(100);
    expect(marked(mark)).toEqual([]);
    const runs = started();
    expect(outlasted()).toBe(true);
    expect(runs.length).toBeGreaterThanOrEqual(2);
    runs.slice(1).forEach((run, i) => {
      expect(run.startedAt).toBeGreaterThanOrEqual(runs[i]?.completedAt ?? Number.POSITIVE_INFINITY);
    });
  },
);
