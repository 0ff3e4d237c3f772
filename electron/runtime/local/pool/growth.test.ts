import { expect, test } from "vitest";
import { createGrowth, type RunnerThere } from "./growth.ts";

const at = 100_000;
const busyFor = (ms: number): RunnerThere => ({ state: "busy", busySince: at - ms });
const idle: RunnerThere = { state: "idle", busySince: 0 };
const starting: RunnerThere = { state: "starting", busySince: 0 };

function growthAfter(...tookMs: number[]) {
  const growth = createGrowth(() => at);
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

test("one file says nothing about another", () => {
  const growth = createGrowth(() => at);
  growth.took("slow", 60_000);
  expect(growth.wanted("file", [], 5)).toBe(1);
  expect(growth.wanted("slow", [], 5)).toBe(5);
});
