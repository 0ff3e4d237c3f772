import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  calculateBackfillTimes,
  calculateNextRunTime,
  compileSpec,
  countBetween,
  countByLocalDay,
  describeSchedule,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  previousOccurrence,
} from "../index.ts";
import { exclusionCase, ZONES } from "../testing/arbitraries.ts";
import { readingOf, wallClock } from "../testing/oracle.ts";
import type { CalendarEntry, Exclusion, ScheduleSpec } from "../types.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (list: readonly number[]) => list.map((at) => new Date(at).toISOString());
const at = (text: string) => Date.parse(text);

function nexts(
  spec: ScheduleSpec,
  from: string,
  count: number,
  context: { anchorAt?: number; lastCompletedAt?: number } = {},
): string[] {
  const compiled = compileSpec(parseSpec(spec), { anchorAt: at(from), ...context });
  const found: number[] = [];
  for (
    let next = nextOccurrence(compiled, at(from));
    next !== null && found.length < count;
    next = nextOccurrence(compiled, next)
  )
    found.push(next);
  return iso(found);
}

describe("intervals in real time", () => {
  it("keep the phase of their anchor exactly, less the exclusions", () => {
    const place = fc.constantFrom(
      ...ZONES.flatMap(({ zone, transitions }) => transitions.map((transition) => ({ zone, transition }))),
    );
    fc.assert(
      fc.property(
        place.chain(({ zone, transition }) =>
          fc.record({
            zone: fc.constant(zone),
            middle: fc.constant(at(transition)),
            everyMinutes: fc.integer({ min: 1, max: 400 }),
            anchor: fc.integer({ min: -5000, max: 5000 }),
            exclusions: fc.array(exclusionCase(Math.floor(at(transition) / DAY)), { maxLength: 3 }),
            probes: fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 3, maxLength: 6 }),
          }),
        ),
        ({ zone, middle, everyMinutes, anchor, exclusions, probes }) => {
          const anchorAt = middle + anchor * MINUTE;
          const spec: ScheduleSpec = {
            interval: `${everyMinutes}m`,
            timezone: zone,
            ...(exclusions.length > 0 ? { exclude: exclusions.map((e) => e.exclusion) } : {}),
          };
          const [from, to] = [middle - 2 * DAY, middle + 2 * DAY];
          const expected: number[] = [];
          for (let t = from; t < to; t += MINUTE) {
            if ((t - anchorAt) % (everyMinutes * MINUTE) !== 0) continue;
            const reading = readingOf(wallClock(zone, t));
            if (!exclusions.some((e) => e.excludes(reading))) expected.push(t);
          }
          const compiled = compileSpec(parseSpec(spec), { anchorAt });
          expect(occurrencesBetween(compiled, from, to)).toEqual(expected);
          expect(countBetween(compiled, from, to)).toBe(expected.length);
          expect(countByLocalDay(compiled, from, to).reduce((sum, day) => sum + day.count, 0)).toBe(expected.length);
          for (const probe of probes.map((minutes) => middle + minutes * MINUTE)) {
            const next = nextOccurrence(compiled, probe);
            expect(next !== null && next < to ? next : undefined).toBe(expected.find((t) => t > probe));
            const previous = previousOccurrence(compiled, probe);
            expect(previous !== null && previous >= from ? previous : undefined).toBe(
              expected.findLast((t) => t < probe),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("see the day before, or after, once more where a clock is set back over midnight", () => {
    // At 00:01 on the 7th it is 23:01 on the 6th again.
    const back = at("2010-11-07T02:31:00Z");
    const search = (exclude: string) => {
      const compiled = compileSpec({ interval: "1m", timezone: "America/St_Johns", exclude }, { anchorAt: back });
      return {
        next: (t: number) => nextOccurrence(compiled, t),
        previous: (t: number) => previousOccurrence(compiled, t),
      };
    };
    expect(search("2010-11-06").previous(back + 30 * MINUTE)).toBe(back - MINUTE);
    expect(search("2010-11-07").next(back - 2 * MINUTE)).toBe(back);
    expect(search("2010-11-07").previous(back + 61 * MINUTE)).toBe(back + 58 * MINUTE);
    expect(search("2010-11-06").next(back)).toBe(back + 59 * MINUTE);
  });

  it("count real time across clock changes", () => {
    expect(nexts({ interval: "24h", timezone: "Europe/Berlin" }, "2026-03-28T08:00:00Z", 2)).toEqual([
      "2026-03-29T08:00:00.000Z",
      "2026-03-30T08:00:00.000Z",
    ]);
    expect(nexts({ interval: "1h30m" }, "2026-01-01T00:00:00Z", 2)).toEqual([
      "2026-01-01T01:30:00.000Z",
      "2026-01-01T03:00:00.000Z",
    ]);
  });

  it("take the phase of the anchor, else of startAt, else of the asked instant, and begin with what was written", () => {
    const anchored: ScheduleSpec = { interval: { every: "1h", anchor: "2026-01-01T00:10:00Z" } };
    expect(nexts(anchored, "2026-01-01T05:00:00Z", 1)).toEqual(["2026-01-01T05:10:00.000Z"]);
    expect(nexts(anchored, "2025-12-01T00:00:00Z", 1)).toEqual(["2026-01-01T00:10:00.000Z"]);
    expect(nexts({ interval: "1h", startAt: "2026-01-01T00:20:00Z" }, "2025-12-01T00:00:00Z", 2)).toEqual([
      "2026-01-01T00:20:00.000Z",
      "2026-01-01T01:20:00.000Z",
    ]);
    expect(nexts({ interval: "1h" }, "2026-01-01T00:30:00Z", 1)).toEqual(["2026-01-01T01:30:00.000Z"]);
  });

  it("reach into the past of a schedule, so that it can be backfilled", () => {
    const compiled = compileSpec({ interval: "6h" }, { anchorAt: at("2026-06-01T01:00:00Z") });
    expect(iso(occurrencesBetween(compiled, at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")))).toEqual([
      "2026-01-01T01:00:00.000Z",
      "2026-01-01T07:00:00.000Z",
      "2026-01-01T13:00:00.000Z",
      "2026-01-01T19:00:00.000Z",
    ]);
  });
});

describe("intervals in whole days", () => {
  it("keep the local time of day across clock changes", () => {
    expect(nexts({ interval: "1d", timezone: "Europe/Berlin" }, "2026-03-28T08:00:00Z", 2)).toEqual([
      "2026-03-29T07:00:00.000Z",
      "2026-03-30T07:00:00.000Z",
    ]);
    expect(nexts({ interval: "2w", timezone: "America/New_York" }, "2026-10-25T13:15:30.250Z", 2)).toEqual([
      "2026-11-08T14:15:30.250Z",
      "2026-11-22T14:15:30.250Z",
    ]);
  });

  it("agree with adding days to the local date", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("America/New_York", "Australia/Lord_Howe", "Europe/London"),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 1439 }),
        (zone, days, minute) => {
          const anchor = Date.UTC(2026, 0, 5) + minute * MINUTE;
          const anchorLocal = wallClock(zone, anchor);
          const compiled = compileSpec(
            { interval: { every: `${days}d`, anchor: new Date(anchor).toISOString() }, timezone: zone },
            { anchorAt: 0 },
          );
          const found = occurrencesBetween(compiled, anchor, anchor + 400 * DAY);
          expect(found[0]).toBe(anchor);
          found.forEach((t, i) => {
            const local = wallClock(zone, t);
            const nominal = anchorLocal + i * days * DAY;
            // Only a time that the clock skips is moved, and by less than the gap.
            if (local !== nominal) {
              expect(local).toBeGreaterThan(nominal);
              expect(local - nominal).toBeLessThanOrEqual(60 * MINUTE);
              expect(wallClock(zone, t - MINUTE)).toBeLessThan(nominal);
            }
          });
          expect(previousOccurrence(compiled, anchor)).toBeNull();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("intervals after completion", () => {
  it("wait the interval after the last run's end", () => {
    const spec: ScheduleSpec = { interval: { every: "10m", from: "completion" } };
    const context = { anchorAt: at("2026-01-01T00:00:00Z"), lastCompletedAt: at("2026-01-01T03:07:11Z") };
    expect(nexts(spec, "2026-01-01T03:07:11Z", 2, context)).toEqual([
      "2026-01-01T03:17:11.000Z",
      "2026-01-01T03:27:11.000Z",
    ]);
    expect(compileSpec(spec, context).followsCompletion).toBe(true);
    const days: ScheduleSpec = { interval: { every: "1d", from: "completion" }, timezone: "Europe/Berlin" };
    expect(
      nexts(days, "2026-03-28T08:00:00Z", 1, { anchorAt: 0, lastCompletedAt: at("2026-03-28T08:00:00Z") }),
    ).toEqual(["2026-03-29T07:00:00.000Z"]);
  });

  it("begin at the phase before any run has ended", () => {
    expect(
      nexts(
        { interval: { every: "10m", from: "completion", anchor: "2026-01-01T00:00:00Z" } },
        "2025-12-31T00:00:00Z",
        1,
      ),
    ).toEqual(["2026-01-01T00:00:00.000Z"]);
  });
});

describe("unions and bounds", () => {
  it("count shared instants once, however many sources there are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom("*/5 * * * *", "* 1-3 * * *", "30 2 * * *", "CRON_TZ=Asia/Tokyo */10 * * * *"),
        fc.boolean(),
        (a, b, cron, both) => {
          const from = at("2026-10-24T12:00:00Z");
          const to = from + 2 * DAY;
          const spec: ScheduleSpec = { cron, interval: both ? [`${a}m`, `${b}m`] : `${a}m`, timezone: "Europe/Berlin" };
          const compiled = compileSpec(parseSpec(spec), { anchorAt: from });
          const parts: ScheduleSpec[] = [
            { cron, timezone: "Europe/Berlin" },
            { interval: `${a}m` },
            ...(both ? [{ interval: `${b}m` }] : []),
          ];
          const expected = new Set(
            parts.flatMap((part) => occurrencesBetween(compileSpec(part, { anchorAt: from }), from, to)),
          );
          expect(occurrencesBetween(compiled, from, to)).toEqual([...expected].sort((x, y) => x - y));
          expect(countBetween(compiled, from, to)).toBe(expected.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are counted as they are listed, whatever is excluded and wherever the clocks change", () => {
    const every = fc.constantFrom("1m", "7m", "90m", "25h", "1d");
    const cron = fc.constantFrom("* * * * *", "*/7 1-3 * * *", "30 2 * * *", "CRON_TZ=Asia/Kathmandu * 0-5 * * *");
    const entry = fc.constantFrom<CalendarEntry>(
      { hour: "*", minute: "*/2" },
      { hour: "1-2", minute: "*/20" },
      { hour: 2 },
    );
    const exclude = fc.constantFrom<Exclusion>(
      { between: ["01:30", "02:29"] },
      { dayOfWeek: "sun", hour: "*", minute: "*/3" },
      "2026-10-25",
      { dayOfWeek: "tue" },
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(every, { maxLength: 2 }),
        fc.uniqueArray(cron, { maxLength: 2 }),
        fc.uniqueArray(entry, { maxLength: 2 }),
        fc.uniqueArray(exclude, { maxLength: 2 }),
        fc.constantFrom("vixie", "literal", "shift"),
        fc.integer({ min: 0, max: 14 * 1440 }),
        (interval, crons, calendar, excluded, dst, minutes) => {
          fc.pre(interval.length + crons.length + calendar.length > 0);
          const spec: ScheduleSpec = {
            ...(interval.length > 0 ? { interval } : {}),
            ...(crons.length > 0 ? { cron: crons } : {}),
            ...(calendar.length > 0 ? { calendar } : {}),
            ...(excluded.length > 0 ? { exclude: excluded } : {}),
            timezone: "Europe/Berlin",
            dst,
          };
          const from = at("2026-10-20T12:00:00Z");
          const to = from + minutes * 60_000;
          const compiled = compileSpec(parseSpec(spec), { anchorAt: from });
          const listed = occurrencesBetween(compiled, from, to);
          expect(listed).toEqual([...new Set(listed)].sort((a, b) => a - b));
          expect(countBetween(compiled, from, to)).toBe(listed.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("are counted over long ranges, sparse and dense parts alike", () => {
    const from = at("2020-01-01T00:00:00Z");
    const spec: ScheduleSpec = {
      cron: ["0 0 1 1 *", "* * * 2 *", "CRON_TZ=Asia/Tokyo 0 9 1 1 *"],
      interval: "1500m",
      timezone: "UTC",
    };
    const compiled = compileSpec(parseSpec(spec), { anchorAt: from });
    for (const to of [from + 1, from + 3 * DAY, from + 40 * DAY, from + 700 * DAY, from + 9000 * DAY]) {
      expect(countBetween(compiled, from, to)).toBe(occurrencesBetween(compiled, from, to).length);
    }
  });

  it("begin with their anchor on either copy of a repeated hour", () => {
    for (const dst of ["vixie", "literal", "shift"] as const) {
      for (const anchor of ["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"]) {
        const spec: ScheduleSpec = { interval: { every: "2d", anchor }, timezone: "America/New_York", dst };
        const second = dst === "literal" && anchor.includes("T05") ? ["2026-11-01T06:30:00.000Z"] : [];
        const expected = [anchor, ...second, "2026-11-03T06:30:00.000Z", "2026-11-05T06:30:00.000Z"];
        expect(nexts(spec, "2026-01-01T00:00:00Z", expected.length)).toEqual(expected);
        const compiled = compileSpec(spec, { anchorAt: 0 });
        const [from, to] = [at("2026-10-01T00:00:00Z"), at("2026-11-06T00:00:00Z")];
        expect(countBetween(compiled, from, to)).toBe(expected.length);
        expect(previousOccurrence(compiled, at(anchor))).toBeNull();
      }
    }
  });

  it("have a first occurrence however far ahead their anchor is", () => {
    for (const every of ["1d", "2d", "1w", "90m"]) {
      const anchor = "2900-06-01T09:00:00.000Z";
      expect(nexts({ interval: { every, anchor } }, "2026-01-01T00:00:00Z", 1)).toEqual([anchor]);
    }
  });

  it("include startAt and leave endAt out", () => {
    const spec: ScheduleSpec = { cron: "0 * * * *", startAt: "2026-01-01T03:00:00Z", endAt: "2026-01-01T05:00:00Z" };
    expect(nexts(spec, "2020-01-01T00:00:00Z", 9)).toEqual(["2026-01-01T03:00:00.000Z", "2026-01-01T04:00:00.000Z"]);
    const compiled = compileSpec(spec, { anchorAt: 0 });
    expect(previousOccurrence(compiled, at("2030-01-01T00:00:00Z"))).toBe(at("2026-01-01T04:00:00Z"));
    expect(previousOccurrence(compiled, at("2026-01-01T03:00:00Z"))).toBeNull();
    expect(countBetween(compiled, 0, at("2030-01-01T00:00:00Z"))).toBe(2);
  });

  it("give an expression with a zone of its own its own clock", () => {
    expect(
      nexts(
        { cron: ["CRON_TZ=Asia/Tokyo 0 9 * * *", "0 9 * * *"], timezone: "Europe/London" },
        "2026-06-01T00:00:00Z",
        3,
      ),
    ).toEqual(["2026-06-01T08:00:00.000Z", "2026-06-02T00:00:00.000Z", "2026-06-02T08:00:00.000Z"]);
  });

  it("end where the calendar ends, in either direction", () => {
    const compiled = compileSpec({ cron: "* * * * *" }, { anchorAt: 0 });
    expect(nextOccurrence(compiled, 8.64e15)).toBeNull();
    expect(previousOccurrence(compiled, -8.64e15)).toBeNull();
    expect(nextOccurrence(compiled, Number.NEGATIVE_INFINITY)).not.toBeNull();
    expect(occurrencesBetween(compiled, 5, 5)).toEqual([]);
    expect(countBetween(compiled, 10, 5)).toBe(0);
  });
});

describe("the library's own calls", () => {
  it("give dates", () => {
    expect(
      calculateNextRunTime({ cron: "0 9 * * *" }, { after: new Date("2026-01-01T10:00:00Z") })?.toISOString(),
    ).toBe("2026-01-02T09:00:00.000Z");
    expect(
      calculateNextRunTime({ cron: "0 9 * * *", endAt: "2026-01-01T00:00:00Z" }, { after: at("2026-01-01T10:00:00Z") }),
    ).toBeNull();
    const times = calculateBackfillTimes(
      { cron: "0 0 * * *" },
      new Date("2026-01-01T00:00:00Z"),
      new Date("2026-01-03T00:00:00Z"),
    );
    expect(times.map((date) => date.toISOString())).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]);
  });

  it("refuse what is no instant and no spec, naming it", () => {
    const spec: ScheduleSpec = { cron: "0 9 * * *" };
    expect(() => calculateNextRunTime(spec, { after: new Date("tomorrow") })).toThrow(/^after: a Date or epoch/);
    expect(() => calculateNextRunTime(spec, { after: "2026-01-01" as unknown as Date })).toThrow(/"2026-01-01"/);
    expect(() => calculateNextRunTime(spec, { after: 0, anchor: Number.NaN })).toThrow(/^anchor: .*given: NaN/);
    expect(() => calculateBackfillTimes(spec, 0, Number.POSITIVE_INFINITY)).toThrow(/^to: /);
    expect(() => describeSchedule({ calendar: [{ hour: 25 }] })).toThrow(/^calendar\[0\]\.hour: .*given: 25/);
    expect(describeSchedule(spec)).toBe("At 09:00 every day, UTC");
  });
});
