import { describe, expect, test } from "vitest";
import { AppError } from "../../../shared/domain/errors.ts";
import { createReads } from "../../storage/reads/reads.ts";
import { createHarness, START } from "../testing/harness.ts";
import { backoffMs } from "./outcomes.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return "accepted";
};
const far = { cron: "0 0 1 1 *" };

describe("a run as of a past time", () => {
  test("is told that time as its scheduled time, and leaves the next occurrence where it is", async () => {
    await using h = await createHarness();
    h.schedule("s", far);
    const next = h.engine.getSchedule("s").nextRunTime;
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s", asOf: at(-86_400) }, "cli");
    h.clock.advance(1000);
    expect(h.engine.getRun(runId)).toMatchObject({ trigger: "manual", scheduledTime: at(-86_400) });
    expect(h.runtime.executions.map(({ job }) => job.scheduledAt)).toEqual([START - 86_400_000]);
    expect(h.engine.getSchedule("s").nextRunTime).toBe(next);
    // As often as one likes: it is nobody's occurrence.
    h.clock.advance(60_000);
    expect(code(() => h.engine.triggerSchedule({ scheduleId: "s", asOf: at(-86_400) }, "cli"))).toBe("accepted");
  });

  test("is refused for a time that is still to come, in words", async () => {
    await using h = await createHarness();
    h.schedule("s", far);
    expect(() => h.engine.triggerSchedule({ scheduleId: "s", asOf: at(1) }, "cli")).toThrow(/still to come/);
    expect(code(() => h.engine.triggerSchedule({ scheduleId: "s", asOf: at(0) }, "cli"))).toBe("accepted");
    expect(h.engine.getSchedule("s").totalRuns).toBe(1);
  });
});

