import { expect, it } from "vitest";
import { firstDayOfWeek, weekFrom } from "./week.ts";

it("a week begins as where the reader lives, and on Monday where that is not known", () => {
  expect(["de-DE", "en-US", "ar-EG", "fa-IR", "pt-BR"].map(firstDayOfWeek)).toEqual([1, 7, 6, 6, 7]);
  expect(firstDayOfWeek("not a locale!")).toBe(1);
});

it("a week holds each day once, from its first on", () => {
  expect(weekFrom(1)).toEqual([1, 2, 3, 4, 5, 6, 0]);
  expect(weekFrom(7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(weekFrom(6)).toEqual([6, 0, 1, 2, 3, 4, 5]);
});
