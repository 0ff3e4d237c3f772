import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import { scopeWords } from "../../../shared/api/access.ts";
import { errorCodes } from "../../../shared/domain/errors.ts";
import { named } from "./answers/parts.ts";
import { answerSchema } from "./answers.ts";
import { type ProgramCall, programCalls } from "./procedures.ts";

type Json = Record<string, unknown>;

/** Where a schema refers to itself: moved to where the document keeps what is referred to. */
function placed(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((part) => placed(part, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (key !== "$ref" || typeof part !== "string") return [key, placed(part, name)];
      const own = part === "#" ? name : `${name}.${part.replace(/^#\/\$defs\//, "")}`;
      return [key, `#/components/schemas/${own}`];
    }),
  );
}

/** The JSON schema of what a call takes, and the schemas it refers to by name. */
function inputOf({ name, input }: ProgramCall): { schema: Json; named: Json } | null {
  if (input === null) return null;
  const { $schema: _, $defs = {}, ...schema } = z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Json;
  const own = `${name}.input`;
  const named = Object.fromEntries(
    Object.entries($defs as Json).map(([key, part]) => [`${own}.${key}`, placed(part, own)]),
  );
  const isRecursive = JSON.stringify(schema).includes('"$ref":"#"');
  const inPlace = placed(schema, own) as Json;
  return isRecursive
    ? { schema: { $ref: `#/components/schemas/${own}` }, named: { ...named, [own]: inPlace } }
    : { schema: inPlace, named };
}

/** A reference to what the document keeps once. */
const toComponents = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'));

/** The JSON schema of what a call answers, and those that it names; null where none says it. More fields may come with later versions. */
function answerOf(name: string): { schema: Json; named: Json } | null {
  const answer = answerSchema(name);
  if (answer === null) return null;
  const made = z.toJSONSchema(answer, {
    io: "output",
    unrepresentable: "any",
    metadata: named,
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  }) as Json;
  const { $schema: _, $defs = {}, ...schema } = made;
  const own = named.get(answer)?.id;
  const shared = Object.fromEntries(
    Object.entries($defs as Record<string, Json>).map(([key, { id: _id, ...part }]) => [key, toComponents(part)]),
  );
  const { id: _own, ...inPlace } = toComponents(schema) as Json;
  return own === undefined
    ? { schema: inPlace, named: shared }
    : { schema: { $ref: `#/components/schemas/${own}` }, named: { [own]: inPlace, ...shared } };
}

/** The first words of a call: what it does. */
const verbs: Record<string, string> = {
  list: "List",
  get: "Show one of",
  create: "Make one of",
  update: "Change one of",
  delete: "Delete one of",
  set: "Set one of",
};
const summaryOf = (name: string): string => {
  const [topic = "", verb = ""] = name.split(".");
  const words = verb.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return verbs[verb] === undefined ? `${topic}: ${words}` : `${verbs[verb]} ${topic}`;
};

/** OpenAPI 3.1 of what programs with a token may call, made from the schemas that parse it. */
export function openapiDocument(): Json {
  const schemas: Json = {
    Error: {
      type: "object",
      required: ["error"],
      properties: {
        error: {
          type: "object",
          required: ["code", "message", "issues"],
          properties: {
            code: { enum: errorCodes },
            message: { type: "string" },
            issues: {
              type: "array",
              description: "The fields that have to change.",
              items: {
                type: "object",
                required: ["path", "message"],
                properties: { path: { type: "string" }, given: {}, message: { type: "string" } },
              },
            },
          },
        },
      },
    },
  };
  const paths: Json = {};
  for (const call of programCalls()) {
    const input = inputOf(call);
    if (input !== null) Object.assign(schemas, input.named);
    const answer = answerOf(call.name);
    if (answer !== null) Object.assign(schemas, answer.named);
    const operation = {
      operationId: call.name,
      tags: [call.name.split(".")[0]],
      summary: summaryOf(call.name),
      description: `Needs a token with the scope \`${call.scope}\` (${scopeWords[call.scope]}) or \`admin\`.`,
      responses: {
        200: {
          description: "What was asked for, as JSON.",
          content: { "application/json": { schema: answer?.schema ?? {} } },
        },
        default: {
          description: "Why it was refused.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
    };
    const body =
      input === null
        ? {}
        : { requestBody: { required: true, content: { "application/json": { schema: input.schema } } } };
    const asked = {
      ...operation,
      operationId: `${call.name}.get`,
      ...(input === null
        ? {}
        : {
            parameters: [
              {
                name: "input",
                in: "query",
                description: "The input as JSON.",
                content: { "application/json": { schema: input.schema } },
              },
            ],
          }),
    };
    paths[`/api/${call.name}`] = {
      ...(call.type === "query" ? { get: asked } : {}),
      post: { ...operation, ...body },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Almanac",
      version: packageJson.version,
      description: "What programs may ask `almanac serve`, with a token of `almanac tokens create`.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    paths,
    components: { schemas, securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  };
}
