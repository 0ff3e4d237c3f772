import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createAlmanacApp } from "../electron/api/app.ts";
import { createLocalRuntime } from "../electron/runtime/local/localRuntime.ts";
import { nodeRunners } from "../electron/runtime/local/processes/nodeRunners.ts";
import { descendantsOf } from "../electron/runtime/local/tree/children.ts";
import { meanProportionalMb } from "../electron/runtime/local/tree/memory.ts";
import { hashOf } from "../electron/workflows/loading/moduleLoader.ts";
import type { ModuleVersion, RunJob } from "../shared/domain/workflow.ts";
import { startOpenWorkflow, startSandboxedQueue } from "./lib/peers.ts";
import { processorMs, processTree } from "./lib/processTree.ts";
import { type Bench, type BenchTable, runAsProgram, versionOf } from "./lib/report.ts";

const workflowsFile = `
import { workflow, step } from "almanac";
export const noop = workflow("noop", async () => null);
const ways = {
  completes: () => null,
  throw: () => { throw new Error("by design"); },
  rejection: async () => { Promise.reject(new Error("nobody listens")); await new Promise(() => {}); },
  exit: () => process.exit(3),
  segfault: () => process.kill(process.pid, "SIGSEGV"),
  heap: () => { const all = []; for (;;) all.push(new Array(1e5).fill(Math.random())); },
  abort: () => process.abort(),
};
export const ends = workflow("ends", async ({ way }) => ways[way]());
const add = step("add", async (sum: number, n: number) => sum + n);
export const steps = workflow("steps", async ({ steps }) => {
  let sum = 0;
  for (let n = 0; n < steps; n++) sum = await add(sum, n);
  return sum;
});
`;

/** What as many runs cost the others that harm nothing, and as many bare processes that are started beside them. */
const comparisons = ["completes", "process"] as const;
const waysToDie = ["throw", "rejection", "exit", "segfault", "heap", "abort"] as const;
const waysToEnd = [...comparisons, ...waysToDie] as const;

const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.ceil(sorted.length * p) - 1] ?? 0;

/** Processor time of this process and all below it so far. */
const processorMsBelow = (): number => processorMs(processTree(process.pid));

/** How often each has its turn in a round: the machine is a third faster or slower from one second to the next. */
const turnsInRound = 6;

/**
 * Runs through the whole of it (engine, database with every commit on disk, runner processes) beside BullMQ with as many
 * processes, by turns, so that whatever else the machine does falls on both.
 */
async function throughEngine(folder: string, dataDir: string, runs: number, rounds: number): Promise<BenchTable> {
  const app = await createAlmanacApp({ dataDir, programName: "bench", modulePaths: [folder] });
  await app.start();
  const together = async (count: number): Promise<number> => {
    const beganAt = performance.now();
    const ids: string[] = [];
    app.engine.write("runs", () => {
      for (let n = 0; n < count; n++) ids.push(app.engine.runWorkflow("noop", {}, "code").runId);
    });
    await Promise.all(ids.map((id) => app.engine.waitForRun(id)));
    return performance.now() - beganAt;
  };
  try {
    // Every runner has loaded the file before anything is measured.
    await together(runs);
    const processes = app.engine.status().runtime?.workers ?? 1;
    await using peer = await startSandboxedQueue(processes);
    await peer.run(runs);
    const rows: (string | number)[][] = [];
    for (let round = 0; round < rounds; round++) {
      const own = { ms: 0, processorMs: 0 };
      const peers = { ms: 0, processorMs: 0 };
      for (let turn = 0; turn < turnsInRound; turn++) {
        // Who is first changes: a machine that grows slower does so for both.
        for (const whose of turn % 2 === 0 ? [peers, own] : [own, peers]) {
          const began = processorMsBelow();
          whose.ms += await (whose === own ? together(runs) : peer.run(runs));
          whose.processorMs += processorMsBelow() - began;
        }
      }
      const inRound = runs * turnsInRound;
      const perSecond = (ms: number): number => Math.round((inRound / ms) * 1000);
      rows.push([
        round + 1,
        inRound,
        perSecond(own.ms),
        perSecond(peers.ms),
        rounded(peers.ms / own.ms, 2),
        "1,000/s and 1",
        rounded(own.processorMs / inRound, 2),
        rounded(peers.processorMs / inRound, 2),
      ]);
    }
    return {
      title: `No-op runs, ${runs} made together, through engine and runners, beside BullMQ ${versionOf("bullmq")} sandboxed processors`,
      columns: ["round", "runs", "Almanac/s", "BullMQ/s", "ratio", "at least", "CPU ms a run", "of BullMQ's"],
      rows,
      notes: [
        "CPU: of all processes of each, Redis and what made and awaited the runs included.",
        `${processes} processes each at the start. ${turnsInRound} turns of each in a round.`,
        "Almanac: SQLite with synchronous=FULL, no outcome is lost with the power.",
        "BullMQ: Redis with an append-only file, synced each second; what has completed since is lost with the power.",
      ],
    };
  } finally {
    await app.close(0);
  }
}

