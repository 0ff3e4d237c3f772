import { AsyncLocalStorage } from "node:async_hooks";
import type { LogStream } from "../../../shared/domain/run.ts";
import type { StepCall } from "../running/durableSteps.ts";

/** What running workflow code may know about its run. */
export interface RunContext {
  readonly runId: string;
  readonly scheduleId: string | null;
  readonly workflowName: string;
  /** The nominal instant the run is for (ISO 8601, UTC): for a backfilled run the time it repeats; null for a run started by hand. */
  readonly scheduledTime: string | null;
  /** The schedule's time zone (IANA name); `UTC` without a schedule. */
  readonly timezone: string;
  /** 1 for the first; retries and recoveries count on. */
  readonly attempt: number;
  /** Aborted when the run is cancelled or times out; inside a step also at the step's own timeout. */
  readonly signal: AbortSignal;
}

/** A program to start in a session of its own. The streams are descriptors of this process; null is nothing to read. */
export interface ProgramStart {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: number | null;
  stdout: number;
  stderr: number;
}

/** Its exit code, or the signal that ended it. */
export type ProgramExit = readonly [number | null, NodeJS.Signals | null];

/** The run that code belongs to, however deep it was called. */
export interface RunScope {
  context: RunContext;
  /** Set inside a step: steps within steps are plain calls. */
  insideStep: boolean;
  /** What commands are passed of this process's environment beside the usual variables. */
  passEnvironment: readonly string[];
  write(stream: LogStream, chunk: string | Buffer): void;
  /** What to look at although the run completes; the last one said stays. */
  warn(message: string): void;
  /** Keeps a value out of all that the run writes from now on. */
  hide(value: string): void;
  secret(name: string): Promise<string>;
  callStep(call: StepCall): Promise<unknown>;
  sleepUntil(wakeAt: (now: number) => number): Promise<void>;
  /** A cheaper way to start a program than Node's, where there is one; null: it did not work, and Node's own says why. */
  startProgram?: ((program: ProgramStart) => Promise<ProgramExit> | null) | undefined;
}

// Two copies of this module (one bundled, one loaded beside a user's file) must meet in the same storage.
const key = Symbol.for("almanac.run");
const holder = globalThis as unknown as Record<symbol, AsyncLocalStorage<RunScope> | undefined>;
holder[key] ??= new AsyncLocalStorage<RunScope>();

export const runStorage: AsyncLocalStorage<RunScope> = holder[key];
