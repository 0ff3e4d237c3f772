import type { WorkflowParts } from "../sdk/definitions.ts";
import { httpRequest } from "./http.ts";
import { scriptRun } from "./script.ts";
import { shellCommand } from "./shell.ts";

/** The workflows that come with the program, by name. */
export const builtinWorkflows: ReadonlyMap<string, WorkflowParts> = new Map(
  [shellCommand, httpRequest, scriptRun].map((parts) => [parts.name, parts]),
);
