import { describe, expect, test } from "vitest";
import type { CreateBackfillInput } from "../../../shared/api/backfills.ts";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { createReads } from "../../storage/reads/reads.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";
import type { Execution, TestInput } from "../testing/testRuntime.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const JAN_15 = Date.UTC(2024, 0, 15);
const range = { from: "2024-01-15T00:00:00Z", to: "2024-01-15T12:00:00Z" };
const hour = (n: number): string => new Date(JAN_15 + n * HOUR).toISOString();

/** An hourly schedule that does not fire by itself. */
async function hourly(input: TestInput = {}, size?: number): Promise<Harness> {
  const h = await createHarness({ size });
  h.schedule("s", { cron: "0 * * * *" }, input, { paused: true });
  return h;
}

const create = (h: Harness, input: Partial<CreateBackfillInput> = {}): Promise<Backfill> =>
  h.engine.backfills.create({ scheduleId: "s", ...range, ...input }, "user");

const plan = (h: Harness, input: Partial<CreateBackfillInput> = {}) =>
  h.engine.backfills.plan({ scheduleId: "s", ...range, ...input } as never);

const state = (h: Harness, { backfillId }: { backfillId: string }): Backfill => h.engine.backfills.get(backfillId);

const hours = (executions: readonly Execution[]): number[] =>
  executions.map(({ job }) => ((job.scheduledAt ?? Number.NaN) - JAN_15) / HOUR);

/** The lowest and highest number that ran at once at the moments something started, after the first `warm` starts. */
function atOnce(executions: readonly Execution[], at: number): number {
  return executions.filter((one) => one.startedAt <= at && (one.endedAt ?? Number.POSITIVE_INFINITY) > at).length;
}

async function consistent(h: Harness): Promise<void> {
  expect(await h.engine.recount()).toEqual([]);
  expect(h.errors.map(String)).toEqual([]);
  for (const row of h.engine.backfills.list({}).rows) {
    expect(row.completed + row.failed + row.cancelled + row.remaining).toBe(row.total);
  }
}

const twelve = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

describe("a backfill", () => {
  test("runs each occurrence of the range once, the oldest first, one at a time; a second one finds nothing to do", async () => {
    await using h = await hourly({ ms: 1000 });
    const preview = await plan(h);
    expect(preview).toMatchObject({ occurrences: 12, count: 12, first: hour(0), last: hour(11), toWasCut: false });
    expect(preview.existing).toMatchObject({ none: 12 });

    const backfill = await create(h);
    expect(backfill).toMatchObject({ status: "running", total: 12, remaining: 12 });
    h.clock.advance(20_000);
    expect(hours(h.runtime.executions)).toEqual(twelve);
    for (const { startedAt } of h.runtime.executions) expect(atOnce(h.runtime.executions, startedAt)).toBe(1);
    expect(state(h, backfill)).toMatchObject({ status: "completed", completed: 12, remaining: 0, running: 0 });
    expect(h.runs("s").map((run) => [run.trigger, run.scheduledTime])).toEqual(
      twelve.map((n) => ["backfill", hour(n)]),
    );

    const again = await plan(h);
    expect(again.count).toBe(0);
    expect(again.existing).toMatchObject({ completed: 12, none: 0 });
    expect(again.items.every((item) => item.action === "skip" && item.existing?.status === "completed")).toBe(true);
    expect(await create(h)).toMatchObject({ status: "completed", total: 0, existing: { completed: 12 } });
    h.clock.advance(20_000);
    expect(h.runtime.executions).toHaveLength(12);
    await consistent(h);
  });

  test("pressed twice at once creates nothing twice", async () => {
    await using h = await hourly({ ms: 1000 });
    const [first, second] = await Promise.all([create(h), create(h)]);
    h.clock.advance(60_000);
    expect(first.total + second.total).toBe(12);
    expect(hours(h.runtime.executions)).toEqual(twelve);
    await consistent(h);
  });

  test("the newest first, one and three at a time", async () => {
    for (const concurrency of [1, 3]) {
      await using h = await hourly({ ms: 1000 });
      await create(h, { order: "newest", concurrency });
      h.clock.advance(60_000);
      expect(hours(h.runtime.executions)).toEqual([...twelve].reverse());
      const startedAt = h.runs("s").map((run) => Date.parse(run.startedAt ?? ""));
      for (let i = 1; i < startedAt.length; i += 1) expect(startedAt[i]!).toBeLessThanOrEqual(startedAt[i - 1]!);
    }
  });

  test("never more at once than asked for, and never fewer while work is left", async () => {
    await using h = await hourly({ ms: 1000 });
    await create(h, { concurrency: 3 });
    for (let tenth = 0; tenth < 39; tenth += 1) {
      h.clock.advance(100);
      const done = h.runtime.executions.filter((execution) => execution.endedAt !== null).length;
      expect(h.runtime.busy()).toBe(Math.min(3, 12 - done));
    }
    h.clock.advance(2000);
    expect(h.runtime.executions).toHaveLength(12);
  });

  test("how many at a time is changed while it runs: slots are filled at once, and given up one by one", async () => {
    await using h = await hourly({ ms: 1000 });
    const backfill = await create(h);
    h.clock.advance(500);
    expect(h.runtime.busy()).toBe(1);
    h.engine.backfills.set({ backfillId: backfill.backfillId, concurrency: 4 }, "user");
    h.clock.advance(1);
    expect(h.runtime.busy()).toBe(4);
    h.engine.backfills.set({ backfillId: backfill.backfillId, concurrency: 2 }, "user");
    h.clock.advance(1);
    expect(h.runtime.busy()).toBe(4);
    h.clock.advance(1500);
    expect(h.runtime.busy()).toBe(2);
    await consistent(h);
  });

  test("says how long is left, also where runs take minutes and after a pause", async () => {
    await using h = await hourly({ ms: 180_000 });
    const backfill = await create(h, { concurrency: 2 });
    expect(state(h, backfill)).toMatchObject({ rate: null, timeLeftMs: null });
    h.clock.advance(4 * 180_000 + 100_000);
    // Of twelve eight have ended, two at a time.
    expect(state(h, backfill)).toMatchObject({ completed: 8, timeLeftMs: 2 * 180_000 });
    h.engine.backfills.pause(backfill.backfillId, "user");
    h.clock.advance(3_600_000);
    expect(state(h, backfill)).toMatchObject({ completed: 10, rate: null, timeLeftMs: null });
    h.engine.backfills.resume(backfill.backfillId, "user");
    h.clock.advance(1000);
    expect(state(h, backfill)).toMatchObject({ running: 2, timeLeftMs: 180_000 });

    await using quick = await hourly({ ms: 500 });
    const fast = await create(quick);
    quick.clock.advance(3100);
    expect(state(quick, fast)).toMatchObject({ completed: 6, rate: 2, timeLeftMs: 3000 });
  });

  test("instants that were unticked are left out, and its input replaces the schedule's", async () => {
    await using h = await hourly({ ms: 10 });
    const excluded = [hour(3), hour(4)];
    expect(await plan(h, { excluded })).toMatchObject({ occurrences: 12, count: 10 });
    const backfill = await create(h, { excluded, input: { ms: 20, result: "other" } });
    expect(backfill).toMatchObject({ total: 10, input: { ms: 20, result: "other" } });
    h.clock.advance(5000);
    expect(hours(h.runtime.executions)).toEqual(twelve.filter((n) => n !== 3 && n !== 4));
    expect(h.runs("s").every((run) => run.result === "other")).toBe(true);
  });

  test("an edit of the schedule changes nothing of a backfill that has begun", async () => {
    await using h = await hourly({ ms: 1000 });
    await create(h);
    h.clock.advance(1500);
    h.engine.updateSchedule(
      { scheduleId: "s", spec: { cron: "30 * * * *" }, input: { ms: 1, result: "edited" } },
      "user",
    );
    h.clock.advance(60_000);
    expect(hours(h.runtime.executions)).toEqual(twelve);
    expect(h.runs("s").some((run) => run.result === "edited")).toBe(false);
  });

  test("has no jitter", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 * * * *", jitter: "30m" }, {}, { paused: true });
    await create(h);
    h.clock.advance(10);
    expect(hours(h.runtime.executions)).toEqual(twelve);
  });
});

