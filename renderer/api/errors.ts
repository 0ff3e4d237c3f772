import { TRPCClientError } from "@trpc/client";
import type { ErrorCode, FieldIssue } from "../../shared/domain/errors.ts";

interface AppErrorShape {
  code: ErrorCode;
  message: string;
  issues: FieldIssue[];
}

/** The engine's own error inside a failed call; null for anything else (connection, bug). */
export function appError(error: unknown): AppErrorShape | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data = error.data as { app?: AppErrorShape } | null | undefined;
  return data?.app ?? null;
}

/** A sentence for people. */
export function errorMessage(error: unknown): string {
  const known = appError(error);
  if (known !== null) return known.message;
  return error instanceof Error ? error.message : String(error);
}

/** Of a refused call, for beside the one field that it is about: without the path that the field has in the call. */
export function fieldMessage(error: unknown): string {
  const issues = appError(error)?.issues ?? [];
  return issues.length === 0 ? errorMessage(error) : issues.map(({ message }) => message).join("; ");
}

/** Messages by field path (`spec.cron`, `input.command`) of a refused call. */
export function fieldErrors(error: unknown): Record<string, string> {
  return Object.fromEntries((appError(error)?.issues ?? []).map((issue) => [issue.path, issue.message]));
}
