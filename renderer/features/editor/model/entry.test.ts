import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDays } from "../../../../shared/schedule/matcher/compileDays.ts";
import { compileTimes } from "../../../../shared/schedule/texts/timesOfDay.ts";
import type { CalendarEntry } from "../../../../shared/schedule/types.ts";
import {
  chipTimes,
  dayModeOf,
  moveSpan,
  moveTime,
  nthWeekdays,
  readTime,
  timeModeOf,
  toggleNth,
  toggleValue,
  unfinished,
  withDayMode,
  withTimeMode,
  withTimes,
} from "./entry.ts";
import { type FieldName, fieldFromText, fieldRanges, fieldText, readField, toggled, writeField } from "./fields.ts";

/** Months as the matcher counts them, January 2020 to December 2027: every length and first weekday. */
const months = Array.from({ length: 96 }, (_, i) => 2020 * 12 + i);
const daysOf = (entry: CalendarEntry) => months.map((month) => compileDays(entry, {}).maskOf(month));

describe("fields", () => {
  it("writes every selection so that it reads back the same", () => {
    const names = Object.keys(fieldRanges) as Exclude<FieldName, "year">[];
    fc.assert(
      fc.property(
        fc.constantFrom(...names).chain((name) =>
          fc.record({
            name: fc.constant(name),
            numbers: fc.uniqueArray(fc.integer({ min: fieldRanges[name][0], max: fieldRanges[name][1] })),
            special:
              name === "dayOfMonth"
                ? fc.uniqueArray(fc.constantFrom("L", "-2", "15W", "LW"))
                : fc.constant([] as string[]),
          }),
        ),
        ({ name, numbers, special }) => {
          const value = writeField(name, { numbers, special });
          const sorted = [...numbers].sort((a, b) => a - b);
          if (value === undefined) {
            expect(sorted.length).toBe(fieldRanges[name][1] - fieldRanges[name][0] + 1);
          } else {
            const read = readField(name, value);
            expect(read?.numbers).toEqual(sorted);
            expect([...(read?.special ?? [])].sort()).toEqual([...special].sort());
          }
        },
      ),
    );
  });

  it("writes what people write", () => {
    const write = (name: FieldName, ...numbers: number[]) => writeField(name, { numbers, special: [] });
    expect(write("dayOfWeek", 1, 2, 3, 4, 5)).toBe("mon-fri");
    expect(write("dayOfWeek", 2)).toBe("tue");
    expect(write("dayOfMonth", 1, 15)).toEqual([1, 15]);
    expect(write("dayOfMonth", 24, 25, 26, 27, 28, 29, 30, 31)).toBe("24-31");
    expect(write("month", 12)).toBe(12);
    expect(writeField("dayOfMonth", { numbers: [], special: ["LW"] })).toBe("LW");
    expect(writeField("dayOfMonth", { numbers: [], special: ["-2"] })).toBe(-2);
  });

  it("keeps what toggling twice leaves", () => {
    const start = readField("month", "1-6") ?? { numbers: [], special: [] };
    expect(toggled(toggled(start, 3), 3).numbers.toSorted((a, b) => a - b)).toEqual(start.numbers);
    expect(fieldFromText(fieldText([1, 15]))).toBe("1,15");
    expect(fieldFromText(" 7 ")).toBe(7);
    expect(fieldFromText("")).toBeUndefined();
  });

  it("says that a text is no field", () => {
    expect(readField("month", "foo")).toBeNull();
  });
});

describe("nth weekdays", () => {
  it("splits a choice that is no rectangle into entries that mean the same", () => {
    const cell = fc.record({ week: fc.constantFrom(1, 2, 3, 4, 5, -1), day: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (clicks) => {
        let entries: CalendarEntry[] = [{ dayOfWeek: "mon", weekOfMonth: 1, times: ["10:00"] }];
        const wanted = new Set(["1:1"]);
        // Clicks always go to the first card, as they would in a row without touching the new ones.
        for (const { week, day } of clicks) {
          const [first, ...rest] = entries as [CalendarEntry, ...CalendarEntry[]];
          if (rest.some((entry) => nthWeekdays(entry)?.some((c) => c.week === week && c.day === day))) continue;
          const key = `${week}:${day}`;
          if (wanted.size === 1 && wanted.has(key)) continue;
          const own = nthWeekdays(first) ?? [];
          if (own.length === 1 && wanted.has(key)) continue;
          if (wanted.has(key)) wanted.delete(key);
          else wanted.add(key);
          entries = [...toggleNth(first, { week, day }), ...rest];
        }
        const cells = entries.flatMap((entry) => nthWeekdays(entry) ?? []).map((c) => `${c.week}:${c.day}`);
        expect(new Set(cells)).toEqual(wanted);
        for (const entry of entries) expect(entry.times).toEqual(["10:00"]);
      }),
    );
  });

  it("makes a second entry for the last Friday beside the second Tuesday", () => {
    const entry = { dayOfWeek: "tue", weekOfMonth: 2, times: ["10:00"] };
    expect(toggleNth(entry, { week: -1, day: 5 })).toEqual([
      { dayOfWeek: "tue", weekOfMonth: 2, times: ["10:00"] },
      { dayOfWeek: "fri", weekOfMonth: -1, times: ["10:00"] },
    ]);
  });
});

