import type { ChangeEvent } from "../../../shared/api/events.ts";
import type { RunStatus } from "../../../shared/domain/run.ts";
import type { Actor, BackfillService } from "../contract.ts";
import type { Core } from "../core.ts";

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
   * and will not be resumed).
   * Counts it for its backfill. Only for runs with a `backfillId`.
   */
  runEnded(run: {
    runId: string;
    backfillId: string;
    status: Extract<RunStatus, "completed" | "failed" | "cancelled" | "interrupted">;
  }): void;
  /**
   * After a transaction that may have freed a slot, ended a live run or changed a backfill from another process.
   * Starts what may start; cheap when there is nothing to do.
   */
  wake(): void;
  /**
   * Asked when an occurrence fires and every active run of the schedule belongs to a backfill: true where it waits
   * for them (`buffered`, whatever the overlap policy; it is neither skipped for them nor cancels them), false where
   * it starts beside them.
   */
  liveWaits(scheduleId: string): boolean;
  /** A deleted schedule's backfills are cancelled; inside the deleting transaction. */
  scheduleDeleted(scheduleId: string, actor: Actor): void;
}

/** What the backfill service uses of the engine. */
export interface BackfillEngine
  extends Pick<
    Core,
    "database" | "clock" | "catalogue" | "ids" | "stores" | "write" | "writeAsOwner" | "foldIfLong" | "touch"
  > {
  /** Deals with a schedule's overdue occurrences under its own rules, inside a transaction. */
  settle(scheduleId: string): void;
  /** Whether an occurrence of a schedule has come due and is not dealt with yet. */
  isDue(scheduleId: string): boolean;
  /** Whether this process fires, and its database takes writes. */
  isOwner(): boolean;
  /** What was to be written on the owner's account could not be. */
  report(error: unknown): void;
  onChange(listener: (events: readonly ChangeEvent[]) => void): () => void;
  /** Ends a run as a person's request does. */
  cancelRun(runId: string, actor: Actor): void;
}

export type BackfillServiceWithHooks = BackfillService & { readonly hooks: BackfillHooks };
