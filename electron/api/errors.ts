import type { TRPC_ERROR_CODE_KEY } from "@trpc/server";
import { z } from "zod";
import { AppError, type ErrorCode, type FieldIssue } from "../../shared/domain/errors.ts";
import { refusedInput } from "../../shared/domain/fieldIssues.ts";
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
  UNAUTHORIZED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  TOO_MANY_REQUESTS: "TOO_MANY_REQUESTS",
  INTERNAL: "INTERNAL_SERVER_ERROR",
};

export const trpcCodeOf = (code: ErrorCode): TRPC_ERROR_CODE_KEY => trpcCodes[code];

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
    if (error instanceof RangeError && error.message.includes("call stack")) {
      return new AppError("INVALID_INPUT", "the input is nested too deeply: at most some thousand levels are allowed");
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return new AppError("INTERNAL", `something went wrong inside Almanac: ${message}`, { cause: error });
}

export const errorShape = (error: AppError): ErrorShape => ({
  code: error.code,
  message: error.message,
  issues: [...error.issues],
});
