import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Run } from "../../shared/domain/run.ts";
import { descendantsOf } from "../runtime/local/tree/children.ts";
import { meanProportionalMb } from "../runtime/local/tree/memory.ts";
import { type CliResult, cliProgram, runCli } from "./testing/runCli.ts";

/**
 * Many runs at once, on the program that a person starts: what sleeps holds up nobody, what waits says so, and many cost
 * little. Takes minutes and measures: `npm run soak -- runs-at-once`, which prints the figures.
 */
const sleepSeconds = 60;
const count = 300;
const lines = 10_000;

const linux = process.platform === "linux";
if (!linux) console.log("memory and processes are counted on Linux alone: that test is left out");
const onWindows = process.platform === "win32";
if (onWindows) console.log("there is no bash on Windows: the tests of scripts are left out");

const figures: Record<string, unknown> = {};
let dataDir: string;
let program: ChildProcess;
const cli = (...args: string[]): Promise<CliResult> => runCli(["--data-dir", dataDir, ...args]);

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "almanac-at-once-"));
  program = spawn(process.execPath, [cliProgram, "--data-dir", dataDir, "scheduler", "run", "--quiet"], {
    env: { ...process.env, TZ: "UTC" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  await new Promise<void>((fires, failed) => {
    program.stderr?.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes("firing")) fires();
    });
    program.once("exit", () => failed(new Error(said)));
  });
}, 60_000);

afterEach(async () => {
  if (program.exitCode === null) {
    program.kill("SIGTERM");
    await once(program, "exit");
  }
  rmSync(dataDir, { recursive: true, force: true });
  console.log(JSON.stringify(figures));
}, 60_000);

const far = ["--cron", "0 0 1 1 *"];
const shell = (input: object): string[] => ["--workflow", "shell.command", "--input", JSON.stringify(input)];

async function create(id: string, ...args: string[]): Promise<void> {
  const made = await cli("schedules", "create", "--id", id, ...args, "--json");
  expect(made.err).toBe("");
}
async function trigger(id: string): Promise<string> {
  return (await cli("schedules", "trigger", id, "--json")).json<{ runId: string }>().runId;
}
const runsOf = async (id: string): Promise<Run[]> =>
  (await cli("runs", "list", "--schedule", id, "--limit", "1000", "--json")).json<{ runs: Run[] }>().runs;
const runOf = async (id: string): Promise<Run> => (await cli("runs", "show", id, "--json")).json<Run>();

async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await delay(100);
  }
}

const comm = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return "";
  }
};
/** The program's own processes, without the commands it runs. */
const ownPids = (): number[] => {
  const pid = program.pid as number;
  return [pid, ...descendantsOf([pid]).filter((each) => !["sleep", "sh", ""].includes(comm(each)))];
};
const taken = (): { processes: number; mib: number } => {
  const pids = ownPids();
  return { processes: pids.length, mib: Math.round((meanProportionalMb(pids) ?? 0) * pids.length) };
};

test("four that sleep hold up nothing: a fifth, of each second, runs on time all the while", async () => {
  const sleepers = ["a", "b", "c", "d"];
  for (const id of sleepers) await create(id, ...far, ...shell({ program: "sleep", args: [String(sleepSeconds)] }));
  await create("tick", "--every", "1s", "--overlap", "allow_all", ...shell({ command: "true" }));
  const ids = await Promise.all(sleepers.map(trigger));
  // Each look is a program: looking all the while would be what is measured.
  await delay(sleepSeconds * 1_000);
  await until(
    () => Promise.all(ids.map(runOf)),
    (runs) => runs.every(({ status }) => status === "completed"),
  );
  await cli("schedules", "pause", "tick");
  const from = Math.max(...(await Promise.all(ids.map(runOf))).map((run) => Date.parse(run.startedAt ?? "")));
  const ticks = (
    await until(
      () => runsOf("tick"),
      (runs) => runs.every(({ completedAt }) => completedAt !== null),
    )
  )
    .filter(({ scheduledTime }) => Date.parse(scheduledTime ?? "") > from)
    .map((run) => ({
      at: Date.parse(run.scheduledTime ?? ""),
      lateMs: Date.parse(run.startedAt ?? "") - Date.parse(run.scheduledTime ?? ""),
    }))
    .sort((one, other) => one.at - other.at);
  const late = ticks.map(({ lateMs }) => lateMs).sort((one, other) => one - other);
  figures["tick"] = { runs: ticks.length, p50: late[Math.floor(late.length / 2)], most: late.at(-1) };
  expect(ticks.length).toBeGreaterThanOrEqual(sleepSeconds - 2);
  // Each second has its run: none was skipped, and none came so late that it met the next but one.
  for (const [index, { at }] of ticks.entries()) expect(at).toBe((ticks[0]?.at ?? 0) + index * 1000);
  expect(late.at(-1)).toBeLessThan(2_000);
}, 600_000);

