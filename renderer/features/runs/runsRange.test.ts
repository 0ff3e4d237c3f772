import { expect, test } from "vitest";
import { dateOf, exactRange, rangeInput } from "./runsRange.ts";

test("an address narrows runs to whole days, to a time exactly, or, where it says neither, to nothing", () => {
  const [from, to] = ["2026-11-29T13:00:00.000Z", "2026-11-29T14:30:00Z"];
  expect(rangeInput({ from, to })).toEqual({ scheduledFrom: from, scheduledTo: "2026-11-29T14:30:00.000Z" });
  expect(exactRange({ from, to: "2026-11-29" })).toBeNull();
  const day = rangeInput({ from: "2026-11-29", to: "2026-11-29" });
  expect(Date.parse(day.to as string) - Date.parse(day.from as string)).toBe(86_400_000);
  for (const text of ["yesterday", "2026-13-40", "", undefined]) {
    expect(rangeInput({ from: text, to: text })).toEqual({});
    expect(dateOf(text)).toBeNull();
  }
});
