import type { WaitingFor } from "./waiting.ts";

/**
 * A run: one execution of a workflow. Its states and every legal move:
 *
 *   buffered    waits for its turn: behind an active run (overlap policy), or for a backfill's slot
 *     → pending      its turn has come
 *     → cancelled    by a person, a newer run, a cancelled backfill, a full buffer, or the end of its schedule
 *   pending     may start as soon as the runtime has room (not before `notBeforeAt`: a retry's backoff, a durable sleep)
 *     → running      claimed for a runner; committed before the runner hears of it, so that nothing ever runs unrecorded
 *     → cancelled    before it started
 *     → failed       it can never start (its workflow is gone, its input no longer fits)
 *   running     a runner has it
 *     → completed    returned a result; where `warning` is set, with something to look at
 *     → skipped      found that there was nothing to do, and said so (a skipping exit code); `skipReason` says which
 *     → failed       threw, timed out, crashed its runner, and has no attempt left
 *     → cancelled    was told to stop and has ended
 *     → interrupted  its engine or worker died under it
 *     → pending      failed with attempts left, or sleeps durably
 *   interrupted its steps are kept; final where `completedAt` is set (no recovery wanted, or none left)
 *     → pending      recovery resumes it
 *   completed, skipped, failed, cancelled: final. "Retry" makes a new run; "Take this result" puts an outcome that came late
 *               (of an attempt that was given up, on a worker that was cut off) in the place of its own.
 */
export const runStatuses = [
  "buffered",
  "pending",
  "running",
  "completed",
  "failed",
  "skipped",
  "cancelled",
  "interrupted",
] as const;
export type RunStatus = (typeof runStatuses)[number];

export const runMoves: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  buffered: ["pending", "cancelled"],
  pending: ["running", "cancelled", "failed"],
  running: ["completed", "failed", "skipped", "cancelled", "interrupted", "pending"],
  interrupted: ["pending"],
  completed: [],
  failed: [],
  skipped: [],
  cancelled: [],
};

/** States in which a run of a schedule counts as active for its overlap policy. */
export const activeRunStatuses = ["pending", "running"] as const satisfies readonly RunStatus[];
/** States that count towards the success ratio. */
export const countedRunStatuses = ["completed", "failed"] as const satisfies readonly RunStatus[];

export function canMove(from: RunStatus, to: RunStatus): boolean {
  return runMoves[from].includes(to);
}

export const runTriggers = ["schedule", "catchup", "manual", "backfill", "retry", "event", "hook"] as const;
export type RunTrigger = (typeof runTriggers)[number];

/** Why a run failed, where it is not the workflow's own error (`WORKFLOW_ERROR`). */
export const runErrorCodes = [
  "WORKFLOW_ERROR",
  "EXIT_CODE",
  "HTTP_STATUS",
  "TIMEOUT",
  "CANCELLED",
  "INVALID_INPUT",
  "WORKFLOW_NOT_FOUND",
  "WORKFLOW_LOAD_FAILED",
  "NOT_SERIALIZABLE",
  "RESULT_TOO_LARGE",
  "NONDETERMINISTIC",
  "OUT_OF_MEMORY",
  "RUNNER_CRASHED",
  "INTERRUPTED",
  "RUNNER_HUNG",
  "RUNNER_PROTOCOL",
  "SPAWN_FAILED",
  "NOT_RECORDED",
] as const;
export type RunErrorCode = (typeof runErrorCodes)[number];

/** Why a run or a step failed. */
export interface RunError {
  code: RunErrorCode;
  name: string;
  message: string;
  stack?: string;
  /** Exit code, signal, HTTP status, the names of changed steps: whatever the code needs. */
  details?: Record<string, unknown>;
}

/** A run as the API and the command line show it. Times are ISO 8601 UTC. */
export interface Run {
  runId: string;
  scheduleId: string | null;
  workflowName: string;
  trigger: RunTrigger;
  status: RunStatus;
  /** The nominal instant it is for; null for runs started by hand. */
  scheduledTime: string | null;
  /** 1 for the first; retries and recoveries count on. */
  attempt: number;
  maxAttempts: number;
  input: unknown;
  result: unknown;
  error: RunError | null;
  /** What to look at although it has completed; null where there is nothing. */
  warning: string | null;
  /** Why it has skipped itself; null unless `skipped`. */
  skipReason: string | null;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  /** A retry's backoff or a durable sleep ends here. */
  notBefore: string | null;
  /** Null once it has started, and when it has ended. */
  waitingFor: WaitingFor | null;
  backfillId: string | null;
  /** The run that this one repeats. */
  retryOf: string | null;
  /** What it was started by, where its trigger is `event`: `boot`, `start`, `wake`, or `after` with the run that ended. */
  event: { kind: "boot" | "start" | "wake" | "after"; runId: string | null } | null;
  /** Which process and machine has (had) it, for people: `pid 4711 on host`. */
  worker: string | null;
  logBytes: number;
  /** Bytes cut out of the middle of the log. */
  logDroppedBytes: number;
}

/** How an attempt went that another one followed. Times are epoch ms. */
export interface AttemptRecord {
  attempt: number;
  status: "failed" | "interrupted";
  error: RunError;
  startedAt: number;
  completedAt: number;
  /** Which process executed it, where that was another machine's; null or absent where it is not known. */
  worker?: string | null;
}

export type StepStatus = "running" | "completed" | "failed" | "sleeping";

/** A step's record; `key` tells repeated calls of one step apart (`name#2`). */
export interface StepRecord {
  key: string;
  name: string;
  /** Order of first call within the run, from 0. */
  sequence: number;
  status: StepStatus;
  attempt: number;
  result?: unknown;
  error?: RunError | null;
  /** A durable sleep's end. Epoch ms. */
  wakeAt?: number | null;
  /** Epoch ms: of one that was interrupted when it was begun first, of one that had failed when it was begun again. */
  startedAt: number;
  completedAt: number | null;
  /** The attempt of its run that worked on it last; null or absent where nobody noted it. */
  runAttempt?: number | null;
  /** When it was begun for the first time, epoch ms, and in which attempt of its run. */
  firstStartedAt?: number | null;
  firstRunAttempt?: number | null;
}

export type LogStream = "stdout" | "stderr" | "log" | "system";

/** A piece of a run's log, in order of `sequence`. */
export interface LogChunk {
  sequence: number;
  /** Epoch ms. */
  at: number;
  stream: LogStream;
  text: string;
}

/** Whether a later attempt of its run did a step again: in which it was begun first, and which did it last. Null for others. */
export function doneAgain({ firstRunAttempt, runAttempt }: StepRecord): { first: number; last: number } | null {
  if (firstRunAttempt == null || runAttempt == null || firstRunAttempt === runAttempt) return null;
  return { first: firstRunAttempt, last: runAttempt };
}
