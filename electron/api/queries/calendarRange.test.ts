import { describe, expect, it } from "vitest";
import type { CalendarRange, CalendarReading } from "../../../shared/api/calendars.ts";
import { joined } from "../../../shared/api/parts.ts";
import { toLocal } from "../../../shared/schedule/index.ts";
import { openDatabase } from "../../storage/opening/database.ts";
import { owner } from "../access/caller.ts";
import { createCaller } from "../router.ts";
import { tempApp } from "../testing/tempApp.ts";
import { calendarMonth } from "./calendarMonth.ts";
import { calendarRange } from "./calendarRange.ts";
import { heatmap } from "./heatmap.ts";

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const zone = "Europe/Berlin";
// Holds the day of 25 hours, 25 October.
const fromAt = Date.parse("2026-10-18T22:00:00Z");
const toAt = fromAt + 21 * dayMs + 60 * minuteMs;
const base = { workflowName: "shell.command", input: { command: "true" } };

type App = Awaited<ReturnType<typeof tempApp>>;
type Outcome = "completed" | "failed" | "missed";

/** An app with past runs of these schedules, a run each so many minutes, every seventh one failed. */
async function appWithRuns(everyMinutes: Record<string, number>) {
  const app = await tempApp();
  const database = openDatabase({ dataDir: app.dataDir });
  const expected: { at: number; outcome: Outcome }[] = [];
  for (const [scheduleId, every] of Object.entries(everyMinutes)) {
    app.engine.createSchedule({ ...base, scheduleId, spec: { cron: "0 0 1 1 *", timezone: zone } }, "user");
    const insert = database.sql.prepare(
      `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, created_at, started_at, completed_at)
       values (?, ?, 'shell.command', 'schedule', ?, ?, '{}', ?, ?, ?)`,
    );
    database.transaction(() => {
      for (let at = fromAt - 60 * minuteMs, i = 0; at < toAt + 60 * minuteMs; at += every * minuteMs, i++) {
        const outcome = i % 7 === 3 ? "failed" : "completed";
        insert.run(`${scheduleId}-${i}`, scheduleId, outcome, at, at, at, at + 1000);
        if (at >= fromAt && at < toAt) expected.push({ at, outcome });
      }
    });
  }
  return { app, database, expected };
}

/** `2026-10-25 failed` to how many, in the reader's days. */
function byDay(entries: readonly { at: number | string; outcome: string; count?: number }[]): Record<string, number> {
  const days: Record<string, number> = {};
  for (const { at, outcome, count = 1 } of entries) {
    const { month, day } = toLocal(zone, typeof at === "string" ? Date.parse(at) : at);
    const key = `${month}-${day} ${outcome}`;
    days[key] = (days[key] ?? 0) + count;
  }
  return days;
}

const pastOf = ({ runs, omissions, counts }: CalendarRange) => [
  ...runs.map(({ at, status }) => ({ at, outcome: status as string })),
  ...omissions.map(({ firstTime, kind }) => ({ at: firstTime, outcome: kind as string })),
  ...counts.filter(({ outcome }) => outcome !== "planned"),
];

const read = (app: App, limit = 5000, range = { fromAt, toAt }) => calendarRange(app, { ...range, zone, limit });

