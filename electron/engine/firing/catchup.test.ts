import { describe, expect, test } from "vitest";
import { createHarness, START } from "../testing/harness.ts";

const iso = (at: number): string => new Date(at).toISOString();
const at = (seconds: number): string => iso(START + seconds * 1000);

describe("an engine that was off for more than a minute, on a schedule every 10 s", () => {
  test("none: one missed row with its count and range", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" });
    h.clock.advance(5000);
    await h.off(61_000);
    expect(h.runs("s")).toHaveLength(1);
    expect(h.omissions("s")).toMatchObject([
      { kind: "missed", reason: "off", count: 6, firstTime: at(10), lastTime: at(60) },
    ]);
    expect(h.engine.getSchedule("s")).toMatchObject({ missedRuns: 6, nextRunTime: at(70) });
    h.clock.advance(4000);
    expect(h.runs("s").at(-1)?.scheduledTime).toBe(at(70));
  });

  test("latest: one run, for the newest", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, {}, { catchup: "latest" });
    h.clock.advance(5000);
    await h.off(61_000);
    h.clock.advance(1000);
    expect(h.runs("s").map((run) => [run.trigger, run.scheduledTime, run.status])).toEqual([
      ["schedule", at(0), "completed"],
      ["catchup", at(60), "completed"],
    ]);
    expect(h.omissions("s")).toMatchObject([{ kind: "skipped", reason: "superseded", count: 5 }]);
    expect(await h.engine.recount()).toEqual([]);
  });

  test("all: every run, in order, never two at once under skip", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "10s" }, { ms: 100 }, { catchup: "all" });
    h.clock.advance(5000);
    await h.off(61_000);
    h.clock.advance(2000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 10, 20, 30, 40, 50, 60].map(at));
    expect(
      h
        .runs("s")
        .slice(1)
        .every((run) => run.trigger === "catchup" && run.status === "completed"),
    ).toBe(true);
    const { executions } = h.runtime;
    executions.slice(1).forEach((execution, i) => {
      expect(execution.startedAt).toBeGreaterThanOrEqual(executions[i]?.endedAt ?? Number.POSITIVE_INFINITY);
      expect(execution.job.scheduledAt).toBeGreaterThan(executions[i]?.job.scheduledAt ?? Number.POSITIVE_INFINITY);
    });
    expect(h.omissions("s")).toEqual([]);
    h.clock.advance(2000);
    expect(h.runs("s").at(-1)).toMatchObject({ trigger: "schedule", scheduledTime: at(70) });
  });

  test("it is accounted for", async () => {
    await using h = await createHarness();
    h.schedule("a", { interval: "10s" });
    h.schedule("b", { interval: "10s" }, {}, { catchup: "latest" });
    h.clock.advance(5000);
    await h.off(61_000);
    expect(
      h.database.sql.prepare("select kind, from_at, to_at, due, ran, skipped, missed from downtimes").all(),
    ).toEqual([
      { kind: "closed", from_at: START + 5000, to_at: START + 66_000, due: 12, ran: 1, skipped: 5, missed: 6 },
    ]);
    expect(h.activity("a").map((event) => event.kind)).toContain("missed");
  });
});

test("what passed less than a minute ago is fired late", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" });
  h.clock.advance(5000);
  await h.off(40_000);
  h.clock.advance(1000);
  expect(h.runs("s").map((run) => [run.trigger, run.scheduledTime])).toEqual(
    [0, 10, 20, 30, 40].map((s) => ["schedule", at(s)]),
  );
});

test("the catch-up window bounds what is caught up", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1h" }, {}, { catchup: "all", catchupWindow: "3h" });
  h.schedule("l", { interval: "1h" }, {}, { catchup: "latest", catchupWindow: "10m" });
  h.clock.advance(1000);
  await h.off(10 * 3_600_000 + 1_800_000);
  h.clock.advance(1000);
  expect(h.omissions("s")).toMatchObject([
    { kind: "missed", reason: "past_window", count: 7, firstTime: at(3600), lastTime: at(7 * 3600) },
  ]);
  expect(
    h
      .runs("s")
      .slice(1)
      .map((run) => run.scheduledTime),
  ).toEqual([8, 9, 10].map((hour) => at(hour * 3600)));
  expect(h.omissions("l")).toMatchObject([{ reason: "past_window", count: 10 }]);
  expect(h.runs("l")).toHaveLength(1);
});

