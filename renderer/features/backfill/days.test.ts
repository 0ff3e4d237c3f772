import fc from "fast-check";
import { expect, test } from "vitest";
import { addMonths, runsOf, statesText, sumDays, weeksOf } from "./days.ts";

const month = fc.tuple(fc.integer({ min: 1900, max: 2200 }), fc.integer({ min: 1, max: 12 }));
const text = ([year, m]: readonly [number, number]) => `${year}-${String(m).padStart(2, "0")}`;

test("a month's weeks hold each of its dates once, under its weekday", () => {
  fc.assert(
    fc.property(month, fc.integer({ min: 1, max: 7 }), (given, firstDay) => {
      const weeks = weeksOf(text(given), firstDay);
      const last = new Date(Date.UTC(given[0], given[1], 0)).getUTCDate();
      const dates = weeks.flat().filter((date) => date !== null);
      expect(dates).toEqual(Array.from({ length: last }, (_, n) => `${text(given)}-${String(n + 1).padStart(2, "0")}`));
      for (const week of weeks) {
        expect(week).toHaveLength(7);
        expect(week.some((date) => date !== null)).toBe(true);
        week.forEach((date, column) => {
          if (date !== null) expect(new Date(`${date}T00:00Z`).getUTCDay()).toBe((firstDay + column) % 7);
        });
      }
    }),
  );
});

test("months are counted across years", () => {
  fc.assert(
    fc.property(month, fc.integer({ min: -500, max: 500 }), (given, by) => {
      const date = new Date(Date.UTC(given[0], given[1] - 1 + by, 1));
      expect(addMonths(text(given), by)).toBe(date.toISOString().slice(0, 7));
    }),
  );
});

const counts = { completed: 5, failed: 2, active: 1, missed: 3, skipped: 1, cancelled: 1, none: 4 };

test("what would run, by what is asked for", () => {
  expect(runsOf(counts, "none")).toBe(9);
  expect(runsOf(counts, "failed")).toBe(11);
  expect(runsOf(counts, "all")).toBe(16);
});

test("days add up, and say so", () => {
  const day = { date: "2026-11-01", from: "", to: "", occurrences: 17, ...counts };
  expect(sumDays([day, day])).toMatchObject({ occurrences: 34, completed: 10, none: 8 });
  expect(statesText({ completed: 5, missed: 3 })).toBe("5 completed, 3 missed");
});
