import type { z } from "zod";
import { createScheduleSchema } from "../../../shared/api/schedules.ts";
import { fieldIssues, issuesText } from "../../../shared/domain/fieldIssues.ts";
import { parseMemory } from "../../../shared/domain/memory.ts";
import { queuePattern, queueTaken } from "../../../shared/domain/queue.ts";
import type { overlapPolicies } from "../../../shared/domain/schedule.ts";
import type { ScheduleSpec } from "../../../shared/schedule/types.ts";
import { type Duration, durationMs } from "./durations.ts";
import { runStorage } from "./runScope.ts";

/** What happens when an occurrence comes due while a run of the schedule is active. */
export const OverlapPolicy = {
  Skip: "skip",
  BufferOne: "buffer_one",
  BufferAll: "buffer_all",
  CancelOther: "cancel_other",
  TerminateOther: "terminate_other",
  AllowAll: "allow_all",
} as const satisfies Record<string, (typeof overlapPolicies)[number]>;
export type OverlapPolicy = (typeof OverlapPolicy)[keyof typeof OverlapPolicy];

/** What a workflow is declared with. */
export interface WorkflowOptions<Input extends z.ZodType = z.ZodType> {
  /** Unique among all workflows; letters, digits, `.`, `_`, `-` and `/`. */
  name: string;
  /** What it does, in a sentence or two. */
  description?: string;
  /** The queue whose workers take its runs, where they go to other machines and its schedule names no other; `default` where left out. */
  queue?: string;
  /** Its input: the interface makes a form of it, and input that does not fit is refused. */
  input?: Input;
  /** What a run may take with all programs it starts: `2GiB`, `none`. What a person or a schedule says goes before it. */
  memoryLimit?: string | null;
  /**
   * False: its steps are not kept, so a long `sleep` holds its process, and a run whose process died is left interrupted unless its
   * schedule has `recoverOnWorkerLoss: true`; then it begins anew. Left out: what `configure({ defaultDurable })` says, else true.
   */
  durable?: boolean;
}

type ScheduleFields = Omit<z.input<typeof createScheduleSchema>, "workflowName" | "input" | "spec" | "name" | "queue">;

/** A workflow with the schedule that its code declares: spec fields and policies of a schedule, side by side. */
export interface ScheduledWorkflowOptions<Input extends z.ZodType = z.ZodType>
  extends WorkflowOptions<Input>,
    ScheduleFields,
    ScheduleSpec {
  /** The input of the scheduled runs. */
  scheduleInput?: z.input<Input>;
  /** What the schedule is called; the workflow's name where left out. */
  scheduleName?: string;
}

type Handler = (input: never) => unknown;

/** What a workflow function carries with it. */
export interface WorkflowParts {
  name: string;
  description: string;
  input: z.ZodType | null;
  handler: (input: unknown) => unknown;
  memoryLimit: string | null;
  /** `schedules.create` input of the declared schedule. */
  declaration: Record<string, unknown> | null;
  /** Whose workers take its runs; null is the default queue. */
  queue: string | null;
  /** Whether its steps are kept; left out where its code does not say. */
  durable?: boolean | undefined;
}

/** A workflow: what runtimes execute by its name. Called directly it is a plain function. */
export interface Workflow<Input = unknown, Result = unknown> {
  (input?: Input): Promise<Result>;
  readonly workflowName: string;
}

const partsKey = Symbol.for("almanac.workflow");
const stepNamesKey = Symbol.for("almanac.stepNames");
const names = globalThis as unknown as Record<symbol, Set<string> | undefined>;

export const workflowNamePattern = /^[A-Za-z][A-Za-z0-9._/-]{0,127}$/;
const stepNamePattern = /^[^\p{Cc}#]{1,200}$/u;

/**
 * Declares a workflow. Export what it returns: a file's exports are what is found in it.
 * @throws Error for a name that cannot be one
 */
export function workflow<Input extends z.ZodType, Result>(
  options: WorkflowOptions<Input> & { input: Input },
  handler: (input: z.output<Input>) => Promise<Result> | Result,
): Workflow<z.input<Input>, Result>;
export function workflow<Result>(
  options: WorkflowOptions | string,
  // biome-ignore lint/suspicious/noExplicitAny: without a schema the input is whatever the caller gives
  handler: (input: any) => Promise<Result> | Result,
): Workflow<unknown, Result>;
export function workflow(options: WorkflowOptions | string, handler: Handler): Workflow {
  const given: WorkflowOptions = typeof options === "string" ? { name: options } : options;
  const { name, description = "", input = null, memoryLimit = null, queue = null, durable } = given;
  return define({
    durable,
    name,
    description,
    input,
    memoryLimit,
    handler: handler as WorkflowParts["handler"],
    declaration: null,
    queue,
  });
}

/**
 * Declares a workflow together with a schedule for it; `activateScheduledWorkflows` and the programs create that schedule once.
 * @throws Error for a name that cannot be one, and for fields that no schedule can have
 */
export function scheduledWorkflow<Input extends z.ZodType, Result>(
  options: ScheduledWorkflowOptions<Input> & { input: Input },
  handler: (input: z.output<Input>) => Promise<Result> | Result,
): Workflow<z.input<Input>, Result>;
export function scheduledWorkflow<Result>(
  options: ScheduledWorkflowOptions,
  // biome-ignore lint/suspicious/noExplicitAny: without a schema the input is whatever the schedule gives
  handler: (input: any) => Promise<Result> | Result,
): Workflow<unknown, Result>;
export function scheduledWorkflow(options: ScheduledWorkflowOptions, handler: Handler): Workflow {
  const { name, description = "", input = null, queue = null, durable, scheduleInput, scheduleName, ...rest } = options;
  const { cron, interval, calendar, exclude, timezone, dst, startAt, endAt, jitter, ...policies } = rest;
  const spec = { cron, interval, calendar, exclude, timezone, dst, startAt, endAt, jitter };
  const declaration = {
    scheduleId: name.replaceAll("/", "."),
    ...policies,
    ...(scheduleName === undefined ? {} : { name: scheduleName }),
    workflowName: name,
    spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)),
    ...(scheduleInput === undefined ? {} : { input: scheduleInput }),
  };
  const parsed = createScheduleSchema.safeParse(declaration);
  if (!parsed.success) {
    // Named as they are written here: the spec's fields stand beside the others.
    const issues = fieldIssues(parsed.error.issues, declaration).map((issue) => ({
      ...issue,
      path: issue.path.replace(/^spec\.?/, "") || "cron, interval or calendar",
    }));
    throw new Error(`the schedule of workflow ${name}: ${issuesText(issues)}`);
  }
  // Of its runs by hand too.
  const { memoryLimit = null } = policies;
  return define({
    durable,
    name,
    description,
    input,
    memoryLimit,
    handler: handler as WorkflowParts["handler"],
    declaration,
    queue,
  });
}

