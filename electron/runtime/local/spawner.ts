import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { FromRunner, ToRunner } from "./protocol.ts";

/** A runner process, however it was started: `child_process.fork` in Node programs, `utilityProcess` in Electron. */
export interface RunnerProcess {
  /** Undefined until the operating system has started it. */
  readonly pid: number | undefined;
  /** What the process writes to its file descriptors 1 and 2 past the messages; null where it cannot be had. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Sending to a process that has ended does nothing. */
  send(message: ToRunner): void;
  onMessage(listener: (message: FromRunner) => void): void;
  /** Called once, also where the process could not be started (`error` then says why). */
  onExit(listener: (exit: RunnerExit) => void): void;
  /** Ends the process at once and by force (SIGKILL). */
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
  /** Set beside the parent's environment. */
  env: Readonly<Record<string, string>>;
}

/** Starts a runner process whose program is the runner entry. Does not throw: a failure is an exit with an `error`. */
export type RunnerSpawner = (options: SpawnRunnerOptions) => RunnerProcess;

/** Runners for programs that run in Node itself. `entryPath` is the built runner (`runnerEntry()`). */
export function forkRunner(entryPath: string = runnerEntry()): RunnerSpawner {
  return ({ heapLimitMb, env }) => {
    const child = fork(entryPath, [], {
      // Its own session: a Ctrl-C in the terminal reaches the program, which then ends its runners in order.
      detached: true,
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: runnerFlags(heapLimitMb),
      env: { ...process.env, NODE_OPTIONS: "", ...env },
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
      stdout: child.stdout,
      stderr: child.stderr,
      send: (message) => {
        if (!exited && child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => child.on("message", (message) => listener(message as FromRunner)),
      onExit: (listener) => {
        const once = (exit: RunnerExit): void => {
          if (exited) return;
          exited = true;
          listener(exit);
        };
        child.on("exit", (code, signal) => once({ code, signal }));
        child.on("error", (error) => {
          if (child.pid === undefined) once({ code: null, signal: null, error });
        });
      },
      kill: () => void child.kill("SIGKILL"),
    };
  };
}

/** V8's limits in a runner. Young objects get little room: a flood of output is all garbage, and would fill it. */
export function runnerFlags(heapLimitMb: number): string[] {
  return [`--max-old-space-size=${heapLimitMb}`, "--max-semi-space-size=4"];
}

/** The built runner program, found from the built programs as well as from the sources. */
export function runnerEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [resolve(here, "../runner/runner.js"), resolve(here, "../../../dist/runner/runner.js")];
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? "runner.js";
}
