import { describe, expect, test } from "vitest";
import type { OverlapPolicyName } from "../../../shared/domain/schedule.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";
import type { Execution } from "../testing/testRuntime.ts";

/** Every second, for ten seconds, a run of 2.5 s. */
async function tenSeconds(policy: OverlapPolicyName, rules: { ignoresSignal?: boolean } = {}): Promise<Harness> {
  const h = await createHarness();
  h.schedule("s", { interval: "1s" }, { ms: 2500, ...rules }, { overlapPolicy: policy });
  h.clock.advance(10_000);
  return h;
}

function mostAtOnce(executions: readonly Execution[]): number {
  return Math.max(
    0,
    ...executions.map(
      (one) =>
        executions.filter(
          (other) => other.startedAt <= one.startedAt && (other.endedAt ?? Number.POSITIVE_INFINITY) > one.startedAt,
        ).length,
    ),
  );
}

const starts = (h: Harness): number[] => h.runtime.executions.map((execution) => execution.startedAt - START);
const consistent = async (h: Harness): Promise<void> => {
  const schedule = h.engine.getSchedule("s");
  const oracle = 11;
  expect(h.runs("s").length + schedule.skippedRuns + schedule.missedRuns).toBe(oracle);
  expect(h.omissions("s").reduce((sum, omission) => sum + omission.count, 0)).toBe(
    schedule.skippedRuns + schedule.missedRuns,
  );
  expect(await h.engine.recount()).toEqual([]);
  expect(h.errors).toEqual([]);
};

describe("overlap policies", () => {
  test("skip: never two at once, the others counted with their reason", async () => {
    await using h = await tenSeconds("skip");
    expect(mostAtOnce(h.runtime.executions)).toBe(1);
    expect(starts(h)).toEqual([0, 3000, 6000, 9000]);
    expect(h.engine.getSchedule("s").skippedRuns).toBe(7);
    expect(new Set(h.omissions("s").map(({ kind, reason }) => `${kind} ${reason}`))).toEqual(
      new Set(["skipped overlap"]),
    );
    await consistent(h);
  });

  test("buffer_one: back to back, one waits at most", async () => {
    await using h = await tenSeconds("buffer_one");
    expect(mostAtOnce(h.runtime.executions)).toBe(1);
    expect(starts(h)).toEqual([0, 2500, 5000, 7500, 10_000]);
    expect(h.engine.getSchedule("s").bufferedCount).toBeLessThanOrEqual(1);
    // Those that ran are the ones that came first after their predecessor had started.
    expect(h.runtime.executions.map(({ job }) => ((job.scheduledAt ?? 0) - START) / 1000)).toEqual([0, 1, 3, 5, 8]);
    await consistent(h);
  });

  test("buffer_all: one after the other in order of scheduled time", async () => {
    await using h = await tenSeconds("buffer_all");
    expect(mostAtOnce(h.runtime.executions)).toBe(1);
    expect(starts(h)).toEqual([0, 2500, 5000, 7500, 10_000]);
    expect(h.runtime.executions.map(({ job }) => ((job.scheduledAt ?? 0) - START) / 1000)).toEqual([0, 1, 2, 3, 4]);
    expect(h.engine.getSchedule("s").bufferedCount).toBe(6);
    await consistent(h);
  });

  test("cancel_other: the newest runs, the others are cancelled, never two at once", async () => {
    await using h = await tenSeconds("cancel_other");
    expect(mostAtOnce(h.runtime.executions)).toBe(1);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.advance(5000);
    expect(h.runs("s").filter((run) => run.status === "completed")).toHaveLength(1);
    expect(h.runs("s").filter((run) => run.status === "cancelled")).toHaveLength(10);
    expect(h.runs("s").at(-1)?.status).toBe("completed");
  });

  test("cancel_other with a run that ignores its signal: killed after the grace, and of those that wait the newest starts", async () => {
    await using h = await tenSeconds("cancel_other", { ignoresSignal: true });
    expect(mostAtOnce(h.runtime.executions)).toBe(1);
    // Asked at 1 s, but it ends by itself at 2.5 s, before its grace is over.
    expect(h.runtime.executions[1]?.job.scheduledAt).toBe(START + 2000);
    await consistent(h);
  });

  test("terminate_other leaves no grace", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { ms: 60_000, ignoresSignal: true }, { overlapPolicy: "terminate_other" });
    h.clock.advance(4000);
    expect(starts(h)).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(mostAtOnce(h.runtime.executions)).toBe(1);
  });

  test("allow_all: beside each other", async () => {
    await using h = await tenSeconds("allow_all");
    expect(mostAtOnce(h.runtime.executions)).toBe(3);
    expect(h.runs("s")).toHaveLength(11);
    await consistent(h);
  });

  test("buffer_all drops and records what comes after a thousand", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { ms: 10_000_000 }, { overlapPolicy: "buffer_all" });
    h.clock.advance(1_010_000);
    expect(h.engine.getSchedule("s").bufferedCount).toBe(1000);
    expect(h.omissions("s").every((omission) => omission.reason === "buffer_full")).toBe(true);
    expect(h.engine.getSchedule("s").skippedRuns).toBe(10);
  });

  test("a change of policy to allow_all starts those that wait", async () => {
    await using h = await tenSeconds("buffer_all");
    h.engine.updateSchedule({ scheduleId: "s", overlapPolicy: "allow_all" }, "user");
    h.clock.settle();
    expect(h.engine.getSchedule("s").bufferedCount).toBe(0);
    expect(h.runtime.busy()).toBe(7);
  });
});

