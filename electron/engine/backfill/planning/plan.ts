import type { BackfillOrder, BackfillPlanItem, ReprocessMode } from "../../../../shared/domain/backfill.ts";
import { activeRunStatuses, type RunStatus } from "../../../../shared/domain/run.ts";
import type { InTurns } from "../../turns.ts";

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
  /** The first `limit` runs of a range in order of `scheduledAt` (descending where asked). */
  runs(from: number, to: number, limit: number, descending?: boolean): readonly ExistingRun[];
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
/** Outcomes that stand for an instant. A run that had nothing to do is as good as done. */
const settled: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "failed", "skipped"]);

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
  const counted = newestRun(runs.filter((run) => settled.has(run.status)));
  if (counted) return counted.status === "failed" ? "failed" : "completed";
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

/** Runs looked at in one go: what is read in between may change, and whoever asked may be given a turn. */
const RUNS_AT_ONCE = 2000;

/** Runs that stand side by side, joined by instant. */
function byInstant(runs: readonly ExistingRun[]): ExistingRun[][] {
  const groups: ExistingRun[][] = [];
  let last: ExistingRun[] | undefined;
  for (const run of runs) {
    if (last?.[0]?.scheduledAt === run.scheduledAt) last.push(run);
    else {
      last = [run];
      groups.push(last);
    }
  }
  return groups;
}

/** All runs of a range by instant, a part at a time; no instant is divided between two parts. */
function* partsOf(history: History, from: number, to: number, descending = false): Generator<ExistingRun[][]> {
  let [low, high] = [from, to];
  let limit = RUNS_AT_ONCE;
  for (;;) {
    const runs = history.runs(low, high, limit, descending);
    const groups = byInstant(runs);
    if (runs.length < limit) {
      yield groups;
      return;
    }
    const last = groups.pop();
    const at = last?.[0]?.scheduledAt as number;
    // One instant with more runs than fit.
    if (groups.length === 0) limit *= 2;
    else yield groups;
    if (descending) high = at + 1;
    else low = at;
  }
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
  for (const group of byInstant(history.runs(from, end + 1, Number.MAX_SAFE_INTEGER))) {
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

/** Of instants in ascending order, those that are occurrences: one look each where they are few, a walk where they lie close. */
function membersOf(occurrences: Occurrences, instants: readonly number[]): (at: number) => boolean {
  const [first, last] = [instants[0], instants[instants.length - 1]];
  if (first === undefined || last === undefined || occurrences.count(first, last + 1) > 8 * instants.length) {
    return (at) => occurrences.next(at - 1) === at;
  }
  const all = occurrences.between(first, last + 1, Number.POSITIVE_INFINITY);
  let index = 0;
  return (at) => {
    while (index < all.length && (all[index] as number) < at) index += 1;
    return all[index] === at;
  };
}

/**
 * Occurrences of a range by what stands for them. Only instants with a record are looked at one by one; the rest are
 * counted, so that a range of any length costs what its history costs.
 */
function* countStates(
  occurrences: Occurrences,
  history: History,
  from: number,
  to: number,
  visit: (at: number, state: OccurrenceState) => void,
): InTurns<{ total: number; counts: StateCounts }> {
  const counts = noCounts();
  const omitted = disjoint(history.omitted(from, to), from, to);
  const omittedAt = rangeCursor(omitted);
  const ranInRange = omitted.map(() => 0);
  let ran = 0;
  for (const groups of partsOf(history, from, to)) {
    // The spec may have been edited since: a run whose instant it no longer names fills nothing.
    const isOccurrence = membersOf(
      occurrences,
      groups.map((group) => group[0]?.scheduledAt as number),
    );
    for (const group of groups) {
      const at = group[0]?.scheduledAt as number;
      if (!isOccurrence(at)) continue;
      const state = stateOf(group, null);
      counts[state] += 1;
      ran += 1;
      const index = omittedAt(at);
      if (index >= 0) ranInRange[index] = (ranInRange[index] ?? 0) + 1;
      visit(at, state);
    }
    yield;
  }
  const total = occurrences.count(from, to);
  for (const [index, range] of omitted.entries()) {
    counts[range.kind] += occurrences.count(range.firstAt, range.lastAt + 1) - (ranInRange[index] ?? 0);
    yield;
  }
  counts.none = total - ran - counts.missed - counts.skipped;
  return { total, counts };
}

/** The earliest (or latest) instant of a range that would run. */
function* edge(
  history: History,
  request: PlanRequest,
  step: (at: number) => number | null,
  start: number,
  descending: boolean,
): InTurns<number | null> {
  const inRange = (at: number | null): at is number => at !== null && at >= request.from && at < request.to;
  let candidate = step(start);
  for (const groups of partsOf(history, request.from, request.to, descending)) {
    for (const group of groups) {
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
    yield;
  }
  while (inRange(candidate) && request.excluded.has(candidate)) candidate = step(candidate);
  return inRange(candidate) ? candidate : null;
}

/** What a backfill of the range would do: exact counts, first and last. */
export function* summarise(occurrences: Occurrences, history: History, request: PlanRequest): InTurns<PlanSummary> {
  const { from, to, reprocess, excluded } = request;
  let unticked = 0;
  const excludedWithRun = new Set<number>();
  const { total, counts } = yield* countStates(occurrences, history, from, to, (at, state) => {
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
    first: count === 0 ? null : yield* edge(history, request, occurrences.next, from - 1, false),
    last: count === 0 ? null : yield* edge(history, request, occurrences.previous, to, true),
    existing: counts,
  };
}

/** The instant of a range's occurrence number `n` (from 0): found by counting, so that the millionth costs what the first does. */
function startOfNth(occurrences: Occurrences, from: number, to: number, n: number): number {
  if (n === 0) return from;
  let [low, high] = [from, to - 1];
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (occurrences.count(from, middle + 1) > n) high = middle;
    else low = middle + 1;
  }
  return low;
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
  const instants = occurrences.between(startOfNth(occurrences, from, to, skip), to, count);
  const items = planInstants(instants, history, request);
  return page.order === "oldest" ? items : items.reverse();
}

/** States of the occurrences of consecutive stretches (days), each `startsAt[i]`…`startsAt[i + 1]`. */
export function* countByStretch(
  occurrences: Occurrences,
  history: History,
  startsAt: readonly number[],
): InTurns<{ total: number; counts: StateCounts }[]> {
  const result: { total: number; counts: StateCounts }[] = [];
  for (let i = 0; i + 1 < startsAt.length; i += 1) {
    const [from, to] = [startsAt[i] as number, startsAt[i + 1] as number];
    result.push(yield* countStates(occurrences, history, from, to, () => undefined));
  }
  return result;
}
