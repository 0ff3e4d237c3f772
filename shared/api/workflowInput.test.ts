import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { parseWith } from "../domain/fieldIssues.ts";
import { workflowInputSchema } from "./workflowInput.ts";

const outer = z.strictObject({ input: workflowInputSchema.optional() });

it("takes whatever JSON holds, as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const input: unknown = JSON.parse(JSON.stringify(value));
      expect(JSON.stringify(parseWith(outer, { input }).input)).toBe(JSON.stringify(input));
    }),
  );
  const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"x":2}},"s":"\\ud800","nul":"a\\u0000b"}';
  expect(JSON.stringify(parseWith(outer, { input: JSON.parse(text) }).input)).toBe(text);
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

it("refuses the rest, naming the place", () => {
  const deep = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const [input, path, message] of [
    [{ a: [1, new Date(0)] }, "input.a[1]", "instance of a class"],
    [{ n: 1n }, "input.n", "not a bigint"],
    [{ n: Number.NaN }, "input.n", "not NaN"],
    [[undefined], "input[0]", "not a undefined"],
    [deep(201), "input", "200 levels"],
    [deep(100_000), "input", "200 levels"],
    [cycle, "input", "200 levels"],
    [{ a: "x".repeat(1024 * 1024) }, "input", "1 MiB"],
    [Array.from({ length: 600_000 }, () => 1), "input", "1 MiB"],
  ] as const) {
    const refused = expect.objectContaining({ path, message: expect.stringContaining(message) });
    expect(() => parseWith(outer, { input }), message).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", issues: [refused] }),
    );
  }
  expect(parseWith(outer, { input: deep(200) })).toEqual({ input: deep(200) });
});
