import { expect, test } from "vitest";
import type { RunOutcome } from "../../runtime/runtime.ts";
import { createReads } from "../../storage/reads/reads.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";

const far = { cron: "0 0 1 1 *" } as const;

/** An outcome that came when its run had gone on without it, as the dispatcher keeps one. */
function late(h: Harness, runId: string, outcome: RunOutcome, epoch = 1): void {
  h.stores.lateResults.add({
    runId,
    attempt: epoch,
    epoch,
    worker: "pid 7 on host",
    at: outcome.at,
    outcome: JSON.stringify(outcome),
  });
}

const counters = (h: Harness, id: string) => {
  const { totalRuns, successfulRuns, failedRuns, consecutiveFailures } = h.engine.getSchedule(id);
  return { totalRuns, successfulRuns, failedRuns, consecutiveFailures };
};

test("a late result takes the place of the run's own: row, counters, streak and history; a recount agrees", async () => {
  await using h = await createHarness();
  h.schedule("a", far, { failing: "all" });
  const first = h.engine.triggerSchedule({ scheduleId: "a" }, "user").runId;
  h.clock.advance(10);
  const { runId } = h.engine.triggerSchedule({ scheduleId: "a" }, "user");
  h.clock.advance(10);
  expect(counters(h, "a")).toEqual({ totalRuns: 2, successfulRuns: 0, failedRuns: 2, consecutiveFailures: 2 });
  late(h, runId, { kind: "completed", at: START + 5000, result: { rows: 7 } });
  const reads = createReads(h.database.sql, () => h.clock.now());
  expect(reads.lateResults(runId)).toMatchObject([
    { attempt: 1, worker: "pid 7 on host", outcome: { kind: "completed", result: { rows: 7 } }, takenAt: null },
  ]);
  expect(h.engine.takeResult({ runId }, "user")).toMatchObject({
    status: "completed",
    result: { rows: 7 },
    error: null,
  });
  expect(counters(h, "a")).toEqual({ totalRuns: 2, successfulRuns: 1, failedRuns: 1, consecutiveFailures: 0 });
  expect(h.activity("a").at(-1)).toEqual({
    kind: "result_taken",
    details: { attempt: 1, from: "failed", to: "completed" },
  });
  expect(reads.lateResults(runId)[0]?.takenAt).not.toBeNull();

  // Of a run that is not the last, the streak is not its to end.
  h.engine.triggerSchedule({ scheduleId: "a" }, "user");
  h.clock.advance(10);
  late(h, first, { kind: "completed", at: START, result: null });
  h.engine.takeResult({ runId: first }, "user");
  expect(counters(h, "a")).toEqual({ totalRuns: 3, successfulRuns: 2, failedRuns: 1, consecutiveFailures: 1 });

  // And the other way: what completed may turn out to have failed.
  const error = { code: "WORKFLOW_ERROR" as const, name: "Error", message: "no" };
  late(h, first, { kind: "failed", at: START, error, retryable: true }, 2);
  expect(h.engine.takeResult({ runId: first }, "user")).toMatchObject({ status: "failed", result: null, error });
  expect(await h.engine.recount()).toEqual([]);
});

test("a run of a backfill is counted anew there; what goes on, and what has no such result, is refused", async () => {
  await using h = await createHarness();
  h.schedule("daily", { interval: "1d", startAt: new Date(START - 3 * 86_400_000).toISOString() }, { failing: "all" });
  const { backfillId } = await h.engine.backfills.create(
    {
      scheduleId: "daily",
      from: new Date(START - 3 * 86_400_000).toISOString(),
      to: new Date(START - 86_400_000).toISOString(),
    },
    "user",
  );
  h.clock.advance(60_000);
  expect(h.engine.backfills.get(backfillId)).toMatchObject({ completed: 0, failed: 2 });
  const run = h.runs("daily").find((each) => each.backfillId === backfillId);
  late(h, run?.runId ?? "", { kind: "skipped", at: START, reason: "nothing to do" });
  expect(h.engine.takeResult({ runId: run?.runId ?? "" }, "user")).toMatchObject({
    status: "skipped",
    skipReason: "nothing to do",
  });
  expect(h.engine.backfills.get(backfillId)).toMatchObject({ completed: 1, failed: 1 });
  expect(await h.engine.recount()).toEqual([]);

  const { runId } = h.engine.runWorkflow("job", { ms: 60_000 }, "user");
  h.clock.advance(10);
  const refusal = (input: Parameters<typeof h.engine.takeResult>[0]) => () => h.engine.takeResult(input, "user");
  expect(refusal({ runId })).toThrow(`Run ${runId} has no late result.`);
  late(h, runId, { kind: "completed", at: START, result: 1 });
  const [row] = h.stores.lateResults.of(runId);
  expect(refusal({ runId, lateResultId: 99 })).toThrow(`has no late result 99; it has ${row?.id}.`);
  expect(refusal({ runId })).toThrow(/running and cannot become completed. It has not ended/);
  expect(refusal({ runId: "nobody" })).toThrow("There is no run");
  expect(h.engine.getRun(runId).status).toBe("running");
});
