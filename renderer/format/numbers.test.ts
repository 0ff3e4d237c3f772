import { expect, it } from "vitest";
import { bytes, percent, plural, shortCount, sizeText } from "./numbers.ts";

it("percent keeps 100 for all and 0 for none", () => {
  expect(percent(0, 0)).toBe(0);
  expect(percent(58, 60)).toBe(97);
  expect(percent(9999, 10_000)).toBe(99);
  expect(percent(1, 10_000)).toBe(1);
  expect(percent(300, 300)).toBe(100);
});

it("plural and bytes read as one says them", () => {
  expect(plural(1, "run")).toBe("1 run");
  expect(plural(6, "run")).toBe("6 runs");
  expect(bytes(512)).toBe("512 B");
  expect(bytes(3481)).toBe("3.4 KiB");
  expect(bytes(1_048_576)).toBe("1 MiB");
  expect(sizeText("512MiB")).toBe("512 MiB");
});

it("a short count takes four signs at most below a billion", () => {
  expect([0, 999, 1000, 1440, 9949, 9950, 12_345, 999_499, 999_500, 1_401_234, 12_345_678].map(shortCount)).toEqual(
    "0 999 1.0k 1.4k 9.9k 10k 12k 999k 1.0M 1.4M 12M".split(" "),
  );
});
