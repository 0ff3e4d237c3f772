import type { CompiledSpec } from "../../../../shared/schedule/matcher/compile.ts";
import { nextOccurrence, occurrencesBetween } from "../../../../shared/schedule/matcher/occurrences.ts";
import type { ScheduleSpec } from "../../../../shared/schedule/types.ts";
import { shortTimeThere, type TimeFormat } from "../../../format/time.ts";

/** What an edit changes in the runs to come. A run that goes while another comes has moved. */
export interface Difference {
  /** The runs compared: from now to this instant, epoch ms. */
  until: number;
  moved: number;
  added: number;
  removed: number;
  nextBefore: number | null;
  nextAfter: number | null;
}

/** Whether an edit begins a new phase of intervals at the moment it is saved: only what gives them their phase does. */
export function beginsPhase(before: ScheduleSpec, after: ScheduleSpec): boolean {
  return (
    JSON.stringify(before.interval) !== JSON.stringify(after.interval) ||
    (before.startAt ?? null) !== (after.startAt ?? null)
  );
}

const DAY_MS = 86_400_000;
/** Runs of either side that are compared at most, so that a spec of every second stays quick. */
const MAX_COMPARED = 2000;

/** Compares what would fire before and after an edit: over the next 30 days, or a year where these are the same; at most 2,000 runs. */
export function differenceOf(before: CompiledSpec, after: CompiledSpec, now: number): Difference {
  const near = differenceUntil(before, after, now, now + 30 * DAY_MS);
  return differenceText(near) === null ? differenceUntil(before, after, now, now + 365 * DAY_MS) : near;
}

function differenceUntil(before: CompiledSpec, after: CompiledSpec, now: number, horizon: number): Difference {
  const old = occurrencesBetween(before, now + 1, horizon, MAX_COMPARED);
  const fresh = occurrencesBetween(after, now + 1, horizon, MAX_COMPARED);
  const until = Math.min(lastOf(old, horizon), lastOf(fresh, horizon));
  const kept = new Set(old.filter((at) => at <= until));
  const removedFrom = kept.size;
  let common = 0;
  let freshCount = 0;
  for (const at of fresh) {
    if (at > until) break;
    freshCount++;
    if (kept.has(at)) common++;
  }
  const removed = removedFrom - common;
  const added = freshCount - common;
  const moved = Math.min(removed, added);
  return {
    until,
    moved,
    added: added - moved,
    removed: removed - moved,
    nextBefore: nextOccurrence(before, now),
    nextAfter: nextOccurrence(after, now),
  };
}

const lastOf = (times: readonly number[], horizon: number): number =>
  times.length < MAX_COMPARED ? horizon : (times.at(-1) ?? horizon);

/** "12 runs move, 1 is added": the difference in words; null where no run changes. */
export function differenceText(difference: Difference): string | null {
  const { moved, added, removed } = difference;
  const part = (count: number, one: string, many: string) =>
    count === 0 ? [] : [count === 1 ? one : `${count.toLocaleString("en")} ${many}`];
  const parts = [
    ...part(moved, "1 run moves", "runs move"),
    ...part(added, "1 run is added", "runs are added"),
    ...part(removed, "1 run goes", "runs go"),
  ];
  return parts.length === 0 ? null : parts.join(", ");
}

/** What an edit does to the runs to come, for the save bar: how many move until when, and which is the next. */
export function differenceWords(difference: Difference, zone: string, now: number, format: TimeFormat): string {
  const days = Math.round((difference.until - now) / DAY_MS);
  const span = days < 1 ? "hours" : days === 1 ? "day" : `${days.toLocaleString("en")} days`;
  const shown = (at: number | null) => (at === null ? "none" : shortTimeThere(at, now, zone, format));
  const next =
    difference.nextBefore === difference.nextAfter
      ? ""
      : `, next run from ${shown(difference.nextBefore)} to ${shown(difference.nextAfter)}`;
  return `${differenceText(difference) ?? "no run moves"} in the next ${span}${next}`;
}