test("consecutive missed ranges of one reason become one row", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1h" });
  h.clock.advance(1000);
  await h.off(3 * 3_600_000);
  await h.off(3 * 3_600_000);
  expect(h.omissions("s")).toMatchObject([{ kind: "missed", count: 6, firstTime: at(3600), lastTime: at(6 * 3600) }]);
  expect(h.engine.getSchedule("s").missedRuns).toBe(6);
  expect(await h.engine.recount()).toEqual([]);
});

test("missed ranges with a pause between them stay two", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" });
  await h.off(65_000);
  h.engine.pauseSchedule({ scheduleId: "s" }, "user");
  h.clock.advance(10_000);
  h.engine.resumeSchedule("s", "user");
  await h.off(70_000);
  expect(h.omissions("s").map(({ firstTime, lastTime, count }) => [firstTime, lastTime, count])).toEqual([
    [at(0), at(60), 7],
    [at(80), at(140), 7],
  ]);
});

test("a paused schedule misses nothing, and paused time is never caught up", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" }, {}, { catchup: "all" });
  h.clock.advance(5000);
  h.engine.pauseSchedule({ scheduleId: "s" }, "user");
  await h.off(600_000);
  h.engine.resumeSchedule("s", "user");
  h.clock.advance(5000);
  expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([at(0), at(610)]);
  expect(h.omissions("s")).toEqual([]);
});

test("an edit made while nothing runs does not touch what came due before it", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" });
  h.clock.advance(5000);
  await h.engine.stop(0);
  h.clock.freeze(100_000);
  // A command line on the same folder, with no engine anywhere.
  h.engine.updateSchedule({ scheduleId: "s", spec: { cron: "0 * * * *" } }, "cli");
  expect(h.omissions("s")).toMatchObject([{ kind: "missed", count: 10, firstTime: at(10), lastTime: at(100) }]);
  expect(h.engine.getSchedule("s").nextRunTime).toBe(at(3600));
});

test("all, with more missed than may wait: the rest is one row", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1s" }, { ms: 10_000_000 }, { catchup: "all" });
  h.clock.advance(500);
  await h.off(3_000_000, { crash: true });
  h.clock.advance(100);
  const { bufferedCount, totalRuns, skippedRuns, missedRuns } = h.engine.getSchedule("s");
  expect(bufferedCount).toBe(1000);
  expect(totalRuns + skippedRuns + missedRuns).toBe(3001);
  expect(h.omissions("s")).toHaveLength(1);
  expect(await h.engine.recount()).toEqual([]);
});

test("catch-up under allow_all and cancel_other", async () => {
  await using h = await createHarness();
  h.schedule("a", { interval: "10s" }, { ms: 5000 }, { catchup: "all", overlapPolicy: "allow_all" });
  h.schedule("c", { interval: "10s" }, { ms: 5000 }, { catchup: "all", overlapPolicy: "cancel_other" });
  h.clock.advance(6000);
  await h.off(62_000);
  h.clock.advance(1);
  expect(h.runtime.executions.filter(({ job }) => job.scheduleId === "a")).toHaveLength(6);
  expect(h.runtime.executions.filter(({ job }) => job.scheduleId === "c").map(({ job }) => job.scheduledAt)).toEqual([
    START + 60_000,
  ]);
  expect(h.runs("c").map((run) => run.status)).toEqual([
    "completed",
    "cancelled",
    "cancelled",
    "cancelled",
    "cancelled",
    "cancelled",
    "running",
  ]);
});

test("late ones are skipped for a late one that does not end, and for a run that was there before", async () => {
  await using h = await createHarness();
  h.schedule("long", { interval: "10s" }, { ms: 200_000 });
  h.schedule("before", { cron: "*/10 * * * * *" }, { ms: 200_000 });
  h.clock.advance(5000);
  h.clock.freeze(40_000);
  h.clock.advance(1000);
  expect(h.engine.getSchedule("before").skippedRuns).toBe(4);
  await h.off(100, { crash: true });
  h.clock.advance(100_000);
  for (const id of ["long", "before"]) {
    const { totalRuns, skippedRuns } = h.engine.getSchedule(id);
    expect([id, totalRuns, skippedRuns]).toEqual([id, 1, 14]);
  }
});

test("late ones that would have met the run before on time are skipped as on time", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1s" }, { ms: 2500 });
  await h.off(2000);
  h.clock.advance(10_000);
  expect(h.runs("s").length).toBeLessThanOrEqual(5);
  expect(h.engine.getSchedule("s").skippedRuns).toBeGreaterThanOrEqual(6);
  const executions = h.runtime.executions;
  for (const [at, one] of executions.entries()) {
    expect(one.startedAt).toBeGreaterThanOrEqual(executions[at - 1]?.endedAt ?? 0);
  }
});

