import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  calendarEntrySchema,
  compileSpec,
  exclusionCalendarSchema,
  exclusionSchema,
  formatDuration,
  occurrencesBetween,
  parseDuration,
  parseSpec,
  type ScheduleSpec,
  SpecError,
  scheduleSpecSchema,
} from "../index.ts";
import { entryCase, exclusionCase } from "../testing/arbitraries.ts";

function refusal(input: unknown): SpecError {
  try {
    parseSpec(input);
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
  throw new Error(`was taken: ${JSON.stringify(input)}`);
}

describe("what is refused", () => {
  // Path of the issue, and a word of what would be taken.
  const CASES: readonly [unknown, string, RegExp][] = [
    [null, "", /a spec such as/],
    ["0 9 * * *", "", /a spec such as/],
    [[], "", /a spec such as/],
    [{}, "", /at least one of cron, interval, calendar, at and on/],
    [{ on: {} }, "on", /"boot": true/],
    [{ on: { boot: false } }, "on.boot", /true is expected/],
    [{ on: [{ after: { scheduleId: "" } }] }, "on[0].after.scheduleId", /id of a schedule/],
    [
      { on: { after: { scheduleId: "a", outcome: "skipped" } } },
      "on.after.outcome",
      /"completed", "failed" or "ended"/,
    ],
    [{ on: { boot: true, delay: "0s" } }, "on.delay", /1s to 31d/],
    [{ on: { after: { scheduleId: "a" }, delay: 5 } }, "on.delay", /1s to 31d/],
    [{ on: { boot: true, wake: true } }, "on.wake", /no field of that name/],
    [{ cron: [] }, "cron", /a cron expression/],
    [{ cron: 5 }, "cron", /a cron expression/],
    [{ cron: "" }, "cron", /5 fields/],
    [{ cron: "   " }, "cron", /5 fields/],
    [{ cron: "* * *" }, "cron", /not 3 fields/],
    [{ cron: "* * * * * * *" }, "cron", /not 7 fields/],
    [{ cron: "60 * * * *" }, "cron", /minute field takes 0–59/],
    [{ cron: "0 24 * * *" }, "cron", /hour field takes 0–23/],
    [{ cron: "0 0 32 * *" }, "cron", /day of month field takes 1–31/],
    [{ cron: "0 0 * 13 *" }, "cron", /month field takes 1–12/],
    [{ cron: "0 0 * * 8" }, "cron", /day of week field takes 0–7/],
    [{ cron: "0 0 30 2 *" }, "cron", /day of month field takes a day that one of the months has/],
    [{ cron: "0 0 31 4,6 *" }, "cron", /day of month field/],
    [{ cron: "@reboot" }, "cron", /@hourly/],
    [{ cron: ["0 9 * * *", "nope"] }, "cron[1]", /5 fields/],
    [{ cron: "CRON_TZ=Mars/Base 0 9 * * *" }, "cron", /for CRON_TZ=Mars\/Base an IANA time zone/],
    [{ cron: ["CRON_TZ=Mars/Base 0 9 * * *"] }, "cron[0]", /CRON_TZ/],
    [{ interval: "" }, "interval", /a duration such as/],
    [{ interval: "5" }, "interval", /a duration such as/],
    [{ interval: 5 }, "interval", /a duration/],
    [{ interval: "1ms" }, "interval", /at least 1s/],
    [{ interval: "0s" }, "interval", /at least 1s/],
    [{ interval: "-5m" }, "interval", /a duration such as/],
    [{ interval: "1e12d" }, "interval", /a duration such as/],
    [{ interval: "999999999999d" }, "interval", /up to 100 years/],
    [{ interval: "5m1h" }, "interval", /largest first/],
    [{ interval: [{ every: "1h", anchor: "yesterday" }] }, "interval[0].anchor", /an instant such as/],
    [{ interval: { every: "1h", from: "middle" } }, "interval.from", /"start" or "completion"/],
    [{ interval: { anchor: "2026-01-01T00:00:00Z" } }, "interval.every", /a duration/],
    [{ interval: { every: "1h", phase: 1 } }, "interval.phase", /no field of that name/],
    [{ calendar: [{ hour: 24 }] }, "calendar[0].hour", /0–23/],
    [{ calendar: { hour: "nine" } }, "calendar.hour", /0–23/],
    [{ calendar: [{ hour: 9 }, { minute: [0, 61] }] }, "calendar[1].minute", /0–59/],
    [{ calendar: [{ second: 1.5 }] }, "calendar[0].second", /whole numbers/],
    [{ calendar: [{ dayOfMonth: 0 }] }, "calendar[0].dayOfMonth", /1–31, L/],
    [{ calendar: [{ dayOfMonth: "32W" }] }, "calendar[0].dayOfMonth", /1–31, L/],
    [{ calendar: [{ month: "janvier" }] }, "calendar[0].month", /1–12 or jan–dec/],
    [{ calendar: [{ dayOfWeek: "5#2" }] }, "calendar[0].dayOfWeek", /sun–sat/],
    [{ calendar: [{ weekOfMonth: 6 }] }, "calendar[0].weekOfMonth", /1–5 or -1/],
    [{ calendar: [{ year: 1066 }] }, "calendar[0].year", /1900–9999/],
    [{ calendar: [{ hour: [] }] }, "calendar[0].hour", /empty list/],
    [{ calendar: [{ year: "2030-2026" }] }, "calendar[0].year", /backwards/],
    [{ calendar: [{ weekOfMonth: "4-1" }] }, "calendar[0].weekOfMonth", /backwards/],
    [{ calendar: [{ hour: "*/0" }] }, "calendar[0].hour", /never moves on/],
    [{ calendar: [{ hour: 2, dst: "summer" }] }, "calendar[0].dst", /"vixie", "literal" or "shift"/],
    [{ cron: "* * * * *", exclude: { hour: 2, dst: "shift" } }, "exclude.dst", /no field of that name/],
    [{ calendar: [{ hour: null }] }, "calendar[0].hour", /0–23/],
    [{ calendar: [{ hour: {} }] }, "calendar[0].hour", /0–23/],
    [{ calendar: [{ times: ["9:00"] }] }, "calendar[0].times[0]", /HH:MM/],
    [{ calendar: [{ times: [] }] }, "calendar[0].times", /at least one local time/],
    [{ calendar: [{ times: "09:00" }] }, "calendar[0].times", /a list of local times/],
    [{ calendar: [{ times: ["09:00"], hour: 9 }] }, "calendar[0].hour", /not both/],
    [{ calendar: [{ every: "15m", minute: 5 }] }, "calendar[0].minute", /not both/],
    [{ calendar: [{ every: "15m", times: ["09:00"] }] }, "calendar[0].every", /not both/],
    [{ calendar: [{ every: "25h" }] }, "calendar[0].every", /1s to 24h/],
    [{ calendar: [{ every: "1s500ms" }] }, "calendar[0].every", /whole seconds/],
    [{ calendar: [{ between: ["09:00", "10:00"] }] }, "calendar[0].between", /only with every/],
    [{ calendar: [{ every: "15m", between: ["10:00"] }] }, "calendar[0].between", /two local times/],
    [{ calendar: [{ every: "15m", between: ["x", "10:00"] }] }, "calendar[0].between[0]", /HH:MM/],
    [{ calendar: [{ jour: 1 }] }, "calendar[0].jour", /no field of that name/],
    [{ calendar: ["daily"] }, "calendar[0]", /an entry such as/],
    [{ calendar: [] }, "calendar", /empty list/],
    [{ calendar: [{ comment: 5 }] }, "calendar[0].comment", /a text/],
    [{ calendar: { businessDay: 24 } }, "calendar.businessDay", /1–23/],
    [{ calendar: { businessDay: 1, dayOfMonth: 1 } }, "calendar.businessDay", /not both/],
    [{ calendar: { dayOfMonth: 1, onHoliday: "before" } }, "calendar.onHoliday", /needs holidays/],
    [{ calendar: { businessDay: 1, holidays: "x", onHoliday: "after" } }, "calendar.onHoliday", /without businessDay/],
    [{ calendar: { holidays: [] } }, "calendar.holidays", /empty list/],
    [{ calendar: { everyWeeks: 2 } }, "calendar.everyWeeks", /a date to count from/],
    [{ calendar: { everyWeeks: 0, from: "2026-01-01" } }, "calendar.everyWeeks", /from 1 to 520/],
    [{ calendar: { everyWeeks: 2, everyMonths: 2, from: "2026-01-01" } }, "calendar.everyMonths", /not both/],
    [{ calendar: { from: "2026-01-01" } }, "calendar.from", /with everyWeeks/],
    [{ calendar: { everyMonths: 2, from: "January" } }, "calendar.from", /YYYY-MM-DD/],
    [{ at: "2026-12-24" }, "at", /2026-12-24T18:00/],
    [{ at: ["2026-12-24T18:00", "2026-12-24T18:00Z"] }, "at[1]", /without a zone/],
    [{ at: [] }, "at", /empty list/],
    [{ at: "2026-12-24T18:00", onlyOn: "" }, "onlyOn", /a name/],
    [{ at: "2026-12-24T18:00", onlyOn: [{ name: "x" }] }, "onlyOn[0].name", /but calendar/],
    [{ cron: "* * * * *", exclude: ["2026-02-30"] }, "exclude[0]", /YYYY-MM-DD/],
    [{ cron: "* * * * *", exclude: "tomorrow" }, "exclude", /YYYY-MM-DD/],
    [
      { cron: "* * * * *", exclude: [{ from: "2026-02-01", to: "2026-01-01" }] },
      "exclude[0].to",
      /not before 2026-02-01/,
    ],
    [{ cron: "* * * * *", exclude: [{ from: "2026-02-01" }] }, "exclude[0].to", /YYYY-MM-DD/],
    [{ cron: "* * * * *", exclude: [{ calendar: "" }] }, "exclude[0].calendar", /a name/],
    [{ cron: "* * * * *", exclude: [{}] }, "exclude[0]", /at least one field/],
    [{ cron: "* * * * *", exclude: [{ hour: 25 }] }, "exclude[0].hour", /0–23/],
    [{ cron: "* * * * *", exclude: [7] }, "exclude[0]", /a date YYYY-MM-DD/],
    [{ cron: "* * * * *", timezone: "Europe/Nowhere" }, "timezone", /IANA time zone/],
    [{ cron: "* * * * *", timezone: 1 }, "timezone", /IANA time zone/],
    // A runtime takes these for zones of its own choice.
    [{ cron: "* * * * *", timezone: "BST" }, "timezone", /BST is none, and could mean Europe\/London or Asia\/Dhaka/],
    [{ cron: "* * * * *", timezone: "ist" }, "timezone", /could mean Asia\/Kolkata or Europe\/Dublin or/],
    [{ cron: "* * * * *", timezone: "AST" }, "timezone", /America\/Halifax/],
    [{ cron: "* * * * *", timezone: "CST" }, "timezone", /Asia\/Shanghai/],
    [{ cron: "* * * * *", timezone: "CEST" }, "timezone", /Europe\/Berlin/],
    [{ cron: "* * * * *", timezone: "ACT" }, "timezone", /IANA time zone/],
    [{ cron: "CRON_TZ=BST 0 9 * * *" }, "cron", /for CRON_TZ=BST .* could mean Europe\/London/],
    [{ cron: "* * * * *", dst: "spring" }, "dst", /"vixie", "literal" or "shift"/],
    [{ cron: "* * * * *", startAt: "2026-01-01" }, "startAt", /an instant such as/],
    [{ cron: "* * * * *", endAt: "2026-13-01T00:00:00Z" }, "endAt", /an instant such as/],
    [{ cron: "* * * * *", endAt: "2026-02-30T00:00:00Z" }, "endAt", /an instant such as/],
    [{ cron: "* * * * *", startAt: "2026-01-02T00:00:00Z", endAt: "2026-01-01T00:00:00Z" }, "endAt", /after startAt/],
    [{ cron: "* * * * *", jitter: "soon" }, "jitter", /a duration/],
    [{ cron: "* * * * *", jitter: "32d" }, "jitter", /at most 31d/],
    [{ cron: "* * * * *", zone: "UTC" }, "zone", /no field of that name/],
  ];

  it.each(CASES)("%j at %s", (input, path, taken) => {
    const { issues, message } = refusal(input);
    const issue = issues.find((one) => one.path === path);
    expect(issues.map((one) => one.path)).toContain(path);
    expect(issue?.message).toMatch(taken);
    expect(message).toContain(path);
  });

  it("is named with the value that was given", () => {
    const [issue] = refusal({ calendar: [{ hour: 24 }] }).issues;
    expect(issue?.given).toBe(24);
    expect(issue?.message).toContain("given: 24");
    expect(refusal({ cron: "* * * * *", timezone: "Europe/Nowhere" }).message).toContain("Europe/Nowhere");
  });

  it("is a field of another name, with the names that are taken", () => {
    expect(refusal({ cron: "* * * * *", zone: "UTC" }).message).toBe(
      'zone: there is no field of that name here, but cron, interval, calendar, at, on, exclude, onlyOn, timezone, dst, startAt, endAt, jitter; given: "UTC"',
    );
    expect(refusal({ interval: { evry: "5m", every: "5m" } }).message).toMatch(
      /^interval\.evry: .* but every, anchor, from; given: "5m"$/,
    );
    const long = "x".repeat(1_000_000);
    expect(refusal({ calendar: [{ [long]: 1 }] }).message.length).toBeLessThan(500);
  });

  it("is all said at once", () => {
    const paths = refusal({
      cron: ["x"],
      calendar: [{ hour: 99, minute: -1 }],
      timezone: "Nowhere/Land",
      dst: "no",
    }).issues.map((one) => one.path);
    expect(paths).toEqual(expect.arrayContaining(["cron[0]", "calendar[0].hour", "calendar[0].minute", "dst"]));
  });

  it("is the only thing that parsing throws, whatever is given", () => {
    const names = [
      "cron",
      "interval",
      "calendar",
      "exclude",
      "timezone",
      "dst",
      "startAt",
      "endAt",
      "jitter",
      "hour",
      "times",
      "every",
      "between",
      "from",
      "to",
    ];
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, "* * * * *", "2026-01-01", "5m"),
      fc.string(),
    );
    const input = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(odd, fc.array(odd, { maxLength: 3 }), fc.dictionary(fc.constantFrom(...names), odd)),
    );
    fc.assert(
      fc.property(input, (value) => {
        try {
          compileSpec(parseSpec(value), { anchorAt: 0 });
        } catch (error) {
          expect(error).toBeInstanceOf(SpecError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is refused at once, however long", () => {
    for (const unit of ["9", "*/", "* ", "1,", "1-", " ", "1h", "L", "mon-", "CRON_TZ=", "2026-"]) {
      const text = unit.repeat(1_000_000 / unit.length);
      for (const field of ["cron", "interval", "timezone", "jitter", "startAt", "exclude"]) {
        const { message } = refusal({ cron: "* * * * *", [field]: text });
        expect(message.length).toBeLessThan(1000);
      }
      expect(refusal({ calendar: { hour: text } }).message.length).toBeLessThan(1000);
    }
  });
});

describe("what is taken", () => {
  const at = fc.integer({ min: 0, max: 4_000_000_000 }).map((second) => new Date(second * 1000).toISOString());
  const spec = fc.record(
    {
      cron: fc.constantFrom<ScheduleSpec["cron"]>(
        "0 9 * * 1-5",
        ["*/5 * * * *", "@daily"],
        "CRON_TZ=Asia/Tokyo 0 0 L * 5#2",
      ),
      interval: fc.constantFrom<ScheduleSpec["interval"]>("1h30m", ["5m", { every: "1d", from: "completion" }], {
        every: "2w",
        anchor: "2026-01-01T00:00:00+02:00",
      }),
      calendar: fc.array(
        entryCase(1).map((c) => c.entry),
        { minLength: 1, maxLength: 3 },
      ),
      exclude: fc.array(
        exclusionCase(20_500).map((c) => c.exclusion),
        { maxLength: 3 },
      ),
      timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York"),
      dst: fc.constantFrom("vixie", "literal", "shift"),
      startAt: fc.oneof(at, fc.constant(null)),
      jitter: fc.constantFrom("30s", "0s", "1h30m"),
    },
    { requiredKeys: ["calendar"] },
  );

  it("stays as it was written: parse, serialise, parse", () => {
    fc.assert(
      fc.property(spec, (input) => {
        const parsed = parseSpec(input);
        expect(parsed).toEqual(input);
        const again = parseSpec(JSON.parse(JSON.stringify(parsed)));
        expect(JSON.stringify(again)).toBe(JSON.stringify(input));
        const [from, to] = [Date.UTC(2026, 2, 27), Date.UTC(2026, 2, 31)];
        const instants = (one: ScheduleSpec) =>
          occurrencesBetween(compileSpec(one, { anchorAt: from }), from, to, 2000);
        expect(instants(again)).toEqual(instants(parsed));
      }),
      { numRuns: 150 },
    );
  });

  it("keeps a stored zone that this system does not know, and says so when it is to be used", () => {
    const stored = { cron: "0 9 * * *", timezone: "Moon/Tycho" };
    expect(parseSpec(stored, { unknownZone: "keep" })).toEqual(stored);
    expect(() => compileSpec(parseSpec(stored, { unknownZone: "keep" }), { anchorAt: 0 })).toThrow(
      /timezone: an IANA time zone/,
    );
  });

  it("needs the exclusion calendars it names", () => {
    const named = parseSpec({ cron: "0 9 * * *", exclude: ["2026-01-01", { calendar: "holidays" }] });
    expect(() => compileSpec(named, { anchorAt: 0 })).toThrow(/exclude\[1\]\.calendar: .*"holidays"/);
    const calendars = new Map([["holidays", { name: "holidays", entries: ["2026-01-02", { dayOfWeek: "sat,sun" }] }]]);
    const compiled = compileSpec(named, { anchorAt: 0, calendars });
    const days = occurrencesBetween(compiled, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 7)).map((t) =>
      new Date(t).getUTCDate(),
    );
    expect(days).toEqual([5, 6]);
  });

  it("has schemas for its parts", () => {
    expect(calendarEntrySchema.safeParse({ dayOfWeek: "mon-fri", hour: 9, comment: "standup" }).success).toBe(true);
    expect(exclusionSchema.safeParse({ between: ["12:00", "13:00"] }).success).toBe(true);
    expect(
      exclusionCalendarSchema.safeParse({
        name: "holidays",
        entries: ["2026-12-25", { month: 12, dayOfMonth: "24-31" }],
      }).success,
    ).toBe(true);
    expect(exclusionCalendarSchema.safeParse({ name: "loop", entries: [{ calendar: "loop" }] }).success).toBe(false);
    expect(scheduleSpecSchema.safeParse({ cron: "@hourly" }).success).toBe(true);
  });
});

describe("durations", () => {
  it("are read and written", () => {
    for (const [text, ms] of [
      ["30s", 30_000],
      ["5m", 300_000],
      ["1h30m", 5_400_000],
      ["1d", 86_400_000],
      ["2w", 1_209_600_000],
      ["1w2d3h4m5s6ms", 788_645_006],
      ["0s", 0],
      ["1.5h", 5_400_000],
    ] as const) {
      expect(parseDuration(text)).toBe(ms);
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }
    expect(formatDuration(5_400_000)).toBe("1h30m");
    expect(formatDuration(864_000_000)).toBe("10d");
    for (const text of ["", "h", "5", "5 m", "5x", "-1h", "1h1h", "1m1h", "1e3s", "٣m"])
      expect(() => parseDuration(text), text).toThrow(SpecError);
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 36_525 * 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
