import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSpec, occurrencesBetween, parseWhen, type ScheduleSpec } from "../index.ts";

const DAY = 86_400_000;
// biome-ignore lint/style/noRestrictedGlobals: how long the suite may take is asked of the environment, by tests alone
const SOAK = process.env["ALMANAC_SOAK"] ? 30 : 1;
const NAMES = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

interface RuleCase {
  freq: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  interval: number;
  wkst: number;
  byDay: { weekday: number; nth: number }[];
  byMonthDay: number[];
  byMonth: number[];
  byYearDay: number[];
  byWeekNo: number[];
  bySetPos: number[];
  byHour: number[];
  start: number;
  end: { count: number } | { until: number } | null;
}

const days = (size: number) => fc.integer({ min: -size, max: size }).filter((n) => n !== 0);
const few = <T>(one: fc.Arbitrary<T>, freq: number, most = 2): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: freq, arbitrary: fc.constant([] as T[]) },
    { weight: 1, arbitrary: fc.uniqueArray(one, { minLength: 1, maxLength: most }) },
  );

const ruleCase: fc.Arbitrary<RuleCase> = fc
  .record({
    freq: fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
    interval: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 5 })),
    wkst: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 6 })),
    byDay: few(
      fc.record({
        weekday: fc.integer({ min: 0, max: 6 }),
        nth: fc.oneof(fc.constant(0), fc.integer({ min: -5, max: 5 })),
      }),
      1,
      3,
    ),
    byMonthDay: few(days(31), 2, 3),
    byMonth: few(fc.integer({ min: 1, max: 12 }), 2, 3),
    byYearDay: few(days(366), 8),
    byWeekNo: few(days(53), 8),
    bySetPos: few(days(4), 5),
    byHour: few(fc.integer({ min: 0, max: 23 }), 3),
    start: fc
      .integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 })
      .map((minute) => minute * 60_000),
    end: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 1, max: 12 }).map((count) => ({ count })),
      fc.integer({ min: 1, max: 900 }).map((count) => ({ until: count })),
    ),
  })
  .map((rule) => ({
    ...rule,
    byDay:
      rule.freq === "MONTHLY" || rule.freq === "YEARLY"
        ? rule.byDay
        : rule.byDay.map(({ weekday }) => ({ weekday, nth: 0 })),
    byYearDay: rule.freq === "YEARLY" ? rule.byYearDay : [],
    byWeekNo: rule.freq === "YEARLY" ? rule.byWeekNo : [],
    byMonthDay: rule.freq === "WEEKLY" ? [] : rule.byMonthDay,
    // A number beside a week of the year means nothing.
    ...(rule.freq === "YEARLY" && rule.byWeekNo.length > 0
      ? { byDay: rule.byDay.map(({ weekday }) => ({ weekday, nth: 0 })), byYearDay: [] }
      : {}),
  }));

const stamp = (at: number) => new Date(at).toISOString().replaceAll(/[-:]|\.000/g, "");

function textOf(rule: RuleCase): string {
  const list = (name: string, values: readonly (number | string)[]) =>
    values.length > 0 ? [`${name}=${values.join(",")}`] : [];
  const parts = [
    `FREQ=${rule.freq}`,
    ...(rule.interval === 1 ? [] : [`INTERVAL=${rule.interval}`]),
    ...(rule.wkst === 1 ? [] : [`WKST=${NAMES[rule.wkst]}`]),
    ...list(
      "BYDAY",
      rule.byDay.map(({ weekday, nth }) => `${nth === 0 ? "" : nth}${NAMES[weekday]}`),
    ),
    ...list("BYMONTHDAY", rule.byMonthDay),
    ...list("BYMONTH", rule.byMonth),
    ...list("BYYEARDAY", rule.byYearDay),
    ...list("BYWEEKNO", rule.byWeekNo),
    ...list("BYSETPOS", rule.bySetPos),
    ...list("BYHOUR", rule.byHour),
    ...(rule.end === null
      ? []
      : "count" in rule.end
        ? [`COUNT=${rule.end.count}`]
        : [`UNTIL=${stamp(rule.start + rule.end.until * DAY)}`]),
  ];
  return `DTSTART:${stamp(rule.start)}\nRRULE:${parts.join(";")}`;
}

