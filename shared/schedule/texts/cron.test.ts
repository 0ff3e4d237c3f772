import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileSpec,
  cronToSpec,
  describeCron,
  occurrencesBetween,
  parseCron,
  parseSpec,
  type ScheduleSpec,
  SpecError,
  specToCron,
} from "../index.ts";
import { entryCase, fieldCase } from "../testing/arbitraries.ts";
import { oracleInstants, walkClock } from "../testing/oracle.ts";

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 1, 20);
const instants = (spec: ScheduleSpec, from = FROM, to = FROM + 20 * DAY) =>
  occurrencesBetween(compileSpec(parseSpec(spec), { anchorAt: from }), from, to);

describe("cron expressions", () => {
  it("agree with crontab's rules over random fields", () => {
    // A walk by the minute of a month that holds the end of February and a 13th.
    const walk = walkClock("UTC", FROM, FROM + 25 * DAY, 60_000);
    const text = (value: unknown) => (Array.isArray(value) ? value.join(",") : String(value));
    const star = fc.constant(null);
    fc.assert(
      fc.property(
        fieldCase("minute", 0, 59),
        fieldCase("hour", 0, 23),
        fc.oneof(star, fieldCase("dayOfMonth", 1, 31)),
        fc.oneof(star, fieldCase("month", 1, 12, 4, 1)),
        fc.oneof(star, fieldCase("dayOfWeek", 0, 6)),
        (minute, hour, day, month, weekday) => {
          const expression = [minute.value, hour.value, day?.value ?? "*", month?.value ?? "*", weekday?.value ?? "*"]
            .map(text)
            .join(" ");
          // A star counts as one however it came about.
          const days = text(day?.value ?? "*") === "*" ? null : day;
          const weekdays = text(weekday?.value ?? "*") === "*" ? null : weekday;
          const both = [days, weekdays].some((one) => one && text(one.value).startsWith("*"));
          const expected = oracleInstants(
            walk,
            [
              {
                fixed: false,
                matches: (r) => {
                  if (!minute.allows((r.second / 60) % 60) || !hour.allows(Math.floor(r.second / 3600))) return false;
                  if (month && !month.allows(r.month)) return false;
                  if (days && weekdays && !both) return days.allows(r.day) || weekdays.allows(r.weekday);
                  return (!days || days.allows(r.day)) && (!weekdays || weekdays.allows(r.weekday));
                },
              },
            ],
            "vixie",
          );
          let found: number[];
          try {
            found = instants({ cron: expression }, FROM, FROM + 25 * DAY);
          } catch (error) {
            expect(String(error), expression).toMatch(/a day that one of the months has/);
            return;
          }
          expect(found, expression).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ["0 0 L * *", ["2026-02-28", "2026-03-31"]],
    ["0 0 * * 5L", ["2026-02-27", "2026-03-27"]],
    ["0 0 * * friL", ["2026-02-27", "2026-03-27"]],
    ["0 0 * * 2#2", ["2026-03-10"]],
    ["0 0 * * TUE#2", ["2026-03-10"]],
    ["0 0 13 * 5", ["2026-02-20", "2026-02-27", "2026-03-06", "2026-03-13", "2026-03-20", "2026-03-27"]],
    ["0 0 30 2 1", ["2026-02-23"]],
    ["0 0 * * 0,7", ["2026-02-22", "2026-03-01", "2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"]],
    [
      "0 0 * * sat-sun",
      [
        "2026-02-21",
        "2026-02-22",
        "2026-02-28",
        "2026-03-01",
        "2026-03-07",
        "2026-03-08",
        "2026-03-14",
        "2026-03-15",
        "2026-03-21",
        "2026-03-22",
        "2026-03-28",
        "2026-03-29",
      ],
    ],
    ["0 0 * * sun-sun", ["2026-02-22", "2026-03-01", "2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"]],
    ["0 0 * feb wed-5", ["2026-02-20", "2026-02-25", "2026-02-26", "2026-02-27"]],
    ["0 0 27 jan-3/2,jul-12 *", ["2026-03-27"]],
    ["0 0 1,L mar *", ["2026-03-01", "2026-03-31"]],
    // cron(5): either matches, except where one of the fields begins with a star.
    ["0 0 */2 * 1", ["2026-02-23", "2026-03-09", "2026-03-23"]],
    ["0 0 15 * */3", ["2026-03-15"]],
    ["0 0 1-7 * */7", ["2026-03-01"]],
    ["0 0 */100,1-7 * TUE", ["2026-03-03"]],
    ["0 0 *,1 * 1#2", ["2026-03-09"]],
    ["0 0 * * fri#1,fri#3,mon#2", ["2026-02-20", "2026-03-06", "2026-03-09", "2026-03-20"]],
    [
      "0 0 * * sun,fri#1",
      ["2026-02-22", "2026-03-01", "2026-03-06", "2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"],
    ],
    ["0 0 * * thursL,1#5", ["2026-02-26", "2026-03-26", "2026-03-30"]],
    ["0 0 L-3 * ?", ["2026-02-25", "2026-03-28"]],
    ["0 0 15W * ?", ["2026-03-16"]],
    ["0 0 LW,1W * *", ["2026-02-27", "2026-03-02", "2026-03-31"]],
    ["0 0 ? mar monday", ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"]],
    ["0 0 30-2 * *", ["2026-03-01", "2026-03-02", "2026-03-30", "2026-03-31"]],
    [
      "0 0 * * fri-mon/3",
      [
        "2026-02-20",
        "2026-02-23",
        "2026-02-27",
        "2026-03-02",
        "2026-03-06",
        "2026-03-09",
        "2026-03-13",
        "2026-03-16",
        "2026-03-20",
        "2026-03-23",
        "2026-03-27",
        "2026-03-30",
      ],
    ],
    ["0 0 28 february,march-sept */8,sat", ["2026-02-28", "2026-03-28"]],
    ["0 0 1 */12 *", []],
    ["0 0 */40 nov-mar *", ["2026-03-01"]],
    ["@monthly", ["2026-03-01"]],
    ["@weekly", ["2026-02-22", "2026-03-01", "2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"]],
  ])("%s means the days %j", (cron, days) => {
    expect(instants({ cron }, FROM, Date.UTC(2026, 3, 1)).map((at) => new Date(at).toISOString().slice(0, 10))).toEqual(
      days,
    );
  });

  it("have seconds first where there are six fields", () => {
    expect(instants({ cron: "*/20 5 0 20 2 *" }).map((at) => new Date(at).toISOString())).toEqual([
      "2026-02-20T00:05:00.000Z",
      "2026-02-20T00:05:20.000Z",
      "2026-02-20T00:05:40.000Z",
    ]);
  });

  it.each([
    "? * * * *",
    "H * * * *",
    "H(0-5) * * * *",
    "* * -2 * *",
    "* * ?/2 * *",
    "* * L-31 * *",
    "* * 32W * *",
    "* * * 15W *",
    "* * * ? *",
    "* * 31W 2 *",
    "* * L-30 feb *",
    "* * * * fridayss",
    "* * * marchs *",
    "* * L/2 * *",
    "* * 1-L * *",
    "* * * * wedL,lwx",
    "* * * * 3W",
    "* * * * L",
    "* * * * 5#6",
    "*/0 * * * *",
    "1,,2 * * * *",
    "5- * * * *",
    "-5 * * * *",
    "1.5 * * * *",
    "0x1 * * * *",
    "1e1 * * * *",
    "１ * * * *",
    "a b c d e",
    "* * * foo *",
    "@minutely",
    "@secondly",
    "@weekdays",
    "@",
    "CRON_TZ=UTC",
    "* * * * * *\n* * * * * *",
    "*/5/2 * * * *",
    "** * * * *",
    "1-2-3 * * * *",
  ])("are refused: %s", (cron) => {
    expect(() => parseCron(cron)).toThrow(SpecError);
  });

  it.each([
    ["0 22-2 * * *", [22, 23, 0, 1, 2]],
    ["0 22-3/2 * * *", [22, 0, 2]],
    ["0 */24 * * *", [0]],
    ["0 5/20 * * *", [5]],
  ])("%s means the hours %j", (cron, hours) => {
    expect(
      instants({ cron }, Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 2)).map((at) => new Date(at).getUTCHours()),
    ).toEqual([...hours].sort((a, b) => a - b));
  });

  it("say how another program's text is read", () => {
    const said = (cron: string) => {
      try {
        parseCron(cron);
      } catch (error) {
        return String(error);
      }
      return "";
    };
    expect(said("0 0 12 1/1 * ? *")).toMatch(/looks like Quartz's.*spec parse/);
    expect(said("H 3 * * *")).toMatch(/minute field.*looks like Jenkins's/);
    expect(said("@every 1h")).toMatch(/looks like Go's/);
    expect(said("rate(5 minutes)")).toMatch(/looks like AWS's/);
    expect(said("0~59 3 * * *")).toMatch(/looks like OpenBSD's/);
    expect(said("0 25 * * *")).not.toMatch(/looks like/);
  });

  it("are described", () => {
    expect(describeCron("0 9 * * 1-5")).toBe("at 09:00 on weekdays");
    expect(describeCron("0 9 13 * 5")).toBe("at 09:00 on the 13th of the month or on Fridays");
  });
});

describe("cron and calendar", () => {
  it("mean the same instants when cron becomes calendar entries", () => {
    for (const cron of [
      "0 9 * * 1-5",
      "*/5 9-17 * * *",
      "0 0 13 * 5",
      "0 0 L * *",
      "0 0 * * 5L",
      "0 0 * * 5L,1",
      "0 12 * * 2#2",
      "15 10 1,15 * mon",
      "*/20 30 2 * * *",
      "0 0 29 2 *",
      "0 */7 * jan-mar *",
      "30 2 1,L * 0",
      "0 0 */2 * 1",
      "*/100 1,2 15W,L-2 * *",
      "30 */24 * * fri#1,fri#3,sun",
      "30 0-23 * * *",
    ]) {
      const { calendar, lost } = cronToSpec(cron);
      expect(lost).toEqual([]);
      for (const timezone of ["UTC", "America/New_York"]) {
        expect(instants({ calendar, timezone }), cron).toEqual(instants({ cron, timezone }));
      }
    }
    expect(cronToSpec("CRON_TZ=Asia/Tokyo 0 9 * * *").timezone).toBe("Asia/Tokyo");
  });

  it("mean the same instants when calendar entries become cron, but for what is said to be lost", () => {
    let kept = 0;
    fc.assert(
      fc.property(fc.array(entryCase(1), { minLength: 1, maxLength: 2 }), (cases) => {
        const spec: ScheduleSpec = { calendar: cases.map((c) => c.entry) };
        const { cron, lost } = specToCron(spec);
        const lossless = spec.calendar as readonly object[];
        const whole = lossless.filter((_, i) => !lost.some(({ path }) => path.startsWith(`calendar[${i}]`)));
        if (whole.length === 0 || cron.length === 0) return;
        kept++;
        expect(instants({ cron })).toEqual(instants({ calendar: whole as ScheduleSpec["calendar"] }));
      }),
      { numRuns: 400 },
    );
    expect(kept).toBeGreaterThan(100);
  });

  it("mean the same instants where the clock changes, too, but for what is said to be lost", () => {
    const changes = ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"].map((text) => Date.parse(text));
    const entry = entryCase(60).map(({ entry: { year: _, ...rest } }) => rest);
    const halfHours = Array.from({ length: 10 }, (_, i) => `0${Math.floor(i / 2)}:${i % 2 === 0 ? "00" : "30"}`);
    const times = fc.subarray(halfHours, { minLength: 1, maxLength: 3 }).map((list) => ({ times: list }));
    let said = 0;
    fc.assert(
      fc.property(
        fc.oneof(entry, { weight: 3, arbitrary: times }),
        fc.constantFrom("vixie", "literal", "shift"),
        fc.option(fc.constantFrom("vixie" as const, "literal" as const, "shift" as const), { freq: 2 }),
        (days, dst, own) => {
          const entry = own === null ? days : { ...days, dst: own };
          const base = { timezone: "America/New_York", dst } as const;
          const { cron, lost } = specToCron({ ...base, calendar: entry });
          const differs = changes.some((at) => {
            const [from, to] = [at - 3 * DAY, at + 3 * DAY];
            const calendar = instants({ ...base, calendar: entry }, from, to);
            return cron.length > 0 && `${instants({ ...base, cron }, from, to)}` !== `${calendar}`;
          });
          if (differs) {
            said++;
            expect(lost.map(({ message }) => message)).toEqual([expect.stringMatching(/^Where the clock changes, /)]);
          }
        },
      ),
      { numRuns: 600 },
    );
    expect(said).toBeGreaterThan(0);
    const calendar = { times: ["02:30", "14:45"], dst: "literal" as const };
    const timezone = "America/New_York";
    expect(specToCron({ calendar, timezone }).lost.map(({ path }) => path)).toEqual(["calendar.dst"]);
    expect(specToCron({ calendar, timezone: "UTC" }).lost).toEqual([]);
    expect(specToCron({ calendar, timezone, dst: "literal" }).lost).toEqual([]);
    expect(specToCron({ calendar: { ...calendar, times: ["08:30", "14:45"] }, timezone }).lost).toEqual([]);
    // What is listed stays listed, and what is not begins with a star.
    expect(specToCron({ calendar: { minute: 30, hour: "0-23" }, timezone }).cron).toEqual(["30 0-23 * * *"]);
    expect(specToCron({ calendar: { every: "1h", between: ["01:00", "05:00"] }, timezone }).cron).toEqual([
      "*/60 1-5 * * *",
    ]);
  });

  it.each<[ScheduleSpec, string]>([
    [{ calendar: [{ year: 2026, hour: 9 }] }, "calendar[0].year"],
    [{ calendar: [{ dayOfMonth: 13, dayOfWeek: "fri" }] }, "calendar[0].dayOfWeek"],
    [{ calendar: [{ dayOfMonth: "31W", month: 4 }] }, "calendar[0].dayOfMonth"],
    [{ calendar: [{ dayOfMonth: 30, month: 2 }] }, "calendar[0].dayOfMonth"],
    [{ calendar: [{ dayOfMonth: 13, weekOfMonth: 2 }] }, "calendar[0].weekOfMonth"],
    [{ calendar: [{ hour: 9, comment: "standup" }] }, "calendar[0].comment"],
    [{ interval: ["5m"] }, "interval[0]"],
    [{ cron: "0 9 * * *", exclude: ["2026-01-01"] }, "exclude"],
  ])("%j loses %s in cron", (spec, path) => {
    expect(specToCron(spec).lost.map((one) => one.path)).toEqual([path]);
  });

  it("share an expression among times that make a grid", () => {
    expect(specToCron({ calendar: { dayOfWeek: "mon-fri", times: ["08:30", "14:30"] } }).cron).toEqual([
      "30 8,14 * * 1-5",
    ]);
    expect(specToCron({ calendar: { every: "15m" } }).cron).toEqual(["*/15 * * * *"]);
    expect(specToCron({ calendar: { dayOfWeek: "tue", weekOfMonth: 2, hour: 9 } }).cron).toEqual(["0 9 * * 2#2"]);
  });
});
