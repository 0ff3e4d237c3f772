import fc from "fast-check";
import { expect, it } from "vitest";
import {
  compileSpec,
  countBetween,
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence,
  toLocal,
} from "../index.ts";
import type { ExcludedEntry } from "../types.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
const two = (value: number): string => String(value).padStart(2, "0");

/** Whether the clock of the entry's zone is in its days and window at an instant. */
function shuts(entry: ExcludedEntry, at: number): boolean {
  const local = toLocal(entry.timezone ?? "UTC", at);
  if (entry.dayOfWeek !== undefined && entry.dayOfWeek !== local.weekday) return false;
  if (entry.month !== undefined && entry.month !== local.month) return false;
  const time = `${two(local.hour)}:${two(local.minute)}:${two(local.second)}`;
  if (entry.between === undefined) return true;
  const [first, last] = entry.between;
  return first <= last ? time >= first && time <= last : time >= first || time <= last;
}

it("does not fire while the clock of an exclusion's own zone is in it, as asking it at each instant says", () => {
  const entries = fc.record(
    {
      timezone: fc.constantFrom(...zones),
      dayOfWeek: fc.integer({ min: 0, max: 6 }),
      month: fc.integer({ min: 3, max: 4 }),
      between: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 23 }))
        .map(([a, b]): [string, string] => [`${two(a)}:00:00`, `${two(b)}:29:59`]),
    },
    { requiredKeys: ["timezone", "between"] },
  );
  const from = Date.parse("2027-03-10T00:00:00Z");
  const to = Date.parse("2027-04-15T00:00:00Z");
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.array(entries, { minLength: 1, maxLength: 3 }),
      fc.constantFrom<object>({ cron: "*/30 * * * *" }, { interval: "50m" }, { cron: "30 2 * * *" }),
      (timezone, exclude, when) => {
        const context = { anchorAt: from };
        const all = occurrencesBetween(compileSpec({ ...when, timezone }, context), from, to);
        const wanted = all.filter((at) => !exclude.some((entry) => shuts(entry, at)));
        const compiled = compileSpec({ ...when, timezone, exclude }, context);
        expect(occurrencesBetween(compiled, from, to)).toEqual(wanted);
        expect(countBetween(compiled, from, to)).toBe(wanted.length);
        const found: number[] = [];
        for (let at = nextOccurrence(compiled, from - 1); at !== null && at < to && found.length < 40; ) {
          found.push(at);
          at = nextOccurrence(compiled, at);
        }
        expect(found).toEqual(wanted.slice(0, 40));
        expect(previousOccurrence(compiled, to)).toBe(wanted.at(-1) ?? previousOccurrence(compiled, from));
      },
    ),
    { numRuns: 150 },
  );
});

it("finds out that nothing is left", () => {
  const exclude = [{ between: ["00:00:00", "23:59:59"] as const, timezone: "Asia/Tokyo" }];
  const compiled = compileSpec({ cron: "0 9 * * *", timezone: "Europe/Berlin", exclude }, { anchorAt: 0 });
  expect(nextOccurrence(compiled, Date.parse("2027-01-01T00:00:00Z"))).toBeNull();
});
