import { expect, test } from "vitest";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import type { Runtime, RuntimeListener } from "../../runtime/runtime.ts";
import type { RunMove } from "../contract.ts";
import { createHarness } from "../testing/harness.ts";

/** Takes so many runs, and executes two of those that it has, in the order in which they came. */
function twoAtATime(most = Number.POSITIVE_INFINITY) {
  let listener: RuntimeListener | null = null;
  const has: RunJob[] = [];
  const runtime: Runtime = {
    kind: "local",
    keepsRuns: false,
    async start(heard) {
      listener = heard;
    },
    takes: (_, claimed) =>
      has.length + [...claimed.values()].reduce((sum, count) => sum + count, 0) < most
        ? { ok: true }
        : { ok: false, waitingFor: "room", message: "no more" },
    dispatch: (job) => void has.push(job),
    cancel: () => {},
    state: () => ({ kind: "local", state: "ready", message: null, workers: 2, busy: Math.min(2, has.length) }),
    async stop() {
      for (const { runId, epoch } of has.splice(0))
        listener?.ended(runId, epoch, { kind: "lost", at: 0, reason: "the test is over" });
    },
  };
  return {
    runtime,
    endFirst(): string {
      const { runId = "", epoch = 0 } = has.shift() ?? {};
      listener?.ended(runId, epoch, { kind: "completed", at: 1, result: null });
      return runId;
    },
  };
}

test.each([
  { what: "a commit's time, where the runtime runs all that it has", commitMs: 3, runs: 3, waitsMs: 3 },
  { what: "20 ms at the most", commitMs: 50, runs: 3, waitsMs: 20 },
  { what: "four times that, while runs wait in the runtime itself", commitMs: 3, runs: 10, waitsMs: 12 },
  { what: "80 ms at the most", commitMs: 50, runs: 10, waitsMs: 80 },
  { what: "as long, where the runtime takes no more of those that wait", commitMs: 3, runs: 20, most: 10, waitsMs: 12 },
  { what: "not at all, where a run waits for its room", commitMs: 3, runs: 10, runsAtOnce: 2, waitsMs: 0 },
])(
  "an end waits for others to share its commit: $what",
  async ({ commitMs, runs, most, runsAtOnce = 100, waitsMs }) => {
    const two = twoAtATime(most);
    await using h = await createHarness({
      around: () => two.runtime,
      // A commit with ends takes its time.
      whenOpened: (engine, _, clock) => engine.follow({ activity: () => {}, runEnded: () => clock.freeze(commitMs) }),
    });
    h.engine.setSetting("runsAtOnce", runsAtOnce);
    for (let run = 0; run < runs; run++) h.engine.runWorkflow("job", {}, "user");
    h.clock.advance(1_000);
    const statusOf = (runId: string): string => h.engine.getRun(runId).status;

    const first = two.endFirst();
    h.clock.settle();
    // Nothing was written for long.
    expect(statusOf(first)).toBe("completed");
    const second = two.endFirst();
    h.clock.settle();
    if (waitsMs > 0) {
      expect(statusOf(second)).toBe("running");
      h.clock.advance(waitsMs - 1);
      expect(statusOf(second)).toBe("running");
      const third = two.endFirst();
      h.clock.advance(1);
      expect(statusOf(third)).toBe("completed");
    }
    expect(statusOf(second)).toBe("completed");
  },
);

test("a run's end is told once, when it is committed, and as it was written in the end", async () => {
  const two = twoAtATime();
  const moves: RunMove[] = [];
  // With others, by itself, and then as what could not be recorded.
  let failures = 2;
  await using h = await createHarness({
    around: () => two.runtime,
    whenOpened: (engine) => {
      engine.onRunMove((move) => moves.push(move));
      engine.follow({
        activity: () => {},
        runEnded() {
          if (failures-- > 0) throw new Error("by design");
        },
      });
    },
  });
  const { runId } = h.engine.runWorkflow("job", {}, "user");
  h.clock.advance(1_000);
  const began = Date.parse(h.engine.getRun(runId).startedAt ?? "");
  two.endFirst();
  h.clock.settle();
  expect(moves).toEqual([
    { kind: "ended", runId, workflowName: "job", status: "failed", startedAt: began, at: expect.any(Number) },
  ]);
  expect(failures).toBe(-1);
});
