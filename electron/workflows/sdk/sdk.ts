/**
 * `almanac`: what workflow code imports, and what programs that host the engine themselves do.
 */
import { format } from "node:util";
import { type Duration, durationMs, waitUntil } from "./durations.ts";
import { runStorage } from "./runScope.ts";

export { z } from "zod";
export { runContext, secret } from "./context.ts";
export {
  OverlapPolicy,
  type ScheduledWorkflowOptions,
  type StepOptions,
  scheduledWorkflow,
  step,
  type Workflow,
  type WorkflowOptions,
  workflow,
} from "./definitions.ts";
export type { Duration } from "./durations.ts";
export * from "./host.ts";
export type { RunContext } from "./runScope.ts";

/**
 * Waits: a duration (`2h`, milliseconds), or until an instant. In a run the wait is durable: beyond a few seconds the
 * run gives its process back and is resumed with its kept steps when the time has come, also after a restart.
 */
export async function sleep(duration: Duration | Date): Promise<void> {
  const wakeAt =
    duration instanceof Date
      ? () => duration.getTime()
      : (
          (ms: number) => (now: number) =>
            now + ms
        )(durationMs(duration));
  if (Number.isNaN(wakeAt(0))) throw new RangeError("sleep takes a duration or a valid date");
  const scope = runStorage.getStore();
  if (scope !== undefined && !scope.insideStep) return scope.sleepUntil(wakeAt);
  const signal = scope?.context.signal;
  await new Promise<void>((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = waitUntil(wakeAt(Date.now()), () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = (): void => {
      stop();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Writes a line into the run's log; further values are shown as `console.log` shows them. Outside a run: standard output. */
export function log(message: unknown, ...values: unknown[]): void {
  const line = `${format(message, ...values)}\n`;
  const scope = runStorage.getStore();
  if (scope === undefined) process.stdout.write(line);
  else scope.write("log", line);
}
