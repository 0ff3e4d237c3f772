import fc from "fast-check";
import { expect, it } from "vitest";
import { inParts, joined } from "./parts.ts";

it("what is told in parts is the same once it is put together, and no message is long", () => {
  const anyList = fc.integer({ min: 0, max: 1601 }).map((length) => Array.from({ length }, (_, index) => ({ index })));
  fc.assert(
    fc.property(fc.record({ runs: anyList, planned: anyList, minutes: fc.nat() }), (whole) => {
      const parts: Partial<typeof whole>[] = [];
      let rest: typeof whole | undefined;
      for (const told of inParts(whole)) {
        expect(rest).toBeUndefined();
        if ("part" in told) parts.push(told.part);
        else rest = told.range;
        const { runs = [], planned = [] } = "part" in told ? told.part : told.range;
        expect(Math.max(runs.length, planned.length)).toBeLessThanOrEqual(500);
      }
      expect(rest).toBeDefined();
      expect(joined(parts, rest as typeof whole)).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});