describe("retries", () => {
  test("back off exponentially, up to an hour", () => {
    expect([1, 2, 3, 4].map((n) => backoffMs(10_000, n))).toEqual([10_000, 20_000, 40_000, 80_000]);
    expect(backoffMs(10_000, 20)).toBe(3_600_000);
    expect(backoffMs(10_000, 5000)).toBe(3_600_000);
  });

  test("a run is tried again until it succeeds", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { failing: [1, 2] }, { maxAttempts: 3, retryDelay: "10s" });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(5000);
    expect(h.engine.getRun(runId)).toMatchObject({
      status: "pending",
      attempt: 2,
      notBefore: at(10),
      error: { code: "WORKFLOW_ERROR" },
    });
    h.clock.advance(60_000);
    expect(h.runtime.executions.map((e) => [e.job.attempt, e.startedAt - START])).toEqual([
      [1, 0],
      [2, 10_000],
      [3, 30_000],
    ]);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 3, error: null });
    expect(h.stores.attempts.of(runId)).toMatchObject([
      { attempt: 1, status: "failed", error: { code: "WORKFLOW_ERROR" }, startedAt: START },
      { attempt: 2, status: "failed", error: { code: "WORKFLOW_ERROR" }, startedAt: START + 10_000 },
    ]);
    expect(h.engine.getSchedule("s")).toMatchObject({ successfulRuns: 1, failedRuns: 0 });
  });

  test("out of attempts it has failed, once", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { failing: "all" }, { maxAttempts: 2, retryDelay: "1s" });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(10_000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "failed", attempt: 2 });
    expect(h.engine.getSchedule("s")).toMatchObject({ failedRuns: 1, consecutiveFailures: 1, totalRuns: 1 });
    expect(h.runtime.executions).toHaveLength(2);
  });

  test("Retry makes a new run of an ended one, and of no other", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, { failing: [1], ms: 1000 });
    h.clock.advance(10);
    const [first] = h.runs("s");
    expect(code(() => h.engine.retryRun({ runId: first?.runId ?? "" }, "user"))).toBe("ILLEGAL_TRANSITION");
    h.clock.advance(2000);
    const { runId } = h.engine.retryRun({ runId: first?.runId ?? "" }, "user");
    expect(h.engine.getRun(runId)).toMatchObject({
      trigger: "retry",
      retryOf: first?.runId,
      scheduledTime: first?.scheduledTime,
      attempt: 1,
    });
    expect(h.engine.getRun(first?.runId ?? "").status).toBe("failed");
  });

  describe("of a run whose schedule was changed since", () => {
    test("repeats what the run had, or what the schedule has now, at the same scheduled time", async () => {
      await using h = await createHarness();
      const reads = createReads(h.database.sql, () => h.clock.now());
      const changed = (runId: string) => reads.runRow(runId)?.scheduleChanged;
      h.schedule("s", far, { failing: "all" });
      const { runId } = h.engine.triggerSchedule({ scheduleId: "s", asOf: at(-60) }, "cli");
      h.clock.advance(1000);
      expect(changed(runId)).toBe(false);
      h.engine.updateSchedule({ scheduleId: "s", note: "of no run's concern" }, "user");
      expect(changed(runId)).toBe(false);
      h.engine.updateSchedule({ scheduleId: "s", input: { ms: 5 }, timeout: "1m", maxAttempts: 3 }, "user");
      expect(changed(runId)).toBe(true);
      expect(reads.listRuns({ scheduleId: "s" }).rows[0]?.scheduleChanged).toBe(true);

      const asItWas = h.engine.retryRun({ runId }, "user").runId;
      h.clock.advance(1000);
      expect(h.engine.getRun(asItWas)).toMatchObject({ status: "failed", input: { failing: "all" }, maxAttempts: 1 });
      expect(changed(asItWas)).toBe(true);
      for (const of of [runId, asItWas]) {
        const asScheduleIs = h.engine.retryRun({ runId: of, asScheduleIs: true }, "user").runId;
        h.clock.advance(1000);
        expect(h.engine.getRun(asScheduleIs)).toMatchObject({
          status: "completed",
          trigger: "retry",
          retryOf: of,
          scheduledTime: at(-60),
          input: { ms: 5 },
          maxAttempts: 3,
        });
        expect(h.stores.runs.get(asScheduleIs)?.timeoutMs).toBe(60_000);
        expect(changed(asScheduleIs)).toBe(false);
      }
      // Back to what it was: there is nothing to choose.
      h.engine.updateSchedule({ scheduleId: "s", input: { failing: "all" }, timeout: null, maxAttempts: 1 }, "user");
      expect(changed(runId)).toBe(false);
    });

    test("keeps an input that came with the call: it is not the schedule's", async () => {
      await using h = await createHarness();
      const reads = createReads(h.database.sql, () => h.clock.now());
      h.schedule("s", far, { ms: 1 });
      const { runId } = h.engine.triggerSchedule({ scheduleId: "s", input: { ms: 7 } }, "cli");
      h.clock.advance(1000);
      h.engine.updateSchedule({ scheduleId: "s", input: { ms: 2 } }, "user");
      expect(reads.runRow(runId)?.scheduleChanged).toBe(false);
      h.engine.updateSchedule({ scheduleId: "s", timeout: "1m" }, "user");
      expect(reads.runRow(runId)?.scheduleChanged).toBe(true);
      const again = h.engine.retryRun({ runId, asScheduleIs: true }, "user").runId;
      expect(h.stores.runs.get(again)).toMatchObject({ input: '{"ms":7}', timeoutMs: 60_000 });
    });
  });
});

describe("timeouts", () => {
  test("end a run as failed with TIMEOUT", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 60_000 }, { timeout: "5s" });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(6000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  });

  test("the engine ends what its runtime does not", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { stuck: true, ms: 1 }, { timeout: "5s" });
    const timed = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.schedule("c", far, { stuck: true });
    const cancelled = h.engine.triggerSchedule({ scheduleId: "c" }, "cli");
    h.clock.advance(1000);
    h.engine.cancelRun(cancelled.runId, 1000, "user");
    h.clock.advance(30_000);
    expect(h.engine.getRun(timed.runId)).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
    expect(h.engine.getRun(cancelled.runId)).toMatchObject({ status: "cancelled" });
  });
});

