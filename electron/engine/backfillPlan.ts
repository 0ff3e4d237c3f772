import type { BackfillOrder, BackfillPlanItem, ReprocessMode } from "../../shared/domain/backfill.ts";
import { activeRunStatuses, type RunStatus } from "../../shared/domain/run.ts";

/** The instants of a spec; `from` included, `to` not. Epoch ms throughout this file. */
export interface Occurrences {
  count(from: number, to: number): number;
  /** The first `limit` of a range, ascending. */
  between(from: number, to: number, limit: number): ArrayLike<number>;
  /** The first one strictly after, or null. */
  next(after: number): number | null;
  /** The last one strictly before, or null. */
  previous(before: number): number | null;
}

export interface ExistingRun {
  scheduledAt: number;
  runId: string;
  status: RunStatus;
  createdAt: number;
}

/** A stretch of occurrences that are known not to have run; both ends included. */
export interface OmittedRange {
  kind: "missed" | "skipped";
  firstAt: number;
  lastAt: number;
}

/** What is known about a schedule's occurrences. */
export interface History {
  /** Runs of a range in order of `scheduledAt` (descending where asked), those of one instant side by side. */
  runs(from: number, to: number, descending?: boolean): Iterable<ExistingRun>;
  /** Ranges that touch `from`…`to`, in order of `firstAt`. */
  omitted(from: number, to: number): readonly OmittedRange[];
}

export const occurrenceStates = ["completed", "failed", "missed", "skipped", "cancelled", "active", "none"] as const;
export type OccurrenceState = (typeof occurrenceStates)[number];
export type StateCounts = Record<OccurrenceState, number>;

export const noCounts = (): StateCounts => ({
  completed: 0,
  failed: 0,
  missed: 0,
  skipped: 0,
  cancelled: 0,
  active: 0,
  none: 0,
});

const active: ReadonlySet<RunStatus> = new Set<RunStatus>(["buffered", ...activeRunStatuses]);

/** The newest of an instant's runs. */
export function newestRun(runs: readonly ExistingRun[]): ExistingRun | undefined {
  let newest: ExistingRun | undefined;
  for (const run of runs) {
    if (newest === undefined || run.createdAt > newest.createdAt) newest = run;
  }
  return newest;
}

/**
 * What stands for an instant: a run on its way, else the newest outcome that counts, else a run that was called off
 * (an interrupted one that nothing resumes is as good as called off), else why there is none.
 */
export function stateOf(runs: readonly ExistingRun[], omitted: OmittedRange["kind"] | null): OccurrenceState {
  if (runs.some((run) => active.has(run.status))) return "active";
  const counted = newestRun(runs.filter((run) => run.status === "completed" || run.status === "failed"));
  if (counted) return counted.status === "completed" ? "completed" : "failed";
  if (runs.length > 0) return "cancelled";
  return omitted ?? "none";
}

/** What a backfill does with an instant in a state. What is on its way is never doubled, whatever was asked for. */
export function decide(state: OccurrenceState, reprocess: ReprocessMode): BackfillPlanItem["action"] {
  switch (state) {
    case "active":
      return "skip";
    case "completed":
      return reprocess === "all" ? "rerun" : "skip";
    case "failed":
      return reprocess === "none" ? "skip" : "rerun";
    default:
      return "create";
  }
}

export interface PlannedItem {
  at: number;
  action: BackfillPlanItem["action"];
  state: OccurrenceState;
  newest: ExistingRun | undefined;
}

export interface PlanRequest {
  from: number;
  to: number;
  reprocess: ReprocessMode;
  excluded: ReadonlySet<number>;
}

export interface PlanSummary {
  occurrences: number;
  /** How many would run. */
  count: number;
  /** Earliest and latest of those that would run. */
  first: number | null;
  last: number | null;
  existing: StateCounts;
}

