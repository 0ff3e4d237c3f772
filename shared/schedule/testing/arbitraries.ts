/** Random entries, each with the predicate it stands for, written down apart from the code that reads the entry. */
import fc from "fast-check";
import type { CalendarEntry, DstPolicy, FieldValue } from "../types.ts";
import type { OracleEntry, Reading } from "./oracle.ts";

/** Zones with their transitions worth looking at, as UTC instants. */
export const ZONES: readonly { zone: string; transitions: readonly string[] }[] = [
  { zone: "America/New_York", transitions: ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2040-03-11T07:00:00Z"] },
  { zone: "Europe/London", transitions: ["2025-10-26T01:00:00Z", "2026-03-29T01:00:00Z"] },
  { zone: "Europe/Athens", transitions: ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"] },
  { zone: "Australia/Lord_Howe", transitions: ["2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z"] },
  { zone: "Pacific/Apia", transitions: ["2011-12-30T10:00:00Z", "2011-09-24T14:00:00Z", "2012-03-31T14:00:00Z"] },
  { zone: "Asia/Kathmandu", transitions: ["1985-12-31T18:30:00Z", "2026-06-01T00:00:00Z"] },
  { zone: "Africa/Casablanca", transitions: ["2025-02-23T02:00:00Z", "2025-04-06T02:00:00Z"] },
  { zone: "Antarctica/Troll", transitions: ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"] },
  { zone: "America/Sao_Paulo", transitions: ["2018-11-04T03:00:00Z", "2018-02-18T02:00:00Z"] },
  { zone: "America/St_Johns", transitions: ["2010-03-14T03:31:00Z", "2010-11-07T02:31:00Z"] },
  { zone: "Europe/Dublin", transitions: ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"] },
  { zone: "UTC", transitions: ["2026-02-28T12:00:00Z", "2028-02-28T12:00:00Z"] },
];

interface FieldCase {
  value: FieldValue;
  allows(value: number): boolean;
}

const NAMES: Record<string, readonly string[]> = {
  month: ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

function caseOf(value: FieldValue, values: readonly number[]): FieldCase {
  const set = new Set(values);
  return { value, allows: (v) => set.has(v) };
}

function between(min: number, max: number, step: number): number[] {
  const list: number[] = [];
  for (let v = min; v <= max; v += step) list.push(v);
  return list;
}

/** A field in one of its forms, its values from `least` to `most` except where it says all of them. */
export function fieldCase(name: string, min: number, max: number, most = max, least = min): fc.Arbitrary<FieldCase> {
  const one = fc.integer({ min: least, max: most });
  const label = (v: number) => NAMES[name]?.[v] ?? String(v);
  return fc.oneof(
    { weight: 3, arbitrary: one.map((v) => caseOf(v, [v])) },
    { weight: 1, arbitrary: one.map((v) => caseOf(label(v).toUpperCase(), [v])) },
    {
      weight: 2,
      arbitrary: fc.uniqueArray(one, { minLength: 1, maxLength: 4 }).map((list) => caseOf(list, list)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(one, one)
        .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
        .map(([a, b]) => caseOf(`${label(a)}-${label(b)}`, between(a, b, 1))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(one, one, fc.integer({ min: 1, max: 5 }))
        .map(([a, b, step]) => [Math.min(a, b), Math.max(a, b), step] as const)
        .map(([a, b, step]) => caseOf(`${a}-${b}/${step}`, between(a, b, step))),
    },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 2, max: Math.max(2, Math.min(15, max)) })
        .map((step) => caseOf(`*/${step}`, between(min, max, step))),
    },
    { weight: 1, arbitrary: fc.constant(caseOf("*", between(min, max, 1))) },
  );
}

interface DayCase {
  fields: Partial<CalendarEntry>;
  matches(reading: Reading): boolean;
}

/** Nearest weekday by trying every day of the month and taking the closest, the earlier of two. */
function nearestWeekday(reading: Reading, day: number): number {
  const weekdayOfDay = (d: number) => (((reading.weekday + d - reading.day) % 7) + 7) % 7;
  let best = 0;
  for (let d = 1; d <= reading.daysInMonth; d++) {
    const weekday = weekdayOfDay(d);
    if (weekday === 0 || weekday === 6) continue;
    if (best === 0 || Math.abs(d - day) < Math.abs(best - day)) best = d;
  }
  return best;
}

const dayOfMonthCase: fc.Arbitrary<DayCase> = fc.oneof(
  fieldCase("dayOfMonth", 1, 31).map((f) => ({
    fields: { dayOfMonth: f.value },
    matches: (r: Reading) => f.allows(r.day),
  })),
  fc.constant({ fields: { dayOfMonth: "L" }, matches: (r: Reading) => r.day === r.daysInMonth }),
  fc.integer({ min: 1, max: 5 }).map((n) => ({
    fields: { dayOfMonth: -n },
    matches: (r: Reading) => r.day === r.daysInMonth - n + 1,
  })),
  fc.integer({ min: 1, max: 31 }).map((n) => ({
    fields: { dayOfMonth: `${n}W` },
    matches: (r: Reading) => n <= r.daysInMonth && r.day === nearestWeekday(r, n),
  })),
  fc.constant({
    fields: { dayOfMonth: "LW" },
    matches: (r: Reading) => r.day === nearestWeekday(r, 31) && r.day > r.daysInMonth - 3,
  }),
  fc.constant({ fields: { dayOfMonth: "1,L" }, matches: (r: Reading) => r.day === 1 || r.day === r.daysInMonth }),
);

const weekOfMonthCase: fc.Arbitrary<DayCase> = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((n) => ({
    fields: { weekOfMonth: n },
    matches: (r: Reading) => r.day > (n - 1) * 7 && r.day <= n * 7,
  })),
  fc.constant({ fields: { weekOfMonth: -1 }, matches: (r: Reading) => r.day + 7 > r.daysInMonth }),
);

const dayCase: fc.Arbitrary<DayCase> = fc
  .tuple(
    fc.option(dayOfMonthCase, { freq: 3, nil: null }),
    fc.option(
      fieldCase("dayOfWeek", 0, 6).map((f) => ({
        fields: { dayOfWeek: f.value },
        matches: (r: Reading) => f.allows(r.weekday),
      })),
      { freq: 3, nil: null },
    ),
    fc.option(weekOfMonthCase, { freq: 5, nil: null }),
    fc.option(
      fieldCase("month", 1, 12).map((f) => ({
        fields: { month: f.value },
        matches: (r: Reading) => f.allows(r.month),
      })),
      { freq: 6, nil: null },
    ),
    fc.option(
      fieldCase("year", 1900, 9999, 2045, 2005).map((f) => ({
        fields: { year: f.value },
        matches: (r: Reading) => f.allows(r.year),
      })),
      { freq: 12, nil: null },
    ),
  )
  // Few fields at a time, or hardly any day would be left.
  .map((cases) => cases.filter((c): c is DayCase => c !== null).slice(0, 2))
  .map((cases) => ({
    fields: Object.assign({}, ...cases.map((c) => c.fields)) as Partial<CalendarEntry>,
    matches: (r: Reading) => cases.every((c) => c.matches(r)),
  }));

const two = (n: number) => String(n).padStart(2, "0");

function clockText(second: number): string {
  const text = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}`;
  return second % 60 === 0 ? text : `${text}:${two(second % 60)}`;
}

interface TimeCase {
  fields: Partial<CalendarEntry>;
  allows(second: number): boolean;
  fixed: boolean;
}

function timeCase(stepSeconds: number): fc.Arbitrary<TimeCase> {
  const steps = 86_400 / stepSeconds;
  // Early hours are where clocks change.
  const time = fc
    .oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: Math.floor(steps / 6) }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: steps - 1 }) },
    )
    .map((n) => n * stepSeconds);
  const hour = fc.oneof(
    { weight: 4, arbitrary: fieldCase("hour", 0, 23, 4) },
    { weight: 2, arbitrary: fieldCase("hour", 0, 23) },
  );
  const zero = fc.constant(caseOf(0, [0]));
  const clock = fc
    .tuple(hour, fieldCase("minute", 0, 59), stepSeconds === 1 ? fieldCase("second", 0, 59) : zero)
    .map(([h, m, s]) => ({
      fields: { hour: h.value, minute: m.value, ...(stepSeconds === 1 ? { second: s.value } : {}) },
      allows: (v: number) => h.allows(Math.floor(v / 3600)) && m.allows(Math.floor(v / 60) % 60) && s.allows(v % 60),
      fixed: ![h, m, s].some((f) => String(f.value).startsWith("*")),
    }));
  const times = fc.uniqueArray(time, { minLength: 1, maxLength: 3 }).map((list) => ({
    fields: { times: list.map(clockText) },
    allows: (v: number) => list.includes(v),
    fixed: true,
  }));
  const every = fc.tuple(time, time, fc.constantFrom(1, 5, 7, 15, 30, 60, 90)).map(([a, b, n]) => {
    const [from, to, step] = [a, b, n * stepSeconds];
    const since = (v: number) => (v - from + 86_400) % 86_400;
    return {
      fields: { every: `${step}s`, between: [clockText(from), clockText(to)] as [string, string] },
      allows: (v: number) => since(v) <= since(to) && since(v) % step === 0,
      fixed: false,
    };
  });
  return fc.oneof({ weight: 3, arbitrary: clock }, { weight: 2, arbitrary: times }, { weight: 2, arbitrary: every });
}

/** A calendar entry and what it means, its times being multiples of `stepSeconds`. */
export function entryCase(stepSeconds: number): fc.Arbitrary<{ entry: CalendarEntry; oracle: OracleEntry }> {
  return fc.tuple(dayCase, timeCase(stepSeconds)).map(([day, time]) => ({
    entry: { ...day.fields, ...time.fields },
    oracle: { matches: (r) => time.allows(r.second) && day.matches(r), fixed: time.fixed },
  }));
}

/** An entry that may say for itself what happens where the clock changes. */
export function firingCase(stepSeconds: number): fc.Arbitrary<{ entry: CalendarEntry; oracle: OracleEntry }> {
  const own = fc.option(fc.constantFrom<DstPolicy>("vixie", "literal", "shift"), { freq: 2 });
  return fc
    .tuple(entryCase(stepSeconds), own)
    .map(([{ entry, oracle }, dst]) =>
      dst === null ? { entry, oracle } : { entry: { ...entry, dst }, oracle: { ...oracle, dst } },
    );
}

const timeText = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 25 }), fc.constantFrom("", ":00", ":30", ":59:59", "am", " pm"))
    .map((two) => two.join("")),
  fc.constantFrom("noon", "midnight"),
);
const countText = fc.constantFrom("0", "1", "2", "five", "7", "31", "90", "100", "100000", "other");
const phraseText = fc.oneof(
  fc
    .tuple(countText, fc.constantFrom("seconds", "minutes", "hours", "days", "weeks", "months"))
    .map((two) => `every ${two.join(" ")}`),
  fc
    .tuple(fc.constantFrom("between", "from"), timeText, fc.constantFrom("and", "to", "until", "-"), timeText)
    .map((four) => four.join(" ")),
  timeText.map((text) => `at ${text}`),
  fc
    .tuple(
      fc.integer({ min: 0, max: 32 }),
      fc.constantFrom("", "st", "th"),
      fc.constantFrom("february", "june", "december 2026"),
    )
    .map(([day, end, month]) => `${day}${end} ${month}`),
  fc.constantFrom(
    "hourly",
    "daily",
    "monthly",
    "every day",
    "every quarter",
    "weekdays",
    "weekends",
    "except",
    "but not",
  ),
  fc.constantFrom("monday to friday", "friday-monday", "every second thursday", "first monday of the month"),
  fc.constantFrom(
    "the 31st",
    "last day",
    "last business day of each quarter",
    "february",
    "in june",
    "from 2026-01-05",
  ),
  fc.constantFrom("2026-12-24", "in 20 minutes", "tomorrow", "in Berlin", "UTC", "at boot", "after backup fails"),
);

/** Text that is put together of the words that say when, in an order that may mean nothing. */
export const wordsText: fc.Arbitrary<string> = fc
  .array(phraseText, { minLength: 1, maxLength: 4 })
  .map((phrases) => phrases.join(" "));

/** An exclusion and which readings it takes out. */
export function exclusionCase(
  aroundDay: number,
): fc.Arbitrary<{ exclusion: import("../types.ts").Exclusion; excludes(reading: Reading): boolean }> {
  const text = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
  const near = fc.integer({ min: aroundDay - 3, max: aroundDay + 3 });
  return fc.oneof(
    near.map((day) => ({ exclusion: text(day), excludes: (r: Reading) => r.dayNumber === day })),
    fc.tuple(near, near).map(([a, b]) => ({
      exclusion: { from: text(Math.min(a, b)), to: text(Math.max(a, b)) },
      excludes: (r: Reading) => r.dayNumber >= Math.min(a, b) && r.dayNumber <= Math.max(a, b),
    })),
    near.map((day) => ({
      exclusion: { from: text(day), to: text(day + 400) },
      excludes: (r: Reading) => r.dayNumber >= day && r.dayNumber <= day + 400,
    })),
    dayCase.filter((d) => Object.keys(d.fields).length > 0).map((d) => ({ exclusion: d.fields, excludes: d.matches })),
    entryCase(60).map(({ entry, oracle }) => ({
      exclusion: entry,
      // An excluded second is excluded whole; readings have no smaller parts.
      excludes: oracle.matches,
    })),
    fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 })).map(([a, b]) => {
      const [from, to] = [a * 60, b * 60];
      return {
        exclusion: { between: [clockText(from), clockText(to)] as [string, string] },
        excludes: (r: Reading) =>
          from <= to ? r.second >= from && r.second <= to : r.second >= from || r.second <= to,
      };
    }),
  );
}
