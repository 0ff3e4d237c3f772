import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSpan } from "./readSpan.ts";

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const whole = { from: 20_000 * dayMs, to: 20_001 * dayMs };
const anyView = fc
  .tuple(fc.integer({ min: -400 * 1440, max: 400 * 1440 }), fc.integer({ min: 1, max: 366 * 1440 }))
  .map(([from, length]) => ({ from: whole.from + from * minuteMs, to: whole.from + (from + length) * minuteMs }));

describe("readSpan", () => {
  it("holds the whole view, never much more than it needs, and no more than can be asked for", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const read = readSpan(view, whole);
        expect(read.from).toBeLessThanOrEqual(view.from);
        expect(read.to).toBeGreaterThanOrEqual(view.to);
        expect(read.to - read.from).toBeLessThanOrEqual(400 * dayMs);
        expect(read.to - read.from).toBeLessThanOrEqual(Math.max(3 * minuteMs, (view.to - view.from) * 8));
      }),
    );
  });

  it("reads few stretches while a view is moved over its own length", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const length = view.to - view.from;
        const read = new Set(
          Array.from({ length: 101 }, (_, part) => {
            const by = Math.round((part / 100) * length);
            return readSpan({ from: view.from + by, to: view.to + by }, whole).from;
          }),
        );
        // Of more than the longest that is read at once, days are counted.
        expect(read.size).toBeLessThanOrEqual(length > 260 * dayMs ? 101 : 6);
      }),
    );
  });
});
