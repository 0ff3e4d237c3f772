import { AppError } from "../../../shared/domain/errors.ts";
import { issuesText } from "../../../shared/domain/fieldIssues.ts";
import { parseMemory } from "../../../shared/domain/memory.ts";
import {
  type CompiledSpec,
  parseDuration,
  type ScheduleSpec,
  SpecError,
  whyNeverFires,
} from "../../../shared/schedule/index.ts";
import type { Core } from "../core.ts";

/** Compiles a schedule's spec; throws INVALID_SPEC where it needs what is not there, NEVER_FIRES where nothing is left of it after `fromAt`. */
export function checkedSpec(core: Core, spec: ScheduleSpec, anchorAt: number, fromAt: number): CompiledSpec {
  let compiled: CompiledSpec | null;
  try {
    compiled = core.specs.get({ spec: JSON.stringify(spec), anchorAt, lastCompletedAt: null });
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const issues = error.issues.map((issue) => ({ ...issue, path: `spec.${issue.path}` }));
    throw new AppError("INVALID_SPEC", issuesText(issues), { issues });
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

/** A duration's text as ms; null stays null. */
export const durationOrNull = (text: string | null): number | null => (text === null ? null : parseDuration(text));

/** A size's text as MiB; null stays null. */
export const memoryOrNull = (text: string | null): number | null => (text === null ? null : parseMemory(text));