/** Steps whose results are kept before the next one begins to be recorded, beside OpenWorkflow on SQLite, by turns. */
async function durableSteps(folder: string, dataDir: string, rounds: number): Promise<BenchTable> {
  const app = await createAlmanacApp({ dataDir, programName: "bench", modulePaths: [folder] });
  await app.start();
  const ours = async (runs: number, steps: number): Promise<number> => {
    const beganAt = performance.now();
    const ids = Array.from({ length: runs }, () => app.engine.runWorkflow("steps", { steps }, "code").runId);
    await Promise.all(ids.map((id) => app.engine.waitForRun(id)));
    return performance.now() - beganAt;
  };
  try {
    await using peer = await startOpenWorkflow();
    await ours(100, 1);
    await peer.run(10, 1);
    const rows: (string | number)[][] = [];
    for (let round = 0; round < rounds; round++) {
      for (const [runs, steps] of [
        [1, 1000],
        [100, 10],
      ] as const) {
        const [peerMs, ownMs] = [await peer.run(runs, steps), await ours(runs, steps)];
        const what = runs === 1 ? "one run of 1,000 steps" : "100 runs of 10 side by side";
        rows.push([round + 1, what, Math.round(ownMs), Math.round(peerMs), rounded(peerMs / ownMs, 2), 1]);
      }
    }
    return {
      title: `Durable steps, beside OpenWorkflow ${versionOf("openworkflow")} on SQLite`,
      columns: ["round", "what", "Almanac, ms", "OpenWorkflow, ms", "ratio", "at least"],
      rows,
      notes: ["Almanac runs them in runner processes, OpenWorkflow in the process that measures."],
    };
  } finally {
    await app.close(0);
  }
}