describe("which occurrences run again", () => {
  /** Hours 0–3 completed, 4–5 failed, 6 cancelled, the rest never ran. */
  async function history(): Promise<Harness> {
    const h = await hourly();
    await create(h, { to: hour(4) });
    await create(h, { from: hour(4), to: hour(6), input: { failing: "all" } });
    h.clock.advance(100);
    const backfill = await create(h, { from: hour(6), to: hour(7), input: { ms: 60_000 } });
    h.clock.advance(10);
    h.engine.backfills.cancel(backfill.backfillId, "cancel", "user");
    h.clock.advance(100);
    expect((await plan(h)).existing).toMatchObject({ completed: 4, failed: 2, cancelled: 1, none: 5 });
    h.runtime.executions.length = 0;
    return h;
  }

  test("none: what did not run", async () => {
    await using h = await history();
    await create(h);
    h.clock.advance(100);
    expect(hours(h.runtime.executions)).toEqual([6, 7, 8, 9, 10, 11]);
    await consistent(h);
  });

  test("failed: these and the failed ones", async () => {
    await using h = await history();
    expect((await plan(h, { reprocess: "failed" })).items.map((item) => item.action)).toEqual([
      ...["skip", "skip", "skip", "skip"],
      ...["rerun", "rerun"],
      ...["create", "create", "create", "create", "create", "create"],
    ]);
    await create(h, { reprocess: "failed" });
    h.clock.advance(100);
    expect(hours(h.runtime.executions)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect((await create(h, { reprocess: "failed" })).total).toBe(0);
  });

  test("all: everything, except what is on its way", async () => {
    await using h = await history();
    await create(h, { reprocess: "all", input: { ms: 1000 } });
    h.clock.advance(1500);
    expect((await create(h, { reprocess: "all" })).total).toBe(1);
    h.clock.advance(60_000);
    expect(h.runtime.executions).toHaveLength(13);
  });

  test("missed and skipped occurrences are named, and filled", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 * * * *" });
    await h.off(6 * HOUR);
    const preview = await plan(h, {
      from: new Date(START).toISOString(),
      to: new Date(START + 7 * HOUR).toISOString(),
    });
    expect(preview.toWasCut).toBe(true);
    expect(preview.existing.missed).toBeGreaterThanOrEqual(5);
    expect(preview.count).toBe(preview.existing.missed);
    const [preset] = await h.engine.backfills.presets("s");
    expect(preset).toMatchObject({ key: "holes", label: "Every hole so far", holes: preview.count });
    const backfill = await h.engine.backfills.create({ scheduleId: "s", from: preset!.from, to: preset!.to }, "user");
    h.clock.advance(1000);
    expect(state(h, backfill)).toMatchObject({ status: "completed", completed: preview.count });
    await consistent(h);
    const labels = async (id: string) => (await h.engine.backfills.presets(id)).map(({ label }) => label);
    h.clock.advance(2 * HOUR);
    expect((await labels("s"))[0]).toBe("Every hole since the last success");
    // Nothing has succeeded, and nothing is missing: there is nothing to offer but days.
    h.schedule("new", { cron: "0 0 1 1 *" });
    h.clock.advance(HOUR);
    expect(await labels("new")).toEqual(["Yesterday", "Last 7 days"]);
  });

  test("the last 7 days are 7, today included", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 0 * * *" });
    h.clock.advance(1000);
    const presets = await h.engine.backfills.presets("s");
    expect(presets.find(({ label }) => label === "Last 7 days")).toMatchObject({
      from: new Date(Math.floor(h.clock.now() / (24 * HOUR)) * 24 * HOUR - 6 * 24 * HOUR).toISOString(),
      holes: 7,
    });
  });
});