function define(parts: WorkflowParts): Workflow {
  if (typeof parts.name !== "string" || !workflowNamePattern.test(parts.name)) {
    throw new Error(
      `a workflow's name is letters, digits, '.', '_', '-' and '/', at most 128, starting with a letter (given: ${JSON.stringify(parts.name)})`,
    );
  }
  if (typeof parts.handler !== "function") throw new Error(`workflow ${parts.name} needs a function`);
  if (parts.input !== null && typeof (parts.input as { safeParse?: unknown }).safeParse !== "function") {
    throw new Error(`the input of workflow ${parts.name} is no zod schema`);
  }
  if (parts.queue !== null && (typeof parts.queue !== "string" || !queuePattern.test(parts.queue))) {
    throw new Error(
      `queue of workflow ${parts.name}: ${queueTaken} is expected (given: ${JSON.stringify(parts.queue)})`,
    );
  }
  if (parts.durable !== undefined && typeof parts.durable !== "boolean")
    throw new Error(
      `durable of workflow ${parts.name}: true or false is expected (given: ${JSON.stringify(parts.durable)})`,
    );
  if (parts.memoryLimit !== null) {
    try {
      parseMemory(String(parts.memoryLimit));
    } catch (error) {
      const takes = error instanceof Error ? error.message : String(error);
      throw new Error(`memoryLimit of workflow ${parts.name}: ${takes} (given: ${JSON.stringify(parts.memoryLimit)})`);
    }
  }
  const call = async (input?: unknown): Promise<unknown> =>
    parts.handler(parts.input === null ? input : parts.input.parse(input ?? {}));
  return Object.defineProperties(call, {
    [partsKey]: { value: parts },
    workflowName: { value: parts.name, enumerable: true },
    name: { value: parts.name },
  }) as unknown as Workflow;
}

/** What a value declares, where it is a workflow. */
export function workflowParts(value: unknown): WorkflowParts | null {
  if (typeof value !== "function") return null;
  return ((value as unknown as Record<symbol, unknown>)[partsKey] as WorkflowParts | undefined) ?? null;
}

/** Policies of a step. */
export interface StepOptions {
  /** How often it is tried again after a failure; 0 by default. */
  maxRetries?: number;
  /** Wait before the first retry, doubled for each further one up to an hour; `1s` by default. */
  retryDelay?: Duration;
  /** A try that takes longer has failed; its `runContext().signal` is aborted. */
  timeout?: Duration;
}

/**
 * Makes a step of a function: its result is kept with the run, so that a resumed run does not do it again. Results are
 * what JSON holds, up to 1 MiB. Called outside a run, or inside another step, it is a plain call.
 * @throws Error for a name or policy that cannot be one
 */
export function step<Args extends unknown[], Result>(
  name: string,
  execute: (...args: Args) => Promise<Result> | Result,
  options: StepOptions = {},
): (...args: Args) => Promise<Result> {
  if (typeof name !== "string" || !stepNamePattern.test(name)) {
    throw new Error(
      `a step's name is text of 1 to 200 characters without '#' and control characters (given: ${JSON.stringify(name)})`,
    );
  }
  const { maxRetries = 0, retryDelay = "1s", timeout } = options;
  if (!Number.isInteger(maxRetries) || maxRetries < 0) {
    throw new Error(`maxRetries of step ${name} is a whole number of 0 or more (given: ${maxRetries})`);
  }
  const policies = {
    name,
    maxRetries,
    retryDelayMs: durationMs(retryDelay),
    timeoutMs: timeout === undefined ? null : durationMs(timeout),
  };
  names[stepNamesKey]?.add(name);
  return (...args) => {
    const scope = runStorage.getStore();
    const plain = async (): Promise<Result> => execute(...args);
    if (scope === undefined || scope.insideStep) return plain();
    return scope.callStep({
      ...policies,
      execute: (signal) => {
        const inner = { ...scope, context: { ...scope.context, signal }, insideStep: true };
        return runStorage.run(inner, plain);
      },
    }) as Promise<Result>;
  };
}

/** The names of the steps that are declared while `load` runs. */
export async function collectStepNames<T>(load: () => Promise<T>): Promise<{ loaded: T; stepNames: string[] }> {
  const found = new Set<string>();
  names[stepNamesKey] = found;
  try {
    return { loaded: await load(), stepNames: [...found] };
  } finally {
    delete names[stepNamesKey];
  }
}
