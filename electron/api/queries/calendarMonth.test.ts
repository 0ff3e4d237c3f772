import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CalendarMonth } from "../../../shared/api/calendars.ts";
import { outcomeOf } from "../../../shared/api/outcomes.ts";
import type { RunStatus } from "../../../shared/domain/run.ts";
import { startOfLocalDay, toLocal } from "../../../shared/schedule/index.ts";
import { openDatabase } from "../../storage/opening/database.ts";
import { owner } from "../access/caller.ts";
import { createCaller } from "../router.ts";
import { tempApp } from "../testing/tempApp.ts";
import { calendarMonth } from "./calendarMonth.ts";

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const zone = "Europe/Berlin";
// Holds the day of 25 hours, 25 October.
const fromAt = startOfLocalDay(zone, "2026-10-19");
const toAt = startOfLocalDay(zone, "2026-11-02");
const base = { workflowName: "shell.command", input: { command: "true" } };
const statuses = ["completed", "completed", "completed", "failed", "cancelled", "skipped"] as const;

interface Run {
  scheduleId: string | null;
  at: number;
  status: RunStatus;
}

/** An app with these runs; a name of a schedule that is null is a run by hand. */
async function appWith(runs: readonly Run[], names: readonly string[]) {
  const app = await tempApp();
  const database = openDatabase({ dataDir: app.dataDir });
  for (const scheduleId of names) {
    app.engine.createSchedule({ ...base, scheduleId, spec: { cron: "0 0 1 1 *", timezone: zone } }, "user");
  }
  const insert = database.sql.prepare(
    `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, created_at, started_at, completed_at)
     values (?, ?, 'shell.command', ?, ?, ?, '{}', ?, ?, ?)`,
  );
  database.transaction(() => {
    runs.forEach(({ scheduleId, at, status }, i) => {
      const byHand = scheduleId === null;
      insert.run(`run-${i}`, scheduleId, byHand ? "manual" : "schedule", status, byHand ? null : at, at, at, at + 1000);
    });
  });
  database.close();
  return app;
}

