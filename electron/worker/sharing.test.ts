import fc from "fast-check";
import { expect, test } from "vitest";
import { shareOut } from "./sharing.ts";

const counts = fc.array(fc.nat({ max: 30 }), { maxLength: 8 });

test("what is free is shared out as if one of each place were taken in turn", () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), counts, (free, waiting) => {
      const slow = waiting.map(() => 0);
      for (let left = free, took = true; left > 0 && took; ) {
        took = false;
        for (const [i, count] of waiting.entries()) {
          if (left === 0 || (slow[i] ?? 0) >= count) continue;
          slow[i] = (slow[i] ?? 0) + 1;
          left--;
          took = true;
        }
      }
      expect(shareOut(free, waiting)).toEqual(slow);
    }),
  );
});

test("no place is given more than it takes, and what one does not take goes to the others", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 60 }),
      fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), { maxLength: 8 }),
      (free, places) => {
        const waiting = places.map(([count]) => count);
        const taken = places.map(() => 0);
        const shares = shareOut(free, waiting, (place) => {
          if ((taken[place] ?? 0) >= (places[place]?.[1] ?? 0)) return false;
          taken[place] = (taken[place] ?? 0) + 1;
          return true;
        });
        // Each was asked for exactly what it was given, and no less than all that fits was given out.
        expect(taken).toEqual(shares);
        expect(shares).toEqual(
          shareOut(
            free,
            places.map(([count, takes]) => Math.min(count, takes)),
          ),
        );
      },
    ),
  );
});
