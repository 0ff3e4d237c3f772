import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogStream, StepRecord } from "../../../../shared/domain/run.ts";
import type { RunJob } from "../../../../shared/domain/workflow.ts";
import { builtinWorkflows } from "../../../workflows/builtin/index.ts";
import type { RunOutcome, Runtime } from "../../runtime.ts";
import { createLocalRuntime, type LocalRuntimeOptions } from "../localRuntime.ts";
import { nodeRunners } from "../processes/nodeRunners.ts";
import { markedProcesses } from "../tree/processTree.ts";

/** What became of a run that a test dispatched. */
export interface Watched {
  runId: string;
  started: Promise<void>;
  ended: Promise<RunOutcome>;
  steps: StepRecord[];
  /** Of a flood only the beginning and the end: what is measured meanwhile is the runtime's memory. */
  logs: { stream: LogStream; text: string }[];
  /** Characters that came, kept or not. */
  logChars: number;
  /** Resolves once the log holds the text. */
  logged(text: string): Promise<void>;
  log(stream?: LogStream): string;
  worker: string | null;
}

export interface Harness extends AsyncDisposable {
  runtime: Runtime;
  run(job: Partial<RunJob>): Watched;
  /** A folder that is gone after the test. */
  folder: string;
  /** Writes a file of workflows there; returns its path. */
  file(name: string, code: string): string;
  /** Resolves when there are so many processes for runs: runners, and the command host. */
  workers(count: number): Promise<void>;
}

let runs = 0;

/** Of a run's log. Lines that alternate between streams are a piece each: their number says nothing of a flood. */
const keptChars = 8 * 1024 * 1024;

/** A real pool of real runners whose runs are watched. */
export async function startHarness(options: Partial<LocalRuntimeOptions> = {}): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), "almanac-test-"));
  const runtime = createLocalRuntime({
    spawnRunner: nodeRunners(),
    isBuiltin: (name) => builtinWorkflows.has(name),
    size: 1,
    watchMs: 100,
    ...options,
  });
  const watched = new Map<
    string,
    Watched & {
      keptChars: number;
      onStart(): void;
      onEnd(outcome: RunOutcome): void;
      waiting: { text: string; done: () => void }[];
    }
  >();
  const waitingForWorkers: (() => void)[] = [];
  await runtime.start({
    sent: () => undefined,
    started: (runId, _attempt, _at, worker) => {
      const run = watched.get(runId);
      if (run === undefined) return;
      run.worker = worker;
      run.onStart();
    },
    step: (runId, _attempt, step) => watched.get(runId)?.steps.push(step),
    log: (runId, _attempt, _at, stream, text) => {
      const run = watched.get(runId);
      if (run === undefined) return;
      run.logs.push({ stream, text });
      run.logChars += text.length;
      run.keptChars += text.length;
      while (run.keptChars > keptChars && run.logs.length > 2)
        run.keptChars -= run.logs.splice(Math.floor(run.logs.length / 2), 1)[0]?.text.length ?? 0;
      for (const { text: wanted, done } of run.waiting) if (run.log().includes(wanted)) done();
    },
    ended: (runId, _attempt, outcome) => watched.get(runId)?.onEnd(outcome),
    roomFreed: () => {
      for (const check of waitingForWorkers) check();
    },
    stateChanged: () => undefined,
  });
  return {
    runtime,
    folder,
    file(name, code) {
      const path = join(folder, name);
      writeFileSync(path, code);
      return path;
    },
    run(job) {
      const runId = `run-${++runs}`;
      let onStart: () => void = () => undefined;
      let onEnd: (outcome: RunOutcome) => void = () => undefined;
      const started = new Promise<void>((done) => {
        onStart = done;
      });
      const ended = new Promise<RunOutcome>((done) => {
        onEnd = done;
      });
      const logs: Watched["logs"] = [];
      const waiting: { text: string; done: () => void }[] = [];
      const log = (stream?: LogStream): string =>
        logs
          .filter((piece) => stream === undefined || piece.stream === stream)
          .map(({ text }) => text)
          .join("");
      const run = {
        runId,
        started,
        ended,
        steps: [] as StepRecord[],
        logs,
        logChars: 0,
        keptChars: 0,
        worker: null as string | null,
        log,
        logged: (text: string) =>
          new Promise<void>((done) => (log().includes(text) ? done() : waiting.push({ text, done }))),
        onStart,
        onEnd,
        waiting,
      };
      watched.set(runId, run);
      runtime.dispatch({
        runId,
        scheduleId: "schedule",
        workflowName: "shell.command",
        queue: "default",
        modulePath: null,
        module: null,
        input: {},
        scheduledAt: Date.parse("2026-03-01T09:30:00Z"),
        timezone: "UTC",
        attempt: 1,
        epoch: 1,
        timeoutMs: null,
        memoryLimitMb: 512,
        memoryLimitBy: "settings",
        passEnvironment: [],
        steps: [],
        ...job,
      });
      return run;
    },
    workers: (count) =>
      new Promise((done) => {
        const check = (): void => {
          if (runtime.state().workers === count) done();
        };
        waitingForWorkers.push(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      await runtime.stop(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processes that runs of this test process, or of one it started, have left. */
export function leftovers(ownerPid = process.pid): number[] {
  return markedProcesses((mark) => mark.startsWith(`${ownerPid}-`));
}

/** Resolves when a condition holds that nothing announces (the state of other processes); rejects after `withinMs`. */
export async function eventually(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`did not become true within ${withinMs} ms`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