describe("manual trigger", () => {
  test("starts now and leaves the next occurrence alone", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 12 * * *" });
    const before = h.engine.getSchedule("s").nextRunTime;
    const { runId } = h.engine.triggerSchedule({ scheduleId: "s", input: { result: 5 } as never }, "cli");
    h.clock.advance(10);
    expect(h.engine.getRun(runId)).toMatchObject({
      status: "completed",
      trigger: "manual",
      scheduledTime: null,
      result: 5,
    });
    expect(h.engine.getSchedule("s").nextRunTime).toBe(before);
  });

  test("under skip with an active run it is refused, unless forced", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 12 * * *" }, { ms: 5000 });
    h.engine.triggerSchedule({ scheduleId: "s" }, "cli");
    h.clock.advance(1);
    const { name } = h.engine.getSchedule("s");
    expect(() => h.engine.triggerSchedule({ scheduleId: "s" }, "cli")).toThrow(
      `${name} was not started: a run of it is still running, and its overlap policy (skip) lets no other start beside it.`,
    );
    expect(h.runs("s")).toHaveLength(1);
    h.engine.triggerSchedule({ scheduleId: "s", force: true }, "cli");
    h.clock.advance(1);
    expect(h.runtime.busy()).toBe(2);
  });

  test("follows the other policies", async () => {
    await using h = await createHarness();
    h.schedule("b", { cron: "0 12 * * *" }, { ms: 5000 }, { overlapPolicy: "buffer_one" });
    h.engine.triggerSchedule({ scheduleId: "b" }, "cli");
    h.engine.triggerSchedule({ scheduleId: "b" }, "cli");
    expect(() => h.engine.triggerSchedule({ scheduleId: "b" }, "cli")).toThrow(/waits already/);
    h.clock.advance(6000);
    expect(h.runs("b").map((run) => run.status)).toEqual(["completed", "running"]);
    h.schedule("c", { cron: "0 12 * * *" }, { ms: 5000 }, { overlapPolicy: "cancel_other" });
    h.engine.triggerSchedule({ scheduleId: "c" }, "cli");
    h.clock.advance(10);
    h.engine.triggerSchedule({ scheduleId: "c" }, "cli");
    h.clock.advance(10);
    expect(h.runs("c").map((run) => run.status)).toEqual(["cancelled", "running"]);
  });
});
