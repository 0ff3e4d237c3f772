import fc from "fast-check";
import type { ScheduleSpec } from "../../../../../shared/schedule/types.ts";

const two = (n: number) => String(n).padStart(2, "0");
const time = fc
  .record({ h: fc.nat(23), m: fc.nat(59), s: fc.option(fc.nat(59), { nil: undefined }) })
  .map(({ h, m, s }) => `${two(h)}:${two(m)}${s === undefined ? "" : `:${two(s)}`}`);
const date = fc
  .record({
    y: fc.integer({ min: 2020, max: 2035 }),
    m: fc.integer({ min: 1, max: 12 }),
    d: fc.integer({ min: 1, max: 28 }),
  })
  .map(({ y, m, d }) => `${y}-${two(m)}-${two(d)}`);
const duration = fc.constantFrom("1s", "30s", "5m", "90m", "1h30m", "1d", "2w", "1d12h");
const comment = fc.string({ maxLength: 12 });

/** A field in any of the forms it may be written in. */
const field = (min: number, max: number, ...texts: string[]) => {
  const n = fc.integer({ min, max });
  return fc.oneof(
    n,
    fc.array(n, { minLength: 1, maxLength: 4 }),
    n.map(String),
    fc.tuple(n, n).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.constantFrom("*", ` ${min} , ${max}`, `*/${Math.max(2, Math.floor(max / 3))}`, ...texts),
    fc.array(fc.oneof(n, n.map(String)), { minLength: 1, maxLength: 3 }),
  );
};

const days = {
  dayOfMonth: field(1, 31, "L", "LW", "15W", "-2", "1,L", "lw"),
  month: field(1, 12, "jan", "JAN-mar", "jan,jul"),
  dayOfWeek: field(0, 7, "mon-fri", "sun", "Fri,Sat", "sat-7"),
  weekOfMonth: fc.oneof(field(1, 5), fc.constantFrom(-1, "-1", "L")),
  year: field(2024, 2040, "2026-2030/2"),
  comment,
};

const clock = fc.record(
  { hour: field(0, 23), minute: field(0, 59, "0,15,30,45"), second: field(0, 59) },
  { requiredKeys: [] },
);
const window = fc.tuple(time, time).map((times) => ({ between: times }));
const entry = fc
  .tuple(
    fc.record(days, { requiredKeys: [] }),
    fc.oneof(
      clock,
      fc.record({ times: fc.array(time, { minLength: 1, maxLength: 4 }) }),
      fc.record({ every: fc.constantFrom("1m", "15m", "90m", "30s") }),
      fc.tuple(fc.record({ every: fc.constantFrom("10m", "1h") }), window).map(([a, b]) => ({ ...a, ...b })),
    ),
  )
  .map(([a, b]) => ({ ...a, ...b }));

const range = fc.tuple(date, date).map((dates) => {
  const [from, to] = dates.toSorted();
  return { from, to };
});
const exclusion = fc.oneof(
  date,
  range,
  fc.tuple(range, comment).map(([dates, text]) => ({ ...dates, comment: text })),
  fc.string({ minLength: 1, maxLength: 20 }).map((calendar) => ({ calendar })),
  entry,
  fc.tuple(fc.record(days, { requiredKeys: ["month"] }), window).map(([a, b]) => ({ ...a, ...b })),
);

const cron = fc.constantFrom(
  "* * * * *",
  "  0 9 * * 1-5",
  "0 9 1,15 * *",
  "0 0 9 * * *",
  "@daily",
  "0 12 L * *",
  "0 12 * * 5L",
  "0 12 * * 5#2",
  "*/15 8-18 * * MON-FRI",
  "CRON_TZ=Asia/Tokyo 0 9 * * *",
);

const instant = date.chain((day) => time.map((at) => `${day}T${at}${at.length === 5 ? ":00" : ""}Z`));
const interval = fc.oneof(
  duration,
  fc.record(
    { every: duration, anchor: instant, from: fc.constantFrom("start" as const, "completion" as const) },
    { requiredKeys: ["every"] },
  ),
);

const oneOrMany = <T>(value: fc.Arbitrary<T>, minLength = 1) =>
  fc.oneof(value, fc.array(value, { minLength, maxLength: 3 }));

/** Specs in every form they may be stored in; not all of them are accepted (bounds the wrong way round, for one). */
export const specArbitrary: fc.Arbitrary<ScheduleSpec> = fc.record(
  {
    cron: oneOrMany(cron),
    interval: oneOrMany(interval),
    calendar: oneOrMany(entry),
    at: oneOrMany(date.chain((day) => time.map((clock) => `${day}T${clock}`))),
    onlyOn: oneOrMany(fc.constantFrom("market", "office")),
    exclude: oneOrMany(exclusion, 0),
    timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Atlantis/Lost_City"),
    dst: fc.constantFrom("vixie" as const, "literal" as const, "shift" as const),
    startAt: fc.option(instant),
    endAt: fc.option(instant),
    jitter: fc.constantFrom("0s", "30s", "5m"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ScheduleSpec>;
