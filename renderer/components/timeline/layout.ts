/** What of a lane is a mark and what a band at a zoom, and where each stands. Pure; epoch ms and pixels. */
import { type Outcome, worstFirst } from "../outcomes/outcomes.ts";
import { niceStep, type Span } from "./scale.ts";

/** Something at a time: a run, a planned occurrence, or occurrences of a stretch that are only counted. */
export interface TimelineItem {
  key: string;
  /** What fires: its own pace decides whether it can be told apart. */
  source: string;
  at: number;
  /** Where it ended; `at` where it takes no time. */
  to: number;
  outcome: Outcome;
  /** How many occurrences it stands for. */
  count: number;
  /** Over how much time those are spread, from `at` on; 0 where it is one at its instant. */
  stretchMs: number;
  /** What it is, for tooltips and screen readers, without its time. */
  label: string;
  /** The page about it. */
  href?: string;
  backfilled?: boolean;
  /** It is asked for its menu, as planned ones are. */
  hasMenu?: boolean;
}

/** A planned occurrence that stands for itself alone. */
export const isPlanned = ({ outcome, stretchMs }: TimelineItem): boolean => outcome === "planned" && stretchMs === 0;

/** What names an item to whatever asks for its menu; undefined where it has none. */
export const menuKey = (item: TimelineItem): string | undefined =>
  isPlanned(item) || item.hasMenu === true ? item.key : undefined;

/** A lane's items in order of time, and how close each source's usually are. */
export interface PreparedLane {
  items: readonly TimelineItem[];
  /** Half of a source's occurrences follow the one before within so many ms; Infinity for a few. */
  paceMs: ReadonlyMap<string, number>;
  /** The longest item: how far before a view one may begin that reaches into it. */
  longestMs: number;
}

/** A source with fewer occurrences than this is rare whatever their distance. */
const fewest = 4;

/** A target's least side: nothing that can be clicked is narrower. */
export const leastTarget = 24;

/** Sorts a lane once, so that each zoom and move costs what is in view. */
export function prepareLane(items: readonly TimelineItem[]): PreparedLane {
  const sorted = [...items].sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const gaps = new Map<string, { gap: number; weight: number }[]>();
  const last = new Map<string, number>();
  const counts = new Map<string, number>();
  let longestMs = 0;
  for (const { source, at, to, count, stretchMs } of sorted) {
    longestMs = Math.max(longestMs, to - at, stretchMs);
    counts.set(source, (counts.get(source) ?? 0) + count);
    const own = gaps.get(source) ?? [];
    if (own.length === 0) gaps.set(source, own);
    const before = last.get(source);
    if (stretchMs > 0) own.push({ gap: stretchMs / count, weight: count });
    else if (before !== undefined) own.push({ gap: at - before, weight: count });
    last.set(source, at);
  }
  const paceMs = new Map<string, number>();
  for (const [source, own] of gaps) {
    paceMs.set(source, (counts.get(source) ?? 0) < fewest ? Number.POSITIVE_INFINITY : weightedMedian(own));
  }
  return { items: sorted, paceMs, longestMs };
}

function weightedMedian(gaps: { gap: number; weight: number }[]): number {
  gaps.sort((a, b) => a.gap - b.gap);
  const half = gaps.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let seen = 0;
  for (const { gap, weight } of gaps) {
    seen += weight;
    if (seen >= half) return gap;
  }
  return Number.POSITIVE_INFINITY;
}

/** Whether a lane has anything in a view. */
export function hasAny(lane: PreparedLane, view: Span): boolean {
  for (let index = firstFrom(lane.items, view.from - lane.longestMs); index < lane.items.length; index++) {
    const item = lane.items[index] as TimelineItem;
    if (item.at >= view.to) return false;
    if (endOf(item) >= view.from) return true;
  }
  return false;
}

/** What a zoom leaves in its place: the present where it is in view, else what stands nearest to the middle, else the middle. */
export function zoomPlace(lanes: Iterable<PreparedLane>, view: Span, now: number): number {
  if (now >= view.from && now <= view.to) return now;
  const middle = (view.from + view.to) / 2;
  let found: number | null = null;
  for (const { items, longestMs } of lanes) {
    for (let index = firstFrom(items, view.from - longestMs); index < items.length; index++) {
      const item = items[index] as TimelineItem;
      if (item.at >= view.to) break;
      const end = endOf(item);
      if (end < view.from) continue;
      const at = Math.min(Math.max(middle, item.at, view.from), Math.max(item.at, Math.min(end, view.to)));
      if (found === null || Math.abs(at - middle) < Math.abs(found - middle)) found = at;
    }
  }
  return found ?? middle;
}