describe("a range of the calendar", () => {
  it("accounts for every run, a frequent schedule leaving none of the others out", async () => {
    const { app, database, expected } = await appWithRuns({ busy: 5, daily: 1440, hourly: 60 });
    await using _app = app;
    const range = await read(app);
    expect(range.stretchMinutes).toBe(1440);
    expect(byDay(pastOf(range))).toEqual(byDay(expected));
    // The rare one is listed run by run; only those with too many are counted.
    expect(range.runs.filter(({ scheduleId }) => scheduleId === "daily")).toHaveLength(21);
    expect(new Set(range.counts.map(({ scheduleId }) => scheduleId))).toEqual(new Set(["busy", "hourly"]));
    database.close();
  });

  it("adds up over all schedules what goes beyond its limit", async () => {
    const { app, database, expected } = await appWithRuns({ a: 60, b: 60, c: 60 });
    await using _app = app;
    const range = await read(app, 10);
    expect(byDay(pastOf(range))).toEqual(byDay(expected));
    expect(range.counts.some(({ scheduleId, name }) => scheduleId === null && name === null)).toBe(true);
    const apart = range.counts.filter(({ scheduleId }) => scheduleId !== null);
    expect(apart).toHaveLength(10);
    // One that has some of the ten has more than ten.
    expect(range.partly).toBe(new Set(apart.map(({ scheduleId }) => scheduleId)).size);
    expect(await read(app, 5000)).toMatchObject({ partly: 0 });
    database.close();
  });

  it("lists those with fewest runs first where not all can be listed", async () => {
    const { app, database, expected } = await appWithRuns({ a: 360, z: 1440 });
    await using _app = app;
    const range = await read(app, 100);
    expect(byDay(pastOf(range))).toEqual(byDay(expected));
    expect(new Set(range.runs.map(({ scheduleId }) => scheduleId))).toEqual(new Set(["z"]));
    expect(new Set(range.counts.map(({ scheduleId }) => scheduleId))).toEqual(new Set(["a"]));
    database.close();
  });

  it("ends with the page that asked for it", async () => {
    const { app, database } = await appWithRuns({ a: 60 });
    await using _app = app;
    // Enough that it looks up from its work.
    for (let i = 0; i < 100; i++) {
      app.engine.createSchedule({ ...base, scheduleId: `s${i}`, spec: { cron: "0 9 * * *" } }, "user");
    }
    const leaving = new AbortController();
    const ask = async () => {
      const caller = createCaller({ app, actor: "user", caller: owner }, { signal: leaving.signal });
      const [from, to] = [new Date(fromAt).toISOString(), new Date(toAt).toISOString()];
      const told = [];
      for await (const reading of await caller.calendarView.between({ from, to })) told.push(reading);
      return told;
    };
    expect((await ask()).at(-1)).toHaveProperty("range");
    leaving.abort();
    await expect(ask()).rejects.toThrow(/abort/i);
    database.close();
  });

  it("is told in parts where its lists are long, and as a whole where they are not", async () => {
    const { app, database, expected } = await appWithRuns({ a: 120, b: 120, c: 120 });
    await using _app = app;
    const [from, to] = [new Date(fromAt).toISOString(), new Date(toAt).toISOString()];
    const ask = async (scheduleId?: string) => {
      const told: CalendarReading[] = [];
      const caller = createCaller({ app, actor: "user", caller: owner });
      for await (const reading of await caller.calendarView.between({ from, to, scheduleId })) told.push(reading);
      const parts = told.flatMap((each) => ("part" in each ? [each.part] : []));
      const [rest] = told.flatMap((each) => ("range" in each ? [each.range] : []));
      return { parts, whole: joined(parts, rest as CalendarRange) };
    };
    const all = await ask();
    expect(all.parts.map(({ runs }) => runs?.length)).toEqual([500]);
    expect(expected.length).toBeGreaterThan(500);
    expect(new Set(all.whole.runs.map(({ runId }) => runId)).size).toBe(expected.length);
    expect(all.whole.runs).toHaveLength(expected.length);
    expect((await ask("a")).parts).toEqual([]);
    database.close();
  });

  it("is of one schedule, or of those that match by name, workflow and tag", async () => {
    const { app, database } = await appWithRuns({ busy: 5, daily: 1440, hourly: 60 });
    await using _app = app;
    app.engine.updateSchedule({ scheduleId: "daily", tags: ["reports"] }, "user");
    database.sql
      .prepare(
        "insert into runs (id, workflow_name, trigger, status, input, created_at) values ('by-hand', 'shell.command', 'manual', 'completed', '{}', ?)",
      )
      .run(fromAt + 5);
    const namesOf = async (filter: object) => {
      const range = await calendarRange(app, { fromAt, toAt, zone, limit: 5000, ...filter });
      return [...new Set([...range.runs, ...range.planned, ...range.counts].map(({ name }) => name))].sort();
    };
    expect(await namesOf({})).toEqual(["busy", "daily", "hourly", "shell.command"]);
    expect(await namesOf({ scheduleId: "busy" })).toEqual(["busy"]);
    expect(await namesOf({ tag: "reports" })).toEqual(["daily"]);
    expect(await namesOf({ search: "ly" })).toEqual(["daily", "hourly"]);
    expect(await namesOf({ search: "reports" })).toEqual(["daily"]);
    expect(await namesOf({ workflowName: "shell.command" })).toEqual(["busy", "daily", "hourly", "shell.command"]);
    expect(await namesOf({ workflowName: "http.request" })).toEqual([]);
    database.close();
  });

  it("plans and tells omissions of those that match alone", async () => {
    await using app = await tempApp();
    for (const scheduleId of ["a", "b"]) {
      app.engine.createSchedule({ ...base, scheduleId, spec: { cron: "0 9 * * *", timezone: zone } }, "user");
    }
    app.engine.pauseSchedule({ scheduleId: "b" }, "user");
    const now = Date.now();
    const next = { fromAt: now, toAt: now + 7 * dayMs, zone, limit: 100 };
    expect((await calendarRange(app, { ...next, search: "a" })).planned).toHaveLength(7);
    expect((await calendarRange(app, { ...next, scheduleId: "b" })).planned).toEqual([]);
  });

  it("counts minutes of a few hours", async () => {
    const { app, database } = await appWithRuns({ busy: 1 });
    await using _app = app;
    const range = await read(app, 100, { fromAt, toAt: fromAt + 180 * minuteMs });
    expect(range.stretchMinutes).toBe(1);
    expect(range.counts.reduce((sum, { count }) => sum + count, 0)).toBe(180);
    database.close();
  });

  it("counts a day by quarters of an hour and a week by hours", async () => {
    const { app, database, expected } = await appWithRuns({ busy: 1 });
    await using _app = app;
    const day = await read(app, 5000, { fromAt, toAt: fromAt + dayMs });
    expect(day.stretchMinutes).toBe(15);
    expect(day.counts.reduce((sum, { count }) => sum + count, 0)).toBe(1440);
    const quarter = day.counts.filter(({ at }) => at === "2026-10-19T04:15:00.000Z");
    expect(quarter.reduce((sum, { count }) => sum + count, 0)).toBe(15);
    expect(day.counts.every(({ at }) => (Date.parse(at) - fromAt) % (15 * minuteMs) === 0)).toBe(true);
    const week = await read(app, 5000, { fromAt, toAt: fromAt + 7 * dayMs });
    expect(week.stretchMinutes).toBe(60);
    expect(byDay(pastOf(week))).toEqual(byDay(expected.filter(({ at }) => at < fromAt + 7 * dayMs)));
    database.close();
  });

  it("spreads a range of missed occurrences over its days, also one that began before", async () => {
    await using app = await tempApp();
    const database = openDatabase({ dataDir: app.dataDir });
    app.engine.createSchedule({ ...base, scheduleId: "hourly", spec: { cron: "0 * * * *", timezone: zone } }, "user");
    const firstAt = fromAt - 5 * 60 * minuteMs;
    const lastAt = fromAt + 2 * dayMs + 3 * 60 * minuteMs;
    const count = (lastAt - firstAt) / (60 * minuteMs) + 1;
    database.sql
      .prepare(
        "insert into omissions (schedule_id, kind, reason, first_at, last_at, count, created_at) values ('hourly', 'missed', 'off', ?, ?, ?, ?)",
      )
      .run(firstAt, lastAt, count, lastAt);
    const range = await read(app);
    expect(byDay(pastOf(range))).toEqual({ "10-19 missed": 24, "10-20 missed": 24, "10-21 missed": 4 });
    database.close();
  });

  it("has an occurrence that was skipped ahead of its time once, and none to fill yet", async () => {
    await using app = await tempApp();
    app.engine.createSchedule({ ...base, scheduleId: "s", spec: { cron: "0 9 * * *", timezone: zone } }, "user");
    const third = app.planner.upcoming("s", 3)[2] ?? "";
    const around = { fromAt: Date.parse(third) - dayMs / 4, toAt: Date.parse(third) + dayMs / 4 };
    app.engine.skipNext("s", third, "user");
    const skipped = await read(app, 5000, around);
    expect(skipped.planned).toEqual([]);
    expect(skipped.omissions.map(({ kind, firstTime }) => [kind, firstTime])).toEqual([["skipped", third]]);
    const [day] = (await calendarMonth(app, { ...around, zone, limit: 5000 })).days.filter(
      ({ schedules }) => schedules,
    );
    expect(day?.counts).toEqual({ skipped: 1 });
    expect(day?.entries).toMatchObject([{ outcome: "skipped", count: 1, at: third }]);

    const year = await heatmap(app, "s", Number(third.slice(0, 4)));
    expect(year.days.find(({ date }) => date === third.slice(0, 10))).toMatchObject({ planned: 0, skipped: 1 });

    const api = createCaller({ app, actor: "user", caller: owner });
    expect(await api.schedules.omissions({ scheduleId: "s" })).toEqual([]);
    expect((await api.schedules.get({ scheduleId: "s" })).outcomes).toEqual([]);
    expect(await api.schedules.upcoming({ scheduleId: "s", count: 2 })).toMatchObject({ skipped: [third] });
    await api.schedules.unskip({ scheduleId: "s", scheduledTime: third });
    const { rows } = await api.schedules.activity({ scheduleId: "s", kinds: ["unskipped", "skipped_by_hand"] });
    expect(rows.map(({ kind, actor }) => [kind, actor])).toEqual([
      ["unskipped", "user"],
      ["skipped", "user"],
    ]);
    const back = await read(app, 5000, around);
    expect([back.omissions.length, back.planned.map(({ at }) => at)]).toEqual([0, [third]]);
  });
});
