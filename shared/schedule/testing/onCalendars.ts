import fc from "fast-check";

// Random expressions of systemd's OnCalendar, by its grammar.

const range = (min: number, max: number) =>
  fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

/** One component: `*`, values, ranges and repetitions that systemd takes. */
function component(min: number, max: number, width = 2): fc.Arbitrary<string> {
  const text = (value: number) => String(value).padStart(width, "0");
  const value = fc.integer({ min, max }).map(text);
  const span = range(min, max).map(([a, b]) => (a === b ? text(a) : `${text(a)}..${text(b)}`));
  const repeated = range(min, max - 1).chain(([from]) =>
    fc.integer({ min: 1, max: Math.min(max - from, 20) }).map((step) => `${text(from)}/${step}`),
  );
  const inSpan = range(min, max)
    .filter(([a, b]) => b > a)
    .chain(([a, b]) =>
      fc.integer({ min: 1, max: Math.min(b - a, 15) }).map((step) => `${text(a)}..${text(b)}/${step}`),
    );
  const item = fc.oneof({ weight: 4, arbitrary: value }, { weight: 2, arbitrary: span }, repeated, inSpan);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 3, arbitrary: value },
    { weight: 4, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(",")) },
  );
}

const NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const FULL = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const name = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.boolean())
  .map(([i, full]) => (full ? FULL : NAMES)[i] as string);
const weekdays = fc
  .array(
    fc.oneof(
      name,
      range(0, 6).chain(([a, b]) => fc.constantFrom(`${NAMES[a]}..${NAMES[b]}`, `${NAMES[a]}-${NAMES[b]}`)),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((items) => items.join(","));

const fromEnd = fc.oneof(
  fc.integer({ min: 1, max: 28 }).map((day) => `~${String(day).padStart(2, "0")}`),
  range(1, 28).map(([a, b]) => `~${a}..${b}`),
  fc
    .integer({ min: 2, max: 28 })
    .chain((from) => fc.integer({ min: 1, max: from - 1 }).map((step) => `~${from}/${step}`)),
  fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 3 }).map((days) => `~${days.join(",")}`),
);
const day = fc.oneof({ weight: 3, arbitrary: component(1, 31).map((text) => `-${text}`) }, fromEnd);
const date = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant("*") },
      component(2026, 2040, 4),
      fc.integer({ min: 27, max: 40 }).map(String),
    ),
    component(1, 12),
    day,
    fc.boolean(),
  )
  .map(([year, month, rest, bare]) => (bare ? `${month}${rest}` : `${year}-${month}${rest}`));
const time = fc
  .tuple(component(0, 23), component(0, 59), fc.option(component(0, 59), { freq: 2 }))
  .map(([hour, minute, second]) => (second === null ? `${hour}:${minute}` : `${hour}:${minute}:${second}`));

/** Expressions without a zone. */
export const onCalendar: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.option(weekdays, { freq: 2 }), fc.option(date, { freq: 4 }), fc.option(time, { freq: 6 }))
      .filter((parts) => parts.some((part) => part !== null))
      .map((parts) => parts.filter((part) => part !== null).join(" ")),
  },
  fc.constantFrom("minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly"),
);
