import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CalendarEntry,
  compileSpec,
  countBetween,
  describeSpec,
  type ExclusionCalendar,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  previousOccurrence,
  type ScheduleSpec,
  whyNeverFires,
} from "../index.ts";

const DAY = 86_400_000;
// biome-ignore lint/style/noRestrictedGlobals: how long the suite may take is asked of the environment, by tests alone
const SOAK = process.env["ALMANAC_SOAK"] ? 50 : 1;
const FROM = Date.UTC(2026, 0, 1) / DAY;
const TO = Date.UTC(2029, 0, 1) / DAY;
const text = (day: number) => new Date(day * DAY).toISOString().slice(0, 10);
const dateOf = (day: number) => new Date(day * DAY);

interface Holidays {
  entries: ExclusionCalendar["entries"];
  has(day: number): boolean;
}

/** Holidays: single dates, a range, or days of each year; and windows, which are no days. */
const holidays: fc.Arbitrary<Holidays> = fc
  .record({
    dates: fc.uniqueArray(fc.integer({ min: FROM - 10, max: TO + 10 }), { maxLength: 12 }),
    range: fc.option(fc.tuple(fc.integer({ min: FROM, max: TO }), fc.integer({ min: 1, max: 60 }))),
    yearly: fc.option(fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 28 }))),
    fridays: fc.boolean(),
  })
  .map(({ dates, range, yearly, fridays }) => ({
    entries: [
      ...dates.map(text),
      ...(range === null ? [] : [{ from: text(range[0]), to: text(range[0] + range[1]) }]),
      ...(yearly === null ? [] : [{ month: yearly[0] + 1, dayOfMonth: yearly[1] }]),
      ...(fridays ? [{ dayOfWeek: 5, weekOfMonth: 2 }] : []),
      { dayOfWeek: 1, between: ["08:00", "18:00"] as const },
    ],
    has(day) {
      const date = dateOf(day);
      return (
        dates.includes(day) ||
        (range !== null && day >= range[0] && day <= range[0] + range[1]) ||
        (yearly !== null && date.getUTCMonth() === yearly[0] && date.getUTCDate() === yearly[1]) ||
        (fridays && date.getUTCDay() === 5 && Math.ceil(date.getUTCDate() / 7) === 2)
      );
    },
  }));

/** A date, and whether a day is it before holidays have their say. */
const base: fc.Arbitrary<{ entry: CalendarEntry; matches(day: number): boolean }> = fc.oneof(
  fc
    .integer({ min: 1, max: 31 })
    .map((n) => ({ entry: { dayOfMonth: n }, matches: (day: number) => dateOf(day).getUTCDate() === n })),
  fc
    .integer({ min: 0, max: 6 })
    .map((n) => ({ entry: { dayOfWeek: n }, matches: (day: number) => dateOf(day).getUTCDay() === n })),
  fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 28 })).map(([month, n]) => ({
    entry: { month: month + 1, dayOfMonth: n },
    matches: (day: number) => dateOf(day).getUTCMonth() === month && dateOf(day).getUTCDate() === n,
  })),
  fc.constant({ entry: {}, matches: () => true }),
);

/** Each so many weeks or months from a date, found by going through them one by one. */
const period: fc.Arbitrary<{ entry: CalendarEntry; matches(day: number): boolean }> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ entry: {}, matches: () => true }) },
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: FROM - 900, max: TO })).map(([n, from]) => ({
    entry: { everyWeeks: n, from: text(from) },
    matches: (day: number) => {
      let monday = from;
      while (dateOf(monday).getUTCDay() !== 1) monday--;
      while (monday + 7 * n <= day) monday += 7 * n;
      return day >= from && day >= monday && day < monday + 7;
    },
  })),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: FROM - 900, max: TO })).map(([n, from]) => ({
    entry: { everyMonths: n, from: text(from) },
    matches: (day: number) => {
      const monthOf = (one: number) => dateOf(one).getUTCFullYear() * 12 + dateOf(one).getUTCMonth();
      let month = monthOf(from);
      while (month < monthOf(day)) month += n;
      return day >= from && month === monthOf(day);
    },
  })),
);

