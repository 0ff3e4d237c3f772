import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSpec, fromLocal, occurrencesBetween, type ScheduleSpec } from "../index.ts";
import { addDays } from "../zone/civil.ts";
import { type MoveScope, moveOccurrence } from "./move.ts";
import { MoveProblem } from "./problem.ts";

const dayMs = 86_400_000;
const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"] as const;
const two = (n: number) => String(n).padStart(2, "0");
const context = { anchorAt: Date.parse("2026-01-01T00:00:07Z") };
/** Some days before and after the clocks of Berlin and New York change. */
const start = Date.parse("2026-10-20T00:00:00Z");

const between = (spec: ScheduleSpec, from: number, to: number) =>
  occurrencesBetween(compileSpec(spec, context), from, to);
const iso = (list: readonly number[]) => list.map((at) => new Date(at).toISOString());

/** The move, or null where it is refused with a field and what would be taken. */
function tried(spec: ScheduleSpec, scheduledTime: number, to: number, scope: MoveScope, now: number) {
  try {
    return moveOccurrence(spec, context, { scheduledTime, to, scope }, now);
  } catch (error) {
    if (error instanceof MoveProblem) return null;
    throw error;
  }
}

const time = fc.integer({ min: 4 * 60, max: 23 * 60 }).map((n) => `${two(Math.floor(n / 60))}:${two(n % 60)}`);
const times = fc.uniqueArray(time, { minLength: 1, maxLength: 3 });
const weekdays = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });

/** Specs of every kind. */
const anySpec: fc.Arbitrary<ScheduleSpec> = fc
  .tuple(
    fc.oneof(
      fc.record({ times }).map((entry) => ({ calendar: entry })),
      fc.record({ times, dayOfWeek: weekdays }).map((entry) => ({ calendar: [entry, { hour: 3, minute: 30 }] })),
      fc
        .tuple(fc.nat(59), fc.nat(23), fc.constantFrom("*", "1-5", "2,4"))
        .map(([m, h, d]) => ({ cron: `${m} ${h} * * ${d}` })),
      fc.tuple(fc.nat(59), fc.constantFrom("*", "9-17")).map(([m, h]) => ({ cron: [`${m} ${h} * * *`, "0 4 1 * *"] })),
      fc.constantFrom("50m", "6h", "1d", "2w").map((interval) => ({ interval })),
      fc.constantFrom("50m", "1d").map((interval) => ({ interval: [interval, "7h"], cron: "10 5 * * *" })),
      fc.constant({ calendar: { every: "15m", between: ["10:01", "18:02"] as [string, string] } }),
      fc.constant({ calendar: { every: "15m", between: ["22:01", "05:02"] as [string, string] } }),
      fc.constant({ at: ["2026-10-24T18:00", "2026-10-26T09:00", "2026-11-01T01:30"] }),
    ),
    fc.constantFrom(...zones),
    fc.constantFrom<object>({}, { exclude: "2026-10-27" }, { exclude: [{ dayOfWeek: 0 }] }, { dst: "literal" }),
  )
  .map(([when, timezone, rest]) => ({ ...when, timezone, ...rest }) as ScheduleSpec);

const someMove = fc.record({
  spec: anySpec,
  now: fc.integer({ min: 0, max: 3 * 1440 }).map((minutes) => start + minutes * 60_000),
  nth: fc.nat(8),
  by: fc
    .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -300, max: 300 }))
    .map(([days, minutes]) => days * dayMs + minutes * 60_000),
});

