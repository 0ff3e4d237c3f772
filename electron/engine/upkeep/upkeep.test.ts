import { describe, expect, test } from "vitest";
import { countRows } from "../../storage/tables/counts.ts";
import { createCore } from "../core.ts";
import { createIds, firstIdAt } from "../ids.ts";
import { createHarness, type Harness, START } from "../testing/harness.ts";
import { createTestCatalogue } from "../testing/testCatalogue.ts";
import { atOnce } from "../turns.ts";
import { createRetention } from "./retention.ts";

const DAY = 86_400_000;

function prune(h: Harness): void {
  const core = createCore({
    database: h.database,
    clock: h.clock,
    catalogue: createTestCatalogue(),
    runtime: null,
    ids: createIds(),
    logger: console,
    programName: "test",
    checkpointIfLong: () => null,
  });
  core.lease.token = h.stores.leases.token() ?? null;
  createRetention(core, () => true).runToEnd();
}

describe("retention", () => {
  test("prunes by age and by number, and counters stay and can be rebuilt", async () => {
    await using h = await createHarness();
    h.engine.setSetting("retentionRunsPerSchedule", 20);
    h.schedule("s", { interval: "1m" }, { failing: [1] });
    h.schedule("quiet", { cron: "0 0 * * *" }, { log: "text", step: "one" });
    h.clock.advance(60 * 60_000);
    const before = h.engine.getSchedule("s");
    prune(h);
    expect(h.runs("s")).toHaveLength(20);
    expect(h.runs("s").at(-1)?.runId).toBe(before.lastRunId);
    expect(h.engine.getSchedule("s")).toMatchObject({ totalRuns: before.totalRuns, failedRuns: before.failedRuns });
    expect(await h.engine.recount()).toEqual([]);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.shiftWall(80 * DAY);
    h.clock.advance(2000);
    h.clock.shiftWall(20 * DAY);
    h.clock.advance(2000);
    prune(h);
    expect(h.runs("s")).toEqual([]);
    expect(h.engine.getSchedule("quiet").missedRuns).toBe(100);
    h.engine.pauseSchedule({ scheduleId: "quiet" }, "user");
    h.clock.shiftWall(100 * DAY);
    h.clock.advance(2000);
    prune(h);
    expect(h.omissions("quiet")).toEqual([]);
    expect(h.engine.getSchedule("quiet").missedRuns).toBe(100);
    expect(await h.engine.recount()).toEqual([]);
    expect(
      h.database.sql.prepare("select count(*) from run_logs where run_id not in (select id from runs)").pluck().get(),
    ).toBe(0);
  });

  test("of a schedule that keeps failures alone, older runs that went well go, and its newest hundred stay", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1m" }, {}, { keepRuns: "failures" });
    h.schedule("all", { interval: "1m" }, {});
    const run = (minutes: number, input: Record<string, unknown>): void => {
      h.engine.updateSchedule({ scheduleId: "s", input }, "user");
      h.clock.advance(minutes * 60_000);
    };
    run(60, {});
    run(5, { failing: "all" });
    run(120, {});
    const before = h.engine.getSchedule("s");
    expect(before.failedRuns).toBe(5);
    const newest = h.runs("s").slice(-100);
    prune(h);
    const left = h.runs("s");
    expect(left.slice(-100)).toEqual(newest);
    expect(left.slice(0, -100).map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => "failed"));
    expect(h.runs("all")).toHaveLength(h.engine.getSchedule("all").totalRuns);
    const { totalRuns, successfulRuns, failedRuns } = before;
    expect(h.engine.getSchedule("s")).toMatchObject({ totalRuns, successfulRuns, failedRuns });
    expect(await h.engine.recount()).toEqual([]);
  });

  test("by number leaves a backfill's runs, however many lie between, and counts none of them", async () => {
    await using h = await createHarness();
    h.engine.setSetting("retentionRunsPerSchedule", 20);
    h.schedule("s", { interval: "1m" });
    h.clock.advance(15 * 60_000);
    const [from, to] = [-1, 0].map((minutes) => new Date(START + minutes * 60_000).toISOString());
    await h.engine.backfills.create({ scheduleId: "s", from: from!, to: to! }, "user");
    h.clock.advance(1000);
    // As many as one look at them does not go past.
    h.database.sql.exec(`with recursive n (value) as (select 1 union all select value + 1 from n where value < 1499)
      insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, backfill_id, created_at)
      select r.id || '-' || n.value, 's', 'job', 'backfill', 'completed', -n.value, '{}', r.backfill_id, r.created_at
        from runs r, n where r.trigger = 'backfill';
      update schedules set total_runs = total_runs + 1499, successful_runs = successful_runs + 1499`);
    h.clock.advance(15 * 60_000);
    prune(h);
    const runs = h.runs("s");
    expect(runs.filter(({ trigger }) => trigger === "backfill")).toHaveLength(1500);
    expect(runs.filter(({ trigger }) => trigger === "schedule")).toHaveLength(20);
    expect(await h.engine.recount()).toEqual([]);
  });

  test("takes old lines of the history that lie behind kept ones, and no young ones", async () => {
    await using h = await createHarness();
    for (let i = 0; i < 500; i += 1) h.schedule(`s${i}`, { cron: "0 0 1 1 *" }, {}, { paused: i > 0 });
    h.engine.triggerSchedule({ scheduleId: "s0" }, "user");
    h.clock.advance(1000);
    h.clock.shiftWall(100 * DAY);
    h.engine.triggerSchedule({ scheduleId: "s0" }, "user");
    prune(h);
    expect(h.activity("s0").map(({ kind }) => kind)).toEqual(["created", "triggered"]);
    expect(h.activity("s499").map(({ kind }) => kind)).toEqual(["created"]);
  });

  test("leaves what has not ended", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1s" }, { ms: 200 * DAY }, { overlapPolicy: "buffer_all" });
    h.clock.advance(10_000);
    h.engine.pauseSchedule({ scheduleId: "s" }, "user");
    h.clock.shiftWall(100 * DAY);
    prune(h);
    expect(h.runs("s")).toHaveLength(11);
  });
});

