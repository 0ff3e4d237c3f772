import fc from "fast-check";
import { expect, it } from "vitest";
import { dayKind, dayText, yearGrid } from "./heatDays.ts";

const none = { planned: 0, completed: 0, failed: 0, missed: 0, skipped: 0, cancelled: 0, running: 0, backfilled: 0 };

it("yearGrid holds each day of the year once, in its own weekday", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1970, max: 2199 }), fc.constantFrom(1, 6, 7), (year, firstDay) => {
      const grid = yearGrid(year, firstDay);
      expect(grid.dates[0]).toBe(`${year}-01-01`);
      expect(grid.dates.at(-1)).toBe(`${year}-12-31`);
      expect(new Set(grid.dates).size).toBe(grid.dates.length);
      grid.dates.forEach((date, index) => {
        expect((grid.firstWeekday + index) % 7).toBe((new Date(date).getUTCDay() - firstDay + 7) % 7);
      });
      expect(grid.weeks * 7).toBeGreaterThanOrEqual(grid.firstWeekday + grid.dates.length);
    }),
    { numRuns: 30 },
  );
});

it("the worst of a day colours it", () => {
  const day = { ...none, date: "2026-11-23" };
  expect(dayKind(undefined)).toBe("empty");
  expect(dayKind({ ...day, completed: 20, failed: 1 })).toBe("failed");
  expect(dayKind({ ...day, completed: 20, missed: 1 })).toBe("missed");
  expect(dayKind({ ...day, completed: 1, planned: 3 })).toBe("completed");
  expect(dayKind({ ...day, planned: 3 })).toBe("planned");
});

it("a day says what it holds, and its note", () => {
  expect(dayText("2026-11-23", { ...none, date: "2026-11-23", completed: 20, failed: 2 }, undefined, "en-GB")).toMatch(
    /^Mon,? 23 Nov 2026: 20 completed, 2 failed$/,
  );
  expect(dayText("2026-11-23", undefined, "Clocks change", "en-GB")).toMatch(/nothing\nClocks change$/);
});