const weekend = (day: number) => dateOf(day).getUTCDay() % 6 === 0;

function nthBusinessDay(day: number, nth: number, off: (day: number) => boolean): boolean {
  const date = dateOf(day);
  const first = day - date.getUTCDate() + 1;
  const business: number[] = [];
  for (let one = first; dateOf(one).getUTCMonth() === date.getUTCMonth(); one++)
    if (!weekend(one) && !off(one)) business.push(one);
  return business.at(nth > 0 ? nth - 1 : nth) === day;
}

describe("business days, holidays, weeks and months", () => {
  it("are those that a walk from day to day finds", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          base,
          fc.integer({ min: -23, max: 23 }).filter((n) => n !== 0),
        ),
        period,
        fc.option(holidays),
        fc.constantFrom("skip" as const, "before" as const, "after" as const, undefined),
        fc.option(holidays, { freq: 3 }),
        fc.boolean(),
        fc.array(fc.integer({ min: FROM, max: TO }), { minLength: 3, maxLength: 3 }),
        (dates, every, named, onHoliday, only, exclude, probes) => {
          const off = (day: number) => named?.has(day) ?? false;
          const days = new Set<number>();
          const isBusiness = typeof dates === "number";
          for (let day = FROM - 500; day < TO + 500; day++) {
            const matches = isBusiness ? nthBusinessDay(day, dates, off) : dates.matches(day);
            if (!matches || !every.matches(day)) continue;
            if (isBusiness || named === null || !off(day)) days.add(day);
            else if (onHoliday === "before" || onHoliday === "after") {
              const step = onHoliday === "before" ? -1 : 1;
              let to = day;
              while (weekend(to) || off(to)) to += step;
              days.add(to);
            }
          }
          const entry: CalendarEntry = {
            ...(isBusiness ? { businessDay: dates } : dates.entry),
            ...every.entry,
            ...(named === null
              ? {}
              : { holidays: "off", ...(isBusiness || onHoliday === undefined ? {} : { onHoliday }) }),
            hour: 9,
          };
          const spec: ScheduleSpec = {
            calendar: entry,
            ...(only === null ? {} : exclude ? { exclude: { calendar: "only" } } : { onlyOn: "only" }),
          };
          const calendars = new Map(
            Object.entries({ off: named, only }).map(([name, one]) => [name, { name, entries: one?.entries ?? [] }]),
          );
          const compiled = compileSpec(parseSpec(spec), { anchorAt: 0, calendars });
          const expected = [...days]
            .sort((a, b) => a - b)
            .filter((day) => day >= FROM && day < TO)
            // Its windows on Mondays are 08:00 to 18:00, so 09:00 is excluded there.
            .filter(
              (day) => only === null || (exclude ? !only.has(day) && dateOf(day).getUTCDay() !== 1 : only.has(day)),
            )
            .map((day) => day * DAY + 9 * 3_600_000);
          const shown = JSON.stringify(spec);
          expect(occurrencesBetween(compiled, FROM * DAY, TO * DAY), shown).toEqual(expected);
          expect(countBetween(compiled, FROM * DAY, TO * DAY)).toBe(expected.length);
          for (const probe of probes) {
            const at = probe * DAY;
            const next = nextOccurrence(compiled, at);
            expect(next !== null && next < TO * DAY ? next : null, shown).toBe(
              expected.find((one) => one > at) ?? null,
            );
            const previous = previousOccurrence(compiled, at);
            expect(previous !== null && previous >= FROM * DAY ? previous : null, shown).toBe(
              expected.findLast((one) => one < at) ?? null,
            );
          }
          expect(describeSpec(spec)).not.toMatch(/undefined|NaN/);
        },
      ),
      { numRuns: 250 * SOAK },
    );
  });

  it.each<[CalendarEntry, string]>([
    [{ businessDay: 1, hour: 9 }, "At 09:00 on the first business day of the month, UTC"],
    [
      { businessDay: [1, -1], month: "1,7", hour: 9 },
      "At 09:00 on the first and last business day of January and July, UTC",
    ],
    [
      { businessDay: 2, month: "1,4,7,10", holidays: "off", hour: 9 },
      'At 09:00 on the second business day of January, April, July and October (no days of "off"), UTC',
    ],
    [
      { dayOfMonth: 25, holidays: "off", onHoliday: "before", hour: 9 },
      'At 09:00 on the 25th of the month, or the business day before where that is a day of "off", UTC',
    ],
    [{ dayOfWeek: 1, holidays: ["a", "b"], hour: 9 }, 'At 09:00 on Mondays, but not on days of "a" or "b", UTC'],
    [
      { dayOfWeek: "thu", everyWeeks: 2, from: "2026-01-08", hour: 9 },
      "At 09:00 on Thursdays in every 2nd week from 8 January 2026, UTC",
    ],
    [
      { dayOfMonth: 1, everyMonths: 5, from: "2026-01-01", hour: 9 },
      "At 09:00 on the 1st of the month in every 5th month from 1 January 2026, UTC",
    ],
  ])("are said in words: %j", (calendar, words) => {
    expect(describeSpec(parseSpec({ calendar }))).toBe(words);
  });

  it("name what never fires", () => {
    const calendars = new Map([["off", { name: "off", entries: [{ month: "1-12" }] }]]);
    const why = (spec: ScheduleSpec) => whyNeverFires(compileSpec(parseSpec(spec), { anchorAt: 0, calendars }))?.paths;
    expect(why({ calendar: { businessDay: 1, holidays: "off" } })).toEqual(["calendar.holidays"]);
    expect(why({ calendar: { dayOfMonth: 1, holidays: "off" } })).toEqual(["calendar.holidays"]);
    expect(why({ calendar: { everyMonths: 12, from: "2026-02-01", month: 3 } })).toEqual([
      "calendar.month",
      "calendar.everyMonths",
    ]);
    const none = new Map([["none", { name: "none", entries: [] }]]);
    expect(
      whyNeverFires(compileSpec({ cron: "* * * * *", onlyOn: "none" }, { anchorAt: 0, calendars: none }))?.paths,
    ).toEqual(["onlyOn", "cron"]);
  });

  it("refuse a calendar that is not there, by its place", () => {
    expect(() => compileSpec({ calendar: [{ businessDay: 1, holidays: "x" }] }, { anchorAt: 0 })).toThrow(
      "calendar[0].holidays",
    );
    expect(() => compileSpec({ cron: "* * * * *", onlyOn: ["x"] }, { anchorAt: 0 })).toThrow("onlyOn[0]");
  });
});