describe("days", () => {
  it("tells the mode from the fields, and changing it there and back keeps what both have", () => {
    expect(dayModeOf({})).toBe("every");
    expect(dayModeOf({ dayOfWeek: 1 })).toBe("weekdays");
    expect(dayModeOf({ dayOfMonth: "LW" })).toBe("monthDays");
    expect(dayModeOf({ dayOfWeek: 2, weekOfMonth: 2 })).toBe("nth");
    expect(dayModeOf({ dayOfWeek: 5, dayOfMonth: 13 })).toBe("both");
    const entry = { dayOfWeek: "tue", times: ["09:00"], comment: "kept" };
    expect(withDayMode(withDayMode(entry, "both"), "weekdays")).toEqual(entry);
  });

  it("asks for a choice where one was begun", () => {
    // A mode begins with something that fires.
    for (const mode of ["nth", "monthDays"] as const)
      expect(unfinished(withDayMode({ times: ["09:00"] }, mode))).toBeNull();
    expect(unfinished({ dayOfWeek: [], weekOfMonth: [], times: ["09:00"] })).toContain("weekday of the month");
    expect(unfinished({ dayOfMonth: [], times: ["09:00"] })).toContain("day of the month");
    expect(unfinished({ times: [] })).toContain("time");
    expect(unfinished({ dayOfMonth: [1], times: ["09:00"] })).toBeNull();
    expect(toggleNth({ times: ["09:00"], dayOfWeek: [], weekOfMonth: [] }, { week: 2, day: 2 })).toEqual([
      { times: ["09:00"], dayOfWeek: "tue", weekOfMonth: 2 },
    ]);
  });

  it("toggles days as the matcher reads them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1 }), (days) => {
        let entry: CalendarEntry = { dayOfMonth: [] };
        for (const day of days) entry = toggleValue(entry, "dayOfMonth", day);
        expect(daysOf(entry)).toEqual(daysOf({ dayOfMonth: days }));
      }),
    );
  });

  it("leaves a month out when none is chosen, and a day chosen by nobody refused", () => {
    expect(toggleValue({ month: 3 }, "month", 3)).toEqual({});
    expect(toggleValue({ dayOfMonth: 3 }, "dayOfMonth", 3)).toEqual({ dayOfMonth: [] });
    expect(toggleValue({ hour: "1-23", minute: 0 }, "hour", 0)).toEqual({ hour: "*", minute: 0 });
  });
});

describe("times", () => {
  it("shows one fixed time as a chip, whichever way it is written", () => {
    expect(timeModeOf({ hour: 0, minute: 0 })).toBe("times");
    expect(chipTimes({ dayOfMonth: 1 })).toEqual(["00:00"]);
    expect(chipTimes({ hour: 8, minute: 30 })).toEqual(["08:30"]);
    expect(timeModeOf({ hour: "8-18", minute: 0 })).toBe("fields");
    expect(timeModeOf({ every: "15m", between: ["10:01", "18:02"] })).toBe("every");
  });

  it("keeps hour and minute while there is one time, and lists several", () => {
    expect(withTimes({ hour: 8, minute: 30 }, ["09:15"])).toEqual({ hour: 9, minute: 15 });
    expect(withTimes({ hour: 8, minute: 30 }, ["14:45", "08:30"])).toEqual({ times: ["08:30", "14:45"] });
    expect(withTimes({ times: ["08:30"] }, ["08:30:15", "08:30"])).toEqual({ times: ["08:30", "08:30:15"] });
  });

  it("changes between modes without leaving fields that contradict", () => {
    const modes = ["times", "every", "fields"] as const;
    const entry = fc.oneof(
      fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) }),
      fc.record({ times: fc.uniqueArray(fc.constantFrom("00:00", "08:30", "14:45", "23:59"), { minLength: 1 }) }),
      fc.constant<CalendarEntry>({ every: "15m", between: ["10:01", "18:02"] }),
      fc.constant<CalendarEntry>({ hour: "*/2", minute: [0, 30] }),
    );
    fc.assert(
      fc.property(entry, fc.array(fc.constantFrom(...modes)), (start, path) => {
        let current: CalendarEntry = start;
        for (const mode of path) {
          current = withTimeMode(current, mode);
          expect(timeModeOf(current)).toBe(mode);
          expect(compileTimes(current).length).toBeGreaterThan(0);
          expect(Number("times" in current) + Number("every" in current) + Number("hour" in current)).toBe(1);
        }
      }),
    );
  });

  it("reads times as they are typed", () => {
    expect(readTime("9")).toBe("09:00");
    expect(readTime("0930")).toBe("09:30");
    expect(readTime("9:30 pm")).toBe("21:30");
    expect(readTime("12 am")).toBe("00:00");
    expect(readTime("23:59:30")).toBe("23:59:30");
    for (const text of ["25:00", "9:60", "", "noon", "13 pm"]) expect(readTime(text)).toBeNull();
  });

  it("moves a time within its day", () => {
    expect(moveTime("08:30", 15)).toBe("08:45");
    expect(moveTime("23:50", 60)).toBe("23:59");
    expect(moveTime("00:10", -60)).toBe("00:00");
    expect(moveTime("10:00:30", 1)).toBe("10:01:30");
  });

  it("moves a window as a whole: within its day, or round it where it goes over midnight", () => {
    expect(moveSpan(["09:00", "17:00"], 60)).toEqual(["10:00", "18:00"]);
    expect(moveSpan(["16:00", "23:30"], 60)).toEqual(["16:00", "23:30"]);
    expect(moveSpan(["22:00", "06:00"], 150)).toEqual(["00:30", "08:30"]);
    expect(moveSpan(["22:00", "06:00"], -420)).toEqual(["15:00", "23:00"]);
  });
});
