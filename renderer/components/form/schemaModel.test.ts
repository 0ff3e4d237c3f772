import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fieldKind, fieldLabel, type JsonSchema, resolveSchema, startValue, variantOf } from "./schemaModel.ts";

const json = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input", reused: "ref" }) as JsonSchema;

function kinds(schema: z.ZodObject) {
  const root = json(schema);
  const whole = fieldKind(root, root, "");
  if (whole.kind !== "object") throw new Error("not an object");
  return Object.fromEntries(
    whole.fields.map((field) => [field.key, fieldKind(resolveSchema(field.schema, root).schema, root, field.key)]),
  );
}

describe("fieldKind", () => {
  it("draws what zod describes", () => {
    const shared = z.object({ user: z.string() });
    const fields = kinds(
      z.object({
        command: z.string(),
        name: z.string().nullable(),
        retries: z.number().int().min(0).default(3),
        ratio: z.number().optional(),
        loud: z.boolean().default(false),
        method: z.enum(["GET", "POST"]),
        level: z.union([z.literal("low"), z.literal("high")]),
        codes: z.array(z.number().int()),
        env: z.record(z.string(), z.string()),
        first: shared,
        second: shared,
        how: z.discriminatedUnion("type", [
          z.object({ type: z.literal("none") }),
          z.object({ type: z.literal("basic"), user: z.string() }),
        ]),
        anything: z.unknown(),
        either: z.union([z.string(), z.number()]),
      }),
    );
    expect(fields["command"]).toEqual({ kind: "text", multiline: true, secret: false });
    expect(fields["name"]).toEqual({ kind: "text", multiline: false, secret: false });
    expect(fields["retries"]).toEqual({ kind: "number", integer: true });
    expect(fields["ratio"]).toEqual({ kind: "number", integer: false });
    expect(fields["loud"]).toEqual({ kind: "boolean" });
    expect(fields["method"]).toEqual({ kind: "enum", values: ["GET", "POST"] });
    expect(fields["level"]).toEqual({ kind: "enum", values: ["low", "high"] });
    expect(fields["codes"]?.kind).toBe("list");
    expect(fields["env"]?.kind).toBe("map");
    expect(fields["second"]?.kind).toBe("object");
    expect(fields["how"]?.kind).toBe("union");
    expect(fields["anything"]).toEqual({ kind: "json" });
    expect(fields["either"]).toMatchObject({ kind: "union", variants: [{ type: "string" }, { type: "number" }] });
  });

  it("takes a field with a default for one that may be left out", () => {
    const root = z.toJSONSchema(z.object({ a: z.string(), b: z.string().default("x") })) as JsonSchema;
    const whole = fieldKind(root, root, "");
    expect(whole.kind === "object" && whole.fields.map((field) => field.required)).toEqual([true, false]);
  });

  it("survives a reference in circles and one to nowhere", () => {
    const root: JsonSchema = { $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } };
    expect(fieldKind(resolveSchema({ $ref: "#/$defs/a" }, root).schema, root, "").kind).toBe("json");
    expect(fieldKind(resolveSchema({ $ref: "#/$defs/gone" }, root).schema, root, "").kind).toBe("json");
    expect(fieldKind(resolveSchema({ $ref: "#/__proto__/x" }, root).schema, root, "").kind).toBe("json");
  });
});

it("startValue fits the schema it was made for", () => {
  const schema = z.object({
    url: z.string(),
    tries: z.number().min(1),
    on: z.boolean(),
    tags: z.array(z.string()),
    note: z.string().optional(),
  });
  const root = json(schema);
  expect(startValue(root, root)).toEqual({ url: "", tries: 1, on: false, tags: [] });
  expect(schema.safeParse(startValue(root, root)).success).toBe(true);
});

it("variantOf tells a union's variants apart", () => {
  const root = json(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("none") }),
      z.object({ type: z.literal("basic"), user: z.string() }),
    ]),
  );
  const kind = fieldKind(root, root, "");
  const variants = kind.kind === "union" ? kind.variants : [];
  expect(variantOf(variants, { type: "basic", user: "x" })).toBe(1);
  expect(variantOf(variants, { type: "none" })).toBe(0);
  expect(variantOf([{ type: "string" }, { type: "array" }], ["a"])).toBe(1);
});

it("fieldLabel reads names as words", () => {
  expect(fieldLabel("acceptedExitCodes", {})).toBe("Accepted exit codes");
  expect(fieldLabel("api_key", {})).toBe("Api key");
  expect(fieldLabel("x", { title: "URL" })).toBe("URL");
});