/** Processor time of children of this process that have ended, ms: in ticks of 10. */
function endedChildrenMs(): number {
  const text = readFileSync("/proc/self/stat", "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** `true` by way of a shell, so many at a time; both by turns, so that whatever else the machine does falls on both. */
async function besideBareSpawn(dataDir: string, count: number, rounds: number): Promise<BenchTable> {
  const atOnce = 8;
  const app = await createAlmanacApp({ dataDir, programName: "bench" });
  await app.start();
  /** What so many took: this process and what of it lives, and children of this process that ended. */
  interface Took {
    ms: number;
    ownMs: number;
    childMs: number;
  }
  const measure = async (run: () => Promise<void>, into: Took): Promise<void> => {
    let left = count;
    const before = { at: performance.now(), own: processorMsBelow(), children: endedChildrenMs() };
    const worker = async (): Promise<void> => {
      while (left-- > 0) await run();
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    into.ms += performance.now() - before.at;
    into.ownMs += processorMsBelow() - before.own;
    into.childMs += endedChildrenMs() - before.children;
  };
  const bare = (): Promise<void> =>
    new Promise((done) => {
      const child = spawn("/bin/sh", ["-c", "true"], { stdio: ["ignore", "pipe", "pipe"], detached: true });
      child.once("close", () => done());
    });
  const ours = async (): Promise<void> => {
    const { runId } = app.engine.runWorkflow("shell.command", { command: "true" }, "code");
    await app.engine.waitForRun(runId);
  };
  try {
    // Until the engine's code and that of the command host is compiled for speed.
    for (let turn = 0; turn < 3; turn++) await measure(ours, { ms: 0, ownMs: 0, childMs: 0 });
    const rows: (string | number)[][] = [];
    for (let round = 1; round <= rounds; round++) {
      const own: Took = { ms: 0, ownMs: 0, childMs: 0 };
      const peer: Took = { ms: 0, ownMs: 0, childMs: 0 };
      for (let turn = 0; turn < turnsInRound; turn++)
        for (const whose of turn % 2 === 0 ? [peer, own] : [own, peer])
          await measure(whose === own ? ours : bare, whose);
      const inRound = count * turnsInRound;
      rows.push([
        round,
        Math.round((inRound * 1000) / peer.ms),
        Math.round((inRound * 1000) / own.ms),
        rounded(peer.ms / own.ms, 2),
        0.6,
        rounded(own.ownMs / inRound, 2),
        rounded(peer.childMs / inRound, 2),
        rounded(peer.ownMs / inRound, 2),
      ]);
    }
    return {
      title: `shell.command true through the engine, beside bare child_process.spawn, ${atOnce} at a time`,
      columns: ["round", "bare/s", "command/s", "ratio", "at least", "own CPU ms", "at most the shell's", "of bare"],
      rows,
      notes: [
        "CPU a run: of all our processes but the shell; of the shell, from its fork on; of the process that spawns bare.",
        `${turnsInRound} turns of ${count} of each in a round.`,
      ],
    };
  } finally {
    await app.close(0);
  }
}

/** Commands that do nothing for a while, all at once. */
async function manyAtOnce(dataDir: string, count: number, seconds: number): Promise<BenchTable> {
  const app = await createAlmanacApp({ dataDir, programName: "bench" });
  app.engine.setSetting("runsAtOnce", count + 100);
  await app.start();
  /** This process, and what of it runs or starts commands. */
  const ownPids = (): number[] => [process.pid, ...descendantsOf([process.pid], isSleep)];
  const isSleep = (pid: number): boolean => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "latin1") === "sleep\n";
    } catch {
      return true;
    }
  };
  const memory = (): number => {
    const pids = ownPids();
    return Math.round((meanProportionalMb(pids) ?? 0) * pids.length);
  };
  try {
    const before = memory();
    const beganAt = performance.now();
    const ids = Array.from(
      { length: count },
      () => app.engine.runWorkflow("shell.command", { program: "sleep", args: [String(seconds)] }, "code").runId,
    );
    const started = (): number => ids.filter((id) => app.engine.getRun(id)?.startedAt != null).length;
    while (started() < count) await delay(20);
    const startedMs = performance.now() - beganAt;
    const during = memory();
    await Promise.all(ids.map((id) => app.engine.waitForRun(id)));
    return {
      title: `${count} commands of sleep ${seconds} at once`,
      columns: ["what", "value", "at most"],
      rows: [
        ["all started, ms", Math.round(startedMs), 5_000],
        ["memory of the program before, MiB", before, ""],
        ["while they run, MiB", during, 300],
        ["after, MiB", memory(), ""],
      ],
      notes: [
        "Proportional set size of this process (engine and bench), the launcher, the reaper and the command host.",
      ],
    };
  } finally {
    await app.close(0);
  }
}

const version = (folder: string): ModuleVersion => {
  const files = [join(folder, "workflows.ts")];
  return { hash: hashOf(files), files };
};

const jobFor = (folder: string, runId: string, workflowName: string, input: unknown = {}): RunJob => ({
  runId,
  scheduleId: null,
  workflowName,
  queue: "default",
  modulePath: join(folder, "workflows.ts"),
  module: version(folder),
  input,
  scheduledAt: null,
  timezone: "UTC",
  attempt: 1,
  epoch: 1,
  timeoutMs: null,
  memoryLimitMb: 512,
  memoryLimitBy: "settings",
  passEnvironment: [],
  steps: [],
});