const endOf = ({ at, to, stretchMs }: TimelineItem): number => Math.max(at, to, at + stretchMs);

/** One item, or several whose targets would overlap. Pixels from the view's left edge. */
export interface TimelineMark {
  key: string;
  x: number;
  /** From its beginning to its end, at scale. */
  width: number;
  items: readonly TimelineItem[];
  outcome: Outcome;
}

/** What fires too often to be told apart, over one step of a band. */
export interface TimelineBin extends Span {
  key: string;
  x: number;
  width: number;
  count: number;
  outcomes: ReadonlyMap<Outcome, number>;
}

export interface LaneLayout {
  marks: TimelineMark[];
  bins: TimelineBin[];
}

const worse = (a: Outcome, b: Outcome): Outcome => (worstFirst.indexOf(a) <= worstFirst.indexOf(b) ? a : b);

/** How time becomes pixels. */
export interface Scale {
  msPerPx: number;
  /** Where a step of a band begins, say a local midnight. */
  origin: number;
  /** The pixel of an instant; not in proportion where idle time is folded. */
  place(at: number): number;
}

/**
 * A lane in a view. A source whose occurrences would stand closer than a target's width becomes part
 * of the band; every other one is a mark, so that what is rare is never hidden by what is frequent. Marks whose targets
 * would overlap become one with a count.
 */
export function layoutLane(lane: PreparedLane, view: Span, { msPerPx, origin, place }: Scale): LaneLayout {
  const leastMs = msPerPx * leastTarget;
  const { items } = lane;
  const first = firstFrom(items, view.from - lane.longestMs);
  const single: TimelineItem[] = [];
  const banded: TimelineItem[] = [];
  for (let index = first; index < items.length; index++) {
    const item = items[index] as TimelineItem;
    if (item.at >= view.to) break;
    const isBanded = item.stretchMs > 0 || (lane.paceMs.get(item.source) ?? Number.POSITIVE_INFINITY) < leastMs;
    if (isBanded) {
      if (Math.max(item.at + 1, item.at + item.stretchMs) > view.from) banded.push(item);
    } else if (Math.max(item.at, item.to) >= view.from) single.push(item);
  }
  return { marks: marksOf(single, place), bins: binsOf(banded, leastMs, origin, place) };
}

function marksOf(items: readonly TimelineItem[], place: (at: number) => number): TimelineMark[] {
  const marks: (TimelineMark & { items: TimelineItem[] })[] = [];
  for (const item of items) {
    const x = Math.max(0, place(item.at));
    const end = Math.max(x, place(item.to));
    const last = marks.at(-1);
    if (last !== undefined && x < last.x + leastTarget) {
      last.items.push(item);
      last.width = Math.max(last.width, end - last.x);
      last.outcome = worse(last.outcome, item.outcome);
    } else {
      marks.push({ key: item.key, x, width: end - x, items: [item], outcome: item.outcome });
    }
  }
  return marks;
}

function binsOf(
  items: readonly TimelineItem[],
  leastMs: number,
  origin: number,
  place: (at: number) => number,
): TimelineBin[] {
  const step = niceStep(items.reduce((most, { stretchMs }) => Math.max(most, stretchMs), leastMs));
  const bins = new Map<number, Map<Outcome, number>>();
  for (const { at, stretchMs, outcome, count } of items) {
    const index = Math.floor((at + stretchMs / 2 - origin) / step);
    const outcomes = bins.get(index) ?? new Map<Outcome, number>();
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
    bins.set(index, outcomes);
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([index, outcomes]) => {
      const [from, to] = [origin + index * step, origin + (index + 1) * step];
      const x = place(from);
      const total = [...outcomes.values()].reduce((sum, each) => sum + each, 0);
      return { key: `band ${from} ${step}`, from, to, x, width: place(to) - x, count: total, outcomes };
    });
}

/** Index of the first item at or after an instant. */
function firstFrom(items: readonly TimelineItem[], at: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as TimelineItem).at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Shares of a band's step from its foot up, worst at the foot; what went wrong is never thinner than can be seen. */
export function sharesOf(outcomes: ReadonlyMap<Outcome, number>): { outcome: Outcome; share: number }[] {
  const present = worstFirst.filter((outcome) => (outcomes.get(outcome) ?? 0) > 0);
  const total = present.reduce((sum, outcome) => sum + (outcomes.get(outcome) ?? 0), 0);
  const least = Math.min(0.2, 1 / present.length);
  const raw = present.map((outcome) => Math.max(least, (outcomes.get(outcome) ?? 0) / total));
  const sum = raw.reduce((all, share) => all + share, 0);
  return present.map((outcome, index) => ({ outcome, share: (raw[index] as number) / sum }));
}
