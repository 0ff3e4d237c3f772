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
}

const builtIn: readonly string[] = ["shell.command", "script.run", "http.request"];

/** Whether a workflow is Almanac's own: a command or a request, without steps. */
export const isBuiltIn = (workflowName: string): boolean => builtIn.includes(workflowName);

/** Whether a run is taken up again where its program dies and nobody has said: not what has no steps, it would be done twice. */
export const recoversByDefault = (workflowName: string): boolean => !isBuiltIn(workflowName);

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
  timeoutMs: number | null;
  /** Of the run with all programs it starts, MiB; null is none. */
  memoryLimitMb: number | null;
  /** Variables of the host's environment that every command is passed beside the usual ones. */
  passEnvironment: readonly string[];
  /** Records kept from earlier attempts, in order. */
  steps: StepRecord[];
}