describe("moving one occurrence", () => {
  it("leaves every other one where it is, and moving it back leaves the spec as it was", () => {
    let accepted = 0;
    fc.assert(
      fc.property(someMove, ({ spec, now, nth, by }) => {
        const from = between(spec, now + 1, now + 60 * dayMs)[nth];
        if (from === undefined) return;
        const to = from - (from % 1000) + by;
        const moved = tried(spec, from, to, "this", now);
        if (moved === null) return;
        accepted++;
        const [low, high] = [now - 5 * dayMs, now + 40 * dayMs];
        const wanted = [...between(spec, low, high).filter((at) => at !== from), to].filter((at) => at < high);
        expect(iso(between(moved, low, high))).toEqual(iso(wanted.sort((a, b) => a - b)));
        if (from % 1000 !== 0) return;
        const back = tried(moved, to, from, "this", now);
        expect(iso(between(back ?? {}, low, high))).toEqual(iso(between(spec, low, high)));
        expect(back?.exclude ?? []).toEqual(spec.exclude === undefined ? [] : [spec.exclude].flat());
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it("says the second in UTC where the schedule's own clock shows it twice", () => {
    const spec: ScheduleSpec = { cron: "30 * * * *", timezone: "Europe/Berlin" };
    const [first, again] = [Date.parse("2026-10-25T00:30:00Z"), Date.parse("2026-10-25T01:30:00Z")];
    const moved = moveOccurrence(spec, context, { scheduledTime: again, to: again + 7_800_000, scope: "this" }, start);
    expect(
      iso(between(moved, first, again + 1_800_000).concat(between(moved, again + 7_800_000, again + 7_800_001))),
    ).toEqual(iso([first, again + 7_800_000]));
  });

  it("takes a single time apart that fires each time the clock shows it, and makes none of that kind", () => {
    const [first, again] = [Date.parse("2026-11-01T05:30:00Z"), Date.parse("2026-11-01T06:30:00Z")];
    const spec: ScheduleSpec = { at: "2026-11-01T01:30", timezone: "America/New_York", dst: "literal" };
    expect(iso(between(spec, start, again + dayMs))).toEqual(iso([first, again]));
    const noon = Date.parse("2026-11-01T17:00:00Z");
    for (const [from, other] of [
      [first, again],
      [again, first],
    ] as const) {
      const moved = moveOccurrence(spec, context, { scheduledTime: from, to: noon, scope: "this" }, start);
      expect(iso(between(moved, start, again + dayMs))).toEqual(iso([other, noon]));
    }
    expect(() =>
      moveOccurrence(spec, context, { scheduledTime: first, to: first + 60_000, scope: "this" }, start),
    ).toThrow("that the clock shows once");
  });

  it("is refused with the field: what does not occur, has passed, fires anyway, or is excluded", () => {
    const spec: ScheduleSpec = { cron: "0 9 * * *", exclude: "2026-10-25", endAt: "2026-11-10T00:00:00Z" };
    const nine = Date.parse("2026-10-22T09:00:00Z");
    const field = (scheduledTime: number, to: number) => {
      try {
        moveOccurrence(spec, context, { scheduledTime, to, scope: "this" }, nine - dayMs);
      } catch (error) {
        if (error instanceof MoveProblem) return error.field;
        throw error;
      }
      return null;
    };
    expect(field(nine + 1000, nine + 5000)).toBe("scheduledTime");
    expect(field(nine - dayMs, nine + 5000)).toBe("scheduledTime");
    expect(field(nine, nine - 2 * dayMs)).toBe("to");
    expect(field(nine, nine + 1)).toBe("to");
    expect(field(nine, nine + dayMs)).toBe("to");
    expect(field(nine, nine + 3 * dayMs + 60_000)).toBe("to");
    expect(field(nine, nine + 40 * dayMs + 60_000)).toBe("to");
    expect(field(nine, nine + 60_000)).toBe(null);
  });
});

describe("moving later ones, or all", () => {
  /** Days of the week at times of day, kept as what a person means by them: dates and times. */
  const series = fc.record({
    zone: fc.constantFrom(...zones),
    days: fc.option(weekdays, { nil: null }),
    times,
    now: fc.integer({ min: 0, max: 4 * 1440 }).map((minutes) => start + minutes * 60_000 + 30_000),
    nth: fc.nat(12),
    toDay: fc.integer({ min: -3, max: 3 }),
    toTime: time,
    scope: fc.constantFrom("later" as const, "all" as const),
  });

  it("brings each occurrence to come once: at its new time, or where that has passed or comes later, at its old one", () => {
    let accepted = 0;
    fc.assert(
      fc.property(series, ({ zone, days, times: own, now, nth, toDay, toTime, scope }) => {
        const spec: ScheduleSpec = {
          calendar: { times: own, ...(days === null ? {} : { dayOfWeek: days }) },
          timezone: zone,
        };
        const instant = (date: string, clock: string) => {
          const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
          const [hour = 0, minute = 0] = clock.split(":").map(Number);
          return fromLocal(zone, { year, month, day, hour, minute })[0] as number;
        };
        const cells = Array.from({ length: 60 }, (_, i) => addDays("2026-10-10", i)).flatMap((date) =>
          days === null || days.includes(new Date(date).getUTCDay()) ? own.map((clock) => ({ date, clock })) : [],
        );
        const coming = cells.filter(({ date, clock }) => instant(date, clock) > now);
        coming.sort((a, b) => instant(a.date, a.clock) - instant(b.date, b.clock));
        const chosen = coming[nth];
        if (chosen === undefined) return;
        const from = instant(chosen.date, chosen.clock);
        const to = instant(addDays(chosen.date, toDay), toTime);
        const moved = tried(spec, from, to, scope, now);
        if (moved === null) return;
        accepted++;
        const changesDay = toDay !== 0 && days !== null;
        const isMoved = ({ date, clock }: (typeof cells)[number]) =>
          clock === chosen.clock &&
          (!changesDay || new Date(date).getUTCDay() === new Date(chosen.date).getUTCDay()) &&
          instant(date, clock) >= (scope === "later" ? from : now);
        const wanted = coming.map((cell) => {
          const old = instant(cell.date, cell.clock);
          if (!isMoved(cell)) return old;
          const next = instant(changesDay ? addDays(cell.date, toDay) : cell.date, toTime);
          return next > now ? next : old;
        });
        const high = start + 35 * dayMs;
        const shown = wanted.filter((at) => at < high).sort((a, b) => a - b);
        expect(iso(between(moved, now + 1, high))).toEqual(iso(shown));
      }),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(250);
  });

  it("gives an interval another phase, and skips what has come already under the old one", () => {
    const spec: ScheduleSpec = { interval: ["1h", "7h"] };
    const anchored = { anchorAt: Date.parse("2026-10-20T00:00:00Z") };
    const now = Date.parse("2026-10-21T12:10:00Z");
    const move = { scheduledTime: Date.parse("2026-10-21T17:00:00Z"), to: Date.parse("2026-10-21T17:30:00Z") };
    const moved = moveOccurrence(spec, anchored, { ...move, scope: "all" }, now);
    const hours = (of: ScheduleSpec) =>
      iso(occurrencesBetween(compileSpec(of, { anchorAt: now }), now, now + 4 * 3_600_000)).map((text) =>
        text.slice(11, 16),
      );
    // 12:30 would be that of 12:00, which has come.
    expect(hours(moved)).toEqual(["13:30", "14:30", "15:30"]);
    expect(moved.interval).toEqual([
      { every: "1h", anchor: "2026-10-20T00:30:00.000Z" },
      { every: "7h", anchor: "2026-10-20T00:00:00.000Z" },
    ]);
    const later = moveOccurrence(spec, anchored, { ...move, scope: "later" }, now);
    expect(
      iso(occurrencesBetween(compileSpec(later, { anchorAt: now }), now, move.to + 3_600_001)).map((t) =>
        t.slice(11, 16),
      ),
    ).toEqual(["13:00", "14:00", "15:00", "16:00", "17:30", "18:00", "18:30"]);
  });

  it("keeps cron as cron, an hourly pattern hourly, and refuses what an entry cannot say", () => {
    const now = Date.parse("2026-10-21T12:10:00Z");
    const move = (spec: ScheduleSpec, from: string, to: string) => {
      try {
        const { timezone: _, ...moved } = moveOccurrence(
          spec,
          context,
          { scheduledTime: Date.parse(from), to: Date.parse(to), scope: "all" },
          now,
        );
        return moved;
      } catch (error) {
        if (error instanceof MoveProblem) return error.message;
        throw error;
      }
    };
    const day = "2026-10-22";
    expect(move({ cron: "0 9 * * 1-5" }, `${day}T09:00Z`, `${day}T10:30Z`)).toEqual({ cron: ["30 10 * * 1-5"] });
    expect(move({ cron: "5 * * * *" }, `${day}T09:05Z`, `${day}T09:20Z`)).toEqual({
      cron: ["20 * * * *"],
      exclude: [{ year: 2026, month: 10, dayOfMonth: 21, times: ["12:20"] }],
    });
    expect(move({ cron: "*/15 * * * *" }, `${day}T09:15Z`, `${day}T09:20Z`)).toMatch("pattern");
    expect(move({ calendar: { dayOfMonth: 22, hour: 9 } }, `${day}T09:00Z`, "2026-10-24T10:00Z")).toEqual({
      calendar: [{ dayOfMonth: 24, hour: 10, minute: 0 }],
    });
    expect(move({ calendar: { dayOfMonth: 22, hour: 9 } }, `${day}T09:00Z`, "2026-11-01T10:00Z")).toMatch("month");
    expect(move({ calendar: { businessDay: -1, hour: 9 } }, "2026-10-30T09:00Z", "2026-10-29T09:00Z")).toMatch(
      "counted",
    );
    expect(move({ at: `${day}T09:00` }, `${day}T09:00Z`, `${day}T10:00Z`)).toMatch("once");
    expect(move({ cron: ["0 9 * * *", "0 10 * * 1"] }, `${day}T09:00Z`, `${day}T10:00Z`)).toMatch("no other entry");
    expect(move({ cron: ["0 9 * * *", "0 9 * * 4"] }, `${day}T09:00Z`, `${day}T10:00Z`)).toMatch("several");
  });

  it("refuses to keep more than a hundred before the one from which it is later", () => {
    const spec: ScheduleSpec = { calendar: { hour: "*", minute: 0 } };
    const now = Date.parse("2026-10-21T12:10:00Z");
    const from = now - 600_000 + 150 * 3_600_000;
    expect(tried(spec, from, from + 600_000, "later", now)).toBe(null);
    expect(tried(spec, from, from + 600_000, "all", now)).not.toBe(null);
    const sooner = now - 600_000 + 40 * 3_600_000;
    expect(tried(spec, sooner, sooner + 600_000, "later", now)).not.toBe(null);
  });
});

it("leaves empty what was moved by itself before its series moves", () => {
  const spec: ScheduleSpec = { cron: ["10 * * * * *", "25 * * * * *", "50 * * * * *"] };
  const minute = Date.parse("2026-03-02T09:00:00Z");
  const at = (n: number, second: number) => minute + n * 60_000 + second * 1000;
  const one = moveOccurrence(spec, context, { scheduledTime: at(2, 50), to: at(2, 0), scope: "this" }, minute);
  for (const scope of ["all", "later"] as const) {
    const all = moveOccurrence(one, context, { scheduledTime: at(1, 50), to: at(1, 1), scope }, minute);
    expect(iso(between(all, at(1, 0), at(4, 0)))).toEqual(
      iso([at(1, 1), at(1, 10), at(1, 25), at(2, 0), at(2, 10), at(2, 25), at(3, 1), at(3, 10), at(3, 25)]),
    );
  }
});
