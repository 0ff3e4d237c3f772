import { describe, expect, it } from "vitest";
import { createKeyReader } from "./keys.ts";

const press = (key: string, more: Partial<{ ctrlKey: boolean }> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

describe("the keys of commands", () => {
  const reader = () => {
    let now = 0;
    const { read } = createKeyReader(new Set(["g"]), () => now);
    return { read, wait: (ms: number) => (now += ms) };
  };

  it("reads a key alone, and leaves it to others", () => {
    expect(reader().read(press("r"))).toEqual({ keys: "r", taken: false });
  });

  it("reads two as a pair: the second does nothing of its own", () => {
    const { read } = reader();
    expect(read(press("g"))).toEqual({ keys: null, taken: true });
    expect(read(press("r"))).toEqual({ keys: "g r", taken: true });
    expect(read(press("r"))).toEqual({ keys: "r", taken: false });
  });

  it("waits for the second no longer than a person does, and over Shift", () => {
    const { read, wait } = reader();
    read(press("g"));
    wait(1499);
    read(press("Shift"));
    expect(read(press("?")).keys).toBe("g ?");
    read(press("g"));
    wait(1500);
    expect(read(press("r"))).toEqual({ keys: "r", taken: false });
  });

  it("is not the browser's: keys with Ctrl are neither read nor the second of a pair", () => {
    const { read } = reader();
    read(press("g"));
    expect(read(press("r", { ctrlKey: true }))).toEqual({ keys: null, taken: false });
    expect(read(press("r")).keys).toBe("r");
  });
});
