import { expect, it } from "vitest";
import { firstSize } from "./firstSize.ts";

it("opens at its usual size where there is room, and within the screen less its panels where there is not", () => {
  expect(firstSize({ width: 2560, height: 1400 })).toEqual({ width: 1280, height: 800 });
  for (const workArea of [
    { width: 1280, height: 774 },
    { width: 1024, height: 600 },
  ]) {
    const { width, height } = firstSize(workArea);
    expect(width).toBeLessThan(workArea.width);
    // With a title bar.
    expect(height + 28).toBeLessThan(workArea.height);
  }
});
