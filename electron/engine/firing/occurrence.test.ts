import { expect, test } from "vitest";
import { createHarness, START } from "../testing/harness.ts";

const SECOND = 1000;
const iso = (at: number): string => new Date(at).toISOString();

test("a schedule fires on time, each occurrence once, and its counters move", async () => {
  await using h = await createHarness();
  h.schedule("tick", { interval: "1s" });
  h.clock.advance(5 * SECOND);
  const runs = h.runs("tick");
  expect(runs.map((run) => run.scheduledTime)).toEqual([0, 1, 2, 3, 4, 5].map((n) => iso(START + n * SECOND)));
  expect(runs.every((run) => run.status === "completed" && run.trigger === "schedule")).toBe(true);
  expect(runs.map((run) => run.startedAt)).toEqual(runs.map((run) => run.scheduledTime));
  expect(h.engine.getSchedule("tick")).toMatchObject({
    totalRuns: 6,
    successfulRuns: 6,
    failedRuns: 0,
    skippedRuns: 0,
    nextRunTime: iso(START + 6 * SECOND),
    lastRunId: runs.at(-1)?.runId,
  });
  expect(await h.engine.recount()).toEqual([]);
  expect(h.errors).toEqual([]);
});