describe("times that come once", () => {
  it("are each local time, moved out of a gap, and none after the last", () => {
    const at = ["2027-03-28T02:30", "2026-12-24T18:00", "2026-12-24T18:00:00", "2027-10-31T02:30:15"];
    const spec = parseSpec({ at, timezone: "Europe/Berlin" });
    const compiled = compileSpec(spec, { anchorAt: 0 });
    const found = occurrencesBetween(compiled, 0, Date.UTC(2100, 0, 1)).map((one) => new Date(one).toISOString());
    expect(found).toEqual(["2026-12-24T17:00:00.000Z", "2027-03-28T01:00:00.000Z", "2027-10-31T00:30:15.000Z"]);
    expect(nextOccurrence(compiled, Date.parse("2027-10-31T00:30:15.000Z"))).toBeNull();
    expect(describeSpec(spec)).toBe(
      "On 24 December 2026 at 18:00, 28 March 2027 at 02:30 and 31 October 2027 at 02:30:15, Europe/Berlin",
    );
    expect(describeSpec({ at: "2026-12-24T18:00" })).toBe("Once on 24 December 2026 at 18:00, UTC");
    expect(describeSpec({ at, calendar: { hour: 9 }, onlyOn: "market" })).toMatch(
      /^At 09:00 every day; and on 24 .*, only on days of the calendar "market", UTC$/,
    );
    const literal = compileSpec(parseSpec({ at, timezone: "Europe/Berlin", dst: "literal" }), { anchorAt: 0 });
    expect(occurrencesBetween(literal, 0, Date.UTC(2100, 0, 1)).length).toBe(3);
  });
});
