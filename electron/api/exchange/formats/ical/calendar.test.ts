import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import type { AppError } from "../../../../../shared/domain/errors.ts";
import { compileSpec, occurrencesBetween } from "../../../../../shared/schedule/index.ts";
import { calendarContents } from "../../calendarContents.ts";
import cases from "../../testing/calendars.json" with { type: "json" };
import { readCalendar } from "./calendar.ts";
import { type Frequency, occurrencesOf, type Rule } from "./recurrence.ts";

const nowAt = Date.parse("2026-11-29T00:00:00Z");
const file = (...events: string[]): string =>
  [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    ...events.map((event) => `BEGIN:VEVENT\r\n${event}\r\nEND:VEVENT`),
    "END:VCALENDAR",
  ].join("\r\n");
const shown = (...events: string[]) => calendarContents(readCalendar(file(...events), nowAt).entries, {});
const all = "VALUE=DATE:";

it.each(cases)("reads $name", ({ file: text, shown: wanted }) => {
  const contents = calendarContents(readCalendar(text, nowAt).entries, {});
  const windows = contents.windows.map(({ from, to }) => ({ from, to }));
  expect({ ...contents, windows }).toEqual({ dates: [], windows: [], rules: [], ...wanted });
});

describe("an iCalendar file", () => {
  it("gives days, ranges, windows and days of every year, each window in its own zone", () => {
    const { entries, notes } = readCalendar(
      file(
        `UID:1\r\nDTSTART;${all}20261224\r\nDTEND;${all}20261227\r\nSUMMARY:Christmas`,
        `UID:2\r\nDTSTART;${all}20200501\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Labour Day`,
        "UID:3\r\nDTSTART:20261210T220000\r\nDTEND:20261211T013000\r\nSUMMARY:Maintenance",
        "UID:4\r\nDTSTART;TZID=W. Europe Standard Time:20261214T090000\r\nDURATION:PT1H",
        "UID:5\r\nDTSTART:20261215T090000Z\r\nDTEND;TZID=Europe/Berlin:20261215T110000",
      ),
      nowAt,
    );
    expect(notes).toEqual([]);
    expect(entries).toEqual([
      { from: "2026-12-24", to: "2026-12-26", comment: "Christmas" },
      { month: 5, dayOfMonth: 1, comment: "Labour Day" },
      { year: 2026, month: 12, dayOfMonth: 10, between: ["22:00:00", "23:59:59"], comment: "Maintenance" },
      { year: 2026, month: 12, dayOfMonth: 11, between: ["00:00:00", "01:29:59"], comment: "Maintenance" },
      { year: 2026, month: 12, dayOfMonth: 14, between: ["09:00:00", "09:59:59"], timezone: "Europe/Berlin" },
      { year: 2026, month: 12, dayOfMonth: 15, between: ["09:00:00", "09:59:59"], timezone: "UTC" },
    ]);
  });

  it.each([
    [
      "the fourth Thursday of November",
      "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
      "20161124",
      { month: 11, dayOfWeek: 4, weekOfMonth: 4 },
    ],
    [
      "the last Monday of May",
      "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
      "20160530",
      { month: 5, dayOfWeek: 1, weekOfMonth: -1 },
    ],
    ["weekends", "FREQ=WEEKLY;BYDAY=SA,SU", "20200104", { dayOfWeek: [6, 0] }],
    ["the last day of a month", "FREQ=MONTHLY;BYMONTHDAY=-1", "20200131", { dayOfMonth: -1 }],
    [
      "election day",
      "FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
      "20201103",
      { month: 11, dayOfMonth: [2, 3, 4, 5, 6, 7, 8], dayOfWeek: 2 },
    ],
    ["every day", "FREQ=DAILY", "20200101", {}],
  ])("keeps what repeats for ever as a rule: %s", (_what, rule, start, entry) => {
    const { entries } = readCalendar(file(`UID:1\r\nSUMMARY:x\r\nDTSTART;${all}${start}\r\nRRULE:${rule}`), nowAt);
    expect(entries).toEqual([{ ...entry, comment: "x" }]);
  });

  it("keeps a rule beside the years in which it begins, or an instance is another", () => {
    const thanksgiving = "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH";
    expect(
      shown(
        `UID:1\r\nDTSTART;${all}20161124\r\n${thanksgiving}\r\nEXDATE;${all}20281123`,
        `UID:1\r\nRECURRENCE-ID;${all}20271125\r\nDTSTART;${all}20271126`,
      ),
    ).toEqual({
      dates: ["2027-11-26"],
      windows: [],
      rules: [{ year: "1900-2026,2029-9999", month: 11, dayOfWeek: 4, weekOfMonth: 4 }],
    });
    expect(shown(`UID:1\r\nDTSTART;${all}20271125\r\n${thanksgiving}`)).toMatchObject({
      dates: ["2027-11-25"],
      rules: [{ year: "2028-9999" }],
    });
    expect(
      shown("UID:1\r\nDTSTART;TZID=Europe/Berlin:20200106T220000\r\nDURATION:PT4H\r\nRRULE:FREQ=WEEKLY").rules,
    ).toEqual([
      { dayOfWeek: 1, between: ["22:00:00", "23:59:59"], timezone: "Europe/Berlin" },
      { dayOfWeek: 2, between: ["00:00:00", "01:59:59"], timezone: "Europe/Berlin" },
    ]);
  });

  it.each([
    [
      "every second Thursday",
      "FREQ=WEEKLY;INTERVAL=2",
      "20261203",
      [{ dayOfWeek: 4, everyWeeks: 2, from: "2026-12-03" }],
    ],
    [
      "the first of each third month",
      "FREQ=MONTHLY;INTERVAL=3",
      "20261201",
      [{ dayOfMonth: 1, everyMonths: 3, from: "2026-12-01" }],
    ],
    [
      "the last Friday of each second month",
      "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR",
      "20261225",
      [{ dayOfWeek: 5, weekOfMonth: -1, everyMonths: 2, from: "2026-12-25" }],
    ],
    ["each 14th day", "FREQ=DAILY;INTERVAL=14", "20261203", [{ dayOfWeek: 4, everyWeeks: 2, from: "2026-12-03" }]],
    [
      "weekends that begin on Sunday",
      "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SA,SU",
      "20261205",
      [
        { dayOfWeek: 6, everyWeeks: 2, from: "2026-12-05" },
        { dayOfWeek: 0, everyWeeks: 2, from: "2026-12-07" },
      ],
    ],
    [
      "election day of each fourth year",
      "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
      "20201103",
      [{ year: "1900-9999/4", month: 11, dayOfMonth: [2, 3, 4, 5, 6, 7, 8], dayOfWeek: 2 }],
    ],
  ])("keeps what repeats in each nth week, month or year as entries: %s", (_what, rule, start, wanted) => {
    const { entries, notes } = readCalendar(file(`UID:1\r\nDTSTART;${all}${start}\r\nRRULE:${rule}`), nowAt);
    expect(entries).toEqual(wanted);
    expect(notes).toEqual([]);
  });

  it("shows a window over midnight of one day as its two parts", () => {
    const day = { year: 2026, month: 12, dayOfMonth: 6, between: ["22:00", "06:00"] as [string, string] };
    expect(calendarContents([day], {}).windows).toEqual([
      { from: "2026-12-06T00:00:00", to: "2026-12-06T06:00:01" },
      { from: "2026-12-06T22:00:00", to: "2026-12-07T00:00:00" },
    ]);
  });

  it("keeps windows over midnight and their zone in each nth week", () => {
    const weekly = "DTSTART;TZID=Europe/Berlin:20261206T220000\r\nDURATION:PT4H\r\nRRULE:FREQ=WEEKLY;INTERVAL=2";
    expect(shown(`UID:1\r\n${weekly}`).rules).toEqual([
      {
        dayOfWeek: 0,
        everyWeeks: 2,
        from: "2026-12-06",
        between: ["22:00:00", "23:59:59"],
        timezone: "Europe/Berlin",
      },
      {
        dayOfWeek: 1,
        everyWeeks: 2,
        from: "2026-12-07",
        between: ["00:00:00", "01:59:59"],
        timezone: "Europe/Berlin",
      },
    ]);
  });

  it("leaves out in each nth week, month and year the days that it names, and is no list", () => {
    const days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    const some = (list: readonly string[]) => fc.subarray([...list], { minLength: 1, maxLength: 3 });
    const weekly = fc
      .record({ byDay: fc.option(some(days)), weekStart: fc.constantFrom(...days) })
      .map(({ byDay, weekStart }) => `FREQ=WEEKLY;WKST=${weekStart}${byDay === null ? "" : `;BYDAY=${byDay.join()}`}`);
    const monthly = fc.oneof(
      fc.integer({ min: 1, max: 31 }).map((day) => `;BYMONTHDAY=${day}`),
      fc.constantFrom("", ";BYMONTHDAY=-1"),
      fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, -1), fc.constantFrom(...days)).map(([n, day]) => `;BYDAY=${n}${day}`),
    );
    const yearly = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom("BYMONTHDAY=15", "BYDAY=2TU", "BYDAY=-1MO"))
      .map(([month, day]) => `FREQ=YEARLY;BYMONTH=${month};${day}`);
    const rules = fc.oneof(
      weekly,
      monthly.map((part) => `FREQ=MONTHLY${part}`),
      yearly,
    );
    const DAY = 86_400_000;
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    /** The days of a rule up to `to`. */
    function* named(rule: string, interval: number, start: string, to: string): Generator<string> {
      // ical.js gives up where the first month has no such day.
      const dayOfMonth = Number(/;BYMONTHDAY=(29|30|31)$/.exec(rule)?.[1] ?? 0);
      if (dayOfMonth > 0 && rule.startsWith("FREQ=MONTHLY")) {
        for (let month = 0; ; month += interval) {
          const first = new Date(`${start.slice(0, 7)}-01T00:00:00Z`);
          first.setUTCMonth(first.getUTCMonth() + month);
          const found = `${day(first.getTime()).slice(0, 8)}${dayOfMonth}`;
          if (found > to) return;
          if (found >= start && day(Date.parse(`${found.slice(0, 7)}-01`) + (dayOfMonth - 1) * DAY) === found)
            yield found;
        }
      }
      const iterator = ICAL.Recur.fromString(`${rule};INTERVAL=${interval}`).iterator(ICAL.Time.fromDateString(start));
      for (let time = iterator.next(); time; time = iterator.next()) {
        const date = time.toString().slice(0, 10);
        if (date > to) return;
        yield date;
      }
    }
    fc.assert(
      fc.property(
        rules,
        fc.integer({ min: 2, max: 6 }),
        // From years that are past as well as to come.
        fc.integer({ min: Date.UTC(2022, 0, 1) / DAY, max: Date.UTC(2029, 11, 31) / DAY }),
        (rule, interval, startDay) => {
          const start = day(startDay * DAY);
          // A start that its rule does not name is a question of its own: ical.js leaves it out.
          const [from, to] = ["2026-01-01", "2034-12-31"];
          const wanted = new Set<string>();
          for (const date of named(rule, interval, start, to)) if (date >= from) wanted.add(date);
          if (start >= from) wanted.add(start);
          const { entries, notes } = readCalendar(
            file(`UID:1\r\nDTSTART;${all}${start.replaceAll("-", "")}\r\nRRULE:${rule};INTERVAL=${interval}`),
            nowAt,
          );
          expect(notes).toEqual([]);
          const compiled = compileSpec({ calendar: {}, exclude: entries }, { anchorAt: 0 });
          const fires = new Set(
            occurrencesBetween(compiled, Date.parse(from), Date.parse(to) + DAY).map((at) => day(at)),
          );
          const left: string[] = [];
          for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) if (!fires.has(day(at))) left.push(day(at));
          expect(left).toEqual([...wanted].sort());
        },
      ),
      { numRuns: 100 },
    );
  });

  it("moves an instance and all that follow, and takes one out whatever form names it", () => {
    const weekly = "DTSTART;TZID=Europe/Berlin:20270104T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4";
    expect(
      shown(
        `UID:1\r\n${weekly}`,
        "UID:1\r\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270118T090000\r\nDTSTART;TZID=Europe/Berlin:20270119T100000\r\nDURATION:PT2H",
      ).windows.map(({ from, to }) => `${from} ${to.slice(11)}`),
    ).toEqual([
      "2027-01-04T09:00:00 10:00:00",
      "2027-01-11T09:00:00 10:00:00",
      "2027-01-19T10:00:00 12:00:00",
      "2027-01-26T10:00:00 12:00:00",
    ]);
    for (const exdate of [
      "EXDATE:20270111T080000Z",
      "EXDATE;TZID=America/New_York:20270111T030000",
      "EXDATE:20270111T090000",
      `EXDATE;${all}20270111`,
    ]) {
      expect(shown(`UID:1\r\n${weekly}\r\n${exdate}`).windows.map(({ from }) => from.slice(0, 10))).toEqual([
        "2027-01-04",
        "2027-01-18",
        "2027-01-25",
      ]);
    }
  });

  it("leaves out an event that cannot be read, naming it, and takes the others", () => {
    const { entries, notes } = readCalendar(
      file(
        "UID:1\r\nSUMMARY:No such day\r\nDTSTART:20260230",
        `UID:2\r\nDTSTART;${all}20261224`,
        "UID:3\r\nRRULE:FREQ=BOGUS\r\nDTSTART:20260101",
        "UID:4\r\nno colon",
        "UID:5\r\nSUMMARY:Nothing",
        `UID:6\r\nDTSTART;TZID=Moon/Base:20261225T100000\r\nDURATION:PT1H`,
        "UID:7\r\nDTSTART:20000101T000000\r\nDURATION:PT1S\r\nRRULE:FREQ=SECONDLY",
        `UID:8\r\nSTATUS:CANCELLED\r\nDTSTART;${all}20261231`,
      ),
      nowAt,
    );
    expect(entries).toEqual([
      "2026-12-24",
      { year: 2026, month: 12, dayOfMonth: 25, between: ["10:00:00", "10:59:59"] },
    ]);
    expect(notes).toEqual([
      'line 3, "No such day": left out: DTSTART takes a date or time that exists, not 2026-02-30',
      expect.stringMatching(/^line 12: left out: .*BOGUS/),
      expect.stringMatching(/^line 17: left out: .*no colon/),
      'line 21, "Nothing": left out: DTSTART is needed',
      "line 25: the zone Moon/Base is not known: its times are taken in the zone of each schedule",
      expect.stringMatching(/^line 30: left out: its rule recurs too often/),
    ]);
  });

  it("knows a zone by a file's own description of it", () => {
    const zone = [
      "BEGIN:VTIMEZONE\r\nTZID:Ours",
      "BEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD",
      "BEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT",
      "END:VTIMEZONE",
    ].join("\r\n");
    const text = file("UID:1\r\nDTSTART;TZID=Ours:20261225T100000\r\nDURATION:PT1H").replace(
      "BEGIN:VEVENT",
      `${zone}\r\nBEGIN:VEVENT`,
    );
    const { entries, notes } = readCalendar(text, nowAt);
    expect(entries).toMatchObject([{ timezone: "Europe/Berlin" }]);
    expect(notes).toEqual([expect.stringContaining("taken as Europe/Berlin")]);
  });

  it("keeps schedules of other zones from firing in its windows, and says so where nothing is left", () => {
    const { entries } = readCalendar(
      file("UID:1\r\nDTSTART;TZID=Europe/Berlin:20270104T090000\r\nDURATION:PT3H"),
      nowAt,
    );
    const compiled = compileSpec(
      { cron: "0 * * * *", timezone: "America/New_York", exclude: [{ calendar: "off" }] },
      { anchorAt: 0, calendars: new Map([["off", { name: "off", entries }]]) },
    );
    const hours = occurrencesBetween(compiled, Date.parse("2027-01-04T07:00:00Z"), Date.parse("2027-01-04T13:00:00Z"));
    expect(hours.map((at) => new Date(at).toISOString().slice(11, 16))).toEqual(["07:00", "11:00", "12:00"]);
  });

  it("refuses a text that is none, naming it", () => {
    const refused = (): unknown => readCalendar("hello", nowAt);
    expect(refused).toThrow("an iCalendar file");
    try {
      refused();
    } catch (error) {
      expect((error as AppError).issues[0]?.path).toBe("text");
    }
  });

  it("takes the next five thousand days and windows of a file that holds more, and says so", () => {
    const events = Array.from({ length: 6000 }, (_, i) => {
      const day = new Date(Date.UTC(2025, 0, 1) + i * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
      return `UID:${i}\r\nDTSTART;${all}${day}`;
    });
    const { entries, notes } = readCalendar(file(...events), nowAt);
    expect(entries).toHaveLength(5000);
    expect(entries[0]).toBe("2026-11-28");
    expect(notes.join()).toContain("only the first 5000");
  });
});

