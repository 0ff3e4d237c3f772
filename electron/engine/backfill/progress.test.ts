import { expect, test } from "vitest";
import { endsPerMs } from "./progress.ts";

const nowAt = 1_000_000;
const ended = (agoMs: number, tookMs: number | null) => ({
  startedAt: tookMs === null ? null : nowAt - agoMs - tookMs,
  completedAt: nowAt - agoMs,
});
const rate = (latest: ReturnType<typeof ended>[], concurrency = 1, running = concurrency) =>
  endsPerMs({ nowAt, concurrency, latest, running: () => running });

test("more ends in the last minute than run at once: those ends over their time, however long each took", () => {
  expect(rate([ended(0, 900), ended(1000, 5), ended(2000, 70)])).toBe(2 / 2000);
  expect(rate([ended(0, 900), ended(1000, 5), ended(2000, 70), ended(60_000, 5)])).toBe(2 / 2000);
});

test("too few of them, or all in one instant: how many run, over how long the latest took on average", () => {
  expect(rate([ended(0, 3000), ended(1000, 1000)], 2)).toBe(2 / 2000);
  expect(rate([ended(70_000, 4000), ended(80_000, 4000)], 1, 1)).toBe(1 / 4000);
  expect(rate([ended(0, 500), ended(0, 500), ended(0, 500)], 2, 1)).toBe(1 / 500);
});

test("nothing is known where none has ended, none took time, none began, or none runs", () => {
  expect(rate([])).toBeNull();
  expect(rate([ended(0, 0)])).toBeNull();
  expect(rate([ended(0, null)])).toBeNull();
  expect(rate([ended(0, 500)], 1, 0)).toBeNull();
});
