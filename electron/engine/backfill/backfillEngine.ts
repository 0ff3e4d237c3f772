import type { ChangeEvent } from "../../../shared/api/events.ts";
import type { Actor, BackfillService } from "../contract.ts";
import type { Core } from "../core.ts";
import type { BackfillHooks } from "../parts.ts";

/** What the backfill service uses of the engine. */
export interface BackfillEngine
  extends Pick<
    Core,
    "database" | "clock" | "catalogue" | "ids" | "stores" | "write" | "writeAsOwner" | "checkpointIfLong" | "touch"
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
