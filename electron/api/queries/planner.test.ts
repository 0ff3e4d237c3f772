import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSpec, occurrencesBetween, type ScheduleSpec } from "../../../shared/schedule/index.ts";
import { tempApp } from "../testing/tempApp.ts";
import { heatmap } from "./heatmap.ts";
import { createPlanner } from "./planner.ts";

const base = { workflowName: "shell.command", input: { command: "true" } };
const quarterMs = 900_000;
const dayMs = 86_400_000;

describe("the planner", () => {
  it("counts the next 24 hours as listing every firing does, with edits and pauses in between", async () => {
    await using app = await tempApp();
    const spec = fc.oneof(
      fc
        .constantFrom("*/7 * * * *", "0 * * * *", "30 9,17 * * *", "15 3 * * 1-5")
        .map((cron): ScheduleSpec => ({ cron, timezone: "Europe/Berlin" })),
      fc.constantFrom("45m", "2h", "1d").map((interval): ScheduleSpec => ({ interval })),
    );
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 6 }), async (specs) => {
        for (const each of specs) app.engine.createSchedule({ ...base, scheduleId: `s${n++}`, spec: each }, "user");
        const ids = [...app.reads.scheduleNames().keys()];
        app.engine.pauseSchedule({ scheduleId: ids[0] as string }, "user");
        const last = ids.at(-1) as string;
        if (app.engine.getSchedule(last).status === "active") {
          app.engine.updateSchedule({ scheduleId: last, spec: { cron: "1 * * * *" } }, "user");
        }
        const strip = await freshStrip(app);
        const fromAt = Date.parse(strip.from);
        const expected = new Array<number>(96).fill(0);
        // What fires more often than there are stretches would hide the rest, and is counted apart.
        const often = { schedules: 0, counts: new Array<number>(96).fill(0) };
        for (const schedule of app.reads.planned("", 10_000)) {
          const compiled = compileSpec(JSON.parse(schedule.specText) as ScheduleSpec, { anchorAt: schedule.anchorAt });
          const from = Math.max(fromAt, schedule.nextRunAt ?? Number.POSITIVE_INFINITY);
          const times = occurrencesBetween(compiled, from, fromAt + 96 * quarterMs);
          if (times.length > 96) often.schedules += 1;
          const counts = times.length > 96 ? often.counts : expected;
          for (const at of times) {
            const bucket = Math.floor((at - fromAt) / quarterMs);
            counts[bucket] = (counts[bucket] ?? 0) + 1;
          }
        }
        expect(strip.counts).toEqual(expected);
        expect(strip.frequent).toEqual(often);
      }),
      { numRuns: 15 },
    );
  });

  it("leaves out what is skipped by hand, of its own schedule alone, until that is taken back", async () => {
    await using app = await tempApp();
    const hourly = { ...base, spec: { cron: "0 * * * *" } };
    for (const scheduleId of ["a", "b", "c"]) app.engine.createSchedule({ ...hourly, scheduleId }, "user");
    app.engine.createSchedule({ ...hourly, scheduleId: "few", maxRuns: 3 }, "user");
    const times = app.planner.upcoming("b", 30);
    const totals = async () => {
      const strip = await freshStrip(app);
      const fromAt = Date.parse(strip.from);
      const toAt = fromAt + 7 * dayMs;
      const byCount = new Map<string, number>();
      const edges = Array.from({ length: 8 }, (_, day) => fromAt + day * dayMs);
      await app.planner.between(edges, {
        perSchedule: 0,
        limit: 0,
        count: ({ scheduleId }, each) =>
          byCount.set(
            scheduleId,
            Array.from(each).reduce((sum, one) => sum + one, 0),
          ),
      });
      const listed = await app.planner.firings(fromAt, toAt, 10_000);
      const listedOf = (id: string): number => listed.filter(({ scheduleId }) => scheduleId === id).length;
      expect(byCount).toEqual(new Map([...byCount.keys()].map((id) => [id, listedOf(id)])));
      return { day: strip.counts.reduce((sum, count) => sum + count, 0), week: byCount };
    };
    const whole = await totals();
    const [, second = "", third = ""] = times;
    app.engine.skipNext("b", third, "user");
    app.engine.skipNext("few", second, "user");
    expect(app.planner.upcoming("b", 4)).toEqual([times[0], times[1], times[3], times[4]]);
    expect(app.planner.upcoming("few", 4)).toEqual([times[0], times[2], times[3]]);
    expect(app.planner.skipped("b")).toEqual([third]);
    const without = await totals();
    expect(without.day).toBe(whole.day - 1);
    expect(without.week).toEqual(new Map(whole.week).set("b", (whole.week.get("b") ?? 0) - 1));
    app.engine.unskip("b", third, "user");
    app.engine.unskip("few", second, "user");
    expect(app.planner.skipped("b")).toEqual([]);
    expect(app.planner.upcoming("b", 30)).toEqual(times);
    expect(await totals()).toEqual(whole);
  });

  it("plans no more firings than a schedule has left", async () => {
    await using app = await tempApp();
    app.engine.createSchedule({ ...base, scheduleId: "few", spec: { cron: "0 * * * *" }, maxRuns: 3 }, "user");
    expect(app.planner.upcoming("few", 10)).toHaveLength(3);
    expect((await freshStrip(app)).counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    const now = Date.now();
    const upcoming = app.planner.upcoming("few", 10);
    const edges = [now, now + 2 * dayMs, now + 10 * dayMs];
    const { listed } = await planBetween(app, edges, 10, 10);
    expect(listed.map(({ at }) => new Date(at).toISOString())).toEqual(upcoming);
    expect(await planBetween(app, edges, 2, 10)).toEqual({ listed: [], counted: { few: [3, 0] } });
  });

  it("plans a schedule that is paused until a date from there on", async () => {
    await using app = await tempApp();
    app.engine.createSchedule({ ...base, scheduleId: "resting", spec: { cron: "0 * * * *" } }, "user");
    const until = new Date(Date.now() + 3 * dayMs).toISOString();
    app.engine.pauseSchedule({ scheduleId: "resting", until }, "user");
    const [first] = app.planner.upcoming("resting", 1);
    expect(Date.parse(first ?? "")).toBeGreaterThanOrEqual(Date.parse(until));
    expect(Date.parse(first ?? "")).toBeLessThan(Date.parse(until) + 3_600_000);
  });

  it("gives the first firings of all, and of those asked for, however frequent they are", async () => {
    await using app = await tempApp();
    app.engine.createSchedule({ ...base, scheduleId: "hourly", spec: { cron: "0 * * * *" } }, "user");
    app.engine.createSchedule({ ...base, scheduleId: "minutely", spec: { cron: "* * * * *" } }, "user");
    const from = Date.now();
    const hourly = await app.planner.firings(from, from + 60 * dayMs, 10_000, new Set(["hourly"]));
    expect(hourly).toHaveLength(60 * 24);
    const both = await app.planner.firings(from, from + 60 * dayMs, 100);
    expect(both).toHaveLength(100);
    expect(both.at(-1)?.at).toBeLessThan(from + 100 * 60_000);
    expect(both.map(({ at }) => at)).toEqual(both.map(({ at }) => at).sort((a, b) => a - b));
  });

  it("lists rare schedules and counts frequent ones by stretch, and the rest too once the list is full", async () => {
    await using app = await tempApp();
    app.engine.createSchedule({ ...base, scheduleId: "rare", spec: { cron: "0 9 * * *" } }, "user");
    app.engine.createSchedule({ ...base, scheduleId: "often", spec: { cron: "* * * * *" } }, "user");
    const from = Date.now();
    const edges = [0, 1, 2, 3].map((day) => from + day * dayMs);
    const { listed, counted } = await planBetween(app, edges, 300, 1000);
    expect(listed).toHaveLength(3);
    expect(counted).toEqual({ often: [1440, 1440, 1440] });
    const full = await planBetween(app, edges, 300, 2);
    expect(full).toEqual({ listed: [], counted: { often: [1440, 1440, 1440], rare: [1, 1, 1] } });
  });

  it("shades a year by local days, with its short and its long one", async () => {
    await using app = await tempApp();
    app.engine.createSchedule(
      { ...base, scheduleId: "hourly", spec: { cron: "0 * * * *", timezone: "Europe/Berlin" } },
      "user",
    );
    const { zone, days } = await heatmap(app, "hourly", 2027);
    expect(zone).toBe("Europe/Berlin");
    expect(days).toHaveLength(365);
    expect(days[0]?.date).toBe("2027-01-01");
    const planned = (date: string) => days.find((day) => day.date === date)?.planned;
    expect([planned("2027-03-28"), planned("2027-06-01"), planned("2027-10-31")]).toEqual([23, 24, 25]);
  });
});

/** A strip that is not one kept from a moment ago. */
function freshStrip(app: Awaited<ReturnType<typeof tempApp>>) {
  return createPlanner({ reads: app.reads, now: () => Date.now(), breathe: app.breathe }).next24h();
}

/** What is listed between these edges, and the counts a stretch of what is not, by schedule. */
async function planBetween(
  app: Awaited<ReturnType<typeof tempApp>>,
  edges: readonly number[],
  perSchedule: number,
  limit: number,
) {
  const counted: Record<string, number[]> = {};
  const listed = await app.planner.between(edges, {
    perSchedule,
    limit,
    count({ scheduleId }, counts) {
      expect(counted[scheduleId], "told once").toBeUndefined();
      counted[scheduleId] = Array.from(counts);
    },
  });
  return { listed, counted };
}
