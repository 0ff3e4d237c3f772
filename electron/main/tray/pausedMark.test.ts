import { expect, it } from "vitest";
import { withPausedMark } from "./pausedMark.ts";

const icon = (width: number, ink: readonly number[]): Uint8Array =>
  Uint8Array.from(Array.from({ length: width * width }, () => ink).flat());
const drawn = (bitmap: Uint8Array, width: number): string[] =>
  Array.from({ length: width }, (_row, y) =>
    Array.from({ length: width }, (_pixel, x) => ((bitmap[(y * width + x) * 4 + 3] ?? 0) > 0 ? "#" : ".")).join(""),
  );

it("cuts two bars of the icon's own colour into its corner, and leaves the icon itself alone", () => {
  const ink = [10, 20, 30, 255];
  const plain = icon(16, ink);
  const marked = withPausedMark(plain, 16, 16);
  expect(drawn(marked, 16).slice(7)).toEqual([
    "################",
    "########........",
    ...Array(7).fill("########..##..##"),
  ]);
  expect([...marked.subarray(-4)]).toEqual(ink);
  expect(drawn(plain, 16)).toEqual(Array(16).fill("#".repeat(16)));
});