describe("outcomes between success and failure", () => {
  test("one with a warning has completed; one that skipped itself counts on neither side and ends no streak", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 60_000 }, { overlapPolicy: "allow_all", pauseOnFailure: 2 });
    const start = (): string => {
      const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
      h.clock.advance(10);
      return runId;
    };
    const at = h.clock.now();
    const error = { code: "EXIT_CODE" as const, name: "ExitCode", message: "exit code 1" };
    h.runtime.end(start(), { kind: "failed", at, error, retryable: false });
    const warned = start();
    const skipped = start();
    h.runtime.end(skipped, { kind: "skipped", at, reason: "exit code 75" });
    h.clock.advance(10);
    expect(h.engine.getSchedule("s")).toMatchObject({ successfulRuns: 0, failedRuns: 1, consecutiveFailures: 1 });
    expect(h.engine.getRun(skipped)).toMatchObject({ status: "skipped", skipReason: "exit code 75", warning: null });
    h.runtime.end(warned, { kind: "completed", at, result: 1, warning: "exit code 2" });
    h.clock.advance(10);
    expect(h.engine.getRun(warned)).toMatchObject({ status: "completed", result: 1, warning: "exit code 2" });
    expect(h.engine.getSchedule("s")).toMatchObject({ successfulRuns: 1, failedRuns: 1, skippedRuns: 0, totalRuns: 3 });
    expect(await h.engine.recount()).toEqual([]);
    expect(h.engine.retryRun({ runId: skipped }, "user").runId).not.toBe(skipped);
  });

  test("a backfill's run that skipped itself is done, and is not run again", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 0 * * *" }, { ms: 1000 }, { paused: true } as never);
    const range = { scheduleId: "s", from: "2026-02-01T00:00:00Z", to: "2026-02-03T00:00:00Z" };
    const { backfillId } = await h.engine.backfills.create(range, "user");
    for (let n = 0; n < 2; n += 1) {
      h.clock.advance(10);
      const running = h.runs("s").find(({ status }) => status === "running");
      h.runtime.end(running?.runId ?? "", { kind: "skipped", at: h.clock.now(), reason: "nothing to do" });
      h.clock.advance(10);
    }
    expect(h.engine.backfills.get(backfillId)).toMatchObject({ status: "completed", completed: 2, remaining: 0 });
    expect((await h.engine.backfills.plan(range)).count).toBe(0);
  });
});

describe("cancelling", () => {
  test("a waiting run at once, a running one when it has ended, an ended one never", async () => {
    await using h = await createHarness({ size: 1 });
    h.schedule("s", far, { ms: 60_000, ignoresSignal: true }, { overlapPolicy: "allow_all" });
    const one = h.engine.triggerSchedule({ scheduleId: "s" }, "cli").runId;
    const two = h.engine.triggerSchedule({ scheduleId: "s" }, "cli").runId;
    h.clock.advance(10);
    expect([one, two].map((id) => h.engine.getRun(id).status)).toEqual(["running", "pending"]);
    expect(h.engine.cancelRun(two, undefined, "user").status).toBe("cancelled");
    expect(h.engine.cancelRun(one, 2000, "user").status).toBe("running");
    h.clock.advance(1900);
    expect(h.engine.getRun(one).status).toBe("running");
    h.clock.advance(200);
    expect(h.engine.getRun(one).status).toBe("cancelled");
    expect(code(() => h.engine.cancelRun(one, undefined, "user"))).toBe("ILLEGAL_TRANSITION");
    expect(h.engine.getSchedule("s")).toMatchObject({ successfulRuns: 0, failedRuns: 0, totalRuns: 2 });
    expect(h.runtime.executions).toHaveLength(1);
  });

  test("a second request may shorten the grace", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 600_000, ignoresSignal: true });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(10);
    h.engine.cancelRun(runId, 100_000, "user");
    h.clock.advance(1000);
    h.engine.cancelRun(runId, 0, "user");
    h.clock.advance(10);
    expect(h.engine.getRun(runId).status).toBe("cancelled");
  });

  test("a run that failed after it was told to stop was cancelled", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 60_000, ignoresSignal: true }, { maxAttempts: 5 });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(10);
    h.engine.cancelRun(runId, 5000, "user");
    h.runtime.end(runId, {
      kind: "failed",
      at: h.clock.now(),
      retryable: true,
      error: { code: "EXIT_CODE", name: "Exit", message: "143" },
    });
    h.clock.advance(10);
    expect(h.engine.getRun(runId).status).toBe("cancelled");
  });
});

