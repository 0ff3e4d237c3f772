import type { RunStatus } from "../../shared/domain/run.ts";
import type { RunRecord } from "../storage/tables/runs/runs.ts";
import type { Actor } from "./contract.ts";

// What one part of the engine puts into the core, and the others find there: no part imports another for it.

/** A run that has ended for good. */
export interface EndedRun {
  /** Its row as it was before. */
  run: RunRecord;
  status: Extract<RunStatus, "completed" | "failed" | "skipped" | "cancelled" | "interrupted">;
  /** Epoch ms. */
  at: number;
}

/** What holds for all runs, as a person has set it. */
export interface RunLimits {
  /** So many at the most; those that are ready wait for room beyond it. */
  runsAtOnce: number;
  /** MiB of a run of workflow code. */
  memoryLimitMb: number;
  /** MiB of the runs of a workflow, by its name, as a person has set it; 0 is none. */
  workflowMemoryMb: ReadonlyMap<string, number>;
  /** Of a run whose schedule sets none; null is none. */
  timeoutMs: number | null;
  /** Names of variables of this process that its runs get. */
  passEnvironment: string[];
}

/**
 * Where backfills and the rest of the engine meet.
 *
 * A backfill's runs are rows with `trigger = 'backfill'` and `backfill_id`. They are written as `buffered` and wait for
 * one of the backfill's slots, not for the schedule's overlap policy: whatever counts or starts a schedule's own
 * buffered runs asks for `backfill_id is null`. The backfill service alone moves them from `buffered` to `pending`;
 * from there on they are runs like all others (dispatch, retries, recovery, cancelling, counters, retention).
 */
export interface BackfillHooks {
  /** The engine owns the lease from now on: open backfills go on where they were. */
  start(): void;
  /** The lease is given back or lost: writes nothing more. */
  stop(): void;
  /**
   * Inside the transaction that ends a run for good (also a waiting one that is cancelled, and one that was interrupted
   * and will not be resumed). Counts it for its backfill; nothing for runs without one.
   */
  runEnded(ended: EndedRun): void;
  /**
   * After a transaction that may have freed a slot, ended a live run or changed a backfill from another process.
   * Starts what may start; cheap when there is nothing to do.
   */
  wake(): void;
  /** An ended run of a backfill has another outcome now. */
  outcomeChanged(backfillId: string, from: EndedRun["status"], to: EndedRun["status"]): void;
  /** One that was called off with its backfill has run after all: it is its schedule's again, whose id is the answer. */
  takeBack(backfillId: string, runId: string): string | null;
  /**
   * Asked when an occurrence fires and every active run of the schedule belongs to a backfill: true where it waits
   * for them (`buffered`, whatever the overlap policy; it is neither skipped for them nor cancels them), false where
   * it starts beside them.
   */
  liveWaits(scheduleId: string): boolean;
  /** A deleted schedule's backfills are cancelled; inside the deleting transaction. */
  scheduleDeleted(scheduleId: string, actor: Actor): void;
}

/** Why a schedule's occurrences are behind through nothing of its own. */
export interface OverdueState {
  /** How long the backfill's run lasted that they waited for; null where a stop made them late. */
  heldUpMs: number | null;
  /** Monotonic, from the first that waits: until when those wait that meet late ones. */
  untilAt: number | null;
}
