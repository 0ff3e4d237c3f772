import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrip, type StripMark, stripText } from "./outcomeStrip.ts";

const anyMark: fc.Arbitrary<StripMark> = fc.record({
  outcome: fc.constantFrom(
    "completed",
    "warning",
    "failed",
    "running",
    "missed",
    "skipped",
    "cancelled",
    "interrupted",
    "waiting",
  ),
  backfilled: fc.boolean(),
  count: fc.oneof(fc.constant(1), fc.nat({ max: 600_000 })),
});

test("a strip is read back as it was written, and a usual one is no longer than its marks", () => {
  fc.assert(
    fc.property(fc.array(anyMark), (marks) => {
      expect(parseStrip(stripText(marks))).toEqual(marks);
    }),
  );
  const usual = Array.from({ length: 30 }, (): StripMark => ({ outcome: "completed", backfilled: false, count: 1 }));
  expect(stripText(usual)).toHaveLength(30);
  expect(parseStrip("c?9z f3")).toEqual([
    { outcome: "completed", backfilled: false, count: 1 },
    { outcome: "failed", backfilled: false, count: 3 },
  ]);
});
