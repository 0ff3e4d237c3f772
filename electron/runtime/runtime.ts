import type { LogStream, RunError, StepRecord } from "../../shared/domain/run.ts";
import type { RunJob, WorkflowInfo, WorkflowLoadError } from "../../shared/domain/workflow.ts";

/** How one attempt of a run ended. Times are epoch ms. */
export type RunOutcome =
  /** `warning`: what to look at although it has completed. */
  | { kind: "completed"; at: number; result: unknown; warning?: string }
  /** It had nothing to do, as it has said itself: neither completed nor failed. */
  | { kind: "skipped"; at: number; reason: string }
  | { kind: "failed"; at: number; error: RunError; retryable: boolean }
  | { kind: "cancelled"; at: number }
  /** A durable sleep: the attempt gives its runner back and goes on at `wakeAt` with its kept steps. */
  | { kind: "sleeping"; at: number; wakeAt: number }
  /** Its runner or worker died or was lost, not by the workflow's own doing. */
  | { kind: "lost"; at: number; reason: string };

/** Who executed an attempt; for outcomes of hand-overs that the engine has gone on without. */
export interface Executed {
  attempt: number;
  worker: string | null;
}

/**
 * What a runtime reports to the engine, in order for each hand-over (a run and its `epoch`). Calls return at once; the
 * engine writes them in groups.
 */
export interface RuntimeListener {
  /** A runtime that keeps runs has it safe: it need not be sent again. */
  sent(runId: string, epoch: number): void;
  started(runId: string, epoch: number, at: number, worker: string): void;
  step(runId: string, epoch: number, step: StepRecord): void;
  /** `offset`: where in the run's whole log it begins, bytes, of a runtime that may tell it again after a crash. */
  log(runId: string, epoch: number, at: number, stream: LogStream, text: string, offset?: number): void;
  ended(runId: string, epoch: number, outcome: RunOutcome, by?: Executed): void;
  /** Room for more runs has come free. */
  roomFreed(): void;
  /** Its state changed (degraded, ready); the interface says so. */
  stateChanged(): void;
}

export interface RuntimeState {
  kind: "local" | "bullmq";
  /** `paused`: it works, and a person has stopped some or all runs from being taken. */
  state: "starting" | "ready" | "paused" | "degraded" | "stopped";
  /** What is wrong and what follows, in words; null when ready. */
  message: string | null;
  workers: number;
  busy: number;
}

/** A run that a runtime which keeps runs was handed before this engine began. */
export interface Kept {
  runId: string;
  epoch: number;
  workflowName: string;
  queue: string;
  /** `keptAt` of the runtime that was handed it; null where that was not noted. */
  at: string | null;
  /** A worker has begun it. */
  started: boolean;
}

/** `room`: what it has is in use. `runtime`: nobody takes this workflow at all now. `message` says which, in a sentence. */
export type Takes = { ok: true } | { ok: false; waitingFor: "room" | "runtime"; message: string };

/**
 * What executes runs. The engine owns the database and decides what runs; a runtime only executes and reports.
 * At most one attempt of a run is in a runtime at a time.
 */
export interface Runtime {
  readonly kind: "local" | "bullmq";
  /**
   * It has what it was handed also when the engine has ended. Runs go to it through the outbox and stay `pending` until
   * they are begun; they are not ended with the engine, and the next one is told of them by `adopt`.
   */
  readonly keepsRuns: boolean;
  /** Of the same: a short name of where it keeps them, by which the next engine finds the runtime that has a run. */
  readonly keptAt?: string | undefined;
  start(listener: RuntimeListener): Promise<void>;
  /**
   * Whether it takes one more run of a workflow in a queue now. `claimed`: how many have been claimed for it since its last
   * `dispatch`, by `placeOf(queue, workflow)`; they count as taken. Where it says no, `roomFreed` follows once it may say yes.
   */
  takes(run: { workflowName: string; queue: string }, claimed: ReadonlyMap<string, number>): Takes;
  /** Takes a run; what becomes of it comes through the listener. Never throws for the run's own faults. */
  dispatch(job: RunJob): void;
  /** Asks a run to stop: its signal at once, its whole process tree killed after `graceMs`. Unknown runs are ignored. */
  cancel(runId: string, graceMs: number): void;
  /** Of a runtime that keeps runs: those it was handed before; what has become of each is reported from now on. */
  adopt?(kept: readonly Kept[]): void;
  /** Of the same, once new runs go elsewhere: gives back what nobody has begun; it is told as lost. */
  withdraw?(): void;
  /** Of the same: outcomes that were reported are written, so that it may forget them. */
  recorded?(handOvers: readonly { runId: string; epoch: number }[]): void;
  /** Of the same: all that was reported before is written. */
  written?(): void;
  /** Of the same: this engine does not own the folder any more, and reports and removes nothing until it adopts again. */
  release?(): void;
  state(): RuntimeState;
  /** Ends what runs (after `graceMs`, by force) and gives everything back. */
  stop(graceMs: number): Promise<void>;
}

/** What is known of workflows without running any of them in this process. */
export interface WorkflowCatalogue {
  list(): WorkflowInfo[];
  get(name: string): WorkflowInfo | undefined;
  errors(): WorkflowLoadError[];
  /** Parses input with the workflow's schema and fills in defaults; throws AppError INVALID_INPUT (path `input.…`) or UNKNOWN_WORKFLOW. */
  checkInput(name: string, input: unknown): unknown;
  /** Reads the folders again; resolves when the list is up to date. */
  reload(): Promise<void>;
  setPaths(paths: readonly string[]): Promise<void>;
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}
