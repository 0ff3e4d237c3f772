import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cron } from "croner";
import { schedule as nodeCron } from "node-cron";
import { SimpleIntervalJob, Task, ToadScheduler } from "toad-scheduler";
import { createAlmanacApp } from "../electron/api/app.ts";
import { createEngine } from "../electron/engine/engine.ts";
import { createTestCatalogue } from "../electron/engine/testing/testCatalogue.ts";
import { openDatabase } from "../electron/storage/opening/database.ts";
import { createStores } from "../electron/storage/tables/stores.ts";
import type { CreateScheduleInput } from "../shared/api/schedules.ts";
import { inProcess } from "./lib/inProcess.ts";
import { processorMs, processTree, proportionalMiB } from "./lib/processTree.ts";
import { type Bench, type BenchTable, runAsProgram, versionOf } from "./lib/report.ts";

const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
const percentile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? 0;
};
const quiet = { info: () => {}, warn: () => {}, error: console.error };
const withFolder = async <T>(work: (dataDir: string) => Promise<T>): Promise<T> => {
  const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-engine-"));
  try {
    return await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/** Longer than any burst takes: ends are written after all starts. */
const LASTS_MS = 5000;

/** Makes schedules in one transaction, with no engine running. */
function make(dataDir: string, inputs: readonly CreateScheduleInput[], workflows: readonly string[]): void {
  const database = openDatabase({ dataDir });
  const catalogue = createTestCatalogue(workflows);
  const engine = createEngine({ database, runtime: null, catalogue, programName: "bench", logger: quiet });
  database.transaction(() => {
    for (const input of inputs) engine.createSchedule(input, "code");
  });
  database.close();
}

const once500Days = (at: number): CreateScheduleInput["spec"] => ({
  interval: "500d",
  startAt: new Date(at).toISOString(),
});
const nextSecond = (inMs: number): number => Math.ceil((Date.now() + inMs) / 1000) * 1000;

interface Burst {
  /** When each handler was reached, ms after the due instant. */
  starts: number[];
}

/** All schedules due at the same instant. */
function ourBurst(n: number): Promise<Burst & { durableMs: number }> {
  return withFolder(async (dataDir) => {
    const due = nextSecond(n / 4 + 1500);
    const inputs = Array.from({ length: n }, (_, i) => ({
      scheduleId: `s${i}`,
      workflowName: "noop",
      spec: once500Days(due),
      input: {},
    }));
    make(dataDir, inputs, ["noop"]);
    const database = openDatabase({ dataDir });
    const starts: number[] = [];
    const engine = createEngine({
      database,
      runtime: inProcess((at) => starts.push(at - due), LASTS_MS),
      catalogue: createTestCatalogue(["noop"]),
      programName: "bench",
      logger: quiet,
    });
    // The peers run all that are due; a limit would measure how long the handlers last.
    engine.setSetting("runsAtOnce", n);
    await engine.start();
    if (Date.now() > due) throw new Error("the schedules were not ready in time");
    while (starts.length < n) await sleep(20);
    await engine.stop(0);
    // A start is reached only after the transaction that fired it, so the last start is when all are durable.
    const fired = database.sql.prepare("select count(*) from runs where trigger = 'schedule'").pluck().get();
    database.close();
    if (fired !== n) throw new Error(`${String(fired)} of ${n} fired`);
    return { starts, durableMs: Math.max(...starts) };
  });
}

async function peerBurst(n: number, start: (due: number, handler: () => void) => () => void): Promise<Burst> {
  const due = nextSecond(n / 4 + 1500);
  const starts: number[] = [];
  const stops: (() => void)[] = [];
  for (let i = 0; i < n; i += 1) stops.push(start(due, () => starts.push(Date.now() - due)));
  const until = due + 10_000;
  // One of them complains on the console of each firing it was too late for.
  const { log, warn } = console;
  console.log = console.warn = () => {};
  while (starts.length < n && Date.now() < until) await sleep(20);
  for (const stop of stops) stop();
  Object.assign(console, { log, warn });
  return { starts: starts.slice(0, n) };
}

const secondOf = (due: number): string => `${new Date(due).getSeconds()} ${new Date(due).getMinutes()} * * * *`;
const peers: Record<string, (due: number, handler: () => void) => () => void> = {
  croner: (due, handler) => {
    const job = new Cron(secondOf(due), { maxRuns: 1 }, handler);
    return () => job.stop();
  },
  "node-cron": (due, handler) => {
    const job = nodeCron(secondOf(due), handler);
    return () => void job.destroy();
  },
  "toad-scheduler": (due, handler) => {
    const scheduler = new ToadScheduler();
    scheduler.addSimpleIntervalJob(
      new SimpleIntervalJob({ milliseconds: Math.max(1, due - Date.now()) }, new Task("t", handler)),
    );
    return () => scheduler.stop();
  },
};

async function burst(quick: boolean): Promise<BenchTable> {
  const rows: (string | number)[][] = [];
  for (const n of quick ? [1000] : [1000, 10_000]) {
    const { starts, durableMs } = await ourBurst(n);
    const own = [
      "Almanac, durable",
      n,
      rounded(percentile(starts, 0.5)),
      rounded(percentile(starts, 0.99)),
      rounded(durableMs),
    ];
    rows.push(own);
    for (const [name, start] of Object.entries(peers)) {
      const peer = await peerBurst(n, start);
      const all = peer.starts.length === n ? rounded(Math.max(...peer.starts)) : `${peer.starts.length} of ${n}`;
      if (name === "croner") own.push(`p99 ${rounded(percentile(peer.starts, 0.99))}`);
      rows.push([
        `${name} ${versionOf(name)}, in memory`,
        n,
        rounded(percentile(peer.starts, 0.5)),
        rounded(percentile(peer.starts, 0.99)),
        all,
        "",
      ]);
    }
  }
  return {
    title: "Schedules due in the same second: ms from the due instant to the handler",
    columns: ["what", "schedules", "p50", "p99", "all", "at most"],
    rows,
    notes: [
      "Almanac: each firing (run, counters, next occurrence, history) and claim is committed with synchronous=FULL before its handler is reached; handlers end 5 s later",
    ],
  };
}

/** 1,000 firings spread over 20 s among 10,000 schedules. */
async function lateness(quick: boolean): Promise<BenchTable> {
  const [all, firing, overMs] = quick ? [2000, 200, 4000] : [10_000, 1000, 20_000];
  const ours = await withFolder(async (dataDir) => {
    const folder = join(dataDir, "workflows");
    const data = join(dataDir, "data");
    make(data, [], []);
    mkdirSync(folder);
    writeFileSync(
      join(folder, "noop.ts"),
      'import { workflow } from "almanac";\nexport const noop = workflow("noop", async () => null);\n',
    );
    const from = nextSecond(all / 3 + 9000);
    const inputs = Array.from({ length: all }, (_, i) => ({
      scheduleId: `s${i}`,
      workflowName: "noop",
      input: {},
      spec: once500Days(i < firing ? from + Math.round((i * overMs) / firing) : from + 86_400_000 + i),
    }));
    make(data, inputs, ["noop"]);
    const app = await createAlmanacApp({ dataDir: data, programName: "bench", modulePaths: [folder], logger: quiet });
    await app.start();
    // Every runner has loaded the file before anything is measured.
    await Promise.all(
      Array.from({ length: 40 }, () => app.engine.waitForRun(app.engine.runWorkflow("noop", {}, "code").runId)),
    );
    if (Date.now() > from) throw new Error("the schedules were not ready in time");
    await sleep(from + overMs + 1500 - Date.now());
    await app.close(0);
    const database = openDatabase({ dataDir: data });
    const late = database.sql
      .prepare("select started_at - scheduled_at from runs where trigger = 'schedule'")
      .pluck()
      .all() as number[];
    database.close();
    return late;
  });
  const from = nextSecond(2000);
  const croner: number[] = [];
  const jobs: Cron[] = [];
  for (let i = 0; i < all; i += 1) {
    const at = i < firing ? from + Math.round((i * overMs) / firing) : from + 86_400_000 + i * 1000;
    // It takes whole seconds only.
    const due = Math.ceil(at / 1000) * 1000;
    jobs.push(new Cron(new Date(due), () => void croner.push(Date.now() - due)));
  }
  await sleep(from + overMs + 2500 - Date.now());
  for (const job of jobs) job.stop();
  const row = (name: string, late: readonly number[], targets: string): (string | number)[] => [
    name,
    late.length,
    rounded(percentile(late, 0.5)),
    rounded(percentile(late, 0.99)),
    rounded(Math.max(...late)),
    targets,
  ];
  return {
    title: `Lateness: ${firing} firings over ${overMs / 1000} s among ${all} schedules, ms from the due instant to the start`,
    columns: ["what", "runs", "p50", "p99", "most", "at most"],
    rows: [
      row("Almanac, durable, on a warm runner process", ours, "p50 5, p99 15"),
      row(`croner ${versionOf("croner")}, in memory, in process`, croner, ""),
    ],
  };
}

interface Idle {
  /** % of one core. */
  cpu: number;
  pssMiB: number;
}

/** What a headless engine takes while nothing is due, with all the processes that it keeps. */
async function idleEngine(n: number, seconds: number): Promise<Idle> {
  return withFolder(async (dataDir) => {
    const inputs = Array.from({ length: n }, (_, i) => ({
      scheduleId: `s${i}`,
      workflowName: "shell.command",
      input: { command: "true" },
      spec: { cron: `${i % 60} ${i % 24} 1 1 *` },
    }));
    make(dataDir, inputs, ["shell.command"]);
    const program = fileURLToPath(new URL("../../cli/cli.js", import.meta.url));
    const child = spawn(process.execPath, [program, "--data-dir", dataDir, "scheduler", "run"], { stdio: "ignore" });
    // The first backup is made, and its thread has ended.
    await sleep(16_000);
    const pids = processTree(child.pid ?? 0);
    const [before, beganAt] = [processorMs(pids), performance.now()];
    await sleep(seconds * 1000);
    const cpu = (100 * (processorMs(pids) - before)) / (performance.now() - beganAt);
    const pssMiB = proportionalMiB(pids);
    child.kill("SIGTERM");
    await once(child, "exit");
    return { cpu, pssMiB };
  });
}

const cronerJobs = `
  import { Cron } from "croner";
  const n = Number(process.argv[1]);
  const before = process.memoryUsage().rss;
  const jobs = Array.from({ length: n }, (_, i) => new Cron(i % 60 + " " + i % 24 + " 1 1 *", () => {}));
  console.log((process.memoryUsage().rss - before) / 1048576);
  for (const job of jobs) job.stop();
`;

async function idle(quick: boolean): Promise<BenchTable> {
  if (process.platform !== "linux") return { title: "Idle", columns: ["what"], rows: [["measured on Linux only"]] };
  const [n, seconds] = quick ? [1000, 10] : [10_000, 60];
  const empty = await idleEngine(0, seconds);
  const full = await idleEngine(n, seconds);
  // In a process of its own: this one has room left over from other measurements.
  const cronerMiB = Number(
    execFileSync(process.execPath, ["--input-type=module", "-e", cronerJobs, String(n)], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      encoding: "utf8",
    }),
  );
  return {
    title: `Idle with ${n} schedules, none due`,
    columns: ["what", "% of one core", "MiB", "MiB over empty", "at most"],
    rows: [
      ["Almanac, empty", rounded(empty.cpu, 2), rounded(empty.pssMiB), "", "160 MiB"],
      [
        `Almanac, ${n} schedules`,
        rounded(full.cpu, 2),
        rounded(full.pssMiB),
        rounded(full.pssMiB - empty.pssMiB),
        "0.2 %, 40 MiB",
      ],
      [`croner ${versionOf("croner")}, ${n} jobs`, "", "", rounded(cronerMiB), ""],
    ],
    notes: [
      `over ${seconds} s, all processes of the engine together (proportional set size); heartbeat, clock watch and look at other processes' writes included`,
    ],
  };
}

async function dueQuery(quick: boolean): Promise<BenchTable> {
  const n = quick ? 10_000 : 100_000;
  return withFolder(async (dataDir) => {
    const far = Date.now() + 86_400_000;
    make(dataDir, [{ scheduleId: "s", workflowName: "noop", spec: once500Days(far), input: {} }], ["noop"]);
    const database = openDatabase({ dataDir });
    const { schedules } = createStores(database.sql);
    const first = schedules.get("s");
    if (first === undefined) throw new Error("no schedule");
    database.transaction(() => {
      for (let i = 0; i < n; i += 1)
        schedules.insert({ ...first, id: `s${i}x`, nextRunAt: far + i, nextFireAt: far + i });
    });
    const times: number[] = [];
    for (let i = 0; i < 5000; i += 1) {
      const start = performance.now();
      schedules.due(Date.now(), 250);
      schedules.earliestFireAt();
      times.push((performance.now() - start) * 1000);
    }
    database.close();
    return {
      title: `Due query and next due instant at ${n} schedules, none due, µs`,
      columns: ["what", "p50", "p99", "at most"],
      rows: [["due + earliest", rounded(percentile(times, 0.5)), rounded(percentile(times, 0.99)), 50]],
    };
  });
}

export const bench: Bench = {
  name: "engine",
  /** Firing at its fullest, at its most punctual, and at rest; peers in memory beside it. */
  run: async ({ quick = false }) => [
    await burst(quick),
    await lateness(quick),
    await idle(quick),
    await dueQuery(quick),
  ],
};

await runAsProgram(bench);