describe("an occurrence that was skipped by hand", () => {
  test("is not the newest that latest runs", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, {}, { catchup: "latest" });
    h.clock.advance(1000);
    h.engine.skipNext("s", at(3 * 3600), "user");
    await h.off(3.5 * 3_600_000);
    h.clock.advance(1000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([at(0), at(2 * 3600)]);
    expect(h.engine.getSchedule("s")).toMatchObject({ skippedRuns: 2, nextRunTime: at(4 * 3600) });
    expect(await h.engine.recount()).toEqual([]);
  });

  test("is not the first that all runs behind the window", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, {}, { catchup: "all", catchupWindow: "2h" });
    h.clock.advance(1000);
    h.engine.skipNext("s", at(4 * 3600), "user");
    await h.off(5.5 * 3_600_000);
    h.clock.advance(1000);
    expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([at(0), at(5 * 3600)]);
    expect(h.engine.getSchedule("s")).toMatchObject({ missedRuns: 3, skippedRuns: 1 });
  });
});

test("a planned occurrence that the zone's new rules do not know is dealt with once", async () => {
  await using h = await createHarness();
  h.schedule("s", { cron: "0 8 * * *" });
  h.clock.advance(1000);
  await h.engine.stop(0);
  h.database.sql.exec(`update schedules set next_run_at = ${START + 3_600_000}, next_fire_at = ${START + 3_600_000}`);
  await h.off(4 * 3_600_000);
  expect(h.omissions("s")).toMatchObject([{ kind: "missed", count: 1, firstTime: at(3600), lastTime: at(3600) }]);
  expect(h.engine.getSchedule("s").nextRunTime).toBe(at(23 * 3600));
});

test.each(["edited", "paused"] as const)("late ones of a schedule that is %s meanwhile all run", async (how) => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" }, { ms: 1000 });
  h.clock.advance(5000);
  await h.engine.stop(0);
  h.clock.freeze(40_000);
  if (how === "edited") h.engine.updateSchedule({ scheduleId: "s", note: "beside" }, "cli");
  await h.off(1);
  // By now one runs, and the others were left for a moment.
  if (how === "paused") h.engine.pauseSchedule({ scheduleId: "s" }, "user");
  if (how === "paused") h.engine.resumeSchedule("s", "user");
  h.clock.advance(20_000);
  expect(h.engine.getSchedule("s")).toMatchObject({ totalRuns: 7, skippedRuns: 0, missedRuns: 0 });
  expect(h.runs("s").map((run) => run.scheduledTime)).toEqual([0, 10, 20, 30, 40, 50, 60].map(at));
});

test.each(["latest", "all"] as const)("%s: those caught up are in the way of none that is on time", async (catchup) => {
  await using h = await createHarness();
  h.schedule("s", { interval: "10s" }, { ms: 2000 }, { catchup });
  h.clock.advance(5000);
  await h.off(64_000);
  h.clock.advance(61_000);
  expect(h.omissions("s").filter(({ reason }) => reason === "overlap")).toEqual([]);
  const { executions } = h.runtime;
  executions.slice(1).forEach((execution, i) => {
    expect(execution.startedAt).toBeGreaterThanOrEqual(executions[i]?.endedAt ?? Number.POSITIVE_INFINITY);
  });
  expect(
    h
      .runs("s")
      .slice(-6)
      .map((run) => run.scheduledTime),
  ).toEqual([80, 90, 100, 110, 120, 130].map(at));
});

test("runs as long as the time between them are on time again within a minute of a stop", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1s" });
  h.clock.advance(5000);
  h.engine.updateSchedule({ scheduleId: "s", input: { ms: 2900 } }, "user");
  await h.off(40_000);
  h.clock.advance(70_000);
  const { totalRuns, skippedRuns, missedRuns, nextRunTime } = h.engine.getSchedule("s");
  expect(Date.parse(nextRunTime ?? "")).toBeGreaterThan(h.clock.now() - 1000);
  expect(totalRuns + skippedRuns + missedRuns).toBe(Math.floor((h.clock.now() - START) / 1000) + 1);
  const last = h.runtime.executions.at(-1);
  expect((last?.startedAt ?? 0) - (last?.job.scheduledAt ?? 0)).toBeLessThan(1000);
});
