import type { TRPC_ERROR_CODE_KEY } from "@trpc/server";
import { z } from "zod";
import { AppError, type ErrorCode, type FieldIssue } from "../../shared/domain/errors.ts";
import { SpecError } from "../../shared/schedule/index.ts";

/** An error as every edge shows it. */
export interface ErrorShape {
  code: ErrorCode;
  message: string;
  issues: FieldIssue[];
}

const trpcCodes: Record<ErrorCode, TRPC_ERROR_CODE_KEY> = {
  INVALID_INPUT: "BAD_REQUEST",
  INVALID_SPEC: "BAD_REQUEST",
  NEVER_FIRES: "BAD_REQUEST",
  NOT_FOUND: "NOT_FOUND",
  ALREADY_EXISTS: "CONFLICT",
  CONFLICT: "CONFLICT",
  ILLEGAL_TRANSITION: "CONFLICT",
  OVERLAP: "CONFLICT",
  EMPTY_RANGE: "BAD_REQUEST",
  CONFIRMATION_REQUIRED: "PRECONDITION_FAILED",
  UNKNOWN_WORKFLOW: "NOT_FOUND",
  WORKFLOW_LOAD_FAILED: "PRECONDITION_FAILED",
  RUNTIME_UNAVAILABLE: "SERVICE_UNAVAILABLE",
  NOT_OWNER: "CONFLICT",
  DATABASE_NEWER: "PRECONDITION_FAILED",
  DATABASE_DAMAGED: "PRECONDITION_FAILED",
  DATABASE_UNAVAILABLE: "SERVICE_UNAVAILABLE",
  DISK_FULL: "SERVICE_UNAVAILABLE",
  TIMEOUT: "TIMEOUT",
  FORBIDDEN: "FORBIDDEN",
  INTERNAL: "INTERNAL_SERVER_ERROR",
};

export const trpcCodeOf = (code: ErrorCode): TRPC_ERROR_CODE_KEY => trpcCodes[code];

/** `spec.calendar[0].hour` from zod's list of keys. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

/** What is shown of a refused value: never more than a line of it. */
function shownValue(value: unknown): unknown {
  if (typeof value === "string" && value.length > 200) return `${value.slice(0, 200)}…`;
  if (typeof value === "object" && value !== null) {
    const text = JSON.stringify(value);
    return text.length > 200 ? `${text.slice(0, 200)}…` : value;
  }
  return value;
}

/** zod's issues as fields; a union's refusal names the branch that came closest. */
function fieldIssues(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  base: readonly PropertyKey[] = [],
): FieldIssue[] {
  return issues.flatMap((issue): FieldIssue[] => {
    const path = [...base, ...issue.path];
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
      if (closest !== undefined && depth(closest) > 0) return fieldIssues(closest, input, path);
    }
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: pathText([...path, key]),
        given: shownValue(valueAt(input, [...path, key])),
        message: "no such field is taken",
      }));
    }
    const field: FieldIssue = { path: pathText(path), message: wordsOf(issue) };
    const given = shownValue(valueAt(input, path));
    if (given !== undefined) field.given = given;
    return [field];
  });
}

const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_format" && issue.message.startsWith("Invalid string"))
    return `text matching ${issue.pattern ?? issue.format}`;
  return issue.message;
}

const shownGiven = (issue: FieldIssue): string =>
  Object.hasOwn(issue, "given") ? ` (given: ${JSON.stringify(issue.given) ?? String(issue.given)})` : "";

/** A zod refusal as an AppError whose message names the first fields. */
export function refusedInput(error: z.core.$ZodError, input: unknown): AppError {
  const issues = fieldIssues(error.issues, input);
  const shown = issues
    .slice(0, 3)
    .map((issue) => `${issue.path === "" ? "input" : issue.path}: ${issue.message}${shownGiven(issue)}`);
  if (issues.length > 3) shown.push(`and ${issues.length - 3} more`);
  return new AppError("INVALID_INPUT", shown.join("; "), { issues, cause: error });
}

/** Parses with a schema; throws AppError INVALID_INPUT naming every refused field. */
export function parseWith<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw refusedInput(parsed.error, input);
  return parsed.data;
}

const storageCodes: readonly (readonly [prefix: string, code: ErrorCode, message: string])[] = [
  ["SQLITE_FULL", "DISK_FULL", "the disk is full: nothing was changed; free some space and try again"],
  ["SQLITE_CORRUPT", "DATABASE_DAMAGED", "the database is damaged: run `almanac doctor`"],
  ["SQLITE_NOTADB", "DATABASE_DAMAGED", "the database file is damaged or no database: run `almanac doctor`"],
  ["SQLITE_BUSY", "DATABASE_UNAVAILABLE", "another process is writing to the database: try again"],
  ["SQLITE_IOERR", "DATABASE_UNAVAILABLE", "the database could not be read or written: check the disk"],
  ["SQLITE_READONLY", "DATABASE_UNAVAILABLE", "the database may not be written: check the folder's permissions"],
  ["SQLITE_CANTOPEN", "DATABASE_UNAVAILABLE", "the database could not be opened: check the folder and its permissions"],
];

/** Any error as an AppError: refused specs, zod refusals and the database's own faults keep their meaning. */
export function toAppError(error: unknown, input?: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof SpecError) {
    return new AppError("INVALID_SPEC", error.message, { issues: error.issues, cause: error });
  }
  if (error instanceof z.core.$ZodError) return refusedInput(error, input);
  if (error instanceof Error) {
    const code = "code" in error ? String(error.code) : "";
    const stored = storageCodes.find(([prefix]) => code.startsWith(prefix));
    if (stored !== undefined) return new AppError(stored[1], `${stored[2]} (${error.message})`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new AppError("INTERNAL", `something went wrong inside Almanac: ${message}`, { cause: error });
}

export const errorShape = (error: AppError): ErrorShape => ({
  code: error.code,
  message: error.message,
  issues: [...error.issues],
});
