import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  addMonths,
  calendarDays,
  calendarItems,
  collisionsOf,
  datesOf,
  groupsOf,
  lanesOf,
} from "./calendarModel.ts";

const range = {
  runs: [
    {
      runId: "r1",
      scheduleId: "a",
      name: "A",
      at: "2026-11-23T22:30:00Z",
      startedAt: "2026-11-23T22:30:01Z",
      completedAt: null,
      status: "running" as const,
      trigger: "backfill" as const,
    },
  ],
  planned: ["a", "b", "c"].map((id) => ({ scheduleId: id, name: id.toUpperCase(), at: "2026-11-24T02:00:00Z" })),
  counts: [
    { scheduleId: "d", name: "D", at: "2026-11-23T23:00:00Z", outcome: "planned" as const, count: 1440 },
    { scheduleId: "d", name: "D", at: "2026-11-23T23:00:00Z", outcome: "failed" as const, count: 2 },
    { scheduleId: "d", name: "D", at: "2026-11-23T23:00:00Z", outcome: "completed" as const, count: 98 },
    { scheduleId: null, name: null, at: "2026-11-23T23:00:00Z", outcome: "buffered" as const, count: 7 },
  ],
  stretchMinutes: 1440,
  omissions: [
    {
      omissionId: 1,
      scheduleId: "b",
      kind: "missed" as const,
      reason: "asleep" as const,
      firstTime: "2026-11-24T01:00:00Z",
      lastTime: "2026-11-24T01:00:00Z",
      count: 1,
      createdAt: "2026-11-24T06:00:00Z",
    },
  ],
};

describe("calendarDays", () => {
  it("puts everything into the reader's days and counts what is too much to list", () => {
    const items = calendarItems(range, (id) => id.toUpperCase());
    const dates = ["2026-11-23", "2026-11-24"];
    const [first, second] = calendarDays(dates, items, "Europe/Berlin");
    expect(first?.counts.get("running")).toBe(1);
    expect(second?.counts.get("planned")).toBe(3 + 1440);
    expect(second?.counts.get("missed")).toBe(1);
    expect(second?.counts.get("waiting")).toBe(7);
    expect(second?.collisions).toEqual([{ at: Date.parse("2026-11-24T02:00:00Z"), schedules: ["A", "B", "C"] }]);
    // The same instant is the next day in Tokyo.
    expect(calendarDays(dates, items, "Asia/Tokyo")[1]?.counts.get("running")).toBe(1);
  });
});

it("two schedules at once are no collision, and one schedule twice is none", () => {
  const [item] = calendarItems({ ...range, runs: [], omissions: [], counts: [] }, String);
  if (item === undefined) throw new Error("no item");
  expect(collisionsOf([item, { ...item, name: "Z" }])).toEqual([]);
  expect(collisionsOf([item, item, item])).toEqual([]);
});

it("lanes are one a schedule, what went wrong before the rest, in order of their first item", () => {
  const lanes = lanesOf(calendarItems(range, (id) => id.toUpperCase()));
  expect(lanes.map((lane) => lane.name)).toEqual(["D", "B", "A", "Other schedules", "C"]);
  expect(lanes[2]?.items).toHaveLength(2);
});

it("a day begins with what went wrong, and ends with what happens all the time", () => {
  const day = calendarItems({ ...range, runs: [] }, (id) => id.toUpperCase());
  const groups = groupsOf(day).map(({ name, outcome, worst, count }) => ({ name, outcome, worst, count }));
  expect(groups).toEqual([
    { name: "D", outcome: "failed", worst: 2, count: 1540 },
    { name: "B", outcome: "missed", worst: 1, count: 2 },
    { name: "A", outcome: "planned", worst: 1, count: 1 },
    { name: "C", outcome: "planned", worst: 1, count: 1 },
    { name: "Other schedules", outcome: "waiting", worst: 7, count: 7 },
  ]);
});

it("a month is whole weeks, beginning with the chosen day, that hold all of its days", () => {
  const date = fc
    .date({ min: new Date("1990-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
    .map((value) => value.toISOString().slice(0, 10));
  fc.assert(
    fc.property(date, fc.constantFrom(1, 6, 7), (day, firstDay) => {
      const dates = datesOf("month", day, firstDay);
      expect(dates.length % 7).toBe(0);
      expect(dates.length).toBeLessThanOrEqual(42);
      expect(new Date(dates[0] ?? "").getUTCDay()).toBe(firstDay % 7);
      const inMonth = dates.filter((other) => other.startsWith(day.slice(0, 7)));
      expect(inMonth).toContain(day);
      expect(inMonth[0]?.endsWith("-01")).toBe(true);
      expect(addDays(inMonth.at(-1) ?? "", 1).endsWith("-01")).toBe(true);
      expect(datesOf("week", day, firstDay)).toContain(day);
    }),
  );
});

it("a month later from the 31st is that month's last day", () => {
  expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
  expect(addMonths("2026-03-31", -1)).toBe("2026-02-28");
  expect(addMonths("2026-12-15", 1)).toBe("2027-01-15");
});

it("what did not run carries the range that fills it", () => {
  const holes = calendarItems(range, String).flatMap((item) => item.hole ?? []);
  expect(holes).toEqual([{ from: "2026-11-24T01:00:00Z", to: "2026-11-24T01:00:00.001Z" }]);
  const counts = [{ scheduleId: "d", name: "D", at: "2026-11-23T23:00:00Z", outcome: "missed" as const, count: 2 }];
  const [stretch] = calendarItems({ ...range, counts, omissions: [], runs: [], planned: [] }, String);
  expect(stretch?.hole).toEqual({ from: "2026-11-23T23:00:00Z", to: "2026-11-24T23:00:00.000Z" });
});
