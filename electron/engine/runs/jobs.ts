import { DEFAULT_QUEUE } from "../../../shared/domain/queue.ts";
import type { RunError } from "../../../shared/domain/run.ts";
import { memoryOfWorkflow, type RunJob } from "../../../shared/domain/workflow.ts";
import type { RunRecord } from "../../storage/tables/runs/runs.ts";
import type { Core } from "../core.ts";
import type { RunLimits } from "../parts.ts";

/** What a job is made of. */
export type ClaimableRun = Pick<
  RunRecord,
  "id" | "scheduleId" | "workflowName" | "input" | "scheduledAt" | "timeoutMs"
>;

/** Whose workers may take a run: what its schedule says, else its workflow. */
export function queueOf(
  { catalogue, stores }: Pick<Core, "catalogue" | "stores">,
  run: Pick<RunRecord, "scheduleId" | "workflowName">,
): { queue: string; ofSchedule: string } {
  const ofSchedule = run.scheduleId === null ? null : (stores.schedules.forJob(run.scheduleId)?.queue ?? null);
  return { queue: ofSchedule ?? catalogue.get(run.workflowName)?.queue ?? DEFAULT_QUEUE, ofSchedule: ofSchedule ?? "" };
}

/** What a runner needs for one attempt, without its steps; the error where it can never start. */
export function jobOf(
  core: Core,
  run: ClaimableRun,
  { attempt, epoch }: Pick<RunJob, "attempt" | "epoch">,
  limits: RunLimits,
): RunJob | RunError {
  const { catalogue, stores } = core;
  const workflow = catalogue.get(run.workflowName);
  if (workflow === undefined) {
    const message = `There is no workflow ${run.workflowName}; see the Workflows page for files that did not load`;
    return { code: "WORKFLOW_NOT_FOUND", name: "WorkflowNotFound", message };
  }
  let input: unknown;
  try {
    input = catalogue.checkInput(run.workflowName, JSON.parse(run.input));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "INVALID_INPUT", name: "InvalidInput", message };
  }
  const { source } = workflow;
  const schedule = run.scheduleId === null ? undefined : stores.schedules.forJob(run.scheduleId);
  const ofSchedule = schedule?.memoryLimitMb ?? null;
  const memory = ofSchedule === null ? memoryOfWorkflow(workflow, limits) : { mb: ofSchedule, by: "schedule" as const };
  return {
    runId: run.id,
    scheduleId: run.scheduleId,
    workflowName: run.workflowName,
    queue: schedule?.queue ?? workflow.queue ?? DEFAULT_QUEUE,
    modulePath: source.kind === "file" ? source.path : null,
    module: source.kind === "file" ? { hash: source.hash, files: source.files } : null,
    input,
    scheduledAt: run.scheduledAt,
    timezone: schedule?.timezone ?? "UTC",
    attempt,
    epoch,
    timeoutMs: run.timeoutMs ?? limits.timeoutMs,
    memoryLimitMb: memory.mb === 0 ? null : memory.mb,
    memoryLimitBy: memory.by,
    passEnvironment: limits.passEnvironment,
    steps: [],
  };
}
