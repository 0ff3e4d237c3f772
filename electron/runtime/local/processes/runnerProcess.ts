import type { Readable } from "node:stream";

/** A runner process, however it was started: a launcher or `child_process.fork` in Node programs, `utilityProcess` in Electron. */
export interface RunnerProcess<Told> {
  /** Undefined until the operating system has started it. */
  readonly pid: number | undefined;
  /** Called with what the process writes to its file descriptors 1 and 2 past the messages, each as soon as it can be read. */
  onOutput(listener: (name: "stdout" | "stderr", source: Readable) => void): void;
  /** Sending to a process that has ended does nothing. */
  send(message: Told): void;
  /**
   * Called with each message as it came: code that runs there sends what it likes, so it is nothing yet but a value.
   * `broken`: what came can be no message at all; nothing more is read.
   */
  onMessage(listener: (value: unknown) => void, broken: (problem: string) => void): void;
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

/** What the process is to be: workflow code one run at a time, or built-in workflows side by side. */
export type RunnerProgram = "runner" | "commandHost";

export interface SpawnRunnerOptions {
  program: RunnerProgram;
  /** Limit of the JavaScript heap, MiB: `--max-old-space-size`. */
  heapLimitMb: number;
  /** By which the process and its descendants are known: `markVariable` in their environment. */
  mark: string;
}

/** Starts a runner process. What fails is told as an exit with an `error`, or thrown. */
export type RunnerSpawner = (options: SpawnRunnerOptions) => RunnerProcess<unknown>;

/** As a spawner, but never throws: for want of memory a process is not started, and that is thrown. */
export function startRunner<Told>(spawnRunner: RunnerSpawner, options: SpawnRunnerOptions): RunnerProcess<Told> {
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