describe("stopping and going on", () => {
  test("pause starts nothing more and leaves alone what runs; resume goes on", async () => {
    await using h = await hourly({ ms: 1000 });
    const backfill = await create(h, { concurrency: 2 });
    h.clock.advance(1500);
    expect(h.engine.backfills.pause(backfill.backfillId, "user").status).toBe("paused");
    h.clock.advance(30_000);
    expect(h.runtime.executions).toHaveLength(4);
    expect(h.runtime.executions.every((execution) => execution.outcome === "completed")).toBe(true);
    expect(state(h, backfill)).toMatchObject({ status: "paused", completed: 4, remaining: 8, running: 0 });
    expect(h.engine.backfills.resume(backfill.backfillId, "user").status).toBe("running");
    h.clock.advance(30_000);
    expect(hours(h.runtime.executions)).toEqual(twelve);
    expect(state(h, backfill).status).toBe("completed");
  });

  test("cancel lets running ones finish, or cancels them; waiting ones can be run later", async () => {
    for (const running of ["finish", "cancel"] as const) {
      await using h = await hourly({ ms: 1000 });
      const backfill = await create(h, { concurrency: 2 });
      h.clock.advance(1500);
      const cancelled = h.engine.backfills.cancel(backfill.backfillId, running, "user");
      expect(cancelled).toMatchObject({ status: "cancelling" });
      h.clock.advance(2000);
      const completed = running === "finish" ? 4 : 2;
      expect(state(h, backfill)).toMatchObject({
        status: "cancelled",
        completed,
        cancelled: 12 - completed,
        remaining: 0,
      });
      expect(h.runtime.executions).toHaveLength(4);

      h.engine.backfills.rerun(backfill.backfillId, "user");
      h.clock.advance(30_000);
      expect(state(h, backfill)).toMatchObject({ status: "completed", completed: 12, cancelled: 0, total: 12 });
      const ran = h.runtime.executions.filter((execution) => execution.outcome === "completed");
      expect(hours(ran).sort((a, b) => a - b)).toEqual(twelve);
      await consistent(h);
    }
  });

  test("what was called off before it began is no run of the schedule; it stands with the backfill, and can be run again", async () => {
    for (const running of ["finish", "cancel"] as const) {
      await using h = await hourly({ ms: 1000 }, 1);
      const reads = createReads(h.database.sql, h.clock.now);
      const seen = () => {
        const row = reads.readSchedule("s");
        return {
          total: row?.schedule.totalRuns,
          marks: row?.outcomes.map(({ outcome }) => outcome),
          listed: reads.listRuns({ scheduleId: "s" }).rows.map(({ status }) => status),
          everywhere: reads.listRuns({}).rows.length,
          cancelled: reads.listRuns({ status: "cancelled" }).rows.length,
          heat: reads.heatRuns("s", JAN_15, JAN_15 + 12 * HOUR).reduce((sum, { count }) => sum + count, 0),
          calendar: reads.runsBetween(["s"], JAN_15, JAN_15 + 12 * HOUR, 100).length,
          byHand: reads.runsBetween(null, JAN_15, JAN_15 + 12 * HOUR, 100).length,
          ofWorkflow: reads.lastOutcomesOfWorkflow(h.engine.getSchedule("s").workflowName, 100).length,
        };
      };
      // More have a slot than the runtime has room for: those have not begun either.
      const backfill = await create(h, { concurrency: 3 });
      h.clock.advance(2500);
      expect(seen().ofWorkflow).toBe(3);
      h.engine.backfills.cancel(backfill.backfillId, running, "user");
      h.clock.advance(2000);
      const completed = running === "finish" ? 3 : 2;
      const begun = running === "finish" ? [] : ["cancelled"];
      expect(state(h, backfill)).toMatchObject({
        status: "cancelled",
        completed,
        cancelled: 12 - completed,
        notStarted: 9,
      });
      expect(seen()).toEqual({
        total: 3,
        marks: [...Array(completed).fill("completed"), ...begun],
        listed: [...begun, ...Array(completed).fill("completed")],
        everywhere: 3,
        cancelled: begun.length,
        heat: 3,
        calendar: 3,
        byHand: 0,
        ofWorkflow: 3,
      });
      expect((await plan(h)).existing).toMatchObject({ completed, none: 9, cancelled: begun.length });
      await consistent(h);

      const { backfillId } = backfill;
      expect(reads.listRuns({ backfillId }).rows).toHaveLength(3);
      const calledOff = reads.listRuns({ backfillId, status: "cancelled", order: "oldest" }).rows.slice(begun.length);
      expect(calledOff.map(({ scheduledTime }) => scheduledTime)).toEqual(twelve.slice(3).map(hour));
      expect(calledOff[0]).toMatchObject({ scheduleId: "s", scheduleName: h.engine.getSchedule("s").name });
      // One of them by itself is a run of the schedule again.
      h.engine.retryRun({ runId: calledOff[8]?.runId ?? "" }, "user");
      h.clock.advance(2000);
      expect(h.runs("s").find((run) => run.scheduledTime === hour(11))).toMatchObject({
        status: "completed",
        trigger: "retry",
      });

      h.engine.backfills.rerun(backfillId, "user");
      h.clock.advance(30_000);
      expect(state(h, backfill)).toMatchObject({ status: "completed", completed: 11, cancelled: 0, notStarted: 0 });
      expect(seen()).toMatchObject({
        total: 12 + begun.length,
        cancelled: begun.length,
        everywhere: 12 + begun.length,
      });
      await consistent(h);
    }
  });

  test("a run that was called off, and that a worker has had all the while, is one of the schedule with its late result", async () => {
    await using h = await hourly({ ms: 1000 });
    const backfill = await create(h);
    h.clock.advance(1500);
    h.engine.backfills.cancel(backfill.backfillId, "finish", "user");
    h.clock.advance(2000);
    expect(state(h, backfill)).toMatchObject({ status: "cancelled", completed: 2, cancelled: 10, notStarted: 10 });
    const reads = createReads(h.database.sql, h.clock.now);
    const runId = reads.listRuns({ backfillId: backfill.backfillId, status: "cancelled" }).rows[0]?.runId ?? "";
    const at = h.clock.now();
    const outcome = JSON.stringify({ kind: "completed", at, result: 7 });
    h.stores.lateResults.add({ runId, attempt: 1, epoch: 1, worker: "pid 7 on host", at, outcome });
    expect(h.engine.takeResult({ runId }, "user")).toMatchObject({ scheduleId: "s", status: "completed", result: 7 });
    expect(state(h, backfill)).toMatchObject({ completed: 3, cancelled: 9, notStarted: 9 });
    expect(h.engine.getSchedule("s")).toMatchObject({ totalRuns: 3, successfulRuns: 3 });
    expect((await plan(h)).existing).toMatchObject({ completed: 3, none: 9 });
    expect(h.activity("s").at(-1)).toMatchObject({ kind: "result_taken" });
    await consistent(h);
  });

  test("what a person does to a backfill stands in the history of its schedule", async () => {
    await using h = await hourly({ ms: 1000 });
    const { backfillId } = await create(h);
    const { backfills } = h.engine;
    backfills.pause(backfillId, "user");
    backfills.pause(backfillId, "user");
    backfills.resume(backfillId, "user");
    backfills.cancel(backfillId, "cancel", "user");
    h.clock.advance(2000);
    backfills.rerun(backfillId, "user");
    const told = createReads(h.database.sql, h.clock.now)
      .activity("s", 100, undefined, ["backfilled"])
      .map(({ details }) => details["did"] ?? (details["again"] === undefined ? "made" : "again"));
    expect(told.reverse()).toEqual(["made", "paused", "resumed", "cancelled", "again"]);
  });

  test("stops after so many failures; the failed and cancelled ones can be run again", async () => {
    await using h = await hourly({ ms: 1000 });
    const backfill = await create(h, { maxFailures: 3, input: { ms: 1000, failing: "all" } });
    h.clock.advance(30_000);
    expect(h.runtime.executions).toHaveLength(3);
    expect(state(h, backfill)).toMatchObject({ status: "failed", failed: 3, cancelled: 9, remaining: 0 });
    const failures = h.runs("s").filter((run) => run.status === "failed");

    expect(h.engine.backfills.rerun(backfill.backfillId, "user")).toMatchObject({
      status: "running",
      failed: 0,
      remaining: 12,
    });
    h.clock.advance(30_000);
    expect(state(h, backfill)).toMatchObject({ status: "failed", failed: 3, cancelled: 9 });
    const repeats = h.runs("s").filter((run) => run.status === "failed" && run.backfillId === backfill.backfillId);
    expect(repeats.map((run) => run.retryOf)).toEqual(failures.map((run) => run.runId));
    await consistent(h);
  });

  test("run again leaves out what ran elsewhere since", async () => {
    await using h = await hourly();
    const backfill = await create(h, { input: { failing: "all" } });
    h.clock.advance(100);
    expect(state(h, backfill)).toMatchObject({ status: "completed", failed: 12 });
    await create(h, { reprocess: "failed", to: hour(10) });
    h.clock.advance(100);
    h.engine.backfills.rerun(backfill.backfillId, "user");
    h.clock.advance(100);
    expect(h.runtime.executions).toHaveLength(12 + 10 + 2);
    // What another backfill has done is no longer part of this one: its button would offer it for ever.
    expect(state(h, backfill)).toMatchObject({ total: 2, failed: 2, status: "completed" });
    await consistent(h);
  });

  test("failures that were repaired elsewhere do not stop it again", async () => {
    await using h = await hourly();
    const backfill = await create(h, { maxFailures: 3, input: { failing: "all" } });
    h.clock.advance(100);
    expect(state(h, backfill)).toMatchObject({ status: "failed", failed: 3, cancelled: 9 });
    await create(h, { reprocess: "failed", to: hour(3) });
    h.clock.advance(100);
    h.engine.backfills.rerun(backfill.backfillId, "user");
    h.clock.advance(100);
    expect(hours(h.runtime.executions)).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5]);
    expect(state(h, backfill)).toMatchObject({ status: "failed", total: 9, failed: 3, cancelled: 6 });
    await consistent(h);
  });

  test("what cannot be done is refused, with the state it is in", async () => {
    await using h = await hourly();
    const backfill = await create(h);
    h.clock.advance(100);
    const { backfills } = h.engine;
    for (const attempt of [
      () => backfills.pause(backfill.backfillId, "user"),
      () => backfills.resume(backfill.backfillId, "user"),
      () => backfills.cancel(backfill.backfillId, "finish", "user"),
      () => backfills.set({ backfillId: backfill.backfillId, concurrency: 2 }, "user"),
    ]) {
      expect(attempt).toThrow(/is completed/);
    }
    expect(() => backfills.rerun(backfill.backfillId, "user")).toThrow(/no failed or cancelled runs/);
    expect(() => backfills.get("nowhere")).toThrow(/no backfill nowhere/);
  });

  test("goes on where it was after the program ended, and after it was killed", async () => {
    for (const crash of [false, true]) {
      await using h = await hourly({ ms: 1000 });
      const backfill = await create(h, { concurrency: 2 });
      h.clock.advance(3500);
      await h.off(10_000, { crash });
      h.clock.advance(60_000);
      expect(state(h, backfill)).toMatchObject({ status: "completed", completed: 12 });
      const completed = h.runs("s").filter((run) => run.status === "completed");
      expect(completed.map((run) => run.scheduledTime).sort()).toEqual(twelve.map(hour));
      expect(h.runs("s")).toHaveLength(12);
      await consistent(h);
    }
  });

  test("a deleted schedule's backfill is called off", async () => {
    await using h = await hourly({ ms: 1000 });
    const backfill = await create(h);
    h.clock.advance(1500);
    h.engine.deleteSchedule("s", "user");
    h.clock.advance(5000);
    expect(state(h, backfill)).toMatchObject({ status: "cancelled", remaining: 0 });
    await expect(create(h)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(() => h.engine.backfills.rerun(backfill.backfillId, "user")).toThrow(/deleted/);
  });
});

