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

/** What a run's schedule says of its jobs; undefined where it has none. */
export type OfSchedule = ReturnType<Core["stores"]["schedules"]["forJob"]>;

export const ofSchedule = ({ stores }: Pick<Core, "stores">, run: Pick<RunRecord, "scheduleId">): OfSchedule =>
  run.scheduleId === null ? undefined : stores.schedules.forJob(run.scheduleId);

/** Whose workers may take a run: what its schedule says, else its workflow. */
export function queueOf(
  { catalogue }: Pick<Core, "catalogue">,
  run: Pick<RunRecord, "workflowName">,
  schedule: OfSchedule,
): { queue: string; ofSchedule: string } {
  const own = schedule?.queue ?? null;
  return { queue: own ?? catalogue.get(run.workflowName)?.queue ?? DEFAULT_QUEUE, ofSchedule: own ?? "" };
}

/** What a runner needs for one attempt, without its steps; the error where it can never start. */
export function jobOf(
  core: Core,
  run: ClaimableRun,
  schedule: OfSchedule,
  { attempt, epoch }: Pick<RunJob, "attempt" | "epoch">,
  limits: RunLimits,
): RunJob | RunError {
  const { catalogue } = core;
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
  const own = schedule?.memoryLimitMb ?? null;
  const memory = own === null ? memoryOfWorkflow(workflow, limits) : { mb: own, by: "schedule" as const };
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
    ...(workflow.durable === false ? { durable: false } : {}),
  };
}