/** Joins runs of one instant that come side by side. */
function* byInstant(runs: Iterable<ExistingRun>): Generator<ExistingRun[]> {
  let group: ExistingRun[] = [];
  for (const run of runs) {
    if (group.length > 0 && group[0]?.scheduledAt !== run.scheduledAt) {
      yield group;
      group = [];
    }
    group.push(run);
  }
  if (group.length > 0) yield group;
}

/** Overlapping records of what did not run, made disjoint (the earlier one stands) and cut to the range. */
function disjoint(ranges: readonly OmittedRange[], from: number, to: number): OmittedRange[] {
  const result: OmittedRange[] = [];
  let free = from;
  for (const range of ranges) {
    const firstAt = Math.max(range.firstAt, free);
    const lastAt = Math.min(range.lastAt, to - 1);
    if (firstAt > lastAt) continue;
    result.push({ kind: range.kind, firstAt, lastAt });
    free = lastAt + 1;
  }
  return result;
}

/** Finds the range an instant lies in; instants are asked in ascending order. */
function rangeCursor(ranges: readonly OmittedRange[]): (at: number) => number {
  let index = 0;
  return (at) => {
    for (;;) {
      const range = ranges[index];
      if (range === undefined || range.firstAt > at) return -1;
      if (range.lastAt >= at) return index;
      index += 1;
    }
  };
}

/**
 * The one rule of a backfill, for instants of a range in ascending order: used for the list that people see and for the
 * rows that are written. An unticked instant is skipped.
 */
export function planInstants(
  instants: ArrayLike<number>,
  history: History,
  request: Pick<PlanRequest, "reprocess" | "excluded">,
): PlannedItem[] {
  const from = instants[0];
  const end = instants[instants.length - 1];
  if (from === undefined || end === undefined) return [];
  const groups = new Map<number, ExistingRun[]>();
  for (const group of byInstant(history.runs(from, end + 1))) {
    if (group[0]) groups.set(group[0].scheduledAt, group);
  }
  const omitted = disjoint(history.omitted(from, end + 1), from, end + 1);
  const omittedAt = rangeCursor(omitted);
  const items: PlannedItem[] = new Array(instants.length);
  for (let i = 0; i < instants.length; i += 1) {
    const at = instants[i] as number;
    const runs = groups.get(at) ?? [];
    const state = stateOf(runs, omitted[omittedAt(at)]?.kind ?? null);
    const action = request.excluded.has(at) ? "skip" : decide(state, request.reprocess);
    items[i] = { at, action, state, newest: newestRun(runs) };
  }
  return items;
}

/**
 * Occurrences of a range by what stands for them. Only instants with a record are looked at one by one; the rest are
 * counted, so that a range of any length costs what its history costs.
 */
function countStates(
  occurrences: Occurrences,
  history: History,
  from: number,
  to: number,
  visit: (at: number, state: OccurrenceState) => void,
): { total: number; counts: StateCounts } {
  const counts = noCounts();
  const omitted = disjoint(history.omitted(from, to), from, to);
  const omittedAt = rangeCursor(omitted);
  const ranInRange = omitted.map(() => 0);
  let ran = 0;
  for (const group of byInstant(history.runs(from, to))) {
    const at = group[0]?.scheduledAt as number;
    // The spec may have been edited since: a run whose instant it no longer names fills nothing.
    if (occurrences.next(at - 1) !== at) continue;
    const state = stateOf(group, null);
    counts[state] += 1;
    ran += 1;
    const index = omittedAt(at);
    if (index >= 0) ranInRange[index] = (ranInRange[index] ?? 0) + 1;
    visit(at, state);
  }
  const total = occurrences.count(from, to);
  omitted.forEach((range, index) => {
    counts[range.kind] += occurrences.count(range.firstAt, range.lastAt + 1) - (ranInRange[index] ?? 0);
  });
  counts.none = total - ran - counts.missed - counts.skipped;
  return { total, counts };
}