describe("beside live work", () => {
  /** Every 10 s, runs of 1 s; the backfill's take 4 s. */
  async function live(rules: Partial<CreateBackfillInput> = {}): Promise<Harness> {
    const h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 1000 });
    h.clock.advance(5000);
    const from = new Date(START - 60_000).toISOString();
    const to = new Date(START).toISOString();
    await h.engine.backfills.create({ scheduleId: "s", from, to, input: { ms: 4000 }, ...rules }, "user");
    h.clock.advance(60_000);
    return h;
  }
  const isLive = (execution: Execution): boolean => (execution.job.scheduledAt ?? 0) >= START;

  test("an occurrence waits for the one backfill run that is active, is not skipped and goes before the next", async () => {
    await using h = await live();
    const schedule = h.engine.getSchedule("s");
    expect(schedule.skippedRuns).toBe(0);
    expect(h.runtime.executions.filter(isLive)).toHaveLength(7);
    for (const { startedAt } of h.runtime.executions) expect(atOnce(h.runtime.executions, startedAt)).toBe(1);
    for (const execution of h.runtime.executions.filter(isLive)) {
      expect(execution.outcome).toBe("completed");
      const waited = execution.startedAt - (execution.job.scheduledAt ?? 0);
      expect(waited).toBeLessThanOrEqual(4000);
    }
    expect(h.runtime.executions.filter((execution) => !isLive(execution))).toHaveLength(6);
    await consistent(h);
  });

  test("of several occurrences that come while one long backfill run is active, none is skipped", async () => {
    for (const overlapPolicy of ["skip", "buffer_one", "buffer_all", "allow_all"] as const) {
      await using h = await createHarness();
      h.schedule("s", { interval: "10s" }, { ms: 1000 }, { overlapPolicy });
      h.clock.advance(5000);
      const from = new Date(START - 10_000).toISOString();
      const to = new Date(START).toISOString();
      await h.engine.backfills.create({ scheduleId: "s", from, to, input: { ms: 30_500 } }, "user");
      h.clock.advance(115_000);
      expect(h.engine.getSchedule("s").skippedRuns).toBe(0);
      expect(h.runtime.executions.filter(isLive)).toHaveLength(13);
      const order = h.runtime.executions.map(({ job }) => ((job.scheduledAt ?? 0) - START) / 10_000);
      expect(order).toEqual([0, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      await consistent(h);
    }
  });

  test("none is skipped for those that waited, either, while they catch up", async () => {
    for (const overlapPolicy of ["skip", "buffer_one"] as const) {
      await using h = await createHarness();
      h.schedule("s", { interval: "1m" }, { ms: 24_000 }, { overlapPolicy });
      h.clock.advance(30_000);
      const [from, to] = [-MINUTE, 0].map((ms) => new Date(START + ms).toISOString());
      const half = { from: from!, to: to!, input: { ms: 30 * MINUTE } };
      await h.engine.backfills.create({ scheduleId: "s", ...half }, "user");
      h.clock.advance(30 * MINUTE - 1000);
      expect(h.engine.getSchedule("s").bufferedCount).toBe(30);
      h.clock.advance(60 * MINUTE);
      expect(h.engine.getSchedule("s").skippedRuns).toBe(0);
      const live = h.runtime.executions.filter(isLive);
      expect(live.map(({ job }) => ((job.scheduledAt ?? 0) - START) / MINUTE)).toEqual(live.map((_, n) => n));
      for (const { startedAt } of h.runtime.executions) expect(atOnce(h.runtime.executions, startedAt)).toBe(1);
      expect(live.at(-1)?.startedAt).toBe(live.at(-1)?.job.scheduledAt);
      await consistent(h);
    }
  });

  test("runs longer than the time between them are skipped behind as without a backfill, and it goes on", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 15_000 });
    h.clock.advance(5000);
    const [from, to] = [-30_000, 0].map((ms) => new Date(START + ms).toISOString());
    const backfill = await h.engine.backfills.create(
      { scheduleId: "s", from: from!, to: to!, input: { ms: 7000 } },
      "user",
    );
    h.clock.advance(110_000);
    expect(state(h, backfill)).toMatchObject({ status: "completed", completed: 3 });
    const skipped = h.omissions("s").map(({ firstTime }) => (Date.parse(firstTime) - START) / 1000);
    expect(skipped).toEqual([10, 30, 50, 70, 90, 110]);
    for (const { startedAt } of h.runtime.executions) expect(atOnce(h.runtime.executions, startedAt)).toBe(1);
    await consistent(h);
  });

  test("what waits behind a long backfill run stays bounded where runs take all the time between them, and it goes on", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1m" }, { ms: 59_990 });
    h.clock.advance(30_000);
    const [from, to] = [-2 * MINUTE, 0].map((ms) => new Date(START + ms).toISOString());
    const long = { from: from!, to: to!, input: { ms: 10 * MINUTE } };
    const backfill = await h.engine.backfills.create({ scheduleId: "s", ...long }, "user");
    let most = 0;
    for (let minute = 0; minute < 60; minute += 1) {
      h.clock.advance(MINUTE);
      most = Math.max(most, h.engine.getSchedule("s").bufferedCount);
    }
    expect(most).toBeLessThanOrEqual(10);
    expect(state(h, backfill)).toMatchObject({ status: "completed", completed: 2 });
    await consistent(h);
  });

  test("an occurrence that is being decided about goes before the backfill's next run", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1m" }, { ms: 40_000 });
    h.clock.advance(45_000);
    const [from, to] = [-2 * MINUTE, 0].map((ms) => new Date(START + ms).toISOString());
    const two = { from: from!, to: to!, input: { ms: 40_000 } };
    await h.engine.backfills.create({ scheduleId: "s", ...two }, "user");
    h.clock.advance(4 * MINUTE);
    // Minute 1 waits from 60 s to 85 s, and minute 2 from 120 s to 125 s for minute 1.
    const order = h.runtime.executions.map(({ job }) => ((job.scheduledAt ?? 0) - START) / MINUTE);
    expect(order.slice(0, 4)).toEqual([0, -2, 1, 2]);
    expect(h.engine.getSchedule("s").skippedRuns).toBe(0);
  });

  test("allow_all and more than one at a time: live ones start beside them, on time", async () => {
    for (const rules of [{ overlapPolicy: "allow_all" as const }, { concurrency: 2 }]) {
      await using h = await live(rules);
      for (const execution of h.runtime.executions.filter(isLive)) {
        expect(execution.startedAt).toBe(execution.job.scheduledAt);
      }
      expect(h.engine.getSchedule("s").skippedRuns).toBe(0);
    }
  });

  test("skip: a run whose turn comes while a live one is active is left out", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 3000 });
    h.clock.advance(1000);
    const from = new Date(START - 60_000).toISOString();
    const to = new Date(START).toISOString();
    const backfill = await h.engine.backfills.create({ scheduleId: "s", from, to, overlapPolicy: "skip" }, "user");
    h.clock.advance(100);
    expect(state(h, backfill)).toMatchObject({ status: "completed", cancelled: 6, completed: 0 });
  });

  test("with few runners, live runs are taken before the backfill's that were there first", async () => {
    await using h = await createHarness({ size: 1 });
    h.schedule("s", { cron: "0 * * * *" }, { ms: 1000 }, { paused: true });
    h.schedule("live", { interval: "5s" }, { ms: 100 });
    await create(h, { concurrency: 10 });
    h.clock.advance(11_000);
    const late = h.runtime.executions
      .filter(({ job }) => job.scheduleId === "live")
      .map((execution) => execution.startedAt - (execution.job.scheduledAt ?? 0));
    expect(late).toHaveLength(3);
    for (const ms of late) expect(ms).toBeLessThanOrEqual(1000);
  });

  test("an occurrence that its jitter still holds back is the schedule's own: it runs once", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 * * * *", jitter: "30m" });
    h.clock.advance(HOUR - 1);
    const { nextFireAt } = h.database.sql
      .prepare("select next_fire_at as nextFireAt from schedules where id = 's'")
      .get() as { nextFireAt: number };
    expect(nextFireAt).toBeGreaterThan(START + HOUR + 60_000);
    h.clock.advance(60_000);
    const [before, first, due] = [-1, 0, 1].map((n) => new Date(START + n * HOUR).toISOString());
    const range = { scheduleId: "s", from: before!, to: "2026-04-01T00:00:00Z" };
    expect(await plan(h, range)).toMatchObject({ occurrences: 2, toWasCut: true, last: before });
    const today = await h.engine.backfills.days(range);
    expect(today.map((day) => day.occurrences)).toEqual([10]);
    await h.engine.backfills.create(range, "user");
    h.clock.advance(HOUR / 2);
    expect(h.runs("s").map((run) => [run.trigger, run.scheduledTime])).toEqual([
      ["schedule", first],
      ["backfill", before],
      ["schedule", due],
    ]);
    await consistent(h);
  });

  test("what came due while nothing ran is first dealt with under the schedule's rules, then filled: each runs once", async () => {
    for (const catchup of ["none", "latest", "all"] as const) {
      await using h = await createHarness();
      h.schedule("s", { cron: "30 * * * *" }, {}, { catchup });
      await h.engine.stop(0);
      h.clock.freeze(6 * HOUR);
      const range = { scheduleId: "s", from: new Date(START).toISOString(), to: "2026-04-01T00:00:00Z" };
      const made = await h.engine.backfills.create(range, "cli");
      expect(made).toMatchObject({ total: catchup === "none" ? 6 : catchup === "latest" ? 5 : 0 });
      await h.off(0);
      h.clock.advance(60_000);
      expect(
        h
          .runs("s")
          .map((run) => run.scheduledTime)
          .sort(),
      ).toEqual([0, 1, 2, 3, 4, 5].map((n) => new Date(START + (n + 0.5) * HOUR).toISOString()));
      expect(h.runs("s").every((run) => run.status === "completed")).toBe(true);
      await consistent(h);
    }
  });

  test("several long ones are written side by side, none behind the others", async () => {
    await using h = await hourly({ ms: 3_600_000 });
    const years = [2019, 2020, 2021].map((year) => ({
      from: `${year}-01-01T00:00:00Z`,
      to: `${year}-12-01T00:00:00Z`,
    }));
    const made: Backfill[] = [];
    for (const year of years) made.push(await create(h, { ...year, confirmed: true }));
    expect(made.map((one) => one.status)).toEqual(["planning", "planning", "planning"]);
    // The writing waits each time that the log is checkpointed, which happens in real time.
    const statuses = (): string[] => {
      h.clock.advance(10);
      return made.map((one) => state(h, one).status);
    };
    await expect.poll(statuses, { timeout: 60_000 }).toEqual(["running", "running", "running"]);
    for (const one of made) expect(state(h, one)).toMatchObject({ total: one.total, running: 1 });
    const counts = h.database.sql.prepare("select count(*), count(distinct scheduled_at) from runs").raw().get();
    expect(counts).toEqual([8016 + 8040 + 8016, 8016 + 8040 + 8016]);
    await consistent(h);
  });

  test("several at once, each with its own slots", async () => {
    await using h = await hourly({ ms: 1000 });
    const first = await create(h, { to: hour(6) });
    const second = await create(h, { from: hour(6) });
    h.clock.advance(500);
    expect(h.runtime.busy()).toBe(2);
    h.clock.advance(10_000);
    expect(state(h, first)).toMatchObject({ status: "completed", completed: 6 });
    expect(state(h, second)).toMatchObject({ status: "completed", completed: 6 });
  });
});

