import { describe, expect, test } from "vitest";
import { createGrowth, type RunnerThere } from "./growth.ts";

const at = 100_000;
const busyFor = (ms: number, pid?: number): RunnerThere => ({ state: "busy", busySince: at - ms, pid });
const idle: RunnerThere = { state: "idle", busySince: 0, pid: undefined };
const starting: RunnerThere = { state: "starting", busySince: 0, pid: undefined };

function growthAfter(...tookMs: number[]) {
  const growth = createGrowth({ now: () => at, demandMs: () => null });
  for (const ms of tookMs) growth.took("file", ms);
  return (own: readonly RunnerThere[], waiting: number): number => growth.wanted("file", own, waiting);
}

test("a file without a runner gets one for each run; only one where none of it has ended yet", () => {
  expect(growthAfter(1)([], 5)).toBe(5);
  expect(growthAfter()([], 5)).toBe(1);
});

test("runners that are idle or start take what waits before others are started", () => {
  const wanted = growthAfter(10_000);
  expect(wanted([idle], 5)).toBe(0);
  expect(wanted([starting, starting], 5)).toBe(0);
});

test("beside busy ones others are worth their start where waiting takes longer", () => {
  const wanted = growthAfter(50);
  expect(wanted([busyFor(0)], 3)).toBe(0);
  expect(wanted([busyFor(0)], 4)).toBe(4);
  expect(wanted([busyFor(0), busyFor(0)], 6)).toBe(0);
  expect(wanted([busyFor(0), busyFor(0)], 7)).toBe(7);
  expect(wanted([busyFor(0), starting], 7)).toBe(6);
  expect(wanted([busyFor(0), starting, starting, starting], 2)).toBe(0);
});

test("a run that takes longer than usual counts as long as it has run; of several, the one given out last", () => {
  const wanted = growthAfter(1);
  expect(wanted([busyFor(150)], 1)).toBe(0);
  expect(wanted([busyFor(151)], 1)).toBe(1);
  expect(wanted([busyFor(60_000), busyFor(0)], 1)).toBe(0);
});

test("where none has ended yet, one more at a time", () => {
  expect(growthAfter()([busyFor(60_000)], 9)).toBe(1);
  expect(growthAfter()([busyFor(60_000), starting], 9)).toBe(1);
});

test("what runs usually take moves a quarter of the way with each", () => {
  // 100, then 100 + (300 - 100) / 4 = 150: no longer than a start takes.
  expect(growthAfter(100, 300)([busyFor(0)], 1)).toBe(0);
  expect(growthAfter(100, 304)([busyFor(0)], 1)).toBe(1);
});

test("a file is busy while twenty runs of it have come within three seconds", () => {
  let now = 0;
  const growth = createGrowth({ now: () => now, demandMs: () => null });
  const come = (count: number, everyMs: number): void => {
    for (let run = 0; run < count; run++) {
      growth.came("file");
      now += everyMs;
    }
  };
  expect(growth.isBusy("file")).toBe(false);
  come(19, 100);
  expect(growth.isBusy("file")).toBe(false);
  growth.came("file");
  // The first of them came 1,900 ms ago.
  expect(growth.isBusy("file")).toBe(true);
  now += 1_100;
  expect(growth.isBusy("file")).toBe(true);
  now += 1;
  expect(growth.isBusy("file")).toBe(false);
  expect(growth.isBusy("other")).toBe(false);
  // Slower than that it is never busy, however long it goes on.
  come(100, 160);
  expect(growth.isBusy("file")).toBe(false);
  come(20, 140);
  expect(growth.isBusy("file")).toBe(true);
});

test("one file says nothing about another", () => {
  const growth = createGrowth({ now: () => at, demandMs: () => null });
  growth.took("slow", 60_000);
  expect(growth.wanted("file", [], 5)).toBe(1);
  expect(growth.wanted("slow", [], 5)).toBe(5);
});

describe("more runners than keep the processors busy are not started for short runs", () => {
  /** Two processors, two runners with a pid each; each has run for `workMs` since the first look and wanted a processor for a `share` of it. */
  function wantedWith(share: number, { workMs = 1_000, usualMs = 50 } = {}) {
    let now = at;
    let demand = 0;
    const growth = createGrowth({
      now: () => now,
      demandMs: (pid) => (pid === process.pid ? 0 : demand),
      processors: 2,
    });
    const own = (): RunnerThere[] => [1, 2].map((pid) => ({ state: "busy", busySince: now, pid }));
    growth.took("file", usualMs);
    const before = growth.wanted("file", own(), 100);
    for (let took = 0; took < 2 * workMs; took += usualMs) growth.took("file", usualMs);
    demand += share * workMs;
    now += workMs;
    return { before, after: growth.wanted("file", own(), 100) };
  }

  test("runs that do nothing but compute get no more than there are processors, also before anything is measured", () => {
    expect(wantedWith(1)).toEqual({ before: 0, after: 0 });
  });

  test("runs that wait for something else get as many as keep the processors busy, less those there are", () => {
    expect(wantedWith(0.5).after).toBe(2);
    expect(wantedWith(0.1).after).toBe(18);
    expect(wantedWith(0.001).after).toBe(100);
  });

  /** Of runs of 50 ms that want a processor for a `share` of that, five wait beside ten runners, asked about each `everyMs` for 3 s. */
  function grantedWith(share: number, everyMs: number): number[] {
    let now = at;
    let demand = 0;
    const growth = createGrowth({
      now: () => now,
      demandMs: (pid) => (pid === process.pid ? 0 : demand),
      processors: 2,
    });
    growth.took("file", 50);
    const granted: number[] = [];
    for (; now < at + 3_000; now += everyMs) {
      const own = Array.from(
        { length: 10 },
        (_, pid): RunnerThere => ({ state: "busy", busySince: now, pid: pid + 1 }),
      );
      if (growth.wanted("file", own, 5) > 0) granted.push(now - at);
      for (let took = 0; took < 10 * everyMs; took += 50) growth.took("file", 50);
      demand += share * everyMs;
    }
    return granted;
  }

  test("short waits that never end are worth one more now and then, as far as it keeps the processors busy", () => {
    expect(grantedWith(0.05, 50)).toEqual([500, 1_000, 1_500, 2_000, 2_500]);
    expect(grantedWith(1, 50)).toEqual([]);
    // Between two of these nothing waited.
    expect(grantedWith(0.05, 250)).toEqual([]);
  });

  test("long runs get one each: the system divides its processors between them", () => {
    expect(wantedWith(1, { usualMs: 1_000 })).toEqual({ before: 100, after: 100 });
  });

  test("runs that are over at once, but cost their runner something, are those that compute", () => {
    let now = at;
    let demand = 0;
    const growth = createGrowth({ now: () => now, demandMs: () => demand, processors: 2 });
    const own: RunnerThere[] = [1, 2].map((pid) => ({ state: "busy", busySince: at, pid }));
    growth.took("file", 4);
    expect(growth.wanted("file", own, 1_000)).toBe(0);
    for (let n = 0; n < 500; n++) growth.took("file", 0);
    demand += 300;
    now += 400;
    // The one given out last has run for long: worth a start, and no faster by it.
    expect(growth.wanted("file", own, 1_000)).toBe(0);
  });
});
