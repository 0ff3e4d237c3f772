/** A JSON Schema (2020-12) as `z.toJSONSchema` writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a field is drawn as. `json` is whatever has no better form. */
export type FieldKind =
  | { kind: "text"; multiline: boolean; secret: boolean }
  | { kind: "number"; integer: boolean }
  | { kind: "boolean" }
  | { kind: "enum"; values: (string | number | boolean | null)[] }
  | { kind: "list"; items: JsonSchema }
  | { kind: "map"; values: JsonSchema }
  | { kind: "object"; fields: { key: string; schema: JsonSchema; required: boolean }[] }
  | { kind: "union"; variants: JsonSchema[] }
  | { kind: "json" };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const schemas = (value: unknown): JsonSchema[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Names that hold more than a line, where the schema does not say. */
const longText = /^(command|script|body|text|message|query|content|code)$/i;

/** Follows `$ref` inside the root schema, a few steps at most. */
function followRef(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let at = schema;
  for (let step = 0; step < 8 && typeof at["$ref"] === "string"; step++) {
    const path = (at["$ref"] as string).replace(/^#\/?/, "").split("/").filter(Boolean);
    let target: unknown = root;
    for (const part of path) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
    }
    if (!isObject(target)) return {};
    const { $ref: _ref, ...own } = at;
    at = { ...target, ...own };
  }
  return at;
}

/** The schema itself: references followed, "or null" taken off (`nullable` says that it was there). */
export function resolveSchema(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  const followed = followRef(schema, root);
  const either = schemas(followed["anyOf"] ?? followed["oneOf"]);
  const rest = either.filter((option) => option["type"] !== "null");
  if (either.length > 0 && rest.length === 1 && rest[0] !== undefined) {
    const { anyOf: _any, oneOf: _one, ...own } = followed;
    return { schema: { ...followRef(rest[0], root), ...own }, nullable: rest.length < either.length };
  }
  if (Array.isArray(followed["type"]) && followed["type"].includes("null")) {
    const types = followed["type"].filter((type) => type !== "null");
    return { schema: { ...followed, type: types.length === 1 ? types[0] : types }, nullable: true };
  }
  return { schema: followed, nullable: false };
}

/** What a resolved schema is drawn as. `key` is the field's name. */
export function fieldKind(schema: JsonSchema, root: JsonSchema, key: string): FieldKind {
  if (Array.isArray(schema["enum"])) return { kind: "enum", values: schema["enum"].filter(isScalar) };
  if ("const" in schema && isScalar(schema["const"])) return { kind: "enum", values: [schema["const"]] };
  const variants = schemas(schema["anyOf"] ?? schema["oneOf"]).map((variant) => resolveSchema(variant, root).schema);
  if (variants.length > 0) {
    return variants.every((variant) => "const" in variant && isScalar(variant["const"]))
      ? { kind: "enum", values: variants.map((variant) => variant["const"] as string) }
      : { kind: "union", variants };
  }
  if (Array.isArray(schema["type"])) {
    return { kind: "union", variants: schema["type"].map((type) => ({ ...schema, type })) };
  }
  switch (schema["type"]) {
    case "string": {
      const long = typeof schema["maxLength"] === "number" && schema["maxLength"] > 2000;
      const multiline = schema["multiline"] ?? (schema["format"] === "multiline" || longText.test(key) || long);
      return { kind: "text", multiline: multiline === true, secret: schema["format"] === "password" };
    }
    case "number":
    case "integer":
      return { kind: "number", integer: schema["type"] === "integer" };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return isObject(schema["items"]) ? { kind: "list", items: schema["items"] } : { kind: "json" };
    case "object":
      return objectKind(schema);
    default:
      return { kind: "json" };
  }
}

function objectKind(schema: JsonSchema): FieldKind {
  if (isObject(schema["properties"])) {
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const fields = Object.entries(schema["properties"]).map(([key, value]) => ({
      key,
      schema: isObject(value) ? value : {},
      // What has a default may be left out, whatever the written schema says.
      required: required.includes(key) && !(isObject(value) && "default" in value),
    }));
    return { kind: "object", fields };
  }
  return isObject(schema["additionalProperties"]) && Object.keys(schema["additionalProperties"]).length > 0
    ? { kind: "map", values: schema["additionalProperties"] }
    : { kind: "json" };
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** What a new field of this schema begins as. */
export function startValue(schema: JsonSchema, root: JsonSchema): unknown {
  const { schema: resolved } = resolveSchema(schema, root);
  if ("default" in resolved) return structuredClone(resolved["default"]);
  const kind = fieldKind(resolved, root, "");
  switch (kind.kind) {
    case "text":
      return "";
    case "number":
      return typeof resolved["minimum"] === "number" ? Math.max(0, resolved["minimum"]) : 0;
    case "boolean":
      return false;
    case "enum":
      return kind.values[0] ?? null;
    case "list":
      return [];
    case "map":
      return {};
    case "object":
      return Object.fromEntries(
        kind.fields.filter((field) => field.required).map((field) => [field.key, startValue(field.schema, root)]),
      );
    case "union":
      return kind.variants[0] === undefined ? null : startValue(kind.variants[0], root);
    case "json":
      return null;
  }
}

/** Which of a union's variants a value is of: the first whose constants, type and required fields fit. */
export function variantOf(variants: readonly JsonSchema[], value: unknown): number {
  const fits = (schema: JsonSchema): boolean => {
    if ("const" in schema) return schema["const"] === value;
    if (Array.isArray(schema["enum"])) return schema["enum"].includes(value);
    switch (schema["type"]) {
      case "object": {
        if (!isObject(value)) return false;
        const properties = isObject(schema["properties"]) ? schema["properties"] : {};
        const required = Array.isArray(schema["required"]) ? schema["required"] : [];
        return required.every((key) => {
          const property = properties[key as string];
          const has = Object.hasOwn(value, key as string);
          if (!isObject(property)) return has;
          return (
            "default" in property || (has && (!("const" in property) || property["const"] === value[key as string]))
          );
        });
      }
      case "array":
        return Array.isArray(value);
      case "integer":
      case "number":
        return typeof value === "number";
      case "null":
        return value === null;
      default:
        return typeof value === schema["type"];
    }
  };
  return Math.max(0, variants.findIndex(fits));
}

/** `commandLine` → `Command line`; the schema's own title wins. */
export function fieldLabel(key: string, schema: JsonSchema): string {
  if (typeof schema["title"] === "string") return schema["title"];
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[_-]+/g, " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const formatExamples: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T09:00:00Z",
  time: "09:00:00",
  duration: "PT1H30M",
  email: "name@example.com",
  uri: "https://example.com/",
};

/** What an empty field would be, as a placeholder. */
export function placeholderOf(schema: JsonSchema, inherited: unknown): string | undefined {
  const value = inherited ?? schema["default"];
  if (value !== undefined && value !== null && typeof value !== "object" && value !== "") return String(value);
  const example = Array.isArray(schema["examples"]) ? schema["examples"][0] : undefined;
  return typeof example === "string" ? example : formatExamples[String(schema["format"])];
}

/** The least and the most that a number may be, where the schema says so. */
export function boundsOf(schema: JsonSchema): { min: number | undefined; max: number | undefined } {
  const bound = (key: "minimum" | "maximum") => {
    const value = schema[key];
    // zod writes the range of safe integers for every whole number.
    return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  return { min: bound("minimum"), max: bound("maximum") };
}
