import fc from "fast-check";
import { expect, test } from "vitest";
import { HEALTH_LOOKS_AT, type Health, healthOf } from "./health.ts";

const read = (text: string) => [...text].map((mark) => (mark === "+" ? "completed" : "failed"));

test.each<[string, Health]>([
  ["", "unknown"],
  ["+", "healthy"],
  ["-", "flaky"],
  ["--", "failing"],
  ["++++++++++", "healthy"],
  ["+++++++++-", "flaky"],
  ["-++++++++++", "healthy"],
  // A failure alone keeps it flaky for ten outcomes, and two keep it failing until three have succeeded.
  ["--+", "failing"],
  ["--++", "failing"],
  ["--+++", "flaky"],
  ["--++-", "failing"],
  ["--+++-", "flaky"],
  ["--++++-", "flaky"],
  // Under half of the last ten, never two in a row.
  ["-+-+-", "failing"],
  ["-+-+", "flaky"],
  ["++-+-+-+-+", "flaky"],
])("%s is %s", (outcomes, health) => {
  expect(healthOf(read(outcomes))).toBe(health);
});

/** The rule read from the newest outcome backwards, by what would have to be there for each answer. */
function slowly(outcomes: readonly string[]): Health {
  const seen = outcomes.slice(-HEALTH_LOOKS_AT);
  if (seen.length === 0) return "unknown";
  const fails = (end: number): boolean => {
    if (seen[end] !== "failed") return false;
    if (end > 0 && seen[end - 1] === "failed") return true;
    const ten = seen.filter((_, index) => index <= end && index > end - 10);
    return ten.length >= 5 && ten.filter((each) => each === "failed").length * 2 > ten.length;
  };
  const beginnings = seen.map((_, index) => index).filter(fails);
  const recoveries = seen
    .map((_, index) => index)
    .filter((index) => index >= 2 && [0, 1, 2].every((back) => seen[index - back] === "completed"));
  const last = beginnings.at(-1);
  if (last !== undefined && !recoveries.some((index) => index > last)) return "failing";
  return seen.slice(-10).some((each) => each === "failed") ? "flaky" : "healthy";
}

test("agrees with the rule read backwards, whatever the outcomes", () => {
  const outcome = fc.constantFrom("completed" as const, "failed" as const);
  const mostly = fc.oneof(
    { weight: 4, arbitrary: fc.constant("completed" as const) },
    { weight: 1, arbitrary: outcome },
  );
  fc.assert(
    fc.property(fc.oneof(fc.array(outcome, { maxLength: 45 }), fc.array(mostly, { maxLength: 45 })), (outcomes) => {
      expect(healthOf(outcomes)).toBe(slowly(outcomes));
    }),
    { numRuns: 2000 },
  );
});
