import type { OverlapPolicyName } from "./schedule.ts";

/**
 * A backfill's states and legal moves:
 *   planning → running                its rows are written
 *   planning → completed              there was nothing to write
 *   planning, running → paused        by a person; what runs goes on
 *   paused → running, planning        by a person
 *   running, paused → completed       nothing is left
 *   planning, running, paused → cancelling   by a person, by the end of its schedule, or `maxFailures` reached
 *   cancelling → cancelled, failed    waiting ones are called off and running ones have ended
 *   completed, failed, cancelled → planning   "run the failed and cancelled ones again"
 */
export const backfillStatuses = [
  "planning",
  "running",
  "paused",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
] as const;
export type BackfillStatus = (typeof backfillStatuses)[number];

export const backfillMoves: Readonly<Record<BackfillStatus, readonly BackfillStatus[]>> = {
  planning: ["running", "paused", "cancelling", "completed"],
  running: ["paused", "cancelling", "completed"],
  paused: ["planning", "running", "cancelling", "completed"],
  cancelling: ["cancelled", "failed"],
  completed: ["planning"],
  failed: ["planning"],
  cancelled: ["planning"],
};

/** Which occurrences run again: none that completed or is active, these and failed ones, all. */
export const reprocessModes = ["none", "failed", "all"] as const;
export type ReprocessMode = (typeof reprocessModes)[number];

export const backfillOrders = ["oldest", "newest"] as const;
export type BackfillOrder = (typeof backfillOrders)[number];

/** A backfill as the API and the command line show it. Times are ISO 8601 UTC. */
export interface Backfill {
  backfillId: string;
  scheduleId: string;
  scheduleName: string;
  status: BackfillStatus;
  from: string;
  to: string;
  /** The zone of the spec it was started with. */
  timezone: string;
  reprocess: ReprocessMode;
  order: BackfillOrder;
  concurrency: number;
  overlapPolicy: OverlapPolicyName;
  maxFailures: number | null;
  /** Replaces the schedule's input where given. */
  input: unknown;
  /** Occurrences of the range, and what existed for them, when it was started. */
  occurrences: number;
  existing: Record<string, number>;
  /** Runs it makes; of them (with their sum the same) completed, failed, cancelled and remaining, which includes running. */
  total: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** Of the cancelled those that never began: they stand with the backfill alone, and not among the runs of its schedule. */
  notStarted: number;
  running: number;
  remaining: number;
  /** Runs ended per second over the last while; null before there is a rate. */
  rate: number | null;
  /** Milliseconds left at that rate. */
  timeLeftMs: number | null;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  createdBy: string;
}

/** What a backfill would do with one occurrence. */
export interface BackfillPlanItem {
  scheduledTime: string;
  action: "create" | "skip" | "rerun";
  /** The newest run that exists for it, or why there is none. */
  existing: { runId: string | null; status: string } | null;
}

/** A backfill's plan: exact counts over the whole range, and a page of its instants. */
export interface BackfillPlan {
  from: string;
  /** Cut to now where it was in the future. */
  to: string;
  toWasCut: boolean;
  occurrences: number;
  /** How many would run (create + rerun), less those unticked. */
  count: number;
  first: string | null;
  last: string | null;
  /** Occurrences by what exists for them: completed, failed, missed, skipped, cancelled, active, none. */
  existing: Record<string, number>;
  items: BackfillPlanItem[];
  /** More items behind this page. */
  nextOffset: number | null;
}
