import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toJsonValue } from "./jsonValue.ts";

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(toJsonValue(value, "the result")));

describe("values that JSON holds", () => {
  test("are read as they were returned", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        expect(stored(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("include lone surrogates, NUL and a key named __proto__", () => {
    const value = JSON.parse('{"__proto__":{"x":1},"lone":"\\ud800","nul":"\\u0000","constructor":1}') as unknown;
    expect(JSON.stringify(stored(value))).toBe(JSON.stringify(value));
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  test("may be nothing at all", () => {
    expect(toJsonValue(undefined, "the result")).toBeUndefined();
    expect(toJsonValue(null, "the result")).toBeNull();
  });
});

describe("anything else is refused, with its place", () => {
  const cycle: Record<string, unknown> = {};
  cycle["inner"] = [cycle];
  let deep: unknown = null;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const throwing = Object.defineProperty({}, "secret", {
    enumerable: true,
    get: () => {
      throw new Error("no");
    },
  });
  const trap = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("trap");
      },
    },
  );
  test.each<[string, unknown, string]>([
    ["undefined", { a: { b: undefined } }, "a.b is undefined"],
    ["a hole", { list: new Array(2) }, "list[0] is undefined"],
    ["NaN", [Number.NaN], "[0] is NaN"],
    ["Infinity", { n: Number.POSITIVE_INFINITY }, "n is Infinity"],
    ["BigInt", 1n, "it is a BigInt"],
    ["Date", { at: new Date(0) }, "at is a Date"],
    ["Map", new Map(), "it is an instance of Map"],
    ["Buffer", { data: Buffer.from("x") }, "data is an instance of Buffer"],
    ["a class", { error: new Error("x") }, "error is an instance of Error"],
    ["a function", { call: () => 1 }, "call is a function"],
    ["a symbol", [Symbol("s")], "[0] is a symbol"],
    ["a cycle", cycle, "inner[0] is part of itself"],
    ["depth", deep, "nested deeper than 200 levels"],
    ["a getter that throws", throwing, "secret is a property that throws when read (no)"],
    ["a proxy that throws", trap, "reading it failed"],
  ])("%s", (_name, value, message) => {
    expect(() => toJsonValue(value, "the result")).toThrow(
      expect.objectContaining({
        code: "NOT_SERIALIZABLE",
        message: expect.stringContaining(message),
        retryable: false,
      }),
    );
  });

  test("what is larger than 1 MiB", () => {
    const tooLarge = expect.objectContaining({ code: "RESULT_TOO_LARGE" });
    expect(() => toJsonValue("x".repeat(1024 * 1024), "the result")).toThrow(tooLarge);
    expect(() => toJsonValue("\u0001".repeat(200_000), "the result")).toThrow(tooLarge);
    expect(() =>
      toJsonValue(
        Array.from({ length: 2_000_000 }, () => 1),
        "the result",
      ),
    ).toThrow(tooLarge);
    expect(toJsonValue("x".repeat(1024 * 1024 - 2), "the result")).toHaveLength(1024 * 1024 - 2);
  });
});
