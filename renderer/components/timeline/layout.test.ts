import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worstFirst } from "../outcomes/outcomes.ts";
import {
  hasAny,
  type LaneLayout,
  layoutLane,
  leastTarget,
  prepareLane,
  sharesOf,
  type TimelineItem,
  zoomPlace,
} from "./layout.ts";
import { niceSteps } from "./scale.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const day = { from: 0, to: 24 * hourMs };

const item = (source: string, at: number, part: Partial<TimelineItem> = {}): TimelineItem => ({
  key: `${source} ${at}`,
  source,
  at,
  to: at,
  outcome: "completed",
  count: 1,
  stretchMs: 0,
  label: source,
  ...part,
});

const scaleOf = ({ from, to }: { from: number; to: number }, width: number) => ({
  msPerPx: (to - from) / width,
  origin: 0,
  place: (at: number) => ((at - from) / (to - from)) * width,
});

const layout = (items: readonly TimelineItem[], view = day, width = 1000): LaneLayout =>
  layoutLane(prepareLane(items), view, scaleOf(view, width));

/** Items with keys of their own, some counted over a stretch, some that last. */
const anyItems = fc
  .array(
    fc.record({
      source: fc.constantFrom("a", "b", "c"),
      at: fc.integer({ min: -30, max: 1500 }).map((minutes) => minutes * minuteMs),
      lasts: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 * minuteMs })),
      outcome: fc.constantFrom(...worstFirst),
      counted: fc.oneof(
        { weight: 4, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 }) },
      ),
    }),
    { maxLength: 60 },
  )
  .map((drawn) =>
    drawn.map(({ source, at, lasts, outcome, counted }, index) =>
      item(source, at, {
        key: String(index).padStart(3, "0"),
        outcome,
        ...(counted === null ? { to: at + lasts } : { count: counted, stretchMs: 15 * minuteMs }),
      }),
    ),
  );
const anyView = fc
  .tuple(fc.integer({ min: -100, max: 1400 }), fc.integer({ min: 1, max: 1440 }), fc.integer({ min: 100, max: 2000 }))
  .map(([from, length, width]) => ({ view: { from: from * minuteMs, to: (from + length) * minuteMs }, width }));

/** The same by going through everything for everything: each occurrence by itself, each step of a band by itself. */
function slowly(items: readonly TimelineItem[], view: { from: number; to: number }, width: number) {
  const leastMs = ((view.to - view.from) / width) * leastTarget;
  const sorted = [...items].sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  const pace = (source: string): number => {
    const own = sorted.filter((each) => each.source === source);
    const gaps: number[] = [];
    own.forEach((each, index) => {
      const before = own[index - 1];
      for (let i = 0; i < each.count; i++) {
        if (each.stretchMs > 0) gaps.push(each.stretchMs / each.count);
        else if (before !== undefined) gaps.push(each.at - before.at);
      }
    });
    if (own.reduce((sum, { count }) => sum + count, 0) < 4) return Number.POSITIVE_INFINITY;
    return gaps.sort((a, b) => a - b)[Math.ceil(gaps.length / 2) - 1] as number;
  };
  const isBanded = (each: TimelineItem) => each.stretchMs > 0 || pace(each.source) < leastMs;
  const seen = (each: TimelineItem) =>
    each.at < view.to &&
    (isBanded(each)
      ? each.stretchMs > 0
        ? each.at + each.stretchMs > view.from
        : each.at >= view.from
      : Math.max(each.at, each.to) >= view.from);
  const place = scaleOf(view, width).place;

  const marks: { x: number; keys: string[] }[] = [];
  for (const each of sorted.filter((one) => seen(one) && !isBanded(one))) {
    const x = Math.max(0, place(each.at));
    const last = marks.at(-1);
    if (last !== undefined && x - last.x < leastTarget) last.keys.push(each.key);
    else marks.push({ x, keys: [each.key] });
  }
  const banded = sorted.filter((one) => seen(one) && isBanded(one));
  const widest = Math.max(leastMs, ...banded.map(({ stretchMs }) => stretchMs));
  const step = niceSteps.find((each) => each >= widest) as number;
  const bins: { from: number; outcomes: Record<string, number> }[] = [];
  for (let from = Math.floor((view.from - 2 * step) / step) * step; from < view.to + step; from += step) {
    const outcomes: Record<string, number> = {};
    for (const each of banded) {
      const middle = each.at + each.stretchMs / 2;
      if (middle >= from && middle < from + step) outcomes[each.outcome] = (outcomes[each.outcome] ?? 0) + each.count;
    }
    if (Object.keys(outcomes).length > 0) bins.push({ from, outcomes });
  }
  return { marks, bins };
}