/** The earliest (or latest) instant of a range that would run. */
function edge(
  history: History,
  request: PlanRequest,
  step: (at: number) => number | null,
  start: number,
  descending: boolean,
): number | null {
  const inRange = (at: number | null): at is number => at !== null && at >= request.from && at < request.to;
  let candidate = step(start);
  for (const group of byInstant(history.runs(request.from, request.to, descending))) {
    const at = group[0]?.scheduledAt as number;
    // Instants before this run's have none: the first of them that is ticked is the answer.
    while (inRange(candidate) && (descending ? candidate > at : candidate < at)) {
      if (!request.excluded.has(candidate)) return candidate;
      candidate = step(candidate);
    }
    if (candidate !== at) continue;
    if (!request.excluded.has(at) && decide(stateOf(group, null), request.reprocess) !== "skip") return at;
    candidate = step(at);
  }
  while (inRange(candidate) && request.excluded.has(candidate)) candidate = step(candidate);
  return inRange(candidate) ? candidate : null;
}

/** What a backfill of the range would do: exact counts, first and last. */
export function summarise(occurrences: Occurrences, history: History, request: PlanRequest): PlanSummary {
  const { from, to, reprocess, excluded } = request;
  let unticked = 0;
  const excludedWithRun = new Set<number>();
  const { total, counts } = countStates(occurrences, history, from, to, (at, state) => {
    if (!excluded.has(at)) return;
    excludedWithRun.add(at);
    if (decide(state, reprocess) !== "skip") unticked += 1;
  });
  for (const at of excluded) {
    if (at < from || at >= to || excludedWithRun.has(at)) continue;
    if (occurrences.next(at - 1) === at) unticked += 1;
  }
  let count = -unticked;
  for (const state of occurrenceStates) {
    if (decide(state, reprocess) !== "skip") count += counts[state];
  }
  return {
    occurrences: total,
    count,
    first: count === 0 ? null : edge(history, request, occurrences.next, from - 1, false),
    last: count === 0 ? null : edge(history, request, occurrences.previous, to, true),
    existing: counts,
  };
}

/** A page of the plan, in the order in which its runs would start. */
export function planPage(
  occurrences: Occurrences,
  history: History,
  request: PlanRequest,
  page: { total: number; order: BackfillOrder; offset: number; limit: number },
): PlannedItem[] {
  const { from, to } = request;
  const count = Math.max(0, Math.min(page.limit, page.total - page.offset));
  if (count === 0) return [];
  const skip = page.order === "oldest" ? page.offset : page.total - page.offset - count;
  const instants = Array.from(occurrences.between(from, to, skip + count)).slice(skip);
  const items = planInstants(instants, history, request);
  return page.order === "oldest" ? items : items.reverse();
}

/** States of the occurrences of consecutive stretches (days), each `startsAt[i]`…`startsAt[i + 1]`. */
export function countByStretch(
  occurrences: Occurrences,
  history: History,
  startsAt: readonly number[],
): { total: number; counts: StateCounts }[] {
  const first = startsAt[0];
  const end = startsAt[startsAt.length - 1];
  if (first === undefined || end === undefined) return [];
  const omitted = history.omitted(first, end);
  const runs = history.runs(first, end)[Symbol.iterator]();
  let ahead = runs.next();
  const result: { total: number; counts: StateCounts }[] = [];
  for (let i = 0; i + 1 < startsAt.length; i += 1) {
    const from = startsAt[i] as number;
    const to = startsAt[i + 1] as number;
    const ofStretch: ExistingRun[] = [];
    while (!ahead.done && ahead.value.scheduledAt < to) {
      ofStretch.push(ahead.value);
      ahead = runs.next();
    }
    const local: History = {
      runs: () => ofStretch,
      omitted: () => omitted.filter((range) => range.firstAt < to && range.lastAt >= from),
    };
    result.push(countStates(occurrences, local, from, to, () => undefined));
  }
  return result;
}