describe("interruption and recovery", () => {
  test("a crash interrupts what ran; it is resumed as a further attempt with its steps", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, { ms: 5000, step: "first" });
    h.clock.advance(1000);
    await h.off(2000, { crash: true });
    const [run] = h.runs("s");
    expect(run).toMatchObject({ status: "running", attempt: 2 });
    h.clock.advance(10);
    expect(h.runtime.executions[0]?.job.steps).toMatchObject([{ key: "first", status: "completed", result: 7 }]);
    h.clock.advance(6000);
    expect(h.runs("s")).toMatchObject([{ status: "completed", attempt: 2 }]);
    expect(h.stores.attempts.of(run?.runId ?? "")).toMatchObject([{ attempt: 1, status: "interrupted" }]);
    expect(h.activity("s").map((event) => event.kind)).toContain("recovered");
  });

  test("no more than maxRecoveryAttempts times", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 5000 }, { maxRecoveryAttempts: 2 });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    for (let i = 0; i < 4; i += 1) {
      h.clock.advance(1000);
      await h.off(100, { crash: true });
    }
    h.clock.advance(1000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "interrupted", attempt: 3, error: { name: "Interrupted" } });
    expect(h.engine.getRun(runId).completedAt).not.toBeNull();
    expect(h.engine.getSchedule("s")).toMatchObject({ failedRuns: 0, successfulRuns: 0, runningRunIds: [] });
  });

  test("not at all where the schedule does not want it", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 5000 }, { recoverOnWorkerLoss: false });
    h.clock.advance(1000);
    await h.off(100, { crash: true });
    expect(h.runs("s")).toMatchObject([{ status: "interrupted", attempt: 1 }]);
    // It is over, and holds up nothing.
    h.clock.advance(9000);
    expect(h.runs("s")[1]).toMatchObject({ status: "running", scheduledTime: at(10) });
  });

  test("recoveries take none of the attempts", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 1000, dying: [1], failing: [2] }, { maxAttempts: 2, retryDelay: "1s" });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(10_000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 3 });
  });

  test("an orderly stop leaves running ones to be resumed", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 5000 });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(1000);
    const stopped = h.off(3000);
    await stopped;
    h.clock.advance(6000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 2 });
  });

  test("a report of an attempt that was taken away changes nothing", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { ms: 5000, dying: [1] });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(5001);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "running", attempt: 2 });
    h.clock.advance(10_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ successfulRuns: 1, totalRuns: 1 });
  });
});

describe("durable sleep", () => {
  test("gives its runner back, and goes on at its time with its steps, also after a restart", async () => {
    await using h = await createHarness();
    h.schedule("s", far, { sleepMs: 3_600_000, step: "first" });
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(1000);
    expect(h.runtime.busy()).toBe(0);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "pending", attempt: 1, notBefore: at(3600) });
    await h.off(1_800_000, { crash: true });
    h.clock.advance(1_000_000);
    expect(h.runtime.executions).toEqual([]);
    h.clock.advance(1_000_000);
    expect(h.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 1 });
    expect(h.runtime.executions[0]?.job.steps.map((step) => step.key)).toEqual(["first", "sleep"]);
  });
});

