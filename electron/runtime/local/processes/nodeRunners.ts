import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { FromRunner, ToRunner } from "../protocol.ts";
import { killMarked, killTree, markVariable } from "../tree/processTree.ts";
import { createLauncher, type Launcher } from "./launcher.ts";

/** A runner process, however it was started: a launcher or `child_process.fork` in Node programs, `utilityProcess` in Electron. */
export interface RunnerProcess {
  /** Undefined until the operating system has started it. */
  readonly pid: number | undefined;
  /** Called with what the process writes to its file descriptors 1 and 2 past the messages, each as soon as it can be read. */
  onOutput(listener: (name: "stdout" | "stderr", source: Readable) => void): void;
  /** Sending to a process that has ended does nothing. */
  send(message: ToRunner): void;
  onMessage(listener: (message: FromRunner) => void): void;
  /** Called once, when the process and what carries its mark have ended, or where it could not be started (`error` says why). */
  onExit(listener: (exit: RunnerExit) => void): void;
  /** Ends the process and whatever hangs on it, at once and by force (SIGKILL). */
  kill(): void;
}

export interface RunnerExit {
  code: number | null;
  signal: string | null;
  error?: Error;
}

export interface SpawnRunnerOptions {
  /** Limit of the JavaScript heap, MiB: `--max-old-space-size`. */
  heapLimitMb: number;
  /** By which the process and its descendants are known: `markVariable` in their environment. */
  mark: string;
}

/** Starts a runner process whose program is the runner entry. What fails is told as an exit with an `error`, or thrown. */
export type RunnerSpawner = (options: SpawnRunnerOptions) => RunnerProcess;

/** As a spawner, but never throws: for want of memory a process is not started, and that is thrown. */
export function startRunner(spawnRunner: RunnerSpawner, options: SpawnRunnerOptions): RunnerProcess {
  try {
    return spawnRunner(options);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const nothing = (): void => undefined;
    return {
      pid: undefined,
      onOutput: nothing,
      send: nothing,
      onMessage: nothing,
      onExit: (listener) => void setImmediate(() => listener({ code: null, signal: null, error })),
      kill: nothing,
    };
  }
}

/** Runners for programs that run in Node itself. `entryPath` is the built runner (`runnerEntry()`). */
export function nodeRunners(entryPath: string = runnerEntry()): RunnerSpawner {
  // Elsewhere a process starts another without copying itself first.
  return process.platform === "linux" ? launchedRunners(entryPath) : forkedRunners(entryPath);
}

let launcher: Launcher | null = null;

function launchedRunners(entryPath: string): RunnerSpawner {
  return ({ heapLimitMb, mark }) => {
    launcher ??= createLauncher(resolve(dirname(runnerEntry()), "launcher.js"));
    return launcher.launch(entryPath, runnerFlags(heapLimitMb), runnerEnvironment(mark));
  };
}

/** Each forked by the program itself. */
export function forkedRunners(entryPath: string): RunnerSpawner {
  return ({ heapLimitMb, mark }) => {
    const child = fork(entryPath, [], {
      // Its own session: a Ctrl-C in the terminal reaches the program, which then ends its runners in order.
      detached: true,
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: runnerFlags(heapLimitMb),
      env: runnerEnvironment(mark),
    });
    // A program that ends must not be kept by its warm runners.
    child.unref();
    child.channel?.unref();
    for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
    let exited = false;
    return {
      get pid() {
        return child.pid;
      },
      onOutput: (listener) => {
        for (const name of ["stdout", "stderr"] as const) if (child[name] !== null) listener(name, child[name]);
      },
      send: (message) => {
        if (!exited && child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => child.on("message", (message) => listener(message as FromRunner)),
      onExit: (listener) => {
        const once = (exit: RunnerExit): void => {
          if (exited) return;
          exited = true;
          void killMarked(mark).then(() => listener(exit));
        };
        child.on("exit", (code, signal) => once({ code, signal }));
        child.on("error", (error) => {
          if (child.pid === undefined) once({ code: null, signal: null, error });
        });
      },
      kill() {
        // The tree first: once the runner is gone, what hangs on it by its parent's id alone cannot be found.
        killTree(child.pid, mark);
        child.kill("SIGKILL");
      },
    };
  };
}

/** The program's own, and the mark. */
export function runnerEnvironment(mark: string): Record<string, string | undefined> {
  return { ...process.env, NODE_OPTIONS: "", [markVariable]: mark };
}

/** V8's limits in a runner. Young objects get little room: a flood of output is all garbage, and would fill it. */
export function runnerFlags(heapLimitMb: number): string[] {
  return [`--max-old-space-size=${heapLimitMb}`, "--max-semi-space-size=4"];
}

/** The built runner program, found from the built programs as well as from the sources. */
export function runnerEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [resolve(here, "../runner/runner.js"), resolve(here, "../../../../dist/runner/runner.js")];
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? "runner.js";
}