test("with Runs at once 4 the fifth waits for room, and lists, its page, its skipped times and doctor say so", async () => {
  await cli("settings", "set", "runsAtOnce", "4");
  for (const id of ["a", "b", "c", "d"]) await create(id, ...far, ...shell({ program: "sleep", args: ["1000"] }));
  await create("tick", "--every", "1s", ...shell({ command: "true" }));
  await cli("schedules", "pause", "tick");
  const [first] = await Promise.all(["a", "b", "c", "d"].map(trigger));
  await until(
    async () => (await cli("doctor", "--json")).json<{ runs: { running: number } }>().runs.running,
    (running) => running === 4,
  );
  await cli("schedules", "resume", "tick");
  const [waiting] = await until(
    () => runsOf("tick"),
    (runs) => runs.some(({ status }) => status === "pending"),
  );
  expect(waiting?.waitingFor).toMatchObject({ kind: "room", running: 4, limit: 4, place: 1 });
  expect((await cli("runs", "list", "--schedule", "tick")).out).toContain("pending (room)");
  expect((await cli("runs", "show", waiting?.runId ?? "")).out).toMatch(/Waits for room: 4 of 4 runs at once/);
  expect((await cli("doctor")).out).toMatch(/4 of 4 at once are running/);
  const told = await until(
    () => cli("doctor"),
    ({ out }) => out.includes("waited for room since"),
  );
  expect(told.out).toContain("settings set runsAtOnce");
  await cli("runs", "cancel", first ?? "");
  await until(
    () => runOf(waiting?.runId ?? ""),
    ({ status }) => status === "completed",
  );
}, 600_000);

test.skipIf(!linux)(
  "many that sleep start at once, take no process of ours each, and leave the program as it was",
  async () => {
    await cli("settings", "set", "runsAtOnce", String(count + 100));
    await create("many", "--cron", "0 0 * * *", "--overlap", "allow_all", ...shell({ program: "sleep", args: ["20"] }));
    // The command host stands.
    const first = await trigger("many");
    await until(
      () => runOf(first),
      ({ status }) => status === "completed",
    );
    const before = taken();
    const to = new Date(Date.UTC(2025, 0, 1) + count * 86_400_000).toISOString();
    const range = ["--from", "2025-01-01T00:00:00Z", "--to", to];
    const made = await cli(
      "schedules",
      "backfill",
      "many",
      ...range,
      "--concurrency",
      String(count),
      "--yes",
      "--json",
    );
    expect(made.err).toBe("");
    const sleeping = (): number => descendantsOf([program.pid as number]).filter((pid) => comm(pid) === "sleep").length;
    await until(
      async () => sleeping(),
      (running) => running >= count,
    );
    const during = taken();
    const runs = (
      await until(
        () => runsOf("many"),
        (all) => all.every(({ completedAt }) => completedAt !== null),
      )
    ).filter(({ runId }) => runId !== first);
    const starts = runs.map(({ startedAt }) => Date.parse(startedAt ?? "")).sort((one, other) => one - other);
    const spread = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
    const after = taken();
    figures["atOnce"] = { runs: runs.length, allStartedWithinMs: spread, before, during, after };
    expect(runs.filter(({ status }) => status === "completed").length).toBeGreaterThanOrEqual(count);
    expect(spread).toBeLessThan(5_000);
    expect(during.mib).toBeLessThan(300);
    expect([during.processes, after.processes]).toEqual([before.processes, before.processes]);
  },
  600_000,
);

const file = (name: string, text: string): string => {
  const path = join(dataDir, name);
  writeFileSync(path, text);
  chmodSync(path, 0o700);
  return path;
};
const ended = async (path: string): Promise<{ run: Run; log: string }> => {
  const { runId } = (
    await cli("workflows", "run", "script.run", "--input", JSON.stringify({ file: path }), "--json")
  ).json<{ runId: string }>();
  const run = await until(
    () => runOf(runId),
    ({ completedAt }) => completedAt !== null,
  );
  return { run, log: (await cli("runs", "logs", runId)).out };
};

test.skipIf(onWindows)(
  "a script runs by the python of its virtual environment",
  async (context) => {
    const { status, error, stderr, stdout } = spawnSync(
      "python3",
      ["-m", "venv", "--without-pip", join(dataDir, "venv")],
      {
        encoding: "utf8",
      },
    );
    figures["venv"] = status === 0 ? "made" : "not made";
    if (status !== 0) context.skip(`python3 makes no virtual environment here: ${error?.message ?? stdout + stderr}`);
    const { run, log } = await ended(
      file("env.py", `#!${join(dataDir, "venv/bin/python")}\nimport sys\nprint(sys.prefix)\n`),
    );
    expect([run.status, log]).toEqual(["completed", expect.stringContaining(join(dataDir, "venv"))]);
  },
  600_000,
);

test.skipIf(onWindows)(
  "scripts of every kind run by what they say, and their lines come in order",
  async () => {
    const arrays = await ended(
      file("arrays.sh", `#!/usr/bin/env bash\nof=(one "two three" four)\necho "\${#of[@]} \${of[1]}"\n`),
    );
    expect([arrays.run.status, arrays.log]).toEqual(["completed", expect.stringContaining("3 two three")]);
    const bare = await ended(file("bare.sh", "echo plain $0\n"));
    expect([bare.run.status, bare.log]).toEqual(["completed", expect.stringContaining("plain ")]);
    const windows = await ended(file("windows.sh", "#!/bin/sh\r\necho here\r\n"));
    expect(windows.log + JSON.stringify(windows.run.error ?? "")).toMatch(/Windows line ends/);

    const interleaved = await ended(
      file(
        "lines.sh",
        `#!/bin/sh\nn=0\nwhile [ $n -lt ${lines} ]; do echo line $n; n=$((n+1)); echo line $n >&2; n=$((n+1)); done\n`,
      ),
    );
    const numbers = [...interleaved.log.matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
    figures["lines"] = { written: lines, inOrder: numbers.length };
    expect(numbers).toEqual(Array.from({ length: lines }, (_, n) => n));
  },
  600_000,
);
