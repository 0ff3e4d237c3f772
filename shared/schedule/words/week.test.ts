import { expect, it } from "vitest";
import { firstDayOfWeek } from "./week.ts";

it("a week begins as where the reader lives, and on Monday where that is not known", () => {
  expect(["de-DE", "en-US", "ar-EG", "fa-IR", "pt-BR"].map(firstDayOfWeek)).toEqual([1, 7, 6, 6, 7]);
  expect(firstDayOfWeek("not a locale!")).toBe(1);
});
