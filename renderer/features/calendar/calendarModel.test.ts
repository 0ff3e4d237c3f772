import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, calendarItems } from "../timeline/rangeItems.ts";
import { agendaRows } from "./agendaRows.ts";
import {
  addDays,
  addMonths,
  calendarDays,
  collisionsOf,
  datesOf,
  entriesThatFit,
  groupsOf,
  lanesOf,
  slotAt,
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
  partly: 0,
  stretchMinutes: 1440,
  omissions: [
    {
      omissionId: 1,
      scheduleId: "b",
      name: "B",
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
    const items = calendarItems(range);
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
  const [item] = calendarItems({ ...range, runs: [], omissions: [], counts: [] });
  if (item === undefined) throw new Error("no item");
  expect(collisionsOf([item, { ...item, name: "Z" }])).toEqual([]);
  expect(collisionsOf([item, item, item])).toEqual([]);
});

it("lanes are one a schedule, what went wrong before the rest, by name", () => {
  const lanes = lanesOf(calendarItems(range));
  expect(lanes.map((lane) => lane.name)).toEqual(["B", "D", "A", "C", "Other schedules"]);
  expect(lanes[2]?.items).toHaveLength(2);
});

it("lanes that were shown keep their places whatever becomes of them; others follow", () => {
  const before = ["c", "a", "gone"];
  const lanes = lanesOf(calendarItems(range), before);
  expect(lanes.map((lane) => lane.name)).toEqual(["C", "A", "B", "D", "Other schedules"]);
});

it("a month's cell is filled with what fits, and says how much more there is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 60, max: 400 }), fc.nat(40), fc.boolean(), (height, schedules, collides) => {
      const entries = entriesThatFit(height, schedules, collides);
      const drawn = 1 + entries + Number(collides || entries < schedules);
      expect(entries).toBeGreaterThanOrEqual(0);
      expect(entries).toBeLessThanOrEqual(schedules);
      if (height >= 80) expect(drawn * 24 + 8).toBeLessThanOrEqual(height);
      // No line is left free while something is not listed.
      if (entries < schedules) expect((drawn + 1) * 24 + 8).toBeGreaterThan(height);
    }),
  );
});

it("the agenda tells a schedule that fires all day in one line, and what went wrong by itself", () => {
  const often = Array.from({ length: 20 }, (_, index) => ({
    ...(range.runs[0] as (typeof range.runs)[number]),
    runId: `o${index}`,
    scheduleId: "often",
    name: "Often",
    at: `2026-11-24T10:${String(index).padStart(2, "0")}:00Z`,
    status: index === 7 ? ("failed" as const) : ("completed" as const),
  }));
  const items = calendarItems({ ...range, runs: often, counts: [] });
  const rows = agendaRows(calendarDays(["2026-11-24", "2026-11-25"], items, "UTC"));
  expect(
    rows.map((row) => (row.kind === "item" ? row.item.key : row.kind === "often" ? row.group.count : row.key)),
  ).toEqual([
    "2026-11-24",
    20,
    "omission 1",
    "a 2026-11-24T02:00:00Z",
    "b 2026-11-24T02:00:00Z",
    "c 2026-11-24T02:00:00Z",
    "o7",
    "2026-11-25",
  ]);
});

it("each item leads to the page about it", () => {
  const items = calendarItems({ ...range, counts: [] });
  expect(items.slice(0, 3).map(addressOf)).toEqual([
    "/runs/r1",
    "/schedules/b/backfill?from=2026-11-24T01%3A00%3A00Z&to=2026-11-24T01%3A00%3A00.001Z",
    "/schedules/a",
  ]);
});

it("a day begins with what went wrong, and ends with what happens all the time", () => {
  const day = calendarItems({ ...range, runs: [] });
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
  const holes = calendarItems(range).flatMap((item) => item.hole ?? []);
  expect(holes).toEqual([{ from: "2026-11-24T01:00:00Z", to: "2026-11-24T01:00:00.001Z" }]);
  const counts = [{ scheduleId: "d", name: "D", at: "2026-11-23T23:00:00Z", outcome: "missed" as const, count: 2 }];
  const [stretch] = calendarItems({ ...range, counts, omissions: [], runs: [], planned: [] });
  expect(stretch?.hole).toEqual({ from: "2026-11-23T23:00:00Z", to: "2026-11-24T23:00:00.000Z" });
});

it("a place in the calendar is a local time at a whole step, of the zone it is read in", () => {
  const at = Date.parse("2026-12-03T13:29:59Z");
  expect(slotAt(at, "UTC", 15)).toBe("2026-12-03T13:15");
  expect(slotAt(at, "Europe/Berlin", 60)).toBe("2026-12-03T14:00");
  expect(slotAt(at, "Asia/Kolkata", 15)).toBe("2026-12-03T18:45");
  expect(slotAt(Date.parse("2026-12-31T23:30:00Z"), "Europe/Berlin", 15)).toBe("2027-01-01T00:30");
});
