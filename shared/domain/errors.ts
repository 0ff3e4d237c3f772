/** The closed list of what can go wrong for a caller; each edge (IPC, command line) maps every one of them. */
export const errorCodes = [
  "INVALID_INPUT",
  "INVALID_SPEC",
  "NEVER_FIRES",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "CONFLICT",
  "ILLEGAL_TRANSITION",
  "OVERLAP",
  "EMPTY_RANGE",
  "CONFIRMATION_REQUIRED",
  "UNKNOWN_WORKFLOW",
  "WORKFLOW_LOAD_FAILED",
  "RUNTIME_UNAVAILABLE",
  "NOT_OWNER",
  "DATABASE_NEWER",
  "DATABASE_DAMAGED",
  "DATABASE_UNAVAILABLE",
  "DISK_FULL",
  "TIMEOUT",
  "UNAUTHORIZED",
  "FORBIDDEN",
  "TOO_MANY_REQUESTS",
  "INTERNAL",
] as const;

/** What kind of error it is: for code that answers to one. */
export type ErrorCode = (typeof errorCodes)[number];

/** One field that was refused. */
export interface FieldIssue {
  /** Where, as in `spec.calendar[0].hour`. */
  path: string;
  given?: unknown;
  /** What is wrong and what would be taken. */
  message: string;
}

/** An error that a caller is meant to read: a code, a sentence that says what to do, and the fields concerned. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[];

  constructor(code: ErrorCode, message: string, options: { issues?: readonly FieldIssue[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.issues = options.issues ?? [];
  }
}

/** A value as JSON, or what it calls itself where JSON has no word for it (a cycle, a BigInt, NaN). */
export function shownJson(value: unknown): string {
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "object" ? Object.prototype.toString.call(value) : String(value);
  }
}

/** An error about one field: its path, what was given, what would be taken. */
export function invalidField(path: string, given: unknown, message: string): AppError {
  const shown = given === undefined ? "nothing" : shownJson(given).slice(0, 200);
  return new AppError("INVALID_INPUT", `${path}: ${message} (given: ${shown})`, { issues: [{ path, given, message }] });
}

/** Closes a union: reaching it is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${shownJson(value)}`);
}
