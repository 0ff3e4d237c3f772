import type { ScheduleSpec } from "../schedule/types.ts";
import type { WaitingFor } from "./waiting.ts";

export const scheduleStatuses = ["active", "paused", "ended", "deleted"] as const;
export type ScheduleStatus = (typeof scheduleStatuses)[number];

/** What happens when an occurrence comes due while a run of the schedule is active. */
export const overlapPolicies = [
  "skip",
  "buffer_one",
  "buffer_all",
  "cancel_other",
  "terminate_other",
  "allow_all",
] as const;
export type OverlapPolicyName = (typeof overlapPolicies)[number];

/** What happens to occurrences that passed while no engine ran. */
export const catchupPolicies = ["none", "latest", "all"] as const;
export type CatchupPolicy = (typeof catchupPolicies)[number];

/** A schedule as the API and the command line show it. Times are ISO 8601 UTC, durations text such as `10s`. */
export interface Schedule {
  scheduleId: string;
  /** What people call it; the id where none was given. */
  name: string;
  workflowName: string;
  spec: ScheduleSpec;
  status: ScheduleStatus;
  overlapPolicy: OverlapPolicyName;
  catchup: CatchupPolicy;
  catchupWindow: string;
  input: unknown;
  /** Nominal; null when paused, ended or deleted. */
  nextRunTime: string | null;
  lastRunAt: string | null;
  lastRunId: string | null;
  totalRuns: number;
  successfulRuns: number;
  failedRuns: number;
  skippedRuns: number;
  missedRuns: number;
  bufferedCount: number;
  runningRunIds: string[];
  /** What the first of its runs that wait waits for; null where none does. */
  waitingFor: WaitingFor | null;
  maxRuns: number | null;
  /** Firings that count towards `maxRuns`. */
  scheduledRuns: number;
  timeout: string | null;
  /** Of a run with all programs it starts, such as `512MiB`; `none`; null is what holds for its kind of workflow. */
  memoryLimit: string | null;
  /** A run that takes longer is told of, and goes on. */
  slowAfter: string | null;
  /** The time of day in the schedule's zone (`06:00`) by which a run must have ended; later ones are told of, and go on. */
  dueBy: string | null;
  /** Names of pools that its runs need a place in. */
  pools: string[];
  /** Whose workers take its runs where they go to other machines; null is what its workflow says. */
  queue: string | null;
  /** Which of its old runs are kept; `failures`: beyond the newest hundred, failures alone. */
  keepRuns: KeepRuns;
  maxAttempts: number;
  retryDelay: string;
  /** Pause after so many failures in a row; null is never. */
  pauseOnFailure: number | null;
  consecutiveFailures: number;
  recoverOnWorkerLoss: boolean;
  maxRecoveryAttempts: number;
  pausedAt: string | null;
  pausedUntil: string | null;
  /** Who or what paused it: `user`, `cli`, `failures`, `code`. */
  pausedBy: string | null;
  /** What there is to read about its state: the pause's note while paused with one, else its own. */
  note: string | null;
  /** Its own note, which an edit changes and an export holds. */
  ownNote: string | null;
  tags: string[];
  /** Set where code declares this schedule: what the code says now, and whether a person has changed it since. */
  declaration: { module: string; changedByUser: boolean; pending: Record<string, unknown> | null } | null;
  /** Counts up with each edit; an edit that names an older one is refused. */
  revision: number;
  createdAt: string;
  updatedAt: string;
}

/** Why an occurrence did not run. */
export const omissionReasons = [
  "overlap",
  "buffer_full",
  "no_room",
  "by_hand",
  "ended",
  "off",
  "asleep",
  "stalled",
  "past_window",
  "superseded",
  "storage_unavailable",
] as const;
export type OmissionReason = (typeof omissionReasons)[number];

/** Occurrences of one schedule that did not run; consecutive missed ones are one record with a count and a range. */
export interface Omission {
  omissionId: number;
  scheduleId: string;
  kind: "skipped" | "missed";
  reason: OmissionReason;
  firstTime: string;
  lastTime: string;
  count: number;
  createdAt: string;
}

export const keepRunsChoices = ["all", "failures"] as const;
export type KeepRuns = (typeof keepRunsChoices)[number];

export const activityKinds = [
  "created",
  "edited",
  "paused",
  "resumed",
  "deleted",
  "restored",
  "fired",
  "triggered",
  "skipped",
  "unskipped",
  "missed",
  "backfilled",
  "failed",
  "recovered",
  "ended",
  "cancelled",
  "failed_over",
  "clock_changed",
  "waited",
  "slow",
  "overdue",
  "result_taken",
  "late_result",
  "declared",
  "asked",
  "imported",
  "import_undone",
] as const;
export type ActivityKind = (typeof activityKinds)[number];

/** One line of a schedule's history. `details.changes` of an edit is `[{ field, from, to }]`. */
export interface ActivityEvent {
  activityId: number;
  scheduleId: string | null;
  at: string;
  kind: ActivityKind;
  actor: string;
  runId: string | null;
  details: Record<string, unknown>;
  /** The import that wrote this, or that this takes back. */
  importId: string | null;
  /** Whether that import has been undone since. */
  undone: boolean;
}
