import { expect, test } from "vitest";
import { createSwitchingRuntime, type SwitchingRuntime } from "../../runtime/switchingRuntime.ts";
import { systemClock } from "../clock.ts";
import { createHarness, START } from "../testing/harness.ts";
import { createTestRuntime } from "../testing/testRuntime.ts";

const minutely = { interval: "1m", startAt: new Date(START + 60_000).toISOString() } as const;

test("after a switch new runs go to the other runtime, and what runs ends where it runs", async () => {
  let both: SwitchingRuntime | undefined;
  await using h = await createHarness({
    around: (runtime) => {
      both = createSwitchingRuntime(runtime);
      return both;
    },
  });
  const next = createTestRuntime(h.clock);
  const stopped: string[] = [];
  const stop = next.runtime.stop;
  next.runtime.stop = async (graceMs) => {
    stopped.push("next");
    await stop(graceMs);
  };
  h.schedule("long", minutely, { ms: 90_000 }, { overlapPolicy: "allow_all" });
  h.schedule("endless", { cron: "0 0 1 1 *" }, { ms: 3_600_000 });
  const { runId } = h.engine.triggerSchedule({ scheduleId: "endless" }, "user");
  h.clock.advance(61_000);
  expect(h.runtime.executions.map(({ job }) => job.scheduleId)).toEqual(["endless", "long"]);

  await both?.switchTo(next.runtime);
  expect(h.engine.status().runtime?.message).toBe("2 runs still end where it started");
  h.clock.advance(60_000);
  expect(next.executions.map(({ job }) => job.scheduleId)).toEqual(["long"]);
  h.clock.advance(180_000);
  expect(h.runtime.executions.map(({ outcome }) => outcome)).toEqual([null, "completed"]);
  expect(h.runs("long").map(({ status }) => status)).toEqual([
    "completed",
    "completed",
    "completed",
    "running",
    "running",
  ]);

  // A request to stop reaches the one that has the run.
  expect(h.engine.status().runtime?.message).toBe("1 run still ends where it started");
  h.engine.cancelRun(runId, 0, "user");
  h.clock.advance(5000);
  expect(h.engine.getRun(runId).status).toBe("cancelled");
  expect(h.engine.status().runtime?.message).toBeNull();

  // And back again.
  const third = createTestRuntime(h.clock);
  await both?.switchTo(third.runtime);
  expect(stopped).toEqual([]);
  h.clock.advance(120_000);
  await new Promise((done) => setImmediate(done));
  expect(stopped).toEqual(["next"]);
  expect(third.executions.length).toBe(2);
  expect(h.runs("long").every(({ status, attempt }) => status !== "interrupted" && attempt === 1)).toBe(true);
});

test("a runtime that does not start is not switched to", async () => {
  let both: SwitchingRuntime | undefined;
  await using h = await createHarness({
    around: (runtime) => {
      both = createSwitchingRuntime(runtime);
      return both;
    },
  });
  const next = createTestRuntime(h.clock);
  next.runtime.start = () => Promise.reject(new Error("no"));
  h.schedule("a", minutely, {});
  await expect(both?.switchTo(next.runtime)).rejects.toThrow("no");
  h.clock.advance(61_000);
  expect([h.runtime.executions.length, next.executions.length]).toEqual([1, 0]);
});

test("what was handed over before is adopted where it went, or is told as lost once and sent anew", async () => {
  const adopted: string[][] = [];
  let isKnown = true;
  await using h = await createHarness({
    around: (runtime) => {
      const keeper = createTestRuntime(systemClock);
      const former = {
        ...keeper.runtime,
        keepsRuns: true,
        adopt: (kept: readonly { runId: string }[]) => void adopted.push(kept.map(({ runId }) => runId)),
        recorded: () => {},
      };
      return createSwitchingRuntime(runtime, isKnown ? [former] : []);
    },
  });
  const { runId } = h.engine.runWorkflow("job", { ms: 1000 }, "user");
  h.clock.advance(2000);
  // As an engine leaves a run that a worker had begun.
  const sent = () => {
    h.database.sql
      .prepare(
        "update runs set status = 'running', sent_to = 'default', epoch = epoch + 1, completed_at = null where id = ?",
      )
      .run(runId);
  };
  sent();
  await h.off(1000, { crash: true });
  expect([adopted.at(-1), h.engine.getRun(runId).status]).toEqual([[runId], "running"]);
  isKnown = false;
  await h.off(1000, { crash: true });
  h.clock.advance(5000);
  expect(h.engine.getRun(runId)).toMatchObject({ status: "completed", attempt: 2 });
});