function dateOf(at: number): string {
  const { year, month, day } = toLocal(zone, at);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

const read = (app: Awaited<ReturnType<typeof tempApp>>, more: object = {}): Promise<CalendarMonth> =>
  calendarMonth(app, { fromAt, toAt, zone, limit: 5000, ...more });
const dayOf = (month: CalendarMonth, date: string) => {
  const found = month.days.find((day) => day.date === date);
  if (found === undefined) throw new Error(`no ${date}`);
  return found;
};

describe("a month of the calendar", () => {
  it("counts every run in its own day, by outcome and by schedule, whatever is listed", async () => {
    const places = fc.tuple(
      fc.nat(5),
      fc.integer({ min: 0, max: (toAt - fromAt) / minuteMs - 1 }),
      fc.constantFrom(...statuses),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(places, { maxLength: 100, selector: ([schedule, minute]) => `${schedule} ${minute}` }),
        fc.constantFrom(1, 5, 5000),
        async (made, limit) => {
          const runs = made.map(([schedule, minute, status]) => ({
            scheduleId: `s${schedule}`,
            at: fromAt + minute * minuteMs,
            status,
          }));
          await using app = await appWith(runs, ["s0", "s1", "s2", "s3", "s4", "s5"]);
          const month = await read(app, { limit });
          expect(month.days).toHaveLength(14);
          for (const day of month.days) {
            const own = runs.filter(({ at }) => dateOf(at) === day.date);
            const counts: Record<string, number> = {};
            for (const { status } of own) counts[outcomeOf(status)] = (counts[outcomeOf(status)] ?? 0) + 1;
            expect(day.counts).toEqual(counts);
            expect(day.schedules).toBe(new Set(own.map(({ scheduleId }) => scheduleId)).size);
            expect(day.entries).toHaveLength(day.schedules);
            for (const entry of day.entries) {
              const these = own.filter(({ scheduleId }) => scheduleId === entry.scheduleId);
              expect(entry.count).toBe(these.length);
              expect(these.filter(({ status }) => outcomeOf(status) === entry.outcome)).toHaveLength(entry.worst);
              if (these.some(({ status }) => status === "failed")) expect(entry.outcome).toBe("failed");
              // One alone leads to its run, also where there was no room to list it.
              if (entry.count === 1) expect(entry).toMatchObject({ listed: true, runId: expect.any(String) });
            }
          }
        },
      ),
      { numRuns: 3 },
    );
  });

  it("hides nothing that is rare behind what comes each day", async () => {
    const days = Array.from({ length: 14 }, (_, day) => day);
    const names = Array.from({ length: 30 }, (_, i) => `daily-${i}`);
    const runs: Run[] = [
      ...names.flatMap((scheduleId, i) =>
        days.map((day): Run => ({ scheduleId, at: fromAt + day * dayMs + i * minuteMs, status: "completed" })),
      ),
      ...[0, 5, 10].map(
        (day): Run => ({ scheduleId: "rare", at: fromAt + day * dayMs + 1200 * minuteMs, status: "completed" }),
      ),
      { scheduleId: "rarest", at: fromAt + 5 * dayMs + 1210 * minuteMs, status: "completed" },
      { scheduleId: "daily-29", at: fromAt + 5 * dayMs + 1300 * minuteMs, status: "failed" },
    ];
    await using app = await appWith(runs, ["rare", "rarest", ...names]);
    for (const limit of [5, 5000]) {
      const month = await read(app, { limit });
      const listed = dayOf(month, dateOf(fromAt + 5 * dayMs)).entries.map(({ name }) => name);
      expect(listed.slice(0, 3)).toEqual(["daily-29", "rarest", "rare"]);
      expect(listed).toHaveLength(20);
      expect(dayOf(month, dateOf(fromAt + 6 * dayMs)).entries.map(({ name }) => name)).not.toContain("rare");
    }
  });

  it("puts what went wrong first, then single runs by their time, then what happens often", async () => {
    const at = (day: number, hour: number) => fromAt + day * dayMs + hour * 60 * minuteMs;
    const names = Array.from({ length: 30 }, (_, i) => `s${String(i).padStart(2, "0")}`);
    const collide = names
      .slice(0, 4)
      .flatMap((scheduleId, i): Run[] => [
        { scheduleId, at: at(1, 2), status: "completed" },
        ...(i < 3 ? [{ scheduleId, at: at(1, 1), status: "completed" as const }] : []),
        ...(i < 2 ? [{ scheduleId, at: at(2, 1), status: "completed" as const }] : []),
      ]);
    const runs: Run[] = [
      { scheduleId: "late", at: at(0, 20), status: "completed" },
      { scheduleId: "early", at: at(0, 3), status: "completed" },
      { scheduleId: "broken", at: at(0, 22), status: "failed" },
      { scheduleId: null, at: at(0, 5), status: "completed" },
      ...[1, 2, 3].map((hour): Run => ({ scheduleId: "often", at: at(0, hour), status: "completed" })),
      ...collide,
      // More than a cell has lines for, each earlier than the one before.
      ...names.map((scheduleId, i): Run => ({ scheduleId, at: at(3, 1) - i * minuteMs, status: "completed" })),
    ];
    await using app = await appWith(runs, ["late", "early", "broken", "often", ...names]);
    const month = await read(app);
    const day = dayOf(month, "2026-10-19");
    expect(day.entries.map(({ name }) => name)).toEqual(["broken", "early", "shell.command", "late", "often"]);
    expect(day.entries[2]).toMatchObject({ scheduleId: null, runId: "run-3" });

    expect(dayOf(month, "2026-10-20").collision).toEqual({
      at: new Date(at(1, 2)).toISOString(),
      schedules: 4,
      names: names.slice(0, 4),
    });
    expect(dayOf(month, "2026-10-21").collision).toBeNull();

    const { entries, schedules } = dayOf(month, "2026-10-22");
    expect(schedules).toBe(30);
    expect(entries.map(({ name }) => name)).toEqual(names.toReversed().slice(0, 20));

    const caller = createCaller({ app, actor: "user", caller: owner });
    const ask = async (input: object) => {
      const told = [];
      const range = { from: new Date(fromAt).toISOString(), to: new Date(toAt).toISOString(), zone, ...input };
      for await (const reading of await caller.calendarView.month(range)) told.push(reading);
      return told.at(-1) as { range: CalendarMonth };
    };
    const failed = (await ask({ outcome: "failed" })).range;
    expect(dayOf(failed, "2026-10-19")).toMatchObject({ counts: { failed: 1 }, schedules: 1 });
    expect(dayOf(failed, "2026-10-20")).toMatchObject({ counts: {}, schedules: 0 });
    await expect(ask({ to: new Date(fromAt).toISOString() })).rejects.toThrow(/an instant after/);
    await expect(ask({ outcome: "late" })).rejects.toThrow(/outcome/);
  });

  it("plans what is to come, one alone at its own time, and tells what was missed with the way to fill it", async () => {
    await using app = await tempApp();
    for (const scheduleId of ["a", "b"]) {
      app.engine.createSchedule({ ...base, scheduleId, spec: { cron: "0 9 * * *", timezone: zone } }, "user");
    }
    const from = startOfLocalDay(zone, dateOf(Date.now() + dayMs));
    const database = openDatabase({ dataDir: app.dataDir });
    const missedAt = from - 10 * dayMs;
    database.sql
      .prepare(
        "insert into omissions (schedule_id, kind, reason, first_at, last_at, count, created_at) values ('a', 'missed', 'off', ?, ?, 1, ?)",
      )
      .run(missedAt, missedAt, missedAt);
    database.close();
    for (const limit of [1, 5000]) {
      const month = await calendarMonth(app, { fromAt: from - 20 * dayMs, toAt: from + dayMs, zone, limit });
      const last = month.days.at(-1);
      expect(last?.counts).toEqual({ planned: 2 });
      expect(last?.entries.map(({ at, listed }) => [new Date(at).getTime(), listed])).toEqual([
        [expect.any(Number), true],
        [expect.any(Number), true],
      ]);
      expect(new Set(last?.entries.map(({ at }) => toLocal(zone, Date.parse(at)).hour))).toEqual(new Set([9]));
      const missed = month.days.flatMap(({ entries }) => entries).find(({ outcome }) => outcome === "missed");
      const at = new Date(missedAt).toISOString();
      expect(missed).toMatchObject({ at, hole: { from: at, to: new Date(missedAt + 1).toISOString() } });
    }
  });
});
