import { describe, expect, test } from "vitest";
import { createHarness, START } from "../testing/harness.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const far = { cron: "0 0 1 1 *" };

describe("while a schedule is paused", () => {
  test("what waits behind a run starts only when it goes on, in order", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 25_000 }, { overlapPolicy: "buffer_all" });
    h.clock.advance(21_000);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.advance(100_000);
    expect(h.runs("s").map((run) => run.status)).toEqual(["completed", "buffered", "buffered"]);
    h.engine.resumeSchedule("s", "user");
    h.clock.advance(1000);
    expect(h.runs("s")[1]).toMatchObject({ status: "running", scheduledTime: at(10) });
  });

  test("too many failures start nothing more, and a pause that ends by itself goes on", async () => {
    await using h = await createHarness();
    h.schedule(
      "s",
      { interval: "1s" },
      { failing: "all", ms: 2500 },
      { overlapPolicy: "buffer_all", pauseOnFailure: 2 },
    );
    h.clock.advance(60_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "paused", failedRuns: 2, bufferedCount: 3 });
    h.engine.pauseSchedule({ scheduleId: "s", until: at(70) }, "user");
    h.clock.advance(20_000);
    expect(h.engine.getSchedule("s").failedRuns).toBe(4);
  });

  test("a run asked for by hand starts before those that wait", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 25_000 }, { overlapPolicy: "buffer_all" });
    h.clock.advance(21_000);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.advance(10_000);
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "user");
    h.clock.advance(100);
    expect(h.engine.getRun(runId).status).toBe("running");
    h.clock.advance(100_000);
    expect(h.engine.getSchedule("s").bufferedCount).toBe(2);
  });

  test("a backfill does not wait for what the pause holds up", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 25_000 }, { overlapPolicy: "buffer_all" });
    h.clock.advance(21_000);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.advance(10_000);
    const range = { from: at(-30), to: at(0) };
    const { backfillId } = await h.engine.backfills.create({ scheduleId: "s", ...range, input: { ms: 1 } }, "user");
    h.clock.advance(10_000);
    expect(h.engine.backfills.get(backfillId)).toMatchObject({ status: "completed", completed: 3 });
    expect(h.engine.getSchedule("s").bufferedCount).toBe(2);
  });
});

test("deleting calls off what waits for another attempt and what waits behind it", async () => {
  await using h = await createHarness();
  const rules = { overlapPolicy: "buffer_one", maxAttempts: 3, retryDelay: "1h" } as const;
  h.schedule("s", { interval: "10s" }, { failing: "all" }, rules);
  h.clock.advance(15_000);
  expect(h.runs("s").map((run) => run.status)).toEqual(["pending", "buffered"]);
  h.engine.deleteSchedule("s", "user");
  expect(h.runs("s").map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
  expect(await h.engine.recount()).toEqual([]);
});

describe("a run that an ended program left, to be resumed", () => {
  test("is active for the overlap policy of what is asked for meanwhile", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 60_000 });
    h.clock.advance(1000);
    await h.engine.stop(0);
    h.clock.freeze(30_000);
    const [run] = h.runs("s");
    expect(run?.status).toBe("interrupted");
    expect(() => h.engine.triggerSchedule({ scheduleId: "s" }, "cli")).toThrow(
      "s was not started: a run of it is still ",
    );
    h.engine.updateSchedule({ scheduleId: "s", note: "edited" }, "cli");
    expect(h.runs("s")).toHaveLength(1);
    expect(h.engine.getSchedule("s").skippedRuns).toBe(3);
  });

  test("can be called off, and is not begun again", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 60_000 });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(1000);
    await h.engine.stop(0);
    h.engine.cancelRun(runId, undefined, "cli");
    await h.off(1000);
    h.clock.advance(10);
    expect(h.engine.getRun(runId).status).toBe("cancelled");
    expect(h.runtime.executions).toEqual([]);
    expect(await h.engine.recount()).toEqual([]);
  });

  test("gives way to a newer one under cancel_other", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 60_000 }, { overlapPolicy: "cancel_other" });
    h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(1000);
    await h.engine.stop(0);
    h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    await h.off(1000);
    h.clock.advance(10);
    expect(h.runs("s").map((run) => run.status)).toEqual(["cancelled", "running"]);
  });
});

test("a run told to stop that the end of the program overtakes is cancelled, not resumed", async () => {
  await using h = await createHarness();
  h.schedule("s", far, { stuck: true, ms: 60_000 });
  const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
  h.clock.advance(1000);
  h.engine.cancelRun(runId, 100_000, "user");
  h.clock.settle();
  h.runtime.runtime.stop = async () => {};
  await h.engine.stop(0);
  expect(h.engine.getRun(runId).status).toBe("cancelled");
});
