import { expect, it } from "vitest";
import { fittingSpan } from "./fittingSpan.ts";

const now = Date.parse("2026-11-29T12:00:00Z");
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const row = (spec: object, status: "active" | "ended" = "active") => ({
  spec,
  status,
  anchorAt: now - 400 * dayMs,
  lastRunAt: new Date(now - 100 * dayMs).toISOString(),
  createdAt: new Date(now - 400 * dayMs).toISOString(),
});
const lengthOf = (spec: object) => {
  const { from, to } = fittingSpan(row(spec), now);
  expect(from).toBeLessThan(now);
  expect(to).toBeGreaterThan(now);
  return to - from;
};

it("the stretch of time fits the schedule", () => {
  expect(lengthOf({ interval: "10s" })).toBe(hourMs / 6);
  expect(lengthOf({ interval: "1m" })).toBe(hourMs);
  expect(lengthOf({ cron: "0 * * * *" })).toBe(dayMs);
  expect(lengthOf({ cron: "0 2 * * *" })).toBe(30 * dayMs);
  expect(lengthOf({ cron: "0 8 * * 1" })).toBe(365 * dayMs);
  expect(lengthOf({ cron: "0 2 * * *", exclude: [{ calendar: "holidays" }] })).toBeGreaterThan(0);
});

it("of what has ended its last run is in sight", () => {
  const { from, to } = fittingSpan(row({ cron: "0 2 * * *" }, "ended"), now);
  expect(from).toBeLessThan(now - 100 * dayMs);
  expect(to).toBeGreaterThan(now - 100 * dayMs);
  expect(to).toBeLessThan(now);
});
