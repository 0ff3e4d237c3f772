import fc from "fast-check";
import { expect, test } from "vitest";
import { placeChain } from "./layout.ts";

/** Links from earlier to later ids: never a circle. */
const chains = fc
  .integer({ min: 1, max: 30 })
  .chain((size) =>
    fc.tuple(
      fc.constant(Array.from({ length: size }, (_, i) => `s${i}`)),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 60 }),
    ),
  )
  .map(([ids, pairs]) => ({
    ids,
    links: pairs
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => ({ from: `s${Math.min(a, b)}`, to: `s${Math.max(a, b)}` })),
  }));

test("every link leads to the right, from the column just before for one of them, and no two stand in one place", () => {
  fc.assert(
    fc.property(chains, fc.infiniteStream(fc.nat()), ({ ids, links }, picks) => {
      const shuffled = ids
        .map((id) => ({ id, key: picks.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ id }) => id);
      const cells = placeChain(shuffled, links);
      expect([...cells.keys()].sort()).toEqual([...ids].sort());
      const places = [...cells.values()].map(({ column, row }) => `${column} ${row}`);
      expect(new Set(places).size).toBe(places.length);
      for (const { from, to } of links) expect(cells.get(from)?.column).toBeLessThan(cells.get(to)?.column as number);
      for (const id of ids) {
        const before = links.filter(({ to }) => to === id).map(({ from }) => cells.get(from)?.column ?? 0);
        expect(cells.get(id)?.column).toBe(before.length === 0 ? 0 : Math.max(...before) + 1);
      }
    }),
  );
});

test("schedules one after the other stand in one row; a circle that somebody wrote is drawn all the same", () => {
  const ids = Array.from({ length: 30 }, (_, i) => `s${i}`);
  const links = ids.slice(1).map((to, i) => ({ from: `s${i}`, to }));
  const cells = placeChain(ids, links);
  expect(ids.map((id) => cells.get(id))).toEqual(ids.map((_, column) => ({ column, row: 0 })));
  const circle = [...links, { from: "s29", to: "s0" }, { from: "s3", to: "s3" }, { from: "s3", to: "elsewhere" }];
  expect(placeChain(ids, circle).size).toBe(30);
});
