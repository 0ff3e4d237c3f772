import type { z } from "zod";
import { pathText } from "../schedule/errors.ts";
import { AppError, type FieldIssue, shownJson } from "./errors.ts";

const shownIssues = 3;
const shownChars = 200;

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

const shortened = (text: string): string => (text.length > shownChars ? `${text.slice(0, shownChars)}…` : text);

/** What is kept of a refused value: never more than a line of it, and nothing that JSON cannot hold. */
function shownValue(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === "boolean" || Number.isFinite(value)) return value;
  if (typeof value === "string") return shortened(value);
  const text = shownJson(value);
  return typeof value === "object" && text.length <= shownChars && isJson(value) ? value : shortened(text);
}

function isJson(value: object): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));

/** What is taken by zod's names of kinds, for people who do not write code. */
const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** A schema's own message stands; zod's for a value of another kind, or none, is put in plain words. */
function kindText(issue: z.core.$ZodIssue, given: unknown): string {
  const kind = issue.code === "invalid_type" ? kinds[issue.expected] : undefined;
  if (kind === undefined || !issue.message.startsWith("Invalid input")) return issue.message;
  return given === undefined ? `${kind} is needed` : `${kind} is expected`;
}

/** zod's issues as fields; a union's refusal names the branch that came closest. `input` is what `base` leads to. */
export function fieldIssues(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  base: readonly PropertyKey[] = [],
): FieldIssue[] {
  return issues.flatMap((issue): FieldIssue[] => {
    const field = (path: readonly PropertyKey[], message: string): FieldIssue => {
      const given = shownValue(valueAt(input, path));
      const shown = pathText([...base, ...path]);
      return given === undefined ? { path: shown, message } : { path: shown, given, message };
    };
    if (issue.code === "invalid_union") {
      const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
      if (closest !== undefined && depth(closest) > 0) {
        return fieldIssues(closest, valueAt(input, issue.path), [...base, ...issue.path]);
      }
    }
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => field([...issue.path, key], "there is no such field"));
    }
    return [field(issue.path, kindText(issue, valueAt(input, issue.path)))];
  });
}

/** The first of some issues in a sentence: path, what is taken, what was given. */
export function issuesText(issues: readonly FieldIssue[]): string {
  const shown = issues.slice(0, shownIssues).map((issue) => {
    const given = Object.hasOwn(issue, "given") ? shownJson(issue.given) : "nothing";
    return `${issue.path === "" ? "input" : issue.path}: ${issue.message} (given: ${given})`;
  });
  if (issues.length > shownIssues) shown.push(`and ${issues.length - shownIssues} more`);
  return shown.join("; ");
}

/** A zod refusal as an AppError: INVALID_SPEC where only a schedule's spec is wrong, else INVALID_INPUT. */
export function refusedInput(
  error: { issues: readonly z.core.$ZodIssue[] },
  input: unknown,
  base: readonly PropertyKey[] = [],
): AppError {
  const issues = fieldIssues(error.issues, input, base);
  const inSpec = issues.every((issue) => /^spec\b/.test(issue.path));
  return new AppError(inSpec ? "INVALID_SPEC" : "INVALID_INPUT", issuesText(issues), { issues, cause: error });
}

/** Parses with a schema; throws AppError naming every refused field. */
export function parseWith<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw refusedInput(parsed.error, input);
  return parsed.data;
}
