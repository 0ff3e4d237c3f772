import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  compileSpec,
  countBetween,
  countByLocalDay,
  nextOccurrence,
  occurrencesBetween,
  parseSpec,
  previousOccurrence,
  startOfLocalDay,
} from "../index.ts";
import { exclusionCase, firingCase, ZONES } from "../testing/arbitraries.ts";
import { oracleInstants, type Walk, walkClock, wallClock } from "../testing/oracle.ts";
import type { DstPolicy, ScheduleSpec } from "../types.ts";

const DAY = 86_400_000;
// biome-ignore lint/style/noRestrictedGlobals: how long the suite may take is asked of the environment, by tests alone
const SOAK = process.env["ALMANAC_SOAK"] ? 50 : 1;

// Walks of whole years are long, and a busy machine takes its time over them.
vi.setConfig({ testTimeout: 180_000 * SOAK });

const POLICIES: readonly DstPolicy[] = ["vixie", "literal", "shift"];

/** Walks are the slow part, so each is made once. */
const walks = new Map<string, Walk>();
function walkAround(zone: string, transition: string, days: number, stepMs: number): Walk {
  const key = `${zone} ${transition} ${days} ${stepMs}`;
  let walk = walks.get(key);
  if (!walk) {
    const at = Date.parse(transition);
    walk = walkClock(zone, at - days * DAY, at + days * DAY, stepMs);
    walks.set(key, walk);
  }
  return walk;
}

const place = fc.constantFrom(
  ...ZONES.flatMap(({ zone, transitions }) => transitions.map((transition) => ({ zone, transition }))),
);

/** Compares every way of asking with the oracle's list, inside the walk less a margin that moved times may reach over. */
function expectAgreement(
  spec: ScheduleSpec,
  expected: readonly number[],
  from: number,
  to: number,
  probes: readonly number[],
): void {
  const compiled = compileSpec(parseSpec(spec), { anchorAt: from });
  const inside = expected.filter((at) => at >= from && at < to);
  expect(occurrencesBetween(compiled, from, to)).toEqual(inside);
  expect(countBetween(compiled, from, to)).toBe(inside.length);
  const byDay = new Map<string, number>();
  for (const at of inside) {
    const date = new Date(wallClock(spec.timezone ?? "UTC", at)).toISOString().slice(0, 10);
    byDay.set(date, (byDay.get(date) ?? 0) + 1);
  }
  expect(countByLocalDay(compiled, from, to)).toEqual([...byDay].sort().map(([date, count]) => ({ date, count })));
  for (const probe of probes) {
    const next = nextOccurrence(compiled, probe);
    expect(next !== null && next < to ? next : null, `next after ${new Date(probe).toISOString()}`).toBe(
      inside.find((at) => at > probe) ?? null,
    );
    const previous = previousOccurrence(compiled, probe);
    expect(
      previous !== null && previous >= from ? previous : null,
      `previous before ${new Date(probe).toISOString()}`,
    ).toBe(inside.findLast((at) => at < probe) ?? null);
    expect(countBetween(compiled, from, probe)).toBe(inside.filter((at) => at < probe).length);
    expect(occurrencesBetween(compiled, probe, to, 3)).toEqual(inside.filter((at) => at >= probe).slice(0, 3));
  }
}

