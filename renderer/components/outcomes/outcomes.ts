import type { Outcome } from "../../../shared/api/outcomes.ts";

export { type Outcome, outcomeOf, worstFirst } from "../../../shared/api/outcomes.ts";

/** The word beside each outcome's shape. */
export const outcomeNames: Record<Outcome, string> = {
  completed: "Completed",
  warning: "Completed with a warning",
  failed: "Failed",
  running: "Running",
  missed: "Missed",
  skipped: "Skipped",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
  waiting: "Waiting",
  planned: "Planned",
};

/** Colours by outcome: `main` for shapes, `soft` for fills, `text` for words (4.5:1 on the page). */
export function outcomeColor(outcome: Outcome, tone: "main" | "soft" | "text" = "main"): string {
  const name = { interrupted: "missed", warning: "missed", waiting: "skipped" }[outcome as string] ?? outcome;
  if (name === "planned" && tone === "text") return "var(--text-dim)";
  return `var(--outcome-${name}${tone === "main" ? "" : `-${tone}`})`;
}