describe("pauses", () => {
  test("keep their note and who made them, and the history", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    expect(h.engine.pauseSchedule({ scheduleId: "s", note: "holiday" }, "cli")).toMatchObject({
      status: "paused",
      note: "holiday",
      pausedBy: "cli",
      nextRunTime: null,
    });
    expect(h.engine.resumeSchedule("s", "user")).toMatchObject({ status: "active", note: null, pausedBy: null });
    expect(h.activity("s").filter(({ kind }) => kind === "paused")).toMatchObject([{ details: { note: "holiday" } }]);
    expect(code(() => h.engine.resumeSchedule("s", "user"))).toBe("ILLEGAL_TRANSITION");
  });

  test("keep the phase", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(13_000);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.advance(44_000);
    expect(h.engine.resumeSchedule("s", "user").nextRunTime).toBe(at(60));
  });

  test("end by themselves at pausedUntil", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    h.engine.pauseSchedule({ scheduleId: "s", until: at(55) }, "user");
    h.clock.advance(50_000);
    expect(h.runs("s")).toHaveLength(1);
    h.clock.advance(20_000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([at(0), at(60), at(70)]);
    expect(code(() => h.engine.pauseSchedule({ scheduleId: "s", until: at(1) }, "user"))).toBe("INVALID_INPUT");
  });

  test("a pause that ended while nothing ran: what came after it was missed, what came in it was not", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" });
    h.clock.advance(1000);
    h.engine.pauseSchedule({ scheduleId: "s", until: at(2.5 * 3600) }, "user");
    await h.off(5 * 3_600_000);
    h.clock.advance(1000);
    expect(h.omissions("s")).toMatchObject([
      { kind: "missed", count: 3, firstTime: at(3 * 3600), lastTime: at(5 * 3600) },
    ]);
  });

  test("after so many failures in a row", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { failing: "all" }, { pauseOnFailure: 3 });
    h.clock.advance(100_000);
    expect(h.engine.getSchedule("s")).toMatchObject({
      status: "paused",
      pausedBy: "failures",
      failedRuns: 3,
      note: "Paused after 3 failed runs in a row",
    });
    h.engine.resumeSchedule("s", "user");
    // It fails as before, and is given as many failures again.
    expect(h.engine.getSchedule("s").consecutiveFailures).toBe(3);
    h.clock.advance(15_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "active", failedRuns: 5 });
    h.clock.advance(100_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "paused", failedRuns: 6, consecutiveFailures: 6 });
  });

  test.each(["alone", "in bulk"])(
    "a person's pause that is taken back (%s) closes no trouble: a success does",
    async (how) => {
      await using h = await createHarness();
      h.schedule("s", { cron: "0 0 1 1 *" }, { failing: "all" });
      const reads = createReads(h.database.sql, h.clock.now);
      const groups = () => reads.listSchedules({ sort: "need" }).groups;
      for (const _ of [1, 2]) {
        h.engine.triggerSchedule({ scheduleId: "s" }, "user");
        h.clock.advance(1000);
      }
      expect(groups()).toEqual([{ group: "attention", count: 1 }]);
      if (how === "alone") {
        h.engine.pauseSchedule({ scheduleId: "s" }, "user");
        h.engine.resumeSchedule("s", "user");
      } else for (const action of ["pause", "resume"] as const) h.engine.bulk({ scheduleIds: ["s"], action }, "user");
      expect(groups()).toEqual([{ group: "attention", count: 1 }]);
      expect([reads.counts().failing, h.engine.getSchedule("s").consecutiveFailures]).toEqual([1, 2]);
      h.engine.updateSchedule({ scheduleId: "s", input: {} }, "user");
      h.engine.triggerSchedule({ scheduleId: "s" }, "user");
      h.clock.advance(1000);
      expect(groups()).toEqual([{ group: "next", count: 1 }]);
    },
  );

  test("counts anew from a success on, also where it was resumed before that", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { failing: "all" }, { pauseOnFailure: 2 });
    h.clock.advance(15_000);
    h.engine.resumeSchedule("s", "user");
    h.engine.updateSchedule({ scheduleId: "s", input: {} }, "user");
    h.clock.advance(10_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "active", consecutiveFailures: 0 });
    h.engine.updateSchedule({ scheduleId: "s", input: { failing: "all" } }, "user");
    h.clock.advance(100_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "paused", failedRuns: 4, consecutiveFailures: 2 });
  });
});

describe("ends", () => {
  test("maxRuns counts scheduled firings only", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, {}, { maxRuns: 3 });
    h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(100_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "ended", nextRunTime: null, scheduledRuns: 3 });
    expect(h.runs("s").filter((run) => run.trigger === "schedule").length).toBe(3);
    expect(h.engine.updateSchedule({ scheduleId: "s", maxRuns: 5 }, "user")).toMatchObject({
      status: "active",
      nextRunTime: at(110),
    });
  });

  test("endAt is not included", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s", endAt: at(30) });
    h.clock.advance(100_000);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "ended", totalRuns: 3 });
  });

  test("jitter never carries a run past endAt into nothing", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "* * * * *", endAt: at(60 * 5 + 1), jitter: "50s" });
    h.clock.advance(600_000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 1, 2, 3, 4, 5].map((m) => at(m * 60)));
  });
});