describe("logs", () => {
  const LIMIT = 1024 * 1024;
  const logOf = (h: Harness, runId: string): string =>
    (
      h.database.sql
        .prepare("select text from run_logs where run_id = ? order by sequence")
        .pluck()
        .all(runId) as string[]
    ).join("");

  test("are kept whole up to 1 MiB", async () => {
    await using h = await createHarness();
    const text = "é".repeat(LIMIT / 2);
    const { runId } = h.engine.runWorkflow("job", { log: text }, "cli");
    h.clock.advance(10);
    expect(logOf(h, runId).replaceAll("\n", "")).toBe(text);
    expect(h.engine.getRun(runId)).toMatchObject({ logBytes: LIMIT, logDroppedBytes: 0 });
  });

  test("beyond that head and tail are kept and the cut is marked", async () => {
    await using h = await createHarness();
    const { runId } = h.engine.runWorkflow("job", { ms: 100_000 }, "cli");
    h.clock.advance(10);
    const [execution] = h.runtime.executions;
    if (execution === undefined) throw new Error("it did not start");
    let written = 0;
    for (let i = 0; i < 300; i += 1) {
      const line = `${i}:${"x".repeat(10_000)}\n`;
      written += line.length;
      h.runtime.log(runId, execution.job.attempt, line);
      h.clock.advance(10);
    }
    const run = h.engine.getRun(runId);
    const log = logOf(h, runId);
    expect(log.startsWith("0:xxx")).toBe(true);
    expect(log.endsWith("x\n")).toBe(true);
    expect(log).toContain("299:");
    expect(log).not.toContain("\n150:");
    expect(log).toContain(`[… ${run.logDroppedBytes} bytes cut …]`);
    expect(run.logBytes).toBeLessThanOrEqual(LIMIT);
    expect(run.logBytes + run.logDroppedBytes).toBe(written);
  });

  test("go on after a recovery", async () => {
    await using h = await createHarness();
    h.schedule("s", { interval: "1h" }, { ms: 5000, log: "again " });
    h.clock.advance(1000);
    await h.off(100, { crash: true });
    h.clock.advance(10_000);
    expect(logOf(h, h.runs("s")[0]?.runId ?? "")).toBe("again again ");
  });
});

test("results over 1 MiB are an error that says so", async () => {
  await using h = await createHarness();
  const { runId } = h.engine.runWorkflow("job", { result: "x".repeat(1024 * 1024) }, "cli");
  h.clock.advance(10);
  expect(h.engine.getRun(runId)).toMatchObject({ status: "failed", error: { code: "RESULT_TOO_LARGE" }, result: null });
});

test("a run whose workflow is gone fails and says so", async () => {
  await using h = await createHarness({ size: 0 });
  const { runId } = h.engine.runWorkflow("other", {}, "cli");
  h.catalogue.forget("other");
  h.runtime.setSize(1);
  h.clock.advance(10);
  expect(h.engine.getRun(runId)).toMatchObject({ status: "failed", error: { code: "WORKFLOW_NOT_FOUND" } });
});

describe("ids", () => {
  test("grow within a millisecond, over time, and when the clock is set back", () => {
    const ids = createIds();
    const made = [5, 5, 5, 1000, 999, 1000, 2_000_000_000_000, 0].map((at) => ids(at));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });
  test("no id of an instant sorts before the first of it", () => {
    expect(createIds()(1_700_000_000_000) >= firstIdAt(1_700_000_000_000)).toBe(true);
    expect(createIds()(1_699_999_999_999) < firstIdAt(1_700_000_000_000)).toBe(true);
  });
});

test("a recount that others work beside counts as of one moment, and takes nothing of theirs away", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1s" });
  h.clock.advance(3000);
  h.database.sql.exec("update schedules set successful_runs = 99");
  const off = await h.database.snapshot(async (sql) => {
    const counting = countRows(sql);
    expect(counting.next().done).toBe(false);
    h.clock.advance(5000);
    return atOnce(counting);
  });
  expect([...off]).toMatchObject([
    ["s", { stored: { successfulRuns: 99 }, counted: { successfulRuns: 4, totalRuns: 4 } }],
  ]);
  expect(await h.engine.recount()).toMatchObject([{ before: { successfulRuns: 104 }, after: { successfulRuns: 9 } }]);
  expect(h.engine.getSchedule("s")).toMatchObject({ successfulRuns: 9, totalRuns: 9 });
});

test("recount repairs counters, and names the schedules", async () => {
  await using h = await createHarness();
  h.schedule("s", { interval: "1s" });
  h.clock.advance(3000);
  h.database.sql.exec("update schedules set successful_runs = 99");
  expect(await h.engine.recount()).toMatchObject([
    { scheduleId: "s", before: { successfulRuns: 99 }, after: { successfulRuns: 4 } },
  ]);
  expect(await h.engine.recount()).toEqual([]);
});
