import type { z } from "zod";
import { AppError, type FieldIssue } from "../../shared/domain/errors.ts";
import { type CompiledSpec, type ScheduleSpec, SpecError, whyNeverFires } from "../../shared/schedule/index.ts";
import type { Core } from "./core.ts";

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );

/** Parses a command's input; throws INVALID_INPUT (INVALID_SPEC where only the spec is wrong) with a line for each field. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues: FieldIssue[] = result.error.issues.map((issue) => ({
    path: pathText(issue.path),
    given: valueAt(input, issue.path),
    message: issue.message,
  }));
  const inSpec = issues.every((issue) => /^spec\b/.test(issue.path));
  throw new AppError(inSpec ? "INVALID_SPEC" : "INVALID_INPUT", shown(issues), { issues });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

const given = (value: unknown): string =>
  value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, 100);

const shown = (issues: readonly FieldIssue[]): string =>
  issues
    .slice(0, 5)
    .map((issue) => `${issue.path === "" ? "input" : issue.path}: ${issue.message} (given: ${given(issue.given)})`)
    .join("; ");

/** Compiles a schedule's spec; throws INVALID_SPEC where it needs what is not there, NEVER_FIRES where nothing is left of it after `fromAt`. */
export function checkedSpec(core: Core, spec: ScheduleSpec, anchorAt: number, fromAt: number): CompiledSpec {
  let compiled: CompiledSpec | null;
  try {
    compiled = core.specs.get({ spec: JSON.stringify(spec), anchorAt, lastCompletedAt: null });
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const issues = error.issues.map((issue) => ({ ...issue, path: `spec.${issue.path}` }));
    throw new AppError("INVALID_SPEC", shown(issues), { issues });
  }
  if (compiled === null) throw new Error("a spec without active runs always compiles");
  const why = whyNeverFires(compiled, fromAt);
  if (why !== null) {
    const issues = (why.paths.length > 0 ? why.paths : [""]).map((path) => ({
      path: path === "" ? "spec" : `spec.${path}`,
      given: spec,
      message: why.message,
    }));
    const where = why.paths.length > 0 ? ` (${why.paths.map((path) => `spec.${path}`).join(", ")})` : "";
    throw new AppError("NEVER_FIRES", `spec: it never fires. ${why.message}${where}`, { issues });
  }
  return compiled;
}
