import { existsSync } from "node:fs";
import { z } from "zod";
import type { WorkflowInfo, WorkflowLoadError } from "../../../shared/domain/workflow.ts";
import type { ModuleInspection } from "../../runtime/local/messages/protocol.ts";
import { describeThrown } from "../running/failures.ts";
import type { WorkflowParts } from "../sdk/definitions.ts";
import type { ModuleLoader } from "./moduleLoader.ts";

/** Loads a file and says what is in it; what it throws becomes the inspection's error. Runs in a process of its own. */
export async function inspectModule(loader: ModuleLoader, path: string): Promise<ModuleInspection> {
  try {
    const { hash, files, workflows, stepNames } = await loader.load(path, null);
    if (workflows.size === 0) {
      const message = "The file exports no workflow: export what workflow() or scheduledWorkflow() returns";
      return { hash, files, workflows: [], error: { path, line: null, column: null, message, stack: null } };
    }
    return {
      hash,
      files,
      workflows: [...workflows.values()].map((parts) => describeWorkflow(parts, stepNames)),
      error: null,
    };
  } catch (thrown) {
    return { hash: "", files: [path], workflows: [], error: describeLoadError(path, thrown) };
  }
}

export function describeWorkflow(parts: WorkflowParts, stepNames: string[]): Omit<WorkflowInfo, "source"> {
  const inputSchema = parts.input === null ? null : jsonSchemaOf(parts.input);
  return {
    name: parts.name,
    description: parts.description,
    inputSchema,
    defaults: defaultsOf(inputSchema),
    declaration: parts.declaration,
    stepNames,
    queue: parts.queue,
    memoryLimit: parts.memoryLimit,
    ...(parts.durable === undefined ? {} : { durable: parts.durable }),
  };
}

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    target: "draft-2020-12",
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if (def.type === "date" && "coerce" in def && def.coerce === true) jsonSchema.anyOf = coercedDates;
    },
  }) as Record<string, unknown>;
}

/** What `z.coerce.date()` makes a date of; zod itself writes that it takes anything. */
const coercedDates = [
  { title: "date and time", type: "string", minLength: 1, examples: ["2026-01-31T09:00:00Z"] },
  { title: "milliseconds since 1970", type: "number" },
] satisfies z.core.JSONSchema.JSONSchema[];

function defaultsOf(schema: Record<string, unknown> | null): Record<string, unknown> {
  const properties = Object.entries((schema?.["properties"] ?? {}) as Record<string, { default?: unknown }>);
  return Object.fromEntries(
    properties.flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** The place of an error in the user's own files: a parse error names it in its message, others in their stack. */
export function describeLoadError(path: string, thrown: unknown): WorkflowLoadError {
  const { message, stack, name } = describeThrown(thrown);
  const parsed = placeIn(message);
  // The compiler counts columns from 0, stacks and editors from 1.
  const place =
    (parsed === null ? null : { ...parsed, column: parsed.column + 1 }) ??
    placeIn(stack ?? "", path) ??
    placeIn(stack ?? "");
  const clean = message
    .replace(/\s*\n\s*\S+:\d+:\d+\s*$/, "")
    .replace(/\nRequire stack:.*$/s, "")
    .trim();
  return {
    path: place?.file ?? path,
    line: place?.line ?? null,
    column: place?.column ?? null,
    message: name === "Error" || clean.startsWith(name) ? clean : `${name}: ${clean}`,
    stack: stack ?? null,
  };
}

function placeIn(text: string, wanted?: string): { file: string; line: number; column: number } | null {
  for (const match of text.matchAll(/(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^\s()]*?):(\d+):(\d+)/g)) {
    const [, file = "", line, column] = match;
    const fits =
      wanted === undefined ? !/[\\/](?:node_modules|dist)[\\/]/.test(file) && existsSync(file) : file === wanted;
    if (fits) return { file, line: Number(line), column: Number(column) };
  }
  return null;
}
