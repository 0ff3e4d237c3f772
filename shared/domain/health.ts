export const healths = ["unknown", "healthy", "flaky", "failing"] as const;
/** How a schedule has fared lately: what a person is told, and no single run changes to and fro. */
export type Health = (typeof healths)[number];

/** Outcomes that a health is told from at the most; older ones say nothing any more. */
export const HEALTH_LOOKS_AT = 30;
const RECENT = 10;
const FEWEST_FOR_SHARE = 5;
const FAILURES_TO_FAIL = 2;
/** So many in a row end `failing`. */
export const SUCCESSES_TO_RECOVER = 3;

/**
 * The health by final outcomes (all attempts used), oldest first.
 *
 * | health    | when                                                                                         |
 * | --------- | -------------------------------------------------------------------------------------------- |
 * | `unknown` | nothing has ended yet                                                                        |
 * | `failing` | from two failures in a row, or under half of the last ten where there are five; until three successes in a row |
 * | `flaky`   | not failing, and one of the last ten failed                                                  |
 * | `healthy` | not failing, and none of the last ten failed                                                 |
 */
export function healthOf(outcomes: readonly ("completed" | "failed")[]): Health {
  const seen = outcomes.slice(-HEALTH_LOOKS_AT);
  if (seen.length === 0) return "unknown";
  let failing = false;
  let failures = 0;
  let successes = 0;
  for (const [index, outcome] of seen.entries()) {
    if (outcome === "completed") {
      failures = 0;
      successes += 1;
      if (successes >= SUCCESSES_TO_RECOVER) failing = false;
      continue;
    }
    successes = 0;
    failures += 1;
    const recent = seen.slice(Math.max(0, index + 1 - RECENT), index + 1);
    const completed = recent.filter((each) => each === "completed").length;
    const fewSucceed = recent.length >= FEWEST_FOR_SHARE && completed * 2 < recent.length;
    if (failures >= FAILURES_TO_FAIL || fewSucceed) failing = true;
  }
  if (failing) return "failing";
  return seen.slice(-RECENT).includes("failed") ? "flaky" : "healthy";
}

/** Why a schedule stands where it does in a list by need; in this order. */
export const scheduleGroups = ["attention", "running", "next", "paused", "ended"] as const;
export type ScheduleGroup = (typeof scheduleGroups)[number];
