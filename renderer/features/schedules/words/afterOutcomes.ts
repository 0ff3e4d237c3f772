import type { AfterOutcome } from "../../../../shared/schedule/types.ts";

/** How a run has to end for another schedule to run after it, as the end of "when a run of it …". */
export const afterOutcomes: readonly { value: AfterOutcome; label: string }[] = [
  { value: "completed", label: "has completed" },
  { value: "failed", label: "has failed" },
  { value: "ended", label: "has ended in any way" },
];