describe("layoutLane", () => {
  it("agrees with going through everything for everything", () => {
    fc.assert(
      fc.property(anyItems, anyView, (items, { view, width }) => {
        const { marks, bins } = layout(items, view, width);
        expect({
          marks: marks.map(({ x, items: held }) => ({ x, keys: held.map(({ key }) => key) })),
          bins: bins.map(({ from, outcomes }) => ({ from, outcomes: Object.fromEntries(outcomes) })),
        }).toEqual(slowly(items, view, width));
      }),
    );
  });

  it("leaves every target room, and loses no occurrence that is in view", () => {
    fc.assert(
      fc.property(anyItems, anyView, (items, { view, width }) => {
        const { marks, bins } = layout(items, view, width);
        marks.slice(1).forEach(({ x }, index) => {
          expect(x - (marks[index]?.x ?? 0)).toBeGreaterThanOrEqual(leastTarget);
        });
        for (const bin of bins) expect(bin.width).toBeGreaterThanOrEqual(leastTarget - 1e-9);
        const drawn =
          marks.reduce((sum, { items: held }) => sum + held.length, 0) +
          bins.reduce((sum, { count }) => sum + count, 0);
        const within = items
          .filter(({ at, stretchMs }) => at >= view.from && at + stretchMs < view.to)
          .reduce((sum, { count }) => sum + count, 0);
        expect(drawn).toBeGreaterThanOrEqual(within);
      }),
    );
  });

  it("keeps what is rare a mark at every zoom, however frequent its neighbours", () => {
    const rare = fc.array(fc.integer({ min: 0, max: 1439 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(rare, anyView, (minutes, { view, width }) => {
        const backups = minutes.map((minute, index) =>
          item(`backup ${index}`, minute * minuteMs, { key: `b${index}` }),
        );
        const heartbeat = Array.from({ length: 1440 }, (_, minute) => item("heartbeat", minute * minuteMs));
        const { marks } = layout([...heartbeat, ...backups], view, width);
        const marked = marks
          .flatMap(({ items: held }) => held.map(({ key }) => key))
          .filter((key) => key.startsWith("b"));
        const inView = backups.filter(({ at }) => at >= view.from && at < view.to).map(({ key }) => key);
        expect(marked.sort()).toEqual(inView.sort());
      }),
    );
  });

  it("shows three backups at 02:00 as one mark of three beside a band of a heartbeat's minutes", () => {
    const heartbeat = Array.from({ length: 1440 }, (_, minute) =>
      item("heartbeat", minute * minuteMs, { outcome: minute === 125 ? "failed" : "completed" }),
    );
    const backups = ["a", "b", "c"].map((name) => item(`backup ${name}`, 2 * hourMs));
    const { marks, bins } = layout([...heartbeat, ...backups]);
    expect(marks).toHaveLength(1);
    expect(marks[0]?.items.map(({ source }) => source)).toEqual(["backup a", "backup b", "backup c"]);
    expect(bins).toHaveLength(24);
    expect(bins[2]).toMatchObject({
      from: 2 * hourMs,
      count: 60,
      outcomes: new Map([
        ["completed", 59],
        ["failed", 1],
      ]),
    });
  });

  it("tells a band's occurrences apart once zoomed in far enough", () => {
    const heartbeat = Array.from({ length: 1440 }, (_, minute) => item("heartbeat", minute * minuteMs));
    const { marks, bins } = layout(heartbeat, { from: 2 * hourMs, to: 2 * hourMs + 30 * minuteMs });
    expect(bins).toEqual([]);
    expect(marks).toHaveLength(30);
  });

  it("draws a run that began before the view from its left edge", () => {
    const { marks } = layout([item("long", hourMs, { to: 5 * hourMs })], { from: 3 * hourMs, to: 7 * hourMs }, 400);
    expect(marks).toMatchObject([{ x: 0, width: 200 }]);
  });
});

describe("sharesOf", () => {
  it("adds up to one, worst first, and leaves what went wrong to be seen", () => {
    const some = fc.uniqueArray(fc.tuple(fc.constantFrom(...worstFirst), fc.integer({ min: 1, max: 100_000 })), {
      selector: ([outcome]) => outcome,
      minLength: 1,
    });
    fc.assert(
      fc.property(some, (entries) => {
        const shares = sharesOf(new Map(entries));
        expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
        expect(shares.map(({ outcome }) => outcome)).toEqual(
          worstFirst.filter((outcome) => entries.some(([each]) => each === outcome)),
        );
        for (const { share } of shares) expect(share).toBeGreaterThan(0.04);
      }),
    );
  });
});

describe("a zoom", () => {
  const endOf = ({ at, to, stretchMs }: TimelineItem) => Math.max(at, to, at + stretchMs);
  const inView = (items: readonly TimelineItem[], view: { from: number; to: number }) =>
    items.filter((each) => each.at < view.to && endOf(each) >= view.from);

  it("keeps the present in its place where that is in view", () => {
    expect(zoomPlace([prepareLane([item("a", 20 * hourMs)])], day, 3 * hourMs)).toBe(3 * hourMs);
  });

  it("else goes to what stands nearest to the middle, and to the middle where nothing does", () => {
    fc.assert(
      fc.property(anyItems, anyView, (items, { view }) => {
        const lanes = [prepareLane(items.slice(0, 20)), prepareLane(items.slice(20))];
        const middle = (view.from + view.to) / 2;
        const shown = inView(items, view);
        expect(lanes.some((lane) => hasAny(lane, view))).toBe(shown.length > 0);
        const at = zoomPlace(lanes, view, view.to + 1);
        expect(at).toBeGreaterThanOrEqual(view.from);
        expect(at).toBeLessThanOrEqual(view.to);
        if (shown.length === 0) expect(at).toBe(middle);
        else {
          // On one of them, and none is nearer.
          expect(shown.some((each) => each.at <= at && endOf(each) >= at)).toBe(true);
          for (const each of shown) {
            const near = Math.min(Math.max(middle, each.at), endOf(each));
            expect(Math.abs(at - middle)).toBeLessThanOrEqual(Math.abs(near - middle));
          }
        }
      }),
    );
  });
});
