import { expect, test } from "vitest";
import { existingText, rateText, statusText } from "./backfillWords.ts";

test("a status says what it came to", () => {
  expect(statusText({ status: "completed", failed: 0, total: 6 })).toBe("Completed");
  expect(statusText({ status: "completed", failed: 2, total: 6 })).toBe("Completed, 2 failed");
  expect(statusText({ status: "completed", failed: 0, total: 0 })).toBe("Nothing to run");
  expect(statusText({ status: "failed", failed: 1, total: 6 })).toBe("Stopped after 1 failure");
});

test("what was left alone is named", () => {
  expect(existingText({ occurrences: 12, total: 0, existing: { completed: 12 } })).toBe(
    "12 occurrences of 12 left alone (12 completed)",
  );
  expect(existingText({ occurrences: 12, total: 12, existing: {} })).toBe("");
});

test("rates are said in the unit that has digits", () => {
  expect(rateText(null)).toBeNull();
  expect(rateText(120.4)).toBe("120 runs a second");
  expect(rateText(2.25)).toBe("2.3 runs a second");
  expect(rateText(0.25)).toBe("15 runs a minute");
  expect(rateText(0.01)).toBe("36 runs an hour");
});
