import type { AfterOutcome, EventEntry } from "../schedule/types.ts";
import type { RunStatus } from "./run.ts";
import type { OmissionReason, ScheduleStatus } from "./schedule.ts";

/** A run as a chain shows it. Times are epoch ms. */
export interface ChainRun {
  runId: string;
  status: RunStatus;
  warning: boolean;
  /** Why it failed, cut short; null where it has not. */
  error: string | null;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
}

/** A schedule of a chain, as the database has it. */
export interface ChainMember {
  scheduleId: string;
  name: string;
  /** `gone`: there is none of that id any more, or it is deleted; it starts nothing. */
  status: Exclude<ScheduleStatus, "deleted"> | "gone";
  /** Its newest run that is no backfill's. */
  lastRun: ChainRun | null;
  /** The newest that has ended, and so started what comes after it; `at` is when. */
  lastEnd: { runId: string; outcome: RunStatus; at: number; createdAt: number } | null;
}

/** That one schedule comes after another, and what came of the other's last end. */
export interface ChainLink {
  from: string;
  to: string;
  outcome: AfterOutcome;
  delayMs: number;
  /** Since when it is so, epoch ms: what ended before has nothing to do with it. */
  sinceAt: number;
  /** The run that it has started. */
  started: string | null;
  /** When the delay is over, epoch ms. */
  waitsUntil: number | null;
  /** Why it was skipped there. */
  skipped: OmissionReason | null;
}

/**
 * What came of a link at the last end of the schedule before it.
 *
 * | state       | the schedule after it                                                    |
 * | never       | has had nothing to come after: the other one has not ended since          |
 * | started     | was started                                                              |
 * | waits       | starts when the delay is over                                            |
 * | outcome     | was not: the other one has ended another way                             |
 * | stopped     | was not: the other one did not run itself                                |
 * | skipped     | was not: skipped, for a reason                                           |
 * | paused, ended, gone | was not, and is not: that is the state of one of the two          |
 * | not_started | was not: it was paused then, or off its dates                           |
 */
export type LinkState =
  | "never"
  | "started"
  | "waits"
  | "outcome"
  | "stopped"
  | "skipped"
  | "paused"
  | "ended"
  | "gone"
  | "not_started";

/** States in which the schedule after a link did not run. */
const stopping: ReadonlySet<LinkState> = new Set(["outcome", "stopped", "skipped", "paused", "ended", "not_started"]);

/** Why a schedule did not run when the one before it last ended. */
export interface Stop {
  /** The schedule before it. */
  by: string;
  state: LinkState;
  /** How that one has ended; null where it did not run itself. */
  outcome: RunStatus | null;
  reason: OmissionReason | null;
  /** The run that ended so. */
  runId: string | null;
  /** Since when, epoch ms. */
  at: number;
}

export interface ChainStates {
  /** In the order of the links that were given. */
  links: LinkState[];
  /** Those that did not run, by id: all others have run, or have had nothing to run after. */
  stopped: Map<string, Stop>;
}

function stateOf(link: ChainLink, from: ChainMember, to: ChainMember): LinkState {
  if (from.status === "gone" || to.status === "gone") return "gone";
  if (from.lastEnd === null) return "never";
  if (link.started !== null) return "started";
  if (from.lastEnd.at < link.sinceAt) return "never";
  if (link.waitsUntil !== null) return "waits";
  if (link.outcome !== "ended" && link.outcome !== from.lastEnd.outcome) return "outcome";
  if (link.skipped !== null) return "skipped";
  if (to.status === "paused" || to.status === "ended") return to.status;
  return "not_started";
}

/**
 * What became of each link, and who did not run and why. One that has run since by itself did not stop; one after it is
 * stopped with it. Links must form no circle; one that does all the same is taken as far as it goes.
 */
export function chainStates(members: readonly ChainMember[], links: readonly ChainLink[]): ChainStates {
  const byId = new Map(members.map((member) => [member.scheduleId, member]));
  const states: LinkState[] = links.map(() => "never");
  const stopped = new Map<string, Stop>();
  const settled = new Set<string>();
  const into = new Map<string, number[]>();
  for (const [index, { to }] of links.entries()) into.set(to, [...(into.get(to) ?? []), index]);

  const settle = (id: string): void => {
    if (settled.has(id)) return;
    settled.add(id);
    const to = byId.get(id);
    if (to === undefined) return;
    let stop: Stop | null = null;
    for (const index of into.get(id) ?? []) {
      const link = links[index] as ChainLink;
      const from = byId.get(link.from);
      if (from === undefined) continue;
      settle(link.from);
      const before = stopped.get(link.from);
      // It did not run when its own turn came, and has not since.
      const isStopped =
        before !== undefined && before.at >= link.sinceAt && (from.lastEnd === null || from.lastEnd.at < before.at);
      const own = stateOf(link, from, to);
      const state = isStopped && own !== "gone" && own !== "waits" ? "stopped" : own;
      states[index] = state;
      if (!stopping.has(state)) continue;
      const at = isStopped ? before.at : (from.lastEnd?.at ?? 0);
      const found: Stop = {
        by: link.from,
        state,
        outcome: isStopped ? null : (from.lastEnd?.outcome ?? null),
        reason: state === "skipped" ? link.skipped : null,
        runId: isStopped ? null : (from.lastEnd?.runId ?? null),
        at,
      };
      if (stop === null || found.at > stop.at) stop = found;
    }
    if (stop === null) return;
    const latest = stop;
    const hasRunSince = to.lastRun !== null && to.lastRun.createdAt >= latest.at;
    const waits = (into.get(id) ?? []).some((index) => states[index] === "waits");
    if (!hasRunSince && !waits) stopped.set(id, latest);
  };
  for (const { scheduleId } of members) settle(scheduleId);
  return { links: states, stopped };
}

/** What makes a schedule run after another one; `delay` is empty where it does at once. */
export const afterEntry = (scheduleId: string, outcome: AfterOutcome, delay: string): EventEntry => ({
  after: outcome === "completed" ? { scheduleId } : { scheduleId, outcome },
  ...(delay === "" ? {} : { delay }),
});
