import fc from "fast-check";
import { expect, test } from "vitest";
import { toLocal } from "../../../shared/schedule/index.ts";
import { dayOf, quietUntil, timeOfDay } from "./hours.ts";

const at = (text: string): number => Date.parse(text);
const quiet = { from: "22:00", to: "07:00", timezone: null };

test("quiet hours over midnight end in the morning of the zone", () => {
  const berlin = { ...quiet, timezone: "Europe/Berlin" };
  expect(quietUntil(berlin, at("2026-01-10T20:59:59Z"), "UTC")).toBe(null);
  expect(quietUntil(berlin, at("2026-01-10T21:00:00Z"), "UTC")).toBe(at("2026-01-11T06:00:00Z"));
  expect(quietUntil(berlin, at("2026-01-11T05:59:59Z"), "UTC")).toBe(at("2026-01-11T06:00:00Z"));
  expect(quietUntil(berlin, at("2026-01-11T06:00:00Z"), "UTC")).toBe(null);
  expect(quietUntil(null, at("2026-01-11T06:00:00Z"), "UTC")).toBe(null);
});

test("an instant is quiet if and only if its local time of day lies in the hours", () => {
  const minutes = fc.integer({ min: 0, max: 1439 });
  const text = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  fc.assert(
    fc.property(
      minutes,
      minutes,
      // Away from the clock changes, at which a time of day may be missing or come twice.
      fc.integer({ min: Date.UTC(2026, 4, 1), max: Date.UTC(2026, 8, 1) }),
      fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"),
      (from, to, instant, timezone) => {
        fc.pre(from !== to);
        const { hour, minute } = toLocal(timezone, instant);
        const now = hour * 60 + minute;
        const inside = from < to ? now >= from && now < to : now >= from || now < to;
        const until = quietUntil({ from: text(from), to: text(to), timezone }, instant, "UTC");
        expect(until !== null).toBe(inside);
        if (until !== null) {
          expect(timeOfDay(until, timezone)).toBe(text(to));
          expect(until - instant).toBeGreaterThan(0);
          expect(until - instant).toBeLessThanOrEqual(86_400_000);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a local day of 23 hours begins and ends where its clock shows midnight", () => {
  const day = dayOf({ ...quiet, timezone: "Europe/Berlin" }, at("2026-03-29T10:00:00Z"), "UTC");
  expect(day).toEqual({ fromAt: at("2026-03-28T23:00:00Z"), toAt: at("2026-03-29T22:00:00Z") });
});
