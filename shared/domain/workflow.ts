import { readMemory } from "./memory.ts";
import type { StepRecord } from "./run.ts";

/** A workflow as the interface shows it. `inputSchema` is JSON Schema (2020-12), made from its zod schema. */
export interface WorkflowInfo {
  name: string;
  description: string;
  source: { kind: "builtin" } | ({ kind: "file"; path: string } & ModuleVersion);
  inputSchema: Record<string, unknown> | null;
  defaults: Record<string, unknown>;
  /** The schedule the code declares, where it does (`scheduledWorkflow`); an input of `schedules.create`. */
  declaration: Record<string, unknown> | null;
  stepNames: string[];
  /** Whose workers take its runs where the schedule names no other; null is the default one. */
  queue: string | null;
  /** What its code says a run of it may take, such as `2GiB` or `none`; null where it says nothing. */
  memoryLimit: string | null;
  /** False: its steps are not kept, and a run whose program dies is not taken up again unless its schedule says so. */
  durable?: boolean | undefined;
}

const builtIn: readonly string[] = ["shell.command", "script.run", "http.request"];

/** Whether a workflow is Almanac's own: a command or a request, without steps. */
export const isBuiltIn = (workflowName: string): boolean => builtIn.includes(workflowName);

/**
 * Whether a run is taken up again where its program dies and nobody has said: not what keeps no steps (commands, requests,
 * `durable: false`), it would be done twice. `durable` is that of its workflow, where that is known.
 */
export const recoversByDefault = (workflowName: string, durable: boolean | undefined): boolean =>
  !isBuiltIn(workflowName) && durable !== false;

/** What a file of workflows was when it was looked at. */
export interface ModuleVersion {
  /** Over all of `files`. */
  hash: string;
  /** The file and what it imports from beside it. */
  files: string[];
}

/** A file of workflows as it was found. */
export interface KnownModule {
  path: string;
  module: ModuleVersion;
}

/** A file that did not load; it harms no other. */
export interface WorkflowLoadError {
  path: string;
  line: number | null;
  column: number | null;
  message: string;
  stack: string | null;
}

/** `file:line:column` of a load error, as editors and terminals take it. */
export function placeText({ path, line, column }: Pick<WorkflowLoadError, "path" | "line" | "column">): string {
  return [path, line, line === null ? null : column].filter((part) => part !== null).join(":");
}

/**
 * Who has set a run's limit of memory; the first of these that says something. `workflow`: a person, for all of a workflow's
 * runs; `code`: the workflow's own file. `settings`: the limit of all workflow code, which holds for no command.
 */
export type MemoryLimitBy = "schedule" | "workflow" | "code" | "settings";

/** The setting in which a person's limits for workflows are kept: sizes by name. */
export const workflowMemorySetting = "workflowMemory";
/** Its sizes in MiB, 0 is none; what is no size counts for nothing. */
export function workflowMemoryOf(stored: unknown): Map<string, number> {
  const sizes = new Map<string, number>();
  if (typeof stored !== "object" || stored === null) return sizes;
  for (const [name, size] of Object.entries(stored)) {
    const mb = typeof size === "string" ? readMemory(size) : null;
    if (mb !== null) sizes.set(name, mb);
  }
  return sizes;
}

/** What a run of a workflow may take where its schedule says nothing: MiB, 0 is none. */
export function memoryOfWorkflow(
  { name, source, memoryLimit }: Pick<WorkflowInfo, "name" | "source" | "memoryLimit">,
  settings: { workflowMemoryMb: ReadonlyMap<string, number>; memoryLimitMb: number },
): { mb: number; by: Exclude<MemoryLimitBy, "schedule"> } {
  const set = settings.workflowMemoryMb.get(name);
  if (set !== undefined) return { mb: set, by: "workflow" };
  const ofCode = memoryLimit === null ? null : readMemory(memoryLimit);
  if (ofCode !== null) return { mb: ofCode, by: "code" };
  return { mb: source.kind === "builtin" ? 0 : settings.memoryLimitMb, by: "settings" };
}

/** Everything a runner needs to execute one attempt of a run. */
export interface RunJob {
  runId: string;
  scheduleId: string | null;
  workflowName: string;
  /** Whose workers may take it, where runs go to other machines. */
  queue: string;
  /** The file that defines it; null for built-in ones. */
  modulePath: string | null;
  /** That file when it was looked at: one swapped since, it or what it imports, is looked at again before any of it runs. */
  module: ModuleVersion | null;
  input: unknown;
  /** Epoch ms; null for runs by hand. */
  scheduledAt: number | null;
  /** The schedule's zone, in which `{{date}}` is meant; `UTC` without a schedule. */
  timezone: string;
  attempt: number;
  /** Counts the hand-overs of the run to a runtime, also those that were no new attempt. */
  epoch: number;
  timeoutMs: number | null;
  /** Of the run with all programs it starts, MiB; null is none. */
  memoryLimitMb: number | null;
  memoryLimitBy: MemoryLimitBy;
  /** Variables of the host's environment that every command is passed beside the usual ones. */
  passEnvironment: readonly string[];
  /** Records kept from earlier attempts, in order. */
  steps: StepRecord[];
  /** False: its steps are not kept. */
  durable?: boolean | undefined;
  /** Bytes of its log from before this hand-over, where it goes to another machine: by it what comes twice is known. */
  logBytes?: number | undefined;
}