/** The runtime alone: from dispatch to the run's start in a warm runner, and to the end's report. */
async function startLatency(folder: string, runs: number): Promise<BenchTable> {
  let onStart: (at: number) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  const runtime = createLocalRuntime({ spawnRunner: nodeRunners(), isBuiltin: () => false, size: 1 });
  await runtime.start({
    sent: () => undefined,
    started: (_runId, _epoch, at) => onStart(at),
    step: () => undefined,
    log: () => undefined,
    ended: () => onEnd(),
    roomFreed: () => undefined,
    stateChanged: () => undefined,
  });
  const started: number[] = [];
  const ended: number[] = [];
  for (let run = 0; run < runs + 20; run++) {
    const at = performance.now();
    let startMs = 0;
    await new Promise<void>((done) => {
      onStart = () => {
        startMs = performance.now() - at;
      };
      onEnd = done;
      runtime.dispatch(jobFor(folder, `run-${run}`, "noop"));
    });
    if (run < 20) continue;
    started.push(startMs);
    ended.push(performance.now() - at);
  }
  await runtime.stop(0);
  started.sort((a, b) => a - b);
  ended.sort((a, b) => a - b);
  const row = (what: string, sorted: readonly number[], target: string): (string | number)[] => [
    what,
    runs,
    rounded(percentile(sorted, 0.5), 2),
    rounded(percentile(sorted, 0.99), 2),
    rounded(sorted.at(-1) ?? 0, 2),
    target,
  ];
  return {
    title: "A run on a warm runner, ms from its dispatch",
    columns: ["what", "runs", "p50", "p99", "most", "at most"],
    rows: [row("start reported", started, "5 ms"), row("end reported", ended, "")],
  };
}

/**
 * A steady stream of runs, alone and while others of the same file end as they should not, so many a second whatever that
 * takes. Both by turns, so that whatever else the machine does falls on both, with a rest in between: what a death costs falls
 * on the turn that has it. The pool is what such a stream has made of it, in every kind.
 */
async function besideDyingRuns(folder: string, rounds: number): Promise<BenchTable> {
  const size = 4;
  const memoryLimitMb = 100;
  const everyMs = 5;
  const dyingEveryMs = 500;
  const turnMs = 500;
  const onStart = new Map<string, () => void>();
  const onEnd = new Map<string, () => void>();
  const call = (waiting: Map<string, () => void>, runId: string): void => {
    waiting.get(runId)?.();
    waiting.delete(runId);
  };
  const runtime = createLocalRuntime({
    spawnRunner: nodeRunners(),
    isBuiltin: () => false,
    size,
    modules: () => [{ path: join(folder, "workflows.ts"), module: version(folder) }],
  });
  await runtime.start({
    sent: () => undefined,
    started: (runId) => call(onStart, runId),
    step: () => undefined,
    log: () => undefined,
    ended: (runId) => call(onEnd, runId),
    roomFreed: () => undefined,
    stateChanged: () => undefined,
  });
  let count = 0;
  /** Resolves at its end; `startMs` after its dispatch it had started. */
  const run = async (workflowName: string, input: unknown = {}): Promise<number> => {
    const runId = `run-${count++}`;
    let startMs = 0;
    const at = performance.now();
    onStart.set(runId, () => {
      startMs = performance.now() - at;
    });
    const ended = new Promise<void>((done) => onEnd.set(runId, done));
    runtime.dispatch({ ...jobFor(folder, runId, workflowName, input), memoryLimitMb });
    await ended;
    return startMs;
  };
  const stream = async (forMs: number, into: number[]): Promise<void> => {
    const all: Promise<number>[] = [];
    for (const until = performance.now() + forMs; performance.now() < until; await delay(everyMs))
      all.push(run("noop"));
    into.push(...(await Promise.all(all)));
  };
  const startProcess = async (): Promise<void> => {
    await once(spawn(process.execPath, ["--eval", "0"], { stdio: "ignore" }), "exit");
  };
  const dying = async (way: (typeof waysToEnd)[number], forMs: number): Promise<number> => {
    const all: Promise<unknown>[] = [];
    for (const until = performance.now() + forMs; performance.now() < until; await delay(dyingEveryMs))
      all.push(way === "process" ? startProcess() : run("ends", { way }));
    await Promise.all(all);
    return all.length;
  };

  await stream(5_000, []);
  const rows: (string | number)[][] = [];
  const all = { alone: [] as number[], beside: [] as number[] };
  let bareMs = Number.NaN;
  for (const way of waysToEnd) {
    const alone: number[] = [];
    const beside: number[] = [];
    let ends = 0;
    for (let round = 0; round < rounds; round++) {
      await stream(turnMs, []);
      await stream(turnMs, alone);
      ends += (await Promise.all([dying(way, turnMs), stream(turnMs, beside)]))[0];
    }
    sort(alone, beside);
    if (way === "process") bareMs = percentile(beside, 0.99);
    if (!(comparisons as readonly string[]).includes(way)) {
      all.alone.push(...alone);
      all.beside.push(...beside);
    }
    rows.push([...row(way, ends, alone, beside), "", ""]);
  }
  sort(all.alone, all.beside);
  const ofBare = rounded(percentile(all.beside, 0.99) / bareMs, 2);
  rows.push([...row("all that fail", "", all.alone, all.beside), ofBare, 1.2]);
  await runtime.stop(0);
  return {
    title: `Runs beside others that die, ms from dispatch to start (one each ${everyMs} ms, a death each ${dyingEveryMs} ms)`,
    columns: [
      "others end by",
      "times",
      "p50 alone",
      "p50 beside",
      "p99 alone",
      "p99 beside",
      "of a bare process's",
      "at most",
    ],
    rows,
    notes: [
      "Each death costs the machine the start of a new runner. `process`: as often a process that does nothing is started.",
    ],
  };

  function sort(...all: number[][]): void {
    for (const values of all) values.sort((a, b) => a - b);
  }

  /** Of values in order. */
  function row(what: string, times: number | string, alone: number[], beside: number[]): (string | number)[] {
    const cells = [percentile(alone, 0.5), percentile(beside, 0.5), percentile(alone, 0.99), percentile(beside, 0.99)];
    return [what, times, ...cells.map((ms) => rounded(ms, 2))];
  }
}