describe("skip next", () => {
  test("drops one named occurrence and no other", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    expect(h.engine.skipNext("s", at(10), "user").nextRunTime).toBe(at(20));
    h.engine.skipNext("s", at(40), "user");
    h.clock.advance(60_000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 20, 30, 50, 60].map(at));
    expect(h.omissions("s").map(({ reason, firstTime }) => [reason, firstTime])).toEqual([
      ["by_hand", at(10)],
      ["by_hand", at(40)],
    ]);
    expect(h.engine.getSchedule("s").skippedRuns).toBe(2);
  });

  test("counts what it skips from its time on, and not what may still be taken back", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    const reads = createReads(h.database.sql, h.clock.now);
    const skipped = () => {
      const measures = reads.measures(10);
      const all = measures.omitted.find(({ kind }) => kind === "skipped")?.count ?? 0;
      return [
        h.engine.getSchedule("s").skippedRuns,
        measures.schedules[0]?.skipped,
        reads.measures(0).rest.skipped,
        all,
      ];
    };
    expect(h.engine.skipNext("s", at(10), "user").skippedRuns).toBe(0);
    h.engine.skipNext("s", at(40), "user");
    expect(skipped()).toEqual([0, 0, 0, 0]);
    expect(reads.readSchedule("s")?.schedule.skippedRuns).toBe(0);
    h.clock.advance(20_000);
    expect(skipped()).toEqual([1, 1, 1, 1]);
    expect(reads.readSchedule("s")?.schedule.skippedRuns).toBe(1);
    expect(await h.engine.recount()).toEqual([]);
    h.engine.unskip("s", at(40), "user");
    expect(skipped()).toEqual([1, 1, 1, 1]);
    h.engine.deleteSchedule("s", "user");
    expect(reads.measures(0).rest.skipped).toBe(0);
  });

  test("refuses what is no occurrence to come", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    for (const wrong of [at(0), at(11), "yesterday"])
      expect(code(() => h.engine.skipNext("s", wrong, "user"))).toBe("INVALID_INPUT");
    h.engine.skipNext("s", at(10), "user");
    expect(code(() => h.engine.skipNext("s", at(10), "user"))).toBe("INVALID_INPUT");
  });
});

describe("a skip taken back", () => {
  test("lets its occurrence fire, the next one and a later one, and no other", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    for (const seconds of [10, 20, 40]) h.engine.skipNext("s", at(seconds), "user");
    expect(h.engine.unskip("s", at(10), "user").nextRunTime).toBe(at(10));
    expect(h.engine.unskip("s", at(40), "user").nextRunTime).toBe(at(10));
    h.clock.advance(60_000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 10, 30, 40, 50, 60].map(at));
    expect(h.engine.getSchedule("s").skippedRuns).toBe(1);
    expect(await h.engine.recount()).toEqual([]);
    expect(h.activity("s").filter(({ kind }) => kind === "unskipped")).toEqual(
      [10, 40].map((seconds) => ({ kind: "unskipped", details: { scheduledTime: at(seconds) } })),
    );
  });

  test("begins a schedule again that has ended with it, and leaves a paused one paused", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s", endAt: at(25) });
    h.clock.advance(11_000);
    expect(h.engine.skipNext("s", at(20), "user").status).toBe("ended");
    expect(h.engine.unskip("s", at(20), "user")).toMatchObject({ status: "active", nextRunTime: at(20) });
    h.engine.skipNext("s", at(20), "user");
    h.engine.unskip("s", at(20), "user");
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.engine.resumeSchedule("s", "user");
    h.engine.skipNext("s", at(20), "user");
    h.engine.unskip("s", at(20), "user");
    h.clock.advance(20_000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 10, 20].map(at));
  });

  test("stays out of a paused schedule's way", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    h.engine.skipNext("s", at(30), "user");
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    expect(h.engine.unskip("s", at(30), "user")).toMatchObject({ status: "paused", nextRunTime: null });
    h.engine.resumeSchedule("s", "user");
    h.clock.advance(30_000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 10, 20, 30].map(at));
  });

  test("is refused once its time has passed, and where nobody skipped", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(1000);
    h.engine.skipNext("s", at(10), "user");
    expect(code(() => h.engine.unskip("s", at(20), "user"))).toBe("INVALID_INPUT");
    h.clock.advance(10_000);
    expect(() => h.engine.unskip("s", at(10), "user")).toThrow(/time has passed/);
    expect(h.engine.getSchedule("s").skippedRuns).toBe(1);
  });
});

