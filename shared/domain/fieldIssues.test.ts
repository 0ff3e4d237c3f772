import { expect, test } from "vitest";
import { z } from "zod";
import { AppError } from "./errors.ts";
import { parseWith } from "./fieldIssues.ts";

const refused = (schema: z.ZodType, input: unknown): string => {
  try {
    parseWith(schema, input);
    return "taken";
  } catch (error) {
    return error instanceof AppError ? error.message : String(error);
  }
};

test("a value of another kind, or none, is refused in plain words", () => {
  const schema = z.object({ url: z.string(), times: z.int(), on: z.boolean(), tags: z.array(z.string()) });
  const fine = { url: "x", times: 1, on: true, tags: [] };
  expect(refused(schema, fine)).toBe("taken");
  expect(refused(schema, { ...fine, url: undefined })).toBe("url: text is needed (given: nothing)");
  expect(refused(schema, { ...fine, url: 7 })).toBe("url: text is expected (given: 7)");
  expect(refused(schema, { ...fine, times: "many" })).toBe('times: a number is expected (given: "many")');
  expect(refused(schema, { ...fine, times: 1.5 })).toBe("times: a whole number is expected (given: 1.5)");
  expect(refused(schema, { ...fine, on: null, tags: {} })).toBe(
    "on: true or false is expected (given: null); tags: a list is expected (given: {})",
  );
});

test("a schema's own words stand", () => {
  expect(refused(z.object({ url: z.string("an address") }), {})).toBe("url: an address (given: nothing)");
});
