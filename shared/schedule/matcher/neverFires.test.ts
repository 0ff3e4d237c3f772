import { describe, expect, it } from "vitest";
import { compileSpec, nextOccurrence, parseSpec, type ScheduleSpec, whyNeverFires } from "../index.ts";

const NOW = Date.UTC(2026, 0, 1);
const why = (spec: ScheduleSpec, from?: number) => whyNeverFires(compileSpec(parseSpec(spec), { anchorAt: NOW }), from);

describe("a spec that never fires", () => {
  it.each<[ScheduleSpec, string[]]>([
    [{ calendar: { month: 2, dayOfMonth: 30, hour: 9 } }, ["calendar.dayOfMonth", "calendar.month"]],
    [{ calendar: [{ month: 4, dayOfMonth: 31, dayOfWeek: "mon" }] }, ["calendar[0].dayOfMonth", "calendar[0].month"]],
    [
      { calendar: [{ dayOfMonth: "15W", weekOfMonth: 1, month: 3 }] },
      ["calendar[0].dayOfMonth", "calendar[0].weekOfMonth"],
    ],
    [{ calendar: [{ dayOfMonth: "LW", dayOfWeek: "sun" }] }, ["calendar[0].dayOfMonth", "calendar[0].dayOfWeek"]],
    [
      { calendar: [{ dayOfMonth: 29, month: 2, year: 2027 }] },
      ["calendar[0].dayOfMonth", "calendar[0].month", "calendar[0].year"],
    ],
    [{ calendar: [{ year: 2020 }] }, ["calendar[0].year"]],
    [{ cron: "0 9 * * *", exclude: [{ dayOfWeek: "*" }] }, ["exclude[0]", "cron"]],
    [{ cron: "0 9 * * 1-5", exclude: ["2026-05-01", { dayOfWeek: "mon-fri" }] }, ["exclude[1]", "cron"]],
    [{ cron: "* * * * *", exclude: { hour: "*", minute: "*" } }, ["exclude", "cron"]],
    [
      {
        interval: "7s",
        exclude: [
          { hour: "*", minute: "*", second: "*/2" },
          { hour: "*", minute: "*", second: "1-59/2" },
        ],
      },
      ["exclude", "interval"],
    ],
    [
      { interval: "1m", exclude: { from: "2020-01-01", to: "9999-12-31" }, timezone: "Europe/Berlin" },
      ["exclude", "interval"],
    ],
    [
      {
        interval: "7m",
        exclude: Array.from({ length: 1440 }, (_, i) => ({ hour: Math.floor(i / 60), minute: i % 60, second: "*" })),
      },
      ["exclude", "interval"],
    ],
    [
      {
        interval: "61s",
        exclude: [{ month: "1-6" }, { month: "7-12", between: ["00:00", "12:00"] }, { between: ["12:00", "23:59:59"] }],
      },
      ["exclude", "interval"],
    ],
    [{ interval: "1d", exclude: { hour: "*", minute: "*" }, timezone: "Africa/Cairo" }, ["exclude", "interval"]],
    [{ cron: "0 9 * * *", exclude: [{ year: "*/2" }, { year: "1901-9999/2" }] }, ["exclude", "cron"]],
    [
      {
        cron: "30 2 * * *",
        exclude: [
          { year: "*/2", between: ["02:00", "03:00"] },
          { year: "1901-9999/2", between: ["01:00", "12:00"] },
        ],
        timezone: "Europe/Berlin",
      },
      ["exclude", "cron"],
    ],
    [
      {
        interval: "7m",
        exclude: Array.from({ length: 7 }, (_, day) => ({ dayOfWeek: day, between: ["00:00", `23:59:5${day}`] })),
        timezone: "America/New_York",
      },
      ["exclude", "interval"],
    ],
    [
      // The same weekday's midnights, week after week: they are among the excluded ones.
      { interval: "7m", exclude: [{ dayOfWeek: "thu" }, { between: ["00:01", "23:59:59"] }] },
      ["exclude", "interval"],
    ],
    [
      {
        interval: "25h",
        exclude: [
          { year: "*/3", hour: "*" },
          { year: "1901-9999/3", hour: "*" },
          { year: "1902-9999/3", hour: "*" },
        ],
      },
      ["exclude", "interval"],
    ],
    [{ cron: "0 9 * * *", endAt: "2025-01-01T00:00:00Z" }, ["endAt"]],
    [{ cron: "0 9 1 1 *", startAt: "2026-02-01T00:00:00Z", endAt: "2026-03-01T00:00:00Z" }, ["startAt", "endAt"]],
    [
      {
        calendar: { year: 2026, month: 3, dayOfMonth: 29, hour: 2, minute: 30 },
        timezone: "Europe/Berlin",
        dst: "literal",
      },
      ["dst", "timezone", "calendar"],
    ],
  ])("number %# names the fields that contradict", (spec, paths) => {
    const found = why(spec, NOW);
    expect(found?.paths).toEqual(paths);
    expect(found?.message).not.toBe("");
    expect(nextOccurrence(compileSpec(parseSpec(spec), { anchorAt: NOW }), NOW - 1)).toBeNull();
  });

  it.each<ScheduleSpec>([
    { cron: "0 0 29 2 *" },
    { calendar: { month: 2, dayOfMonth: 29, dayOfWeek: "mon" } },
    { calendar: { year: 9999, month: 12, dayOfMonth: 31 } },
    { calendar: { dayOfMonth: 13, dayOfWeek: "fri", month: 8 } },
    { calendar: { month: 3, hour: 2, minute: 30, dayOfWeek: "sun", weekOfMonth: -1 }, timezone: "Europe/Berlin" },
    { interval: "7h", exclude: { from: "2020-01-01", to: "2500-12-31" } },
    { cron: "0 9 * * *", exclude: { year: "2000-2900" } },
  ])("is not %j", (spec) => {
    expect(why(spec, NOW)).toBeNull();
  });

  it.each<[ScheduleSpec, string]>([
    [{ cron: "0 9 * * *", exclude: { year: "1900-5000" } }, "5001-01-01T09:00:00.000Z"],
    [{ interval: "25h", exclude: { year: "1900-5000" } }, "5001-01-01T21:00:00.000Z"],
    [
      { interval: "86399s", exclude: { between: ["00:00", "23:59:58"] }, timezone: "Antarctica/Troll" },
      "2026-01-01T23:59:59.000Z",
    ],
    [
      // Thursday is the first day, and seven minutes do not divide one: only every seventh midnight counts.
      { interval: "7m", exclude: [{ dayOfWeek: "thu", year: "2026-8999" }, { between: ["00:01", "23:59:59"] }] },
      "9000-01-02T00:00:00.000Z",
    ],
    [
      {
        cron: "30 2 * * *",
        exclude: [
          { year: "*/2", between: ["02:00", "03:00"] },
          { year: "1901-3333/2", between: ["01:00", "12:00"] },
          { year: "3335-9999/2", between: ["02:00", "02:59"] },
        ],
        timezone: "Europe/Berlin",
      },
      "3335-03-27T01:00:00.000Z",
    ],
  ])("is not what fires in the far future: %j at %s", (spec, first) => {
    expect(new Date(nextOccurrence(compileSpec(parseSpec(spec), { anchorAt: NOW }), NOW) ?? 0).toISOString()).toBe(
      first,
    );
  });

  it("is not what fires once a year, moved out of the gap to a time that is not excluded", () => {
    const spec: ScheduleSpec = {
      cron: "30 2 * * *",
      exclude: { between: ["02:00", "02:59:59"] },
      timezone: "Europe/Berlin",
    };
    expect(why(spec, NOW)).toBeNull();
    expect(nextOccurrence(compileSpec(spec, { anchorAt: NOW }), NOW)).toBe(Date.parse("2026-03-29T01:00:00Z"));
    expect(why({ ...spec, dst: "literal" }, NOW)?.paths).toEqual(["exclude", "cron"]);
  });

  it("is asked of any time where no instant is given", () => {
    expect(why({ calendar: { year: 1999 } })).toBeNull();
    expect(why({ calendar: { month: 2, dayOfMonth: 30 } })).not.toBeNull();
  });
});
