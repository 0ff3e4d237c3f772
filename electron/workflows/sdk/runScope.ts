import { AsyncLocalStorage } from "node:async_hooks";
import type { LogStream } from "../../../shared/domain/run.ts";
import type { StepCall } from "../running/durableSteps.ts";
import type { RunContext } from "./context.ts";

/** The run that code belongs to, however deep it was called. */
export interface RunScope {
  context: RunContext;
  /** Set inside a step: steps within steps are plain calls. */
  insideStep: boolean;
  write(stream: LogStream, chunk: string | Buffer): void;
  secret(name: string): Promise<string>;
  callStep(call: StepCall): Promise<unknown>;
  sleepUntil(wakeAt: (now: number) => number): Promise<void>;
}

// Two copies of this module (one bundled, one loaded beside a user's file) must meet in the same storage.
const key = Symbol.for("almanac.run");
const holder = globalThis as unknown as Record<symbol, AsyncLocalStorage<RunScope> | undefined>;
holder[key] ??= new AsyncLocalStorage<RunScope>();

export const runStorage: AsyncLocalStorage<RunScope> = holder[key];
