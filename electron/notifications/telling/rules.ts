import type { NoticeEvent, NotificationRule } from "../../../shared/domain/notifications.ts";

/** What happened to a schedule, as far as rules look at it. Runs of backfills are not told of: they have a page. */
export type Change =
  | { kind: "failed"; runId: string; failuresInARow: number }
  | { kind: "completed"; runId: string }
  | { kind: "missed"; at: number; lastRunAt: number | null }
  | { kind: "slow" | "overdue" | "interrupted" | "late_result"; runId: string }
  | { kind: "paused" };

const lasting = ["slow", "overdue", "interrupted", "late_result"] as const;

/** What a rule has told of a schedule and that has not changed back. Each is told once until then. */
export interface RuleState {
  failing: boolean;
  /** When occurrences were missed that was told of; over once a run was made after it. Epoch ms. */
  missedAt: number | null;
  /** The runs that made it so; over with the first run to end that is none of them. */
  slow: string[] | null;
  overdue: string[] | null;
  interrupted: string[] | null;
  late_result: string[] | null;
}

export const nothingTold: Readonly<RuleState> = {
  failing: false,
  missedAt: null,
  slow: null,
  overdue: null,
  interrupted: null,
  late_result: null,
};
/** A schedule has no more runs at once than that which are slow and told apart. */
const RUNS_KEPT = 100;

export const isNothing = (state: RuleState): boolean =>
  !state.failing && state.missedAt === null && lasting.every((event) => state[event] === null);

/** Whether a rule is about a schedule. */
export function isAbout(
  rule: Pick<NotificationRule, "schedules" | "tags">,
  schedule: { id: string; tags: readonly string[] },
): boolean {
  if (rule.schedules.length === 0 && rule.tags.length === 0) return true;
  return rule.schedules.includes(schedule.id) || schedule.tags.some((tag) => rule.tags.includes(tag));
}

/**
 * What a rule tells of a change, and what it has told after it.
 *
 * | told          | when                                        | once until                                      |
 * | ------------- | ------------------------------------------- | ----------------------------------------------- |
 * | `failed`      | the nth final failure in a row, or a later   | the next success, which is `recovered`          |
 * | `missed`      | occurrences passed without a run             | a run is made after it                          |
 * | `slow` and so on | a run takes long, is late, lost its process | a run ends of which that was not said          |
 * | `paused`      | failures paused it                           | always: a person has to end that                |
 */
export function step(
  rule: Pick<NotificationRule, "events" | "failuresInARow">,
  state: Readonly<RuleState>,
  change: Change,
): { state: RuleState; told: NoticeEvent[] } {
  const next: RuleState = { ...state };
  const told: NoticeEvent[] = [];
  const tell = (event: NoticeEvent): void => {
    if (rule.events.includes(event)) told.push(event);
  };
  const ended = (runId: string): void => {
    for (const event of lasting) if (next[event]?.includes(runId) === false) next[event] = null;
  };
  switch (change.kind) {
    case "failed":
      ended(change.runId);
      if (!next.failing && change.failuresInARow >= rule.failuresInARow) {
        next.failing = true;
        tell("failed");
      }
      break;
    case "completed":
      ended(change.runId);
      if (next.failing) {
        next.failing = false;
        tell("recovered");
      }
      break;
    case "missed":
      if (next.missedAt === null || (change.lastRunAt !== null && change.lastRunAt > next.missedAt)) tell("missed");
      next.missedAt = change.at;
      break;
    case "paused":
      tell("paused");
      break;
    default: {
      const known = next[change.kind];
      if (known === null) tell(change.kind);
      if (known?.includes(change.runId) !== true)
        next[change.kind] = [...(known ?? []), change.runId].slice(-RUNS_KEPT);
    }
  }
  // What a rule does not tell of it need not remember.
  if (!rule.events.includes("failed") && !rule.events.includes("recovered")) next.failing = false;
  if (!rule.events.includes("missed")) next.missedAt = null;
  for (const event of lasting) if (!rule.events.includes(event)) next[event] = null;
  return { state: next, told };
}
