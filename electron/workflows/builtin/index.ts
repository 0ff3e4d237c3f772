import type { WorkflowParts } from "../sdk/definitions.ts";
import { scriptRun } from "./commands/script.ts";
import { shellCommand } from "./commands/shell.ts";
import { httpRequest } from "./requests/http.ts";

/** The workflows that come with the program, by name. */
export const builtinWorkflows: ReadonlyMap<string, WorkflowParts> = new Map(
  [shellCommand, httpRequest, scriptRun].map((parts) => [parts.name, parts]),
);
