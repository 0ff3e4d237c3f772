import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAlmanacApp } from "../electron/api/app.ts";
import { createLocalRuntime, defaultPoolSize } from "../electron/runtime/local/localRuntime.ts";
import { forkRunner } from "../electron/runtime/local/spawner.ts";
import type { RunJob } from "../shared/domain/workflow.ts";
import { type Bench, type BenchTable, runAsProgram } from "./lib/report.ts";

const workflowsFile = `
import { workflow, step } from "almanac";
export const noop = workflow("noop", async () => null);
const add = step("add", async (sum: number, n: number) => sum + n);
export const thousandSteps = workflow("thousand_steps", async () => {
  let sum = 0;
  for (let n = 0; n < 1000; n++) sum = await add(sum, n);
  return sum;
});
`;

const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.ceil(sorted.length * p) - 1] ?? 0;

/** Runs through the whole of it: engine, database with every commit on disk, runner processes. */
async function throughEngine(folder: string, dataDir: string, runs: number): Promise<BenchTable> {
  const app = await createAlmanacApp({ dataDir, programName: "bench", modulePaths: [folder] });
  await app.start();
  try {
    const once = async (name: string): Promise<void> => {
      const { runId } = app.engine.runWorkflow(name, {}, "code");
      await app.engine.waitForRun(runId);
    };
    // Every runner has loaded the file before anything is measured.
    await Promise.all(Array.from({ length: 40 }, () => once("noop")));
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: runs }, () => once("noop")));
    const noopMs = performance.now() - beganAt;
    const commandRuns = Math.round(runs / 10);
    const commandsBeganAt = performance.now();
    await Promise.all(
      Array.from({ length: commandRuns }, async () => {
        const { runId } = app.engine.runWorkflow("shell.command", { command: "true" }, "code");
        await app.engine.waitForRun(runId);
      }),
    );
    const commandsMs = performance.now() - commandsBeganAt;
    const stepsBeganAt = performance.now();
    await once("thousand_steps");
    const stepsMs = performance.now() - stepsBeganAt;
    return {
      title: "Runs through engine, SQLite (synchronous=FULL) and runner processes",
      columns: ["what", "count", "ms", "per second", "at least"],
      rows: [
        ["no-op runs", runs, rounded(noopMs), Math.round((runs / noopMs) * 1000), "500/s"],
        ["shell.command true", commandRuns, rounded(commandsMs), Math.round((commandRuns / commandsMs) * 1000), ""],
        ["one run with steps", 1000, rounded(stepsMs), Math.round((1000 / stepsMs) * 1000), "under 2,000 ms"],
      ],
      notes: [`${defaultPoolSize()} runners`],
    };
  } finally {
    await app.close(0);
  }
}

/** The runtime alone: from dispatch to the run's start in a warm runner, and to the end's report. */
async function startLatency(folder: string, runs: number): Promise<BenchTable> {
  let onStart: (at: number) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  const runtime = createLocalRuntime({ spawnRunner: forkRunner(), size: 1 });
  await runtime.start({
    started: (_runId, _attempt, at) => onStart(at),
    step: () => undefined,
    log: () => undefined,
    ended: () => onEnd(),
    roomFreed: () => undefined,
    stateChanged: () => undefined,
  });
  const started: number[] = [];
  const ended: number[] = [];
  const job = (runId: string): RunJob => ({
    runId,
    scheduleId: null,
    workflowName: "noop",
    modulePath: join(folder, "workflows.ts"),
    moduleHash: null,
    input: {},
    scheduledAt: null,
    timezone: "UTC",
    attempt: 1,
    timeoutMs: null,
    memoryLimitMb: 512,
    steps: [],
  });
  for (let run = 0; run < runs + 20; run++) {
    const at = performance.now();
    let startMs = 0;
    await new Promise<void>((done) => {
      onStart = () => {
        startMs = performance.now() - at;
      };
      onEnd = done;
      runtime.dispatch(job(`run-${run}`));
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

export const bench: Bench = {
  name: "runtime",
  async run({ quick = false }) {
    const folder = mkdtempSync(join(tmpdir(), "almanac-bench-"));
    const dataDir = mkdtempSync(join(tmpdir(), "almanac-bench-data-"));
    writeFileSync(join(folder, "workflows.ts"), workflowsFile);
    try {
      return [
        await throughEngine(folder, dataDir, quick ? 500 : 3_000),
        await startLatency(folder, quick ? 200 : 1_000),
      ];
    } finally {
      for (const path of [folder, dataDir]) rmSync(path, { recursive: true, force: true });
    }
  },
};

await runAsProgram(bench);