describe("occurrences against a walk of the wall clock", () => {
  it("agree by the minute over random calendars, policies, exclusions and starts", () => {
    fc.assert(
      fc.property(
        place.chain(({ zone, transition }) =>
          fc.record({
            place: fc.constant({ zone, transition }),
            entries: fc.array(firingCase(60), { minLength: 1, maxLength: 3 }),
            exclusions: fc.array(exclusionCase(Math.floor(Date.parse(transition) / DAY)), { maxLength: 3 }),
            dst: fc.constantFrom(...POLICIES),
            probes: fc.array(fc.integer({ min: -240, max: 240 }), { minLength: 4, maxLength: 8 }),
          }),
        ),
        ({ place: { zone, transition }, entries, exclusions, dst, probes }) => {
          const walk = walkAround(zone, transition, 6, 60_000);
          const at = Date.parse(transition);
          const expected = oracleInstants(
            walk,
            entries.map((e) => e.oracle),
            dst,
            (reading) => exclusions.some((e) => e.excludes(reading)),
          );
          const spec: ScheduleSpec = {
            calendar: entries.map((e) => e.entry),
            ...(exclusions.length > 0 ? { exclude: exclusions.map((e) => e.exclusion) } : {}),
            timezone: zone,
            dst,
          };
          expectAgreement(
            spec,
            expected,
            at - 3 * DAY,
            at + 3 * DAY,
            probes.map((minutes) => at + minutes * 60_000),
          );
        },
      ),
      { numRuns: 400 * SOAK },
    );
  });

  it("agree by the second around transitions", () => {
    fc.assert(
      fc.property(
        place,
        fc.array(firingCase(1), { minLength: 1, maxLength: 2 }),
        fc.constantFrom(...POLICIES),
        (where, entries, dst) => {
          // A day's clock by the second is slow, so only the places near a change of an hour or less are walked.
          const at = Date.parse(where.transition);
          const walk = walkAround(where.zone, where.transition, 0.25, 1000);
          const expected = oracleInstants(
            walk,
            entries.map((e) => e.oracle),
            dst,
          );
          const compiled = compileSpec(
            parseSpec({ calendar: entries.map((e) => e.entry), timezone: where.zone, dst }),
            { anchorAt: at },
          );
          const [from, to] = [at - 3 * 3_600_000, at + 3 * 3_600_000];
          if (where.zone === "Pacific/Apia" && where.transition.startsWith("2011-12-30")) return;
          expect(occurrencesBetween(compiled, from, to)).toEqual(expected.filter((t) => t >= from && t < to));
        },
      ),
      { numRuns: 60 * SOAK },
    );
  });

  it("account for every minute of both transition days", () => {
    for (const { zone, transitions } of ZONES) {
      for (const transition of transitions) {
        const at = Date.parse(transition);
        const walk = walkAround(zone, transition, 6, 60_000);
        for (const dst of POLICIES) {
          const compiled = compileSpec({ cron: "* * * * *", timezone: zone, dst }, { anchorAt: 0 });
          const expected = oracleInstants(walk, [{ matches: () => true, fixed: false }], dst).filter(
            (t) => t >= at - 2 * DAY && t < at + 2 * DAY,
          );
          expect(occurrencesBetween(compiled, at - 2 * DAY, at + 2 * DAY)).toEqual(expected);
          for (const dayOfWeek of [0, 1, 2, 3, 4, 5, 6]) {
            const weekly = compileSpec(
              { calendar: { dayOfWeek, hour: "*", minute: "*" }, timezone: zone, dst },
              { anchorAt: 0 },
            );
            const days = oracleInstants(walk, [{ matches: (r) => r.weekday === dayOfWeek, fixed: false }], dst);
            for (let to = at - 130 * 60_000; to <= at + 130 * 60_000; to += 10 * 60_000)
              expect(countBetween(weekly, at - 2 * DAY, to)).toBe(
                days.filter((t) => t >= at - 2 * DAY && t < to).length,
              );
          }
          for (let minute = 0; minute < 24 * 60; minute += 30) {
            const reading = { hour: Math.floor(minute / 60), minute: minute % 60 };
            const one = compileSpec({ calendar: reading, timezone: zone, dst }, { anchorAt: 0 });
            const wanted = oracleInstants(walk, [{ matches: (r) => r.second === minute * 60, fixed: true }], dst);
            expect(occurrencesBetween(one, at - 3 * DAY, at + 3 * DAY)).toEqual(
              wanted.filter((t) => t >= at - 3 * DAY && t < at + 3 * DAY),
            );
          }
        }
      }
    }
  });
});

describe("far searches", () => {
  it("find across excluded years what a search that starts behind them finds", () => {
    fc.assert(
      fc.property(
        fc.record({
          zone: fc.constantFrom(...ZONES.map(({ zone }) => zone)),
          entries: fc.array(firingCase(60), { maxLength: 2 }),
          interval: fc.constantFrom(null, "7m", "61s", "25h", "86399s", "1w"),
          exclusions: fc.array(exclusionCase(Math.floor(Date.UTC(2026, 5, 1) / DAY)), { maxLength: 3 }),
          dst: fc.constantFrom(...POLICIES),
          first: fc.integer({ min: 1950, max: 2140 }),
          length: fc.oneof(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 120, max: 7000 })),
        }),
        ({ zone, entries, interval, exclusions, dst, first, length }) => {
          fc.pre(entries.length > 0 || interval !== null);
          const exclude = exclusions.map((e) => e.exclusion);
          const base: ScheduleSpec = {
            ...(entries.length > 0 ? { calendar: entries.map((e) => e.entry) } : {}),
            ...(interval === null ? {} : { interval }),
            timezone: zone,
            dst,
          };
          const compiled = compileSpec({ ...base, exclude }, { anchorAt: 0 });
          const years = { year: `${first}-${first + length}` };
          const without = compileSpec({ ...base, exclude: [...exclude, years] }, { anchorAt: 0 });
          const from = startOfLocalDay(zone, `${first}-01-01`);
          const to = startOfLocalDay(zone, `${first + length + 1}-01-01`);
          expect(nextOccurrence(without, from - 1)).toBe(nextOccurrence(compiled, to - 1));
          expect(previousOccurrence(without, to)).toBe(previousOccurrence(compiled, from));
        },
      ),
      { numRuns: 150 * SOAK },
    );
  });
});
