import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileSpec,
  type Dialect,
  describeSpec,
  dialects,
  nextOccurrence,
  parseSpec,
  parseWhen,
  type ScheduleSpec,
  SpecError,
} from "../index.ts";
import { wordsText } from "../testing/arbitraries.ts";
import cases from "../testing/cases.json" with { type: "json" };

const NOW = Date.UTC(2026, 10, 29, 1);

function nextTimes(spec: ScheduleSpec, from: string, count: number): string[] {
  const compiled = compileSpec(parseSpec(spec), { anchorAt: Date.parse(from) });
  const times: string[] = [];
  for (let at = nextOccurrence(compiled, Date.parse(from)); at !== null && times.length < count; ) {
    times.push(new Date(at).toISOString().replace(".000Z", "Z"));
    at = nextOccurrence(compiled, at);
  }
  return times;
}

function refusal(text: string, options: Parameters<typeof parseWhen>[1] = {}): string {
  try {
    return `was taken: ${JSON.stringify(parseWhen(text, options))}`;
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
}

/** What is read of a text; null where it is refused as it should be. */
function answered(text: string, options: Parameters<typeof parseWhen>[1] = {}) {
  try {
    return parseWhen(text, { now: NOW, ...options });
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}

describe("texts that people were at a loss with", () => {
  it.each(cases.map((one) => [JSON.stringify(one.input), one] as const))("%s", (_title, { input, expected }) => {
    const { text, onCalendar, spec, from, count } = input as {
      text?: string;
      onCalendar?: string;
      spec?: ScheduleSpec;
      from: string;
      count: number;
    };
    const read = () => spec ?? parseWhen((text ?? onCalendar) as string).spec;
    if (typeof expected === "string") expect(() => parseSpec(read())).toThrow(SpecError);
    else if (Array.isArray(expected)) expect(nextTimes(read(), from, count)).toEqual(expected);
    else expect(read()).toEqual(expected);
  });
});

it("says no other reading where another dialect reads the same zone and times", () => {
  expect(parseWhen("CRON_TZ=America/New_York 0 9 * * *").notes).toEqual([]);
  expect(parseWhen("TZ=America/New_York 0 9 * * *").notes).toEqual([]);
});

describe("a text is read by the grammar of its dialect", () => {
  it.each<[string, Dialect, ScheduleSpec]>([
    ["0 9 * * 1-5", "crontab", { cron: "0 9 * * 1-5" }],
    ["0 9 * * 1-5 /usr/bin/backup --all", "crontab", { cron: "0 9 * * 1-5" }],
    ["CRON_TZ=Asia/Tokyo 0 9 * * *", "crontab", { cron: "CRON_TZ=Asia/Tokyo 0 9 * * *" }],
    ["@daily /bin/true", "crontab", { cron: "@daily" }],
    ["@reboot /bin/true", "crontab", { on: { boot: true } }],
    ["@every_minute cmd", "crontab", { cron: "* * * * *" }],
    ["0 0 12 ? * MON-FRI", "quartz", { cron: "0 12 * * 1-5" }],
    ["0 0 12 ? * 2-6", "quartz", { cron: "0 12 * * 1-5" }],
    [
      "0 15 10 L-2 * ? 2027-2029",
      "quartz",
      { calendar: { dayOfMonth: "L-2", hour: 10, minute: 15, year: "2027-2029" } },
    ],
    ["0 0/5 14,18 * * ?", "quartz", { cron: "0-59/5 14,18 * * *" }],
    ["0 15 10 ? * 6#3", "quartz", { cron: "15 10 * * 5#3" }],
    ["0 15 10 ? * L", "quartz", { cron: "15 10 * * 6" }],
    ["0 0 9 * * MON", "spring", { cron: "0 9 * * 1" }],
    ["0 0 9 1 * MON", "spring", { calendar: { dayOfMonth: 1, dayOfWeek: 1, hour: 9, minute: 0 } }],
    ["cron(0 8 ? * 2-6 *)", "aws", { cron: "0 8 * * 1-5" }],
    ["15 12 * * ? 2027", "aws", { calendar: { hour: 12, minute: 15, year: "2027" } }],
    ["rate(5 minutes)", "aws", { interval: "5m" }],
    ["at(2026-12-24T18:00:00)", "aws", { at: "2026-12-24T18:00:00" }],
    ["@every 1h30m", "go", { interval: "1h30m" }],
    ["@every 90.5m", "go", { interval: "1h30m30s" }],
    ["P1D", "iso8601", { interval: "1d" }],
    ["PT90M", "iso8601", { interval: "1h30m" }],
    ["PT36H", "iso8601", { interval: "36h" }],
    [
      "R2/2027-01-01T09:00:00Z/PT1H",
      "iso8601",
      { interval: { every: "1h", anchor: "2027-01-01T09:00:00Z" }, endAt: "2027-01-01T11:30:00Z" },
    ],
    ["Mon *-*-1..7 03:00", "systemd", { calendar: { dayOfWeek: 1, weekOfMonth: 1, hour: 3, minute: 0 } }],
    [
      "*-05~07/1 12:00 Europe/Berlin",
      "systemd",
      {
        calendar: { month: 5, dayOfMonth: [-7, -6, -5, -4, -3, -2, -1], hour: 12, minute: 0 },
        timezone: "Europe/Berlin",
        dst: "literal",
      },
    ],
    ["@1800000000", "systemd", { at: "2027-01-15T08:00:00", timezone: "UTC" }],
  ])("%s", (text, dialect, spec) => {
    expect(parseWhen(text)).toMatchObject({ dialect, spec });
    // Naming the dialect changes nothing.
    expect(parseWhen(text, { dialect }).spec).toEqual(spec);
  });

  it.each<[Dialect, string, ScheduleSpec]>([
    ["kubernetes", "0 0 */2 * 1", { cron: ["0 0 */2 * *", "0 0 * * 1"] }],
    ["kubernetes", "0 0 13 * 5", { cron: "0 0 13 * 5" }],
    ["github", "30 5 * * 1,3", { cron: "30 5 * * 1,3", timezone: "UTC" }],
    ["jenkins", "0 4 1-7 * 1", { calendar: { dayOfMonth: [1, 2, 3, 4, 5, 6, 7], dayOfWeek: 1, hour: 4, minute: 0 } }],
    ["jenkins", "TZ=Europe/London\n0 4 * * 1", { cron: "0 4 * * 1", timezone: "Europe/London" }],
    ["spring", "@daily", { cron: "0 0 * * *" }],
    ["go", "10 0 9 * * 1", { cron: "10 0 9 * * 1" }],
    ["openbsd", "0 3 * * *", { cron: "0 3 * * *" }],
  ])("as %s: %s", (dialect, text, spec) => {
    expect(parseWhen(text, { dialect }).spec).toEqual(spec);
  });

  it.each<[string, ScheduleSpec]>([
    ["every 5 minutes", { interval: "5m" }],
    ["hourly on weekdays", { calendar: { dayOfWeek: "mon-fri", every: "1h" } }],
    ["every day at 9am", { calendar: { times: ["09:00"] } }],
    ["daily at noon and 18:30", { calendar: { times: ["12:00", "18:30"] } }],
    ["weekdays at 9:00", { calendar: { dayOfWeek: "mon-fri", times: ["09:00"] } }],
    ["weekdays at 9 and 14:45", { calendar: { dayOfWeek: "mon-fri", times: ["09:00", "14:45"] } }],
    ["Every Monday, Wednesday and Friday at 7.", { calendar: { dayOfWeek: "mon,wed,fri", times: ["07:00"] } }],
    ["saturday to monday at 10:15 pm", { calendar: { dayOfWeek: "sat-mon", times: ["22:15"] } }],
    [
      "every 15 minutes between 9:00 and 17:00 on weekdays",
      { calendar: { dayOfWeek: "mon-fri", every: "15m", between: ["09:00", "17:00"] } },
    ],
    ["every 5 minutes between 22:00 and 6:00", { calendar: { every: "5m", between: ["22:00", "06:00"] } }],
    ["every 5 minutes between 10pm and 6am", { calendar: { every: "5m", between: ["22:00", "06:00"] } }],
    ["hourly between 17 and 9", { calendar: { every: "1h", between: ["17:00", "09:00"] } }],
    ["every 2 hours between 23:00 and 5:00", { calendar: { every: "2h", between: ["23:00", "05:00"] } }],
    [
      "monday to friday from 22:00 until 06:00 every 15 minutes",
      { calendar: { dayOfWeek: "mon-fri", every: "15m", between: ["22:00", "06:00"] } },
    ],
    ["every 24 december at 9:00", { calendar: { month: 12, dayOfMonth: 24, times: ["09:00"] } }],
    ["every february 29 at 9:00", { calendar: { month: 2, dayOfMonth: 29, times: ["09:00"] } }],
    ["in 20 minutes", { at: "2026-11-29T01:20" }],
    ["in 1 hour and 30 seconds", { at: "2026-11-29T02:00:30" }],
    ["tomorrow at 8", { at: "2026-11-30T08:00" }],
    ["2026-12-24 18:00", { at: "2026-12-24T18:00" }],
    ["on 24 December 2026 at 18:00", { at: "2026-12-24T18:00" }],
    ["the first sunday of the month at 6:00", { calendar: { weekOfMonth: 1, dayOfWeek: 0, times: ["06:00"] } }],
    [
      "first and third tuesday of january at 10:00",
      { calendar: { month: 1, weekOfMonth: [1, 3], dayOfWeek: 2, times: ["10:00"] } },
    ],
    ["last business day of the month at 17:00", { calendar: { businessDay: -1, times: ["17:00"] } }],
    [
      "second working day of each quarter at 9:00",
      { calendar: { month: "1,4,7,10", businessDay: 2, times: ["09:00"] } },
    ],
    ["the 31st or the month's last day at 23:00", { calendar: { dayOfMonth: "L", times: ["23:00"] } }],
    ["monthly on the 1st and 15th at 4:00", { calendar: { dayOfMonth: [1, 15], times: ["04:00"] } }],
    ["yearly on 24 december at 18:00", { calendar: { month: 12, dayOfMonth: 24, times: ["18:00"] } }],
    ["every second thursday at 9", { calendar: { dayOfWeek: 4, everyWeeks: 2, from: "2026-12-03", times: ["09:00"] } }],
    [
      "every 2 weeks on friday at 9 starting 2026-12-04",
      { calendar: { dayOfWeek: "fri", everyWeeks: 2, from: "2026-12-04", times: ["09:00"] } },
    ],
    ["every 3 days at 9:00", { interval: { every: "3d", anchor: "2026-11-29T09:00:00Z" } }],
    ["every day at 9 in Berlin", { calendar: { times: ["09:00"] }, timezone: "Europe/Berlin" }],
    [
      "weekdays at 9 New York time",
      { calendar: { dayOfWeek: "mon-fri", times: ["09:00"] }, timezone: "America/New_York" },
    ],
    [
      "in january at 9:00 in dar es salaam",
      { calendar: { month: 1, times: ["09:00"] }, timezone: "Africa/Dar_es_Salaam" },
    ],
    ["daily at 9 except weekends", { calendar: { times: ["09:00"] }, exclude: [{ dayOfWeek: "sat,sun" }] }],
    [
      "every hour except fridays and december in Kolkata",
      {
        interval: "1h",
        exclude: [{ dayOfWeek: "fri" }, { month: 12 }],
        timezone: expect.stringMatching(/^Asia\/(Kolkata|Calcutta)$/) as unknown as string,
      },
    ],
    [
      "weekdays except on 24 december, 2026-12-31 and the last friday of the month at 17:00",
      {
        calendar: { dayOfWeek: "mon-fri", times: ["17:00"] },
        exclude: [{ month: 12, dayOfMonth: 24 }, "2026-12-31", { weekOfMonth: -1, dayOfWeek: 5 }],
      },
    ],
    ["fridays at 12:00 Europe/Berlin", { calendar: { dayOfWeek: "fri", times: ["12:00"] }, timezone: "Europe/Berlin" }],
  ])("words: %s", (text, spec) => {
    expect(parseWhen(text, { now: NOW })).toMatchObject({ dialect: "words", spec });
  });

  it("names what it left out, chose or guessed", () => {
    const notes = (text: string, options: Parameters<typeof parseWhen>[1] = {}) =>
      parseWhen(text, { now: NOW, ...options }).notes;
    expect(notes("0 9 * * 1-5 backup")).toEqual(['What stands behind the time is left out: "backup".']);
    expect(notes("0 0 */2 * 1")).toEqual([
      'Kubernetes reads it otherwise: "At 00:00 on every 2nd day from the 1st to the 31st of the month; and at 00:00 on Mondays". Taken as crontab: "At 00:00 on every 2nd day from the 1st to the 31st of the month where that is a Monday".',
    ]);
    expect(notes("0 0 13 * 5")).toEqual([expect.stringMatching(/^Jenkins reads it otherwise: .*Taken as crontab/)]);
    expect(notes("0 0 12 ? * 2")).toEqual([
      expect.stringMatching(/^Spring and crontab read it otherwise: .*Tuesdays.*Taken as Quartz: .*Mondays/),
    ]);
    expect(notes("0 9 * * 1-5")).toEqual([]);
    expect(notes("H 3 * * *")).toEqual([
      expect.stringMatching(/^H is chosen by the job's name in Jenkins, and here by the text: \d+ 3 \* \* \*\.$/),
    ]);
    expect(notes("0~59 3 * * *")).toEqual([expect.stringMatching(/at random.*jitter/)]);
    expect(notes("*/5 * * * *", { dialect: "github", timezone: "Europe/Berlin" })).toEqual([
      expect.stringContaining("UTC"),
    ]);
    expect(notes("weekdays", {})).toEqual([expect.stringContaining("00:00")]);
    expect(notes("every second thursday at 9")).toEqual([
      expect.stringContaining("Counted from 2026-12-03"),
      expect.stringContaining("of the month"),
    ]);
    expect(notes("0 9 * * *", { timezone: "EST" })).toEqual([expect.stringContaining("America/New_York")]);
    expect(notes("rate(1 day)")).toEqual([expect.stringContaining("24 hours")]);
  });

  it.each<[string, Parameters<typeof parseWhen>[1], RegExp]>([
    ["", {}, /a text that says when/],
    ["*/6 * * * * * echo starting", {}, /a sixth/],
    ["0 0 1 1 * 2027 cmd", {}, /a sixth.*no years/],
    ["0 0 12 * * * *", {}, /Quartz takes \? in one/],
    ["0 0 12 ? * 8", {}, /day of week field of Quartz takes 1–7.*\(1 is Sunday\).*8 is out of range/],
    ["0 0 12 L-3W * ?", {}, /nearest a day before the last/],
    ["cron(0 8 * * MON *)", {}, /AWS takes \? in one/],
    ["rate(0 minutes)", {}, /rate/],
    ["@every soon", {}, /duration of Go's/],
    ["0 0 * * 7", { dialect: "kubernetes" }, /0–6/],
    ["@daily", { dialect: "github" }, /no @daily/],
    ["*-*-* 0:0:0.5", {}, /parts of a second/],
    ["*-*-* 25:00", {}, /hour of OnCalendar/],
    ["Fri..Mon *-*-* 10:00", {}, /begin on Monday/],
    ["*:0/15:00 BST", {}, /IANA/],
    ["P1M", {}, /no fixed length/],
    ["RRULE:FREQ=WEEKLY;BYEASTER=1", { now: NOW }, /BYEASTER cannot be said/],
    ["FREQ=FORTNIGHTLY", { now: NOW }, /FREQ takes/],
    ["FREQ=HOURLY;BYSETPOS=1;BYMINUTE=1", { now: NOW }, /BYSETPOS/],
    ["in 20 minutes", {}, /present/],
    ["when the moon is full", {}, /"when" is not understood/],
    ["31 february", {}, /^February has no 31st; its last day is the 29th/],
    ["every 31 February at 9:00", {}, /^February has no 31st/],
    ["june 31", {}, /^June has no 31st; its last day is the 30th/],
    ["29 february 2027 at 9:00", {}, /^February 2027 has no 29th; its last day is the 28th/],
    ["2026-02-30 at 9:00", {}, /^there is no date 2026-02-30/],
    ["daily at 9 except 31 april", {}, /^April has no 31st/],
    ["weekdays at 9 except holidays", {}, /which days are holidays is said by an exclusion calendar/],
    ["daily at 9 but not on public holidays", {}, /exclusion calendar/],
    ["daily at 9 except", {}, /days follow "except"/],
    ["daily at 9 in Munich", {}, /no time zone is named after "munich"; IANA's name .*Europe\/Berlin/],
    ["daily at 25:00", {}, /^at "25:00"\? A time of day/],
    ["daily at", {}, /at which time\?/],
    ["every 2 months at 9:00", { now: NOW }, /which day/],
    ["0 9 * * *", { timezone: "BST" }, /Europe\/London/],
    ["x".repeat(5000), {}, /at most 4000/],
  ])("refuses %j", (text, options, message) => {
    expect(refusal(text, options)).toMatch(message);
  });

  it("reads what is put together of its words, or refuses it", () => {
    fc.assert(
      fc.property(wordsText, (given) => {
        const read = answered(given);
        if (read === null) return;
        expect(parseSpec(read.spec)).toEqual(read.spec);
        expect(describeSpec(read.spec)).not.toBe("");
        nextOccurrence(compileSpec(read.spec, { anchorAt: NOW }), NOW);
      }),
      { numRuns: 3000 },
    );
  });

  it("says which hours of which day a window over midnight means where not every day is chosen", () => {
    const { notes } = parseWhen("weekdays every 15 minutes between 22:00 and 6:00");
    expect(notes).toEqual([
      "The window goes over midnight: of each of these days it means 00:00 to 06:00 and 22:00 to 24:00.",
    ]);
    expect(parseWhen("every 15 minutes between 22:00 and 6:00").notes).toEqual([]);
  });

  it("answers or refuses in the same way whatever it is given", () => {
    const piece = fc.constantFrom(
      "*",
      "1",
      "5/2",
      "?",
      "H",
      "~",
      "L",
      "W",
      "#",
      "mon",
      "Mon..Fri",
      "*-*-*",
      "00:00",
      "every",
      "second",
      "at",
      "9",
      "FREQ=DAILY;",
      "INTERVAL=2",
      "P1D",
      "cron(",
      ")",
      ",",
      "of",
      "month",
      "last",
      "day",
      "2026-12-24",
      "@daily",
      "Europe/Berlin",
      "\n",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(text, fc.option(fc.constantFrom(...dialects)), (given, dialect) => {
        const read = answered(given, dialect === null ? {} : { dialect });
        if (read === null) return;
        expect(parseSpec(read.spec)).toEqual(read.spec);
        expect(describeSpec(read.spec)).not.toBe("");
      }),
      { numRuns: 1500 },
    );
  });
});
