import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  compileSpec,
  fromLocal,
  isKnownZone,
  nextOccurrence,
  occurrencesBetween,
  offsetAt,
  previousOccurrence,
  startOfLocalDay,
  toLocal,
} from "../index.ts";
import { type OracleEntry, oracleInstants, walkClock, wallClock } from "../testing/oracle.ts";
import type { DstPolicy, ScheduleSpec } from "../types.ts";

// Walks of whole years are long, and a busy machine takes its time over them.
vi.setConfig({ testTimeout: 180_000 });

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("offsets", () => {
  it("are those of the wall clock in every zone from 1900 to 2200", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.array(fc.integer({ min: Date.UTC(1900, 0, 1) / 1000, max: Date.UTC(2200, 0, 1) / 1000 }), {
          minLength: 5,
          maxLength: 20,
        }),
        (zone, seconds) => {
          for (const second of seconds)
            expect(offsetAt(zone, second * 1000)).toBe(wallClock(zone, second * 1000) - second * 1000);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("keep the seconds of local mean time", () => {
    expect(offsetAt("Africa/Monrovia", Date.UTC(1930, 0, 1))).toBe(-(44 * 60 + 30) * 1000);
    expect(offsetAt("America/New_York", Date.UTC(1850, 0, 1))).toBe(-(4 * 3600 + 56 * 60 + 2) * 1000);
  });

  it("go on by rule beyond the listed years", () => {
    for (const year of [2129, 2400, 2999, 9998]) {
      expect(offsetAt("America/New_York", Date.UTC(year, 0, 15))).toBe(-5 * HOUR);
      expect(offsetAt("America/New_York", Date.UTC(year, 6, 15))).toBe(-4 * HOUR);
      // The second Sunday of March at 02:00.
      const sunday = 8 + ((7 - new Date(Date.UTC(year, 2, 8)).getUTCDay()) % 7);
      expect(offsetAt("America/New_York", Date.UTC(year, 2, sunday, 7) - 1)).toBe(-5 * HOUR);
      expect(offsetAt("America/New_York", Date.UTC(year, 2, sunday, 7))).toBe(-4 * HOUR);
    }
  });

  it("do not depend on the order in which years are asked for", () => {
    const years = [2500, 1910, 2026, 2101, 1970, 2300, 1850, 2037];
    for (const year of years) {
      const at = Date.UTC(year, 6, 1, 12);
      expect(offsetAt("Europe/Paris", at)).toBe(wallClock("Europe/Paris", at) - at);
    }
  });
});

describe("local times", () => {
  it("are the wall clock's, and lead back to the instant", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          "America/New_York",
          "Australia/Lord_Howe",
          "Pacific/Apia",
          "Antarctica/Troll",
          "Asia/Kathmandu",
        ),
        fc.integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(2090, 0, 1) / 1000 }),
        (zone, second) => {
          const at = second * 1000;
          const local = toLocal(zone, at);
          expect(Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second)).toBe(
            wallClock(zone, at),
          );
          expect(local.weekday).toBe(new Date(wallClock(zone, at)).getUTCDay());
          expect(fromLocal(zone, local)).toContain(at);
        },
      ),
    );
  });

  it("have no instant in a gap and two where the clock repeats", () => {
    expect(fromLocal("Europe/Berlin", { year: 2026, month: 3, day: 29, hour: 2, minute: 30 })).toEqual([]);
    expect(
      fromLocal("Europe/Berlin", { year: 2026, month: 10, day: 25, hour: 2, minute: 30 }).map((at) =>
        new Date(at).toISOString(),
      ),
    ).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]);
    expect(fromLocal("Pacific/Apia", { year: 2011, month: 12, day: 30, hour: 12 })).toEqual([]);
  });

  it("begin a day at its first instant, also where midnight is skipped", () => {
    expect(new Date(startOfLocalDay("America/Sao_Paulo", "2018-11-04")).toISOString()).toBe("2018-11-04T03:00:00.000Z");
    expect(new Date(startOfLocalDay("Europe/Berlin", "2026-03-29")).toISOString()).toBe("2026-03-28T23:00:00.000Z");
    expect(new Date(startOfLocalDay("Pacific/Apia", "2011-12-30")).toISOString()).toBe("2011-12-30T10:00:00.000Z");
    expect(() => startOfLocalDay("UTC", "2026-02-30")).toThrow(RangeError);
  });

  it("know IANA names and nothing else", () => {
    expect(isKnownZone("Europe/Berlin")).toBe(true);
    expect(isKnownZone("UTC")).toBe(true);
    for (const name of [
      "",
      "+05:00",
      "Europe/Nowhere",
      "Berlin",
      "UTC+1",
      "x".repeat(10_000),
      "../etc",
      "constructor",
    ]) {
      expect(isKnownZone(name), name.slice(0, 20)).toBe(false);
    }
  });
});

describe("26 years of nine zones", () => {
  const ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Europe/Dublin",
    "America/Sao_Paulo",
    "UTC",
  ];
  const at = (hour: number, minute: number): OracleEntry => ({
    matches: (r) => r.second === hour * 3600 + minute * 60,
    fixed: true,
  });
  // All fall on half hours of UTC, so that a walk in steps of half an hour sees each.
  const SPECS: readonly [ScheduleSpec, OracleEntry][] = [
    [{ cron: "30 1 * * *" }, at(1, 30)],
    [{ cron: "30 2 * * *" }, at(2, 30)],
    [{ cron: "*/30 * * * *" }, { matches: (r) => r.second % 1800 === 0, fixed: false }],
    [{ cron: "0 * * * *" }, { matches: (r) => r.second % 3600 === 0, fixed: false }],
    [
      { calendar: { dayOfWeek: "sun", weekOfMonth: -1, times: ["00:30", "02:00"] } },
      {
        matches: (r) => r.weekday === 0 && r.day + 7 > r.daysInMonth && (r.second === 1800 || r.second === 7200),
        fixed: false,
      },
    ],
    [{ cron: "0 2 29 2 *" }, { matches: (r) => r.month === 2 && r.day === 29 && r.second === 7200, fixed: true }],
  ];
  const FROM = Date.UTC(2005, 0, 1);
  const TO = Date.UTC(2031, 0, 1);

  it.each(ZONES)("agree with the walk in %s, in both directions", (zone) => {
    const walk = walkClock(zone, FROM - DAY, TO + DAY, HOUR / 2);
    SPECS.forEach(([spec, entry], i) => {
      const dst = (["vixie", "literal", "shift"] as const)[i % 3] as DstPolicy;
      const expected = oracleInstants(walk, [entry], dst).filter((t) => t >= FROM && t < TO);
      const compiled = compileSpec({ ...spec, timezone: zone, dst }, { anchorAt: FROM });
      expect(occurrencesBetween(compiled, FROM, TO)).toEqual(expected);
      const step = Math.max(1, Math.floor(expected.length / 2000));
      for (let k = step; k < expected.length; k += step) {
        const [before, here] = [expected[k - 1] as number, expected[k] as number];
        expect(nextOccurrence(compiled, before)).toBe(here);
        expect(nextOccurrence(compiled, here - 1)).toBe(here);
        expect(previousOccurrence(compiled, here)).toBe(before);
        expect(previousOccurrence(compiled, before + 1)).toBe(before);
      }
    });
  });
});
