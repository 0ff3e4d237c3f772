import fc from "fast-check";
import { expect, test } from "vitest";
import { scheduleGroups } from "../../../../shared/domain/health.ts";
import { groupHeight, type ListItem, layOut, rowHeights, toggled } from "./listLayout.ts";

const rowHeight = rowHeights.compact;

const anyGroups = fc
  .subarray([...scheduleGroups])
  .chain((chosen) =>
    fc.tuple(...chosen.map((group) => fc.record({ group: fc.constant(group), count: fc.integer({ min: 1, max: 9 }) }))),
  );

test("each heading stands over its own rows, whatever is folded, and every row has one place", () => {
  fc.assert(
    fc.property(anyGroups, fc.subarray([...scheduleGroups]), (groups, folded) => {
      const wanted: ListItem[] = [];
      let row = 0;
      for (const { group, count } of groups) {
        const isFolded = folded.includes(group);
        wanted.push({ kind: "group", group, count, folded: isFolded });
        if (!isFolded) for (let i = 0; i < count; i++) wanted.push({ kind: "row", row: row++ });
      }
      const layout = layOut(row, groups, folded, rowHeight);
      expect(Array.from({ length: layout.length }, (_, index) => layout.itemAt(index))).toEqual(wanted);
      wanted.forEach((item, index) => {
        expect(layout.heightOf(index)).toBe(item.kind === "group" ? groupHeight : rowHeight);
        if (item.kind === "row") expect(layout.placeOf(item.row)).toBe(index);
      });
    }),
  );
});

test("a list without groups is its rows", () => {
  const layout = layOut(3, undefined, [], rowHeight);
  expect(layout.length).toBe(3);
  expect(layout.itemAt(2)).toEqual({ kind: "row", row: 2 });
  expect(layout.placeOf(2)).toBe(2);
});

test("folding twice opens again", () => {
  expect(toggled([], "paused")).toEqual(["paused"]);
  expect(toggled(["paused"], "next")).toEqual(["next", "paused"]);
  expect(toggled(["paused"], "paused")).toBeUndefined();
});
