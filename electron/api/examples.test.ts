import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { owner } from "./access/caller.ts";
import { createCaller } from "./router.ts";
import { tempApp } from "./testing/tempApp.ts";

it("the examples load, make their schedules, and do what they say", async () => {
  const folder = await mkdtemp(join(tmpdir(), "almanac-examples-"));
  const examples = resolve(import.meta.dirname, "../../examples");
  await using app = await tempApp({ role: "engine", modulePaths: [examples] });
  const { engine } = app;
  const api = createCaller({ app, actor: "code", caller: owner });
  try {
    expect(app.workflowErrors()).toEqual([]);
    await app.start();
    expect(app.errors).toEqual([]);
    const { rows } = await api.schedules.list({ tag: "example", sort: "name" });
    expect(rows.map(({ scheduleId, specText, overlapPolicy }) => [scheduleId, specText, overlapPolicy])).toEqual([
      ["collect_metrics", "Every 10 seconds", "skip"],
      ["daily_export", "At 02:00 every day, UTC", "skip"],
      ["daily_report", "At 08:30 on weekdays, Europe/Berlin", "buffer_one"],
      ["minute_health_check", "Every minute, UTC", "skip"],
      ["monthly_billing", expect.stringMatching(/the 1st.*the 15th/), "buffer_all"],
    ]);
    for (const { scheduleId } of rows) engine.pauseSchedule({ scheduleId }, "code");

    const run = async (name: string, input: unknown = {}) =>
      engine.waitForRun(engine.runWorkflow(name, input, "code").runId);
    expect(await run("minute_health_check")).toMatchObject({
      result: { status: { api: "healthy", db: "healthy" }, unhealthy: [] },
    });
    expect(await run("monthly_billing")).toMatchObject({ result: { charged: 3, cents: 7_140 } });
    const report = await run("daily_report", { folder });
    const { file } = report.result as { file: string };
    expect(await readFile(file, "utf8")).toMatch(/^# Report of \d{4}-\d\d-\d\d\n/);
    const metrics = join(folder, "metrics.csv");
    await run("collect_metrics", { file: metrics });
    expect(await readFile(metrics, "utf8")).toMatch(/^\d{4}-\d\d-\d\dT[^,]+,[\d.]+,\d+\n$/);

    const days = join(folder, "days");
    const { backfillId } = await api.backfills.create({
      scheduleId: "daily_export",
      from: "2026-01-01T00:00:00Z",
      to: "2026-01-04T00:00:00Z",
      input: { folder: days },
    });
    await engine.backfills.waitFor(backfillId);
    expect((await readdir(days)).sort()).toEqual(["2025-12-31.json", "2026-01-01.json", "2026-01-02.json"]);
    expect(JSON.parse(await readFile(join(days, "2026-01-01.json"), "utf8"))).toHaveLength(24);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