/** The rule by the letter of RFC 5545: each day of some years is asked about, and days are gathered by their periods. */
function oracle(rule: RuleCase, toAt: number): number[] {
  const first = new Date(rule.start);
  const startDay = Math.floor(rule.start / DAY);
  const periods = new Map<number, number[]>();
  const weekOf = (day: number) => Math.floor((day + 4 - rule.wkst) / 7);
  for (let day = startDay - 370; day * DAY < toAt + 370 * DAY; day++) {
    const date = new Date(day * DAY);
    const [year, month, dayOfMonth, weekday] = [
      date.getUTCFullYear(),
      date.getUTCMonth(),
      date.getUTCDate(),
      date.getUTCDay(),
    ];
    const months = (year - first.getUTCFullYear()) * 12 + month - first.getUTCMonth();
    const period = {
      DAILY: day - startDay,
      WEEKLY: weekOf(day) - weekOf(startDay),
      MONTHLY: months,
      YEARLY: year - first.getUTCFullYear(),
    }[rule.freq];
    if (period < 0 || period % rule.interval !== 0) continue;
    const yearDays = (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY;
    const monthDays = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    const yearDay = (Date.UTC(year, month, dayOfMonth) - Date.UTC(year, 0, 1)) / DAY + 1;
    const among = (list: readonly number[], value: number, size: number) =>
      list.length === 0 || list.some((n) => (n > 0 ? n : size + 1 + n) === value);
    if (rule.byMonth.length > 0 && !rule.byMonth.includes(month + 1)) continue;
    if (!among(rule.byMonthDay, dayOfMonth, monthDays) || !among(rule.byYearDay, yearDay, yearDays)) continue;
    if (rule.byWeekNo.length > 0) {
      // The day of its week that has the year of most of its days: the fourth.
      const fourth = day - ((weekday - rule.wkst + 7) % 7) + 3;
      const weekYear = new Date(fourth * DAY).getUTCFullYear();
      const number = Math.floor((fourth - Date.UTC(weekYear, 0, 1) / DAY) / 7) + 1;
      let last = Date.UTC(weekYear, 11, 31) / DAY;
      while (
        new Date((last - ((new Date(last * DAY).getUTCDay() - rule.wkst + 7) % 7) + 3) * DAY).getUTCFullYear() !==
        weekYear
      )
        last--;
      const lastFourth = last - ((new Date(last * DAY).getUTCDay() - rule.wkst + 7) % 7) + 3;
      const weeks = Math.floor((lastFourth - Date.UTC(weekYear, 0, 1) / DAY) / 7) + 1;
      if (!among(rule.byWeekNo, number, weeks)) continue;
    }
    if (rule.byDay.length > 0) {
      const inMonth = rule.freq === "MONTHLY" || rule.byMonth.length > 0;
      const [at, size] = inMonth ? [dayOfMonth, monthDays] : [yearDay, yearDays];
      const fits = ({ weekday: wanted, nth }: { weekday: number; nth: number }) => {
        if (wanted !== weekday) return false;
        if (nth === 0) return true;
        let before = 0;
        for (let other = 1; other <= size; other++) {
          const same = (((other - at) % 7) + 7) % 7 === 0;
          if (same && (nth > 0 ? other <= at : other >= at)) before++;
        }
        return before === Math.abs(nth);
      };
      if (!rule.byDay.some(fits)) continue;
    } else if (rule.byMonthDay.length === 0 && rule.byYearDay.length === 0) {
      if ((rule.byWeekNo.length > 0 || rule.freq === "WEEKLY") && weekday !== first.getUTCDay()) continue;
      if (rule.freq === "MONTHLY" && dayOfMonth !== first.getUTCDate()) continue;
      if (rule.freq === "YEARLY" && rule.byWeekNo.length === 0) {
        if (dayOfMonth !== first.getUTCDate()) continue;
        if (rule.byMonth.length === 0 && month !== first.getUTCMonth()) continue;
      }
    }
    const hours = rule.byHour.length > 0 ? [...rule.byHour].sort((a, b) => a - b) : [first.getUTCHours()];
    const times = hours.map((hour) => day * DAY + hour * 3_600_000 + first.getUTCMinutes() * 60_000);
    periods.set(period, [...(periods.get(period) ?? []), ...times]);
  }
  const all = [...periods]
    .sort(([a], [b]) => a - b)
    .flatMap(([, times]) => {
      const sorted = [...times].sort((a, b) => a - b);
      if (rule.bySetPos.length === 0) return sorted;
      return sorted.filter((_, i) => rule.bySetPos.some((n) => (n > 0 ? n - 1 : sorted.length + n) === i));
    });
  let left = all.filter((at) => at >= rule.start);
  if (rule.end !== null && "until" in rule.end)
    left = left.filter((at) => at <= rule.start + (rule.end as { until: number }).until * DAY);
  if (rule.end !== null && "count" in rule.end) left = left.slice(0, rule.end.count);
  return left.filter((at) => at < toAt);
}

describe("iCalendar's rules", () => {
  it("fire as RFC 5545 says, in rules of ours or as a list", () => {
    let listed = 0;
    let said = 0;
    fc.assert(
      fc.property(ruleCase, (rule) => {
        const text = textOf(rule);
        const toAt = rule.start + 5 * 366 * DAY;
        const expected = oracle(rule, toAt);
        let spec: ScheduleSpec;
        try {
          ({ spec } = parseWhen(text));
        } catch (error) {
          expect(String(error), text).toMatch(/no date within ten years|never/);
          expect(expected, text).toEqual([]);
          return;
        }
        if (spec.at === undefined) said++;
        else listed++;
        // A list ends after so many.
        const whole = spec.at !== undefined && spec.at.length >= 1000 ? expected.slice(0, 1000) : expected;
        expect(
          occurrencesBetween(compileSpec(spec, { anchorAt: rule.start }), rule.start - 400 * DAY, toAt),
          `${text} ${JSON.stringify(spec)}`,
        ).toEqual(whole);
      }),
      { numRuns: 300 * SOAK },
    );
    expect(said).toBeGreaterThan(50);
    expect(listed).toBeGreaterThan(20);
  });

  it.each<[string, ScheduleSpec]>([
    [
      "DTSTART:20270104T090000Z\nRRULE:FREQ=HOURLY;INTERVAL=2",
      { interval: { every: "2h", anchor: "2027-01-04T09:00:00Z" }, timezone: "UTC" },
    ],
    [
      "DTSTART;TZID=Europe/Berlin:20270104T090000\r\nRRULE:FREQ=WEEKLY;UNTIL=20270125",
      {
        calendar: { dayOfWeek: 1, times: ["09:00"] },
        startAt: "2027-01-04T08:00:00Z",
        endAt: "2027-01-25T23:00:00Z",
        timezone: "Europe/Berlin",
      },
    ],
    [
      "DTSTART:20270104T090000Z RRULE:FREQ=HOURLY;INTERVAL=3;BYDAY=MO,TU",
      {
        calendar: [{ dayOfWeek: [1, 2], hour: [0, 3, 6, 9, 12, 15, 18, 21], minute: 0 }],
        startAt: "2027-01-04T09:00:00Z",
        timezone: "UTC",
      },
    ],
    [
      "DTSTART:20161124T090000\nRRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=11;BYDAY=4TH\nEXDATE:20271125T090000\nRDATE:20271126T090000",
      {
        calendar: { month: 11, dayOfWeek: 4, weekOfMonth: 4, times: ["09:00"] },
        startAt: "2016-11-24T09:00:00Z",
        exclude: ["2027-11-25"],
        at: ["2027-11-26T09:00:00"],
      },
    ],
    [
      "DTSTART:20270101T120000\nRRULE:FREQ=MONTHLY;INTERVAL=3;BYDAY=-2TU",
      {
        calendar: {
          dayOfWeek: 2,
          dayOfMonth: [-14, -13, -12, -11, -10, -9, -8],
          everyMonths: 3,
          from: "2027-01-01",
          times: ["12:00"],
        },
        startAt: "2027-01-01T12:00:00Z",
      },
    ],
  ])("%s", (text, spec) => {
    expect(parseWhen(text)).toMatchObject({ dialect: "rrule", spec });
  });
});
