import type { Job } from "bullmq";
import type { RunJob } from "../../shared/domain/workflow.ts";
import type { Timings } from "../runtime/bullmq/options.ts";
import type { FolderRecord, Keys } from "../runtime/bullmq/protocol.ts";
import type { createFetchers } from "../runtime/bullmq/queues.ts";
import type { Connection } from "../runtime/bullmq/redis/connection.ts";
import type { Scripts } from "../runtime/bullmq/scripts.ts";
import type { Sealer } from "../runtime/bullmq/sealing.ts";
import type { RunOutcome, Runtime } from "../runtime/runtime.ts";
import type { OwnWorkflow } from "../workflows/loading/ownWorkflows.ts";
import type { Journal } from "./journal.ts";
import type { Words } from "./words.ts";

/** One data folder whose runs are taken. */
export interface Folder {
  id: string;
  record: FolderRecord;
  keys: Keys;
  scripts: Scripts;
  fetchers: ReturnType<typeof createFetchers>;
  queueNames: string[];
  /** Tells the engine of a job's end: of all that end in one turn with one message. */
  ring: (queueName: string, jobId: string) => void;
}

/**
 * A job that this worker has fetched:
 *
 *   is         becomes    when
 *   running    ending     the local runtime has said how it ended; the outcome goes to the journal
 *   ending     (owed)     Redis has it, by the lock where it is still ours, else as returned; from now on the journal's
 *   running    running    its lock was lost: it goes on, since what it does cannot be undone half way; its words are
 *                         refused, and its outcome is kept as a late one
 *
 * An entry of the journal is settled when the engine has recorded it.
 */
export interface Hold {
  folder: Folder;
  queueName: string;
  jobId: string;
  token: string;
  /** What BullMQ knows of it. */
  fetched: Job;
  job: RunJob;
  startedAt: number;
  words: Words;
  fenced: boolean;
  cancelGraceMs: number | null;
}

/** A start or an end here, for whoever watches this worker. */
export type WorkerMove = { at: number; job: RunJob } & (
  | { kind: "started" }
  | { kind: "ended"; outcome: RunOutcome; startedAt: number }
);

/** What the parts of a worker have in common. */
export interface WorkerCore {
  readonly workerId: string;
  /** Its name for people. */
  readonly who: string;
  readonly concurrency: number;
  readonly queues: readonly string[];
  readonly timings: Timings;
  readonly sealer: Sealer;
  readonly journal: Journal;
  readonly runtime: Runtime;
  readonly workflows: () => readonly OwnWorkflow[];
  readonly logger: Pick<Console, "info" | "warn" | "error">;
  /** Says a thing once, until Redis has been away. */
  warn(message: string): void;
  /** All that was fetched and is not handed over yet, by job id; and what the local runtime has of it, by run id. */
  readonly holds: Map<string, Hold>;
  readonly byRun: Map<string, Hold>;
  readonly folders: Map<string, Folder>;
  phase: "new" | "running" | "draining" | "stopped";
  readonly isConnected: boolean;
  /** Throws where Redis is away. */
  connected(): Connection;
}

/** The engine has gone on without this worker: what it still brings is kept as a late result. */
export function loseHold({ logger }: Pick<WorkerCore, "logger">, hold: Hold): void {
  if (hold.fenced) return;
  hold.fenced = true;
  logger.warn(
    `${hold.job.runId}: its engine has gone on without this worker; what it still brings is kept as a late result`,
  );
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
