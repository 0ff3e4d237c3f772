import { parseMemory } from "../../../../shared/domain/memory.ts";
import { readDuration, readTimeLimit } from "../../../../shared/schedule/texts/duration.ts";
import type { PolicyDraft } from "./form.ts";

const durations = ["catchupWindow", "timeout", "slowAfter", "retryDelay"] as const;

/** What no schedule takes, by policy, as the engine would say it: told while it is typed. */
export function policyProblems(policies: PolicyDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const name of durations) {
    const text = policies[name];
    const read = text === null ? null : name === "timeout" ? readTimeLimit(text) : readDuration(text);
    if (read !== null && "problem" in read) problems[name] = read.problem;
  }
  try {
    if (policies.memoryLimit !== null) parseMemory(policies.memoryLimit);
  } catch (error) {
    problems["memoryLimit"] = error instanceof Error ? error.message : String(error);
  }
  return problems;
}
