import fc from "fast-check";
import { expect, it } from "vitest";
import { lineDiff } from "./lineDiff.ts";

it("tells what changed, and folds what did not", () => {
  const before = ["a", "b", "c", "d", "e", "f", "g"].join("\n");
  expect(lineDiff(before, before)).toBeNull();
  expect(lineDiff(before, before.replace("g", "h"))).toEqual([
    { kind: "folded", text: "3 lines alike" },
    { kind: "same", text: "d" },
    { kind: "same", text: "e" },
    { kind: "same", text: "f" },
    { kind: "removed", text: "g" },
    { kind: "added", text: "h" },
  ]);
  expect(lineDiff("", "x")).toEqual([{ kind: "added", text: "x" }]);
});

it("holds all lines of both texts, in their order", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before.join("\n"), after.join("\n"));
      if (lines === null) {
        expect(before).toEqual(after);
        return;
      }
      const side = (mine: "added" | "removed") =>
        lines.flatMap(({ kind, text: line }) => {
          if (kind === "folded") return Array.from({ length: Number.parseInt(line, 10) }, () => null);
          return kind === "same" || kind === mine ? [line] : [];
        });
      for (const [whole, mine] of [
        [before, side("removed")],
        [after, side("added")],
      ] as const) {
        expect(mine).toHaveLength(whole.length);
        expect(mine.every((line, i) => line === null || line === whole[i])).toBe(true);
      }
    }),
  );
});
