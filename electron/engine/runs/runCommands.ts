import type { z } from "zod";
import type { triggerScheduleSchema } from "../../../shared/api/schedules.ts";
import type { Run } from "../../../shared/domain/run.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { cancelRun } from "./cancelRun.ts";
import { existingRun, type ScheduleFinder, viewOf } from "./runLookup.ts";
import { retryRun, runWorkflow, triggerSchedule } from "./startByHand.ts";
import { takeResult } from "./takeResult.ts";
import { createRunWaits } from "./waitForRun.ts";

/** Commands on runs; each is one transaction. */
export function createRunCommands(core: Core, schedules: ScheduleFinder) {
  const wait = createRunWaits(core);
  return {
    view: (runId: string): Run => viewOf(core, existingRun(core, runId)),
    trigger: (input: z.input<typeof triggerScheduleSchema>, actor: Actor, by?: "manual" | "hook") =>
      triggerSchedule(core, schedules, input, actor, by),
    runWorkflow: (workflowName: string, input: unknown, _actor: Actor, by?: "manual" | "hook") =>
      runWorkflow(core, workflowName, input, by),
    retry: (input: Parameters<typeof retryRun>[2], actor: Actor) => retryRun(core, schedules, input, actor),
    takeResult: (input: Parameters<typeof takeResult>[1], actor: Actor) => takeResult(core, input, actor),
    cancel: (runId: string, graceMs: number | undefined, actor: Actor) => cancelRun(core, runId, graceMs, actor),
    wait,
  };
}
