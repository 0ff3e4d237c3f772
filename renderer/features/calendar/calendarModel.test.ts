import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, addMonths, calendarDays, calendarItems, collisionsOf, datesOf, lanesOf } from "./calendarModel.ts";

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
  plannedCounts: [{ scheduleId: "d", name: "D", date: "2026-11-24", count: 1440 }],
  omissions: [
    {
      omissionId: 1,
      scheduleId: "b",
      kind: "missed" as const,
      reason: "asleep" as const,
      firstTime: "2026-11-24T01:00:00Z",
      lastTime: "2026-11-24T05:00:00Z",
      count: 5,
      createdAt: "2026-11-24T06:00:00Z",
    },
  ],
  truncated: false,
};

describe("calendarDays", () => {
  it("puts everything into the reader's days and counts what is too much to list", () => {
    const items = calendarItems(range, (id) => id.toUpperCase());
    const dates = ["2026-11-23", "2026-11-24"];
    const [first, second] = calendarDays(dates, items, range.plannedCounts, "Europe/Berlin");
    expect(first?.counts.get("running")).toBe(1);
    expect(second?.counts.get("planned")).toBe(3 + 1440);
    expect(second?.counts.get("missed")).toBe(5);
    expect(second?.collisions).toEqual([{ at: Date.parse("2026-11-24T02:00:00Z"), schedules: ["A", "B", "C"] }]);
    // The same instant is the next day in Tokyo.
    expect(calendarDays(dates, items, [], "Asia/Tokyo")[1]?.counts.get("running")).toBe(1);
  });
});

it("two schedules at once are no collision, and one schedule twice is none", () => {
  const [item] = calendarItems({ ...range, runs: [], omissions: [] }, String);
  if (item === undefined) throw new Error("no item");
  expect(collisionsOf([item, { ...item, name: "Z" }])).toEqual([]);
  expect(collisionsOf([item, item, item])).toEqual([]);
});

it("lanes are one a schedule, in order of their first item", () => {
  const lanes = lanesOf(calendarItems(range, (id) => id.toUpperCase()));
  expect(lanes.map((lane) => lane.name)).toEqual(["A", "B", "C"]);
  expect(lanes[0]?.items).toHaveLength(2);
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
