import { runStorage } from "./runScope.ts";

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

/**
 * The run that the calling code belongs to.
 * @throws Error outside a run
 */
export function runContext(): RunContext {
  const scope = runStorage.getStore();
  if (scope === undefined) throw new Error("runContext() answers inside a running workflow only");
  return scope.context;
}

/** A stored secret's value; it is hidden from the run's log, result and errors from then on. Rejects where there is none. */
export function secret(name: string): Promise<string> {
  const scope = runStorage.getStore();
  if (scope === undefined) return Promise.reject(new Error("secret() answers inside a running workflow only"));
  return scope.secret(name);
}