describe("what makes no sense is said before anything is written", () => {
  test.each<[string, Partial<CreateBackfillInput>, string, RegExp]>([
    ["from after to", { from: hour(5), to: hour(1) }, "INVALID_INPUT", /^from: an instant before to/],
    ["wholly in the future", { from: "2030-01-01T00:00:00Z", to: "2030-01-02T00:00:00Z" }, "INVALID_INPUT", /future/],
    ["nothing in it", { from: "2024-01-15T00:10:00Z", to: "2024-01-15T00:50:00Z" }, "EMPTY_RANGE", /no occurrence/],
    ["empty", { from: hour(1), to: hour(1) }, "EMPTY_RANGE", /no occurrence/],
    ["no such schedule", { scheduleId: "other" }, "NOT_FOUND", /no schedule other/],
  ])("%s", async (_, input, code, message) => {
    await using h = await hourly();
    for (const attempt of [plan(h, input), create(h, input)]) {
      await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    }
    expect(h.engine.backfills.list({}).total).toBe(0);
    expect(h.runs("s")).toEqual([]);
  });

  test("more than 1,000 without a yes: refused with the count", async () => {
    await using h = await hourly();
    const two = { from: "2024-01-01T00:00:00Z", to: "2024-03-01T00:00:00Z" };
    await expect(create(h, two)).rejects.toMatchObject({
      code: "CONFIRMATION_REQUIRED",
      message: expect.stringContaining("1440"),
    });
    expect(h.engine.backfills.list({}).total).toBe(0);
    expect(await create(h, { ...two, confirmed: true })).toMatchObject({ total: 1440 });
  });

  test("a policy that would cancel other runs, and an interval that counts from the end of the last run", async () => {
    await using h = await hourly();
    await expect(create(h, { overlapPolicy: "cancel_other" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    h.schedule("c", { interval: { every: "1h", from: "completion" } }, {}, { paused: true });
    await expect(create(h, { scheduleId: "c" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  test("a workflow that is not there", async () => {
    await using h = await hourly();
    h.database.sql.exec("update schedules set workflow_name = 'gone' where id = 's'");
    await expect(plan(h)).rejects.toMatchObject({ code: "UNKNOWN_WORKFLOW" });
    await expect(create(h)).rejects.toMatchObject({ code: "UNKNOWN_WORKFLOW" });
    expect(h.engine.backfills.list({}).total).toBe(0);
  });
});

describe("the calendar", () => {
  test("days carry counts by local day and outcome, up to now", async () => {
    await using h = await createHarness();
    h.schedule("s", { cron: "0 */6 * * *", timezone: "America/New_York" }, {}, { paused: true });
    const days = () =>
      h.engine.backfills.days({ scheduleId: "s", from: "2024-03-09T05:00:00Z", to: "2024-03-12T04:00:00Z" });
    expect((await days()).map(({ date, from, to, occurrences, none }) => [date, from, to, occurrences, none])).toEqual([
      ["2024-03-09", "2024-03-09T05:00:00.000Z", "2024-03-10T05:00:00.000Z", 4, 4],
      ["2024-03-10", "2024-03-10T05:00:00.000Z", "2024-03-11T04:00:00.000Z", 4, 4],
      ["2024-03-11", "2024-03-11T04:00:00.000Z", "2024-03-12T04:00:00.000Z", 4, 4],
    ]);
    await create(h, { from: "2024-03-10T05:00:00Z", to: "2024-03-11T04:00:00Z" });
    h.clock.advance(100);
    expect((await days()).map((day) => [day.completed, day.none])).toEqual([
      [0, 4],
      [4, 0],
      [0, 4],
    ]);
    const now = new Date(START).toISOString();
    const today = await h.engine.backfills.days({ scheduleId: "s", from: now, to: "2026-04-01T00:00:00Z" });
    expect(today).toHaveLength(1);
    // 09:00 UTC is 04:00 in New York: of four, one has passed.
    expect(today[0]).toMatchObject({ date: "2026-03-02", occurrences: 1 });
  });
});

test.each([
  ["Europe/Berlin", "2025-03-20T00:00:00Z", "2025-04-05T00:00:00Z"],
  ["Europe/Berlin", "2025-10-20T00:00:00Z", "2025-11-05T00:00:00Z"],
  ["America/Sao_Paulo", "2018-11-01T00:00:00Z", "2018-11-10T00:00:00Z"],
  ["Africa/Cairo", "2024-04-20T00:00:00Z", "2024-05-02T00:00:00Z"],
  ["Australia/Lord_Howe", "2025-04-01T00:00:00Z", "2025-04-10T00:00:00Z"],
  ["Pacific/Apia", "2011-12-27T00:00:00Z", "2012-01-03T00:00:00Z"],
])("the days of %s lie end to end and add up, also where its clocks change (%s)", async (timezone, from, to) => {
  await using h = await createHarness();
  h.schedule("s", { cron: "*/20 * * * *", timezone }, {}, { paused: true });
  const days = await h.engine.backfills.days({ scheduleId: "s", from, to });
  for (const [index, day] of days.entries()) {
    const next = days[index + 1];
    if (next !== undefined) expect(next).toMatchObject({ from: day.to });
    expect(Date.parse(day.to)).toBeGreaterThanOrEqual(Date.parse(day.from));
    expect(day.none).toBe(day.occurrences);
  }
  expect(new Set(days.map((day) => day.date)).size).toBe(days.length);
  const whole = { scheduleId: "s", from: days[0]!.from, to: days.at(-1)!.to };
  const { occurrences } = await h.engine.backfills.plan({ ...whole, limit: 0 });
  expect(days.reduce((sum, day) => sum + day.occurrences, 0)).toBe(occurrences);
});

test("waiting for a backfill ends when it does", async () => {
  await using h = await hourly({ ms: 1000 });
  const backfill = await create(h, { to: hour(3) });
  const waiting = h.engine.backfills.waitFor(backfill.backfillId);
  h.clock.advance(10_000);
  await expect(waiting).resolves.toMatchObject({ status: "completed", completed: 3 });
  const stopped = new AbortController();
  const given = await create(h, { from: hour(5), to: hour(6) });
  const waitingInVain = h.engine.backfills.waitFor(given.backfillId, stopped.signal);
  stopped.abort(new Error("enough"));
  await expect(waitingInVain).rejects.toThrow("enough");
});
