import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { createPrimordials } from "./primordials.ts";

const added = Symbol("added");
const { map } = Array.prototype;
const grouping = Object.getOwnPropertyDescriptor(Map.prototype, "size") as PropertyDescriptor;
const parentOfDates = Object.getPrototypeOf(Date.prototype) as object;
const host = globalThis as Record<string, unknown>;

/** What a run may do to what all share, and the way back. */
const changes: Record<string, [change: () => void, undo: () => void]> = {
  "a function is replaced": [
    () => Object.assign(Array.prototype, { map: () => [] }),
    () => Object.defineProperty(Array.prototype, "map", { value: map, enumerable: false }),
  ],
  "a property is added that no loop shows": [
    () => Object.defineProperty(String.prototype, "last", { value: 1, configurable: true }),
    () => Reflect.deleteProperty(String.prototype, "last"),
  ],
  "one is added under a symbol": [
    () => Object.assign(Promise, { [added]: 1 }),
    () => Reflect.deleteProperty(Promise, added),
  ],
  "one is taken away": [
    () => Reflect.deleteProperty(Math, "hypot"),
    (
      (hypot) => () =>
        Object.defineProperty(Math, "hypot", { value: hypot, writable: true, configurable: true })
    )(Math.hypot),
  ],
  "a getter is replaced": [
    () => Object.defineProperty(Map.prototype, "size", { get: () => 0 }),
    () => Object.defineProperty(Map.prototype, "size", grouping),
  ],
  "a value is read by a function that throws": [
    () =>
      Object.defineProperty(JSON, "parse", {
        configurable: true,
        get() {
          throw new Error("no");
        },
      }),
    (
      (parse) => () =>
        Object.defineProperty(JSON, "parse", { value: parse, writable: true, configurable: true })
    )(JSON.parse),
  ],
  "an object has another prototype": [
    () => Object.setPrototypeOf(Date.prototype, {}),
    () => Object.setPrototypeOf(Date.prototype, parentOfDates),
  ],
  "a global is set": [
    () => {
      host["leftBehind"] = 1;
    },
    () => Reflect.deleteProperty(host, "leftBehind"),
  ],
};

/** Seen by the longer look alone. */
const hidden = ["a property is added that no loop shows", "one is added under a symbol"];

test.each(Object.keys(changes))("that %s is noticed, and that it was undone, too", (what) => {
  const [change, undo] = changes[what] as [() => void, () => void];
  const primordials = createPrimordials();
  let noticed: boolean;
  let glimpsed: boolean;
  change();
  try {
    noticed = !primordials.areUnchanged();
    glimpsed = !primordials.seemUnchanged();
  } finally {
    undo();
  }
  // Before anything is expected: that changes some of them itself.
  const undone = [primordials.areUnchanged(), primordials.seemUnchanged()];
  expect({ noticed, glimpsed, undone }).toEqual({
    noticed: true,
    glimpsed: !hidden.includes(what),
    undone: [true, true],
  });
});

test("what was remembered anew is no change any more", () => {
  const primordials = createPrimordials();
  const told: boolean[] = [];
  host["leftBehind"] = 1;
  try {
    told.push(primordials.areUnchanged());
    primordials.remember();
    told.push(primordials.areUnchanged());
  } finally {
    delete host["leftBehind"];
  }
  told.push(primordials.areUnchanged());
  expect(told).toEqual([false, true, false]);
});

test("looking makes Node load nothing that no workflow has asked for", () => {
  const program = `
    import { createPrimordials } from ${JSON.stringify(new URL("./primordials.ts", import.meta.url).href)};
    const parts = () => process.moduleLoadList.filter((name) => /undici|http|webstreams|webcrypto/.test(name));
    const before = parts();
    createPrimordials().areUnchanged();
    console.log(JSON.stringify([before, parts()]));
  `;
  const [before, after] = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }),
  ) as string[][];
  expect(after).toEqual(before);
});