describe("a rule", () => {
  const none: Omit<Rule, "freq"> = {
    interval: 1,
    count: null,
    until: null,
    byMonth: [],
    byWeekNo: [],
    byYearDay: [],
    byMonthDay: [],
    byDay: [],
    byHour: [],
    byMinute: [],
    bySecond: [],
    bySetPos: [],
    weekStart: 1,
  };
  const DAY = 86_400_000;
  const start = Date.UTC(2027, 0, 4);
  const end = Date.UTC(2031, 0, 1);
  const list = (least: number, most: number) => fc.uniqueArray(fc.integer({ min: least, max: most }), { maxLength: 3 });

  /** Whether a day is of the rule, asked of each day alone by counting along the calendar. */
  function slow(rule: Rule, day: number): boolean {
    const at = new Date(day);
    const from = new Date(start);
    const plain = rule.byMonthDay.length === 0 && rule.byDay.length === 0;
    if (rule.byMonth.length > 0 && !rule.byMonth.includes(at.getUTCMonth() + 1)) return false;
    if (rule.freq === "YEARLY" && plain && rule.byMonth.length === 0 && at.getUTCMonth() !== from.getUTCMonth())
      return false;
    if ((rule.freq === "YEARLY" || rule.freq === "MONTHLY") && plain && at.getUTCDate() !== from.getUTCDate())
      return false;
    if (rule.freq === "WEEKLY" && plain && at.getUTCDay() !== from.getUTCDay()) return false;
    if (rule.byMonthDay.length > 0) {
      const length = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
      if (!rule.byMonthDay.some((n) => (n > 0 ? n : length + n + 1) === at.getUTCDate())) return false;
    }
    if (rule.byDay.length > 0) {
      const ofYear = rule.freq === "YEARLY" && rule.byMonth.length === 0;
      const same = (d: number): boolean => {
        const other = new Date(d);
        return other.getUTCFullYear() === at.getUTCFullYear() && (ofYear || other.getUTCMonth() === at.getUTCMonth());
      };
      const fits = rule.byDay.some(({ n, weekday }) => {
        if (weekday !== at.getUTCDay()) return false;
        if (n === 0 || rule.freq === "WEEKLY" || rule.freq === "DAILY") return true;
        let position = 1;
        for (let d = day - Math.sign(n) * 7 * DAY; same(d); d -= Math.sign(n) * 7 * DAY) position++;
        return position === Math.abs(n);
      });
      if (!fits) return false;
    }
    let periods = 0;
    if (rule.freq === "YEARLY") periods = at.getUTCFullYear() - from.getUTCFullYear();
    if (rule.freq === "MONTHLY")
      periods = (at.getUTCFullYear() - from.getUTCFullYear()) * 12 + at.getUTCMonth() - from.getUTCMonth();
    if (rule.freq === "DAILY") periods = (day - start) / DAY;
    if (rule.freq === "WEEKLY") {
      const weekOf = (d: number): number => {
        let first = d;
        while (new Date(first).getUTCDay() !== rule.weekStart) first -= DAY;
        return first;
      };
      periods = Math.round((weekOf(day) - weekOf(start)) / (7 * DAY));
    }
    return periods % rule.interval === 0;
  }

  it("has the days that a walk from day to day finds", () => {
    const rules = fc.record({
      freq: fc.constantFrom<Frequency>("YEARLY", "MONTHLY", "WEEKLY", "DAILY"),
      interval: fc.integer({ min: 1, max: 5 }),
      byMonth: list(1, 12),
      byMonthDay: fc.oneof(fc.constant([]), list(1, 31), list(-31, -1)),
      byDay: fc.array(fc.record({ n: fc.integer({ min: -6, max: 6 }), weekday: fc.integer({ min: 0, max: 6 }) }), {
        maxLength: 3,
      }),
      weekStart: fc.constantFrom(0, 1),
      count: fc.option(fc.integer({ min: 1, max: 30 })),
    });
    fc.assert(
      fc.property(rules, (parts) => {
        const rule: Rule = { ...none, ...parts };
        const wanted: number[] = [start];
        for (let day = start + DAY; day < end; day += DAY) if (slow(rule, day)) wanted.push(day);
        const found = [...occurrencesOf(rule, start, 0, end, { left: 1e9 })];
        expect(found).toEqual(wanted.slice(0, rule.count ?? wanted.length));
        // From a later day on it is the same.
        const later = Date.UTC(2028, 5, 15);
        expect([...occurrencesOf(rule, start, later, end, { left: 1e9 })]).toEqual(found.filter((at) => at >= later));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      "the last working day of each month",
      { freq: "MONTHLY", byDay: [1, 2, 3, 4, 5].map((weekday) => ({ n: 0, weekday })), bySetPos: [-1], count: 3 },
      ["2027-01-04", "2027-01-29", "2027-02-26"],
    ],
    [
      "Monday of week 20",
      { freq: "YEARLY", byWeekNo: [20], byDay: [{ n: 0, weekday: 1 }], count: 3 },
      ["2027-01-04", "2027-05-17", "2028-05-15"],
    ],
    [
      "days 1, 100 and the last of each third year",
      { freq: "YEARLY", interval: 3, byYearDay: [1, 100, -1], count: 4 },
      ["2027-01-04", "2027-04-10", "2027-12-31", "2030-01-01"],
    ],
  ] as [string, Partial<Rule> & { freq: Frequency }, string[]][])("has %s", (_what, parts, wanted) => {
    const found = [...occurrencesOf({ ...none, ...parts }, start, 0, end, { left: 1e9 })];
    expect(found.map((at) => new Date(at).toISOString().slice(0, 10))).toEqual(wanted);
  });
});