describe("intervals from completion", () => {
  test("wait the interval after each run ends", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: { every: "10s", from: "completion" } }, { ms: 3000 });
    h.clock.advance(40_000);
    expect(h.runtime.executions.map((e) => (e.startedAt - START) / 1000)).toEqual([0, 13, 26, 39]);
    expect(h.engine.getSchedule("s")).toMatchObject({ status: "active", nextRunTime: null });
  });

  test("beside a cron of their own", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: { every: "10m", from: "completion" }, cron: "*/15 * * * *" }, { ms: 120_000 });
    h.clock.advance(30 * 60_000);
    // The cron's own runs end too, and the interval counts from there.
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 12, 15, 27, 30].map((m) => at(m * 60)));
    expect(h.errors).toEqual([]);
  });
});

describe("deleting", () => {
  test("is soft, cancels what waits, and the id is free after a purge", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { ms: 10_000 }, { overlapPolicy: "buffer_all" });
    h.clock.advance(3500);
    expect(h.engine.deleteSchedule("s", "user")).toMatchObject({
      status: "deleted",
      nextRunTime: null,
      bufferedCount: 0,
    });
    expect(h.runs("s").map((run) => run.status)).toEqual(["running", "cancelled", "cancelled", "cancelled"]);
    expect(code(() => h.schedule("s", far))).toBe("ALREADY_EXISTS");
    await expect(h.engine.purgeSchedule("s")).rejects.toMatchObject({ code: "CONFLICT" });
    expect(code(() => h.engine.triggerSchedule({ scheduleId: "s" }, "user"))).toBe("CONFLICT");
    h.clock.advance(20_000);
    expect(h.engine.restoreSchedule("s", "user")).toMatchObject({ status: "active", nextRunTime: at(24) });
    await expect(h.engine.purgeSchedule("s")).rejects.toMatchObject({ code: "ILLEGAL_TRANSITION" });
    h.engine.deleteSchedule("s", "user");
    h.clock.advance(20_000);
    await h.engine.purgeSchedule("s");
    expect(code(() => h.engine.getSchedule("s"))).toBe("NOT_FOUND");
    h.schedule("s", far);
    expect(h.runs("s")).toEqual([]);
  });

  test("a purge of many runs leaves the process to others between its steps, and can be left and taken up again", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { ms: 1500 });
    h.schedule("other", { interval: "1s" });
    h.clock.advance(900_000);
    h.engine.deleteSchedule("s", "user");
    h.clock.advance(2000);
    const rows = (table: string): unknown =>
      h.database.sql.prepare(`select count(*) from ${table} where schedule_id = 's'`).pluck().get();
    const before = Number(rows("runs"));
    expect(before).toBeGreaterThan(400);
    const { totalRuns, skippedRuns } = h.engine.getSchedule("s");

    const purging = h.engine.purgeSchedule("s");
    expect(rows("runs")).toBeLessThan(before);
    expect(rows("runs")).toBeGreaterThan(0);
    expect(h.engine.restoreSchedule("s", "user")).toMatchObject({ totalRuns, skippedRuns });
    await expect(purging).rejects.toMatchObject({ code: "ILLEGAL_TRANSITION" });
    expect(await h.engine.recount()).toEqual([]);

    h.engine.deleteSchedule("s", "user");
    await h.engine.purgeSchedule("s");
    expect(["runs", "omissions", "activity"].map(rows)).toEqual([0, 0, 0]);
    expect(h.runs("other").length).toBeGreaterThan(900);
    expect(await h.engine.recount()).toEqual([]);
  });
});

test("an orderly stop lets runs that are under way end, within its grace", async () => {
  await using h = await createHarness();
  h.schedule("short", { interval: "1h" }, { ms: 3000 });
  h.schedule("long", { interval: "1h" }, { ms: 60_000 });
  h.schedule("next", { interval: "1s" });
  h.clock.advance(500);
  const stopped = h.engine.stop(5000);
  h.clock.advance(6000);
  await stopped;
  expect(h.runs("short")).toMatchObject([{ status: "completed" }]);
  expect(h.runs("long")).toMatchObject([{ status: "interrupted", completedAt: null }]);
  expect(h.runs("next")).toHaveLength(1);
  expect(h.stores.leases.get()?.holder).toBe("");
});

