import type { RunStatus } from "../domain/run.ts";
import type { OutcomeMark } from "./schedules.ts";

/** What became of an occurrence, as every list, strip, map and timeline names it. */
export type Outcome = OutcomeMark["outcome"] | "planned";

/** Outcomes as the eye should meet them, worst first. */
export const worstFirst: readonly Outcome[] = [
  "failed",
  "missed",
  "running",
  "interrupted",
  "warning",
  "completed",
  "cancelled",
  "skipped",
  "waiting",
  "planned",
];

/** How a run reads as an outcome. */
export function outcomeOf(status: RunStatus, warning: string | null = null): Outcome {
  if (status === "completed" && warning !== null) return "warning";
  return status === "buffered" || status === "pending" ? "waiting" : status;
}
