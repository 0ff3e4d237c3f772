import { expect, it } from "vitest";
import { readDurationParts, writeDuration } from "./durationParts.ts";

it.each([
  ["5m", 5, "m"],
  ["90m", 90, "m"],
  ["1h30m", 90, "m"],
  ["24h", 24, "h"],
  ["1d", 1, "d"],
  ["1w3d", 10, "d"],
  ["2w", 2, "w"],
  ["1m30s", 90, "s"],
  // Out of range, and shown as it is.
  ["0h", 0, "h"],
  ["99999999m", 99_999_999, "m"],
] as const)("%s reads as %d %s", (text, amount, unit) => {
  expect(readDurationParts(text, "m")).toEqual({ amount, unit });
});

it("takes nothing and nonsense for an empty field", () => {
  expect(readDurationParts("", "h")).toEqual({ amount: null, unit: "h" });
  expect(readDurationParts("soon", "m")).toEqual({ amount: null, unit: "m" });
});

it("writes no fractions", () => {
  expect(writeDuration(5, "m")).toBe("5m");
  expect(writeDuration(0.5, "h")).toBe("30m");
  expect(writeDuration(1.5, "m")).toBe("90s");
  expect(writeDuration(0.25, "s")).toBe("250ms");
});