const partArgument = "--part=";

/** What one part leaves in its process, peers included, would be memory and time of the next. */
async function inOwnProcess(name: string, quick: boolean): Promise<BenchTable[]> {
  const child = fork(process.argv[1] ?? "", [`${partArgument}${name}`, ...(quick ? ["--quick"] : [])]);
  const ended = once(child, "exit");
  const [tables] = (await Promise.race([once(child, "message"), ended])) as [BenchTable[] | number | null];
  if (!Array.isArray(tables)) throw new Error(`the part ${name} ended with ${tables}`);
  await ended;
  return tables;
}

export const bench: Bench = {
  name: "runtime",
  async run({ quick = false, only }) {
    const folder = mkdtempSync(join(tmpdir(), "almanac-bench-"));
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-data-"));
    writeFileSync(join(folder, "workflows.ts"), workflowsFile);
    const parts: Record<string, () => Promise<BenchTable>> = {
      noop: () => throughEngine(folder, dataDir, quick ? 500 : 3_000, quick ? 2 : 3),
      steps: () => durableSteps(folder, dataDir, quick ? 1 : 3),
      commands: () => besideBareSpawn(dataDir, quick ? 100 : 300, quick ? 1 : 3),
      many: () => manyAtOnce(dataDir, 300, quick ? 5 : 20),
      start: () => startLatency(folder, quick ? 200 : 1_000),
      dying: () => besideDyingRuns(folder, quick ? 4 : 16),
    };
    try {
      if (only === undefined) {
        const tables: BenchTable[] = [];
        for (const name of Object.keys(parts)) tables.push(...(await inOwnProcess(name, quick)));
        return tables;
      }
      const part = parts[only];
      if (part === undefined) throw new Error(`--only takes ${Object.keys(parts).join(", ")}`);
      return [await part()];
    } finally {
      for (const path of [folder, dataDir]) rmSync(path, { recursive: true, force: true });
    }
  },
};

const part = process.argv.find((arg) => arg.startsWith(partArgument))?.slice(partArgument.length);
if (part === undefined) await runAsProgram(bench);
else {
  process.send?.(await bench.run({ quick: process.argv.includes("--quick"), only: part }));
  process.disconnect?.();
}