test("quitting ends a command for good, says so, and lets workflow code go on from its steps", async () => {
  await using h = await createHarness();
  h.schedule("steps", { cron: "0 0 1 1 *" }, { ms: 60_000 });
  h.schedule("backup", { cron: "0 0 1 1 *" }, { ms: 60_000 }, { workflowName: "shell.command" });
  for (const scheduleId of ["steps", "backup"]) h.engine.triggerSchedule({ scheduleId }, "user");
  h.clock.advance(1000);
  await h.off(60_000);
  const byQuitting = { code: "INTERRUPTED", message: "Interrupted by quitting: Almanac was quit while it ran" };
  expect(h.runs("backup")).toMatchObject([
    { status: "interrupted", completedAt: at(1), attempt: 1, error: byQuitting },
  ]);
  const [run] = h.runs("steps");
  expect(run).toMatchObject({ status: "running", attempt: 2 });
  expect(h.stores.attempts.of(run?.runId ?? "")).toMatchObject([{ status: "interrupted", error: byQuitting }]);
  expect(h.activity("steps").find(({ kind }) => kind === "recovered")?.details).toMatchObject({ by: "quitting" });
  expect(h.runtime.executions.map(({ job }) => job.scheduleId)).toEqual(["steps"]);
});

test("a wait for runs to end is broken off at once where the program is in a hurry", async () => {
  await using h = await createHarness();
  h.schedule("long", { cron: "0 0 1 1 *" }, { ms: 3_600_000 });
  h.engine.triggerSchedule({ scheduleId: "long" }, "user");
  h.clock.advance(1000);
  const hurry = new AbortController();
  const stopped = h.engine.stop(Number.POSITIVE_INFINITY, { forceMs: 0, hurry: hurry.signal });
  h.clock.advance(600_000);
  expect(h.runs("long")).toMatchObject([{ status: "running" }]);
  hurry.abort();
  h.clock.advance(1000);
  await stopped;
  expect(h.runs("long")).toMatchObject([{ status: "interrupted" }]);
});

test("a stopped engine waits for nothing any more, so that its program can end", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1h" });
  h.clock.advance(500);
  expect(h.clock.timers()).toBeGreaterThan(0);
  await h.engine.stop(0);
  expect(h.clock.timers()).toBe(0);
});

describe("an end that cannot be written", () => {
  const refuse = (h: Awaited<ReturnType<typeof createHarness>>, when: string): void => {
    h.database.sql.exec(
      `create trigger refuse before update on runs when ${when} begin select raise(abort, 'no place for it'); end`,
    );
  };
  const twoTogether = async (h: Awaited<ReturnType<typeof createHarness>>) => {
    h.schedule("bad", far, { ms: 1000, result: "bad" });
    h.schedule("good", far, { ms: 1000, result: "good" });
    const [bad, good] = ["bad", "good"].map((scheduleId) => h.engine.triggerSchedule({ scheduleId }, "cli").runId);
    return { bad: bad as string, good: good as string };
  };

  test("is a failure that says so, and holds up no other; the run is over, and its schedule goes on", async () => {
    await using h = await createHarness();
    const { bad, good } = await twoTogether(h);
    refuse(h, `new.result like '%bad%'`);
    h.clock.advance(5000);
    expect(h.engine.getRun(good)).toMatchObject({ status: "completed", result: "good" });
    expect(h.engine.getRun(bad)).toMatchObject({
      status: "failed",
      error: { code: "NOT_RECORDED", message: expect.stringMatching(/\(completed\).*no place for it/) },
    });
    expect(h.engine.status().runtime).toMatchObject({ busy: 0 });
    h.database.sql.exec("drop trigger refuse");
    const next = h.engine.triggerSchedule({ scheduleId: "bad" }, "cli").runId;
    h.clock.advance(5000);
    expect(h.engine.getRun(next).status).toBe("completed");
  });

  test("is tried again where not even that can be written, until it can", async () => {
    await using h = await createHarness();
    const { bad, good } = await twoTogether(h);
    refuse(h, `new.id = '${bad}' and new.completed_at is not null`);
    h.clock.advance(15_000);
    expect(h.engine.getRun(good).status).toBe("completed");
    expect(h.engine.getRun(bad).status).toBe("running");
    expect(h.errors.length).toBeGreaterThan(0);
    h.database.sql.exec("drop trigger refuse");
    h.clock.advance(15_000);
    expect(h.engine.getRun(bad)).toMatchObject({ status: "completed", result: "bad" });
  });
});
