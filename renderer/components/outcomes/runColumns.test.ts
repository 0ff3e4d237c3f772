import { expect, test } from "vitest";
import type { RunColumn } from "../../../shared/api/runs.ts";
import { barHeights, gridRows, shortest, tallest } from "./runColumns.ts";

function column(seconds: number | null, attempt: number, steps: string[]): RunColumn {
  const run = {
    attempt,
    startedAt: "2026-03-01T00:00:00.000Z",
    completedAt: seconds === null ? null : new Date(Date.UTC(2026, 2, 1, 0, 0, seconds)).toISOString(),
  };
  return {
    run: run as RunColumn["run"],
    attempts: [],
    steps: steps.map((name) => ({ name, status: "completed" as const, durationMs: 1 })),
  };
}

test("rows stand for attempts where one was not enough, and for steps as the newest run has them", () => {
  expect(gridRows([column(1, 1, [])])).toEqual({ attempts: [], steps: [] });
  expect(gridRows([column(1, 3, ["old", "a"]), column(1, 1, ["a", "b", "b"])])).toEqual({
    attempts: [1, 2, 3],
    steps: ["a", "b", "old"],
  });
});

test("bars are as long as their runs took, and none is too short to be seen", () => {
  expect(barHeights([column(0, 1, []), column(5, 1, []), column(10, 1, []), column(null, 1, [])])).toEqual([
    shortest,
    Math.round(shortest + (tallest - shortest) / 2),
    tallest,
    tallest / 2,
  ]);
});
