import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Exclusion } from "../../../../shared/schedule/types.ts";
import { addDays } from "../../../../shared/schedule/zone/civil.ts";
import { everyYear, toggleDate, toggleRange } from "./exclusions.ts";

const daysOf = (exclusions: readonly Exclusion[]): Set<string> => {
  const days = new Set<string>();
  for (const item of exclusions) {
    if (typeof item === "string") days.add(item);
    else if ("to" in item) for (let day = item.from; day <= item.to; day = addDays(day, 1)) days.add(day);
  }
  return days;
};

describe("toggleDate", () => {
  it("excludes and re-includes exactly the clicked days, whatever the order", () => {
    const offset = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(fc.array(offset, { maxLength: 60 }), (clicks) => {
        let exclusions: readonly Exclusion[] = [];
        const expected = new Set<string>();
        for (const click of clicks) {
          const date = addDays("2026-02-10", click);
          if (expected.has(date)) expected.delete(date);
          else expected.add(date);
          const result = toggleDate(exclusions, date, -1);
          expect(result.change).toBe(expected.has(date) ? "excluded" : "included");
          exclusions = result.exclusions;
          expect(daysOf(exclusions)).toEqual(expected);
        }
      }),
    );
  });

  it("joins days that touch into one range, and leaves a commented range alone", () => {
    expect(toggleDate(["2026-05-01", { from: "2026-05-03", to: "2026-05-05" }], "2026-05-02", -1).exclusions).toEqual([
      { from: "2026-05-01", to: "2026-05-05" },
    ]);
    const holiday = { from: "2026-05-03", to: "2026-05-05", comment: "fair" };
    expect(toggleDate([holiday], "2026-05-02", -1).exclusions).toEqual([holiday, "2026-05-02"]);
    expect(toggleDate([holiday], "2026-05-04", 0).exclusions).toEqual([
      { from: "2026-05-03", to: "2026-05-03", comment: "fair" },
      { from: "2026-05-05", to: "2026-05-05", comment: "fair" },
    ]);
  });

  it("does not change a rule or a calendar that covers more than days", () => {
    const exclusions: Exclusion[] = [{ month: 12, dayOfMonth: "24-31" }];
    expect(toggleDate(exclusions, "2026-12-25", 0)).toEqual({ exclusions, change: "blocked", blockedBy: 0 });
  });
});

describe("toggleRange", () => {
  it("excludes what is drawn over, and takes it back where all of it is excluded", () => {
    const stroke = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 20 }), (strokes) => {
        let exclusions: readonly Exclusion[] = [];
        const expected = new Set<string>();
        for (const [start, length] of strokes) {
          const dates = Array.from({ length: length + 1 }, (_, i) => addDays("2026-02-10", start + i));
          const back = dates.every((date) => expected.has(date));
          for (const date of dates) back ? expected.delete(date) : expected.add(date);
          const result = toggleRange(exclusions, dates[0]!, dates.at(-1)!);
          expect(result.change).toBe(back ? "included" : "excluded");
          exclusions = result.exclusions;
          expect(daysOf(exclusions)).toEqual(expected);
        }
      }),
    );
  });

  it("leaves rules, calendars and commented ranges as they are", () => {
    const kept: Exclusion[] = [
      { month: 5 },
      { calendar: "x" },
      { from: "2026-05-03", to: "2026-05-05", comment: "fair" },
    ];
    expect(toggleRange([...kept, "2026-05-09"], "2026-05-04", "2026-05-08").exclusions).toEqual([
      ...kept,
      { from: "2026-05-04", to: "2026-05-09" },
    ]);
  });
});

describe("everyYear", () => {
  it("is one entry within a month, and one for each month across several", () => {
    expect(everyYear("2026-12-24", "2026-12-31")).toEqual([{ month: 12, dayOfMonth: "24-31" }]);
    expect(everyYear("2026-12-24", "2027-01-02")).toEqual([
      { month: 12, dayOfMonth: "24-31" },
      { month: 1, dayOfMonth: "1-2" },
    ]);
    expect(everyYear("2026-07-01", "2026-08-15", "summer")).toEqual([
      { month: 7, comment: "summer" },
      { month: 8, dayOfMonth: "1-15", comment: "summer" },
    ]);
    expect(everyYear("2026-05-01", "2026-05-01")).toEqual([{ month: 5, dayOfMonth: 1 }]);
    expect(everyYear("2026-05-02", "2026-05-01")).toEqual([]);
  });
});
