import { describe, expect, it } from "vitest";
import { excludedDays } from "./excludedDays.ts";

describe("excludedDays", () => {
  it("lists the whole days of dates, ranges and rules, and not those that only lose hours", () => {
    expect(
      excludedDays(
        [
          "2026-05-01",
          { from: "2026-12-30", to: "2027-01-02" },
          { month: 7, dayOfMonth: "1-2" },
          { month: 3, between: ["00:00", "06:00"] },
        ],
        2026,
      ),
    ).toEqual(["2026-05-01", "2026-07-01", "2026-07-02", "2026-12-30", "2026-12-31"]);
    expect(excludedDays([], 2026)).toEqual([]);
  });
});
