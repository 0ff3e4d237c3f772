import { AppError } from "../../../shared/domain/errors.ts";
import { isBuiltIn, type WorkflowInfo } from "../../../shared/domain/workflow.ts";
import type { WorkflowCatalogue } from "../../runtime/runtime.ts";

/** A catalogue of workflows that take anything; `queues` are those that some of them name, `transient` ones keep no steps. */
export function createTestCatalogue(
  names: readonly string[] = ["job"],
  queues: Readonly<Record<string, string>> = {},
  memoryLimits: Readonly<Record<string, string>> = {},
  transient: readonly string[] = [],
): WorkflowCatalogue & { forget(name: string): void } {
  const known = new Map<string, WorkflowInfo>(
    names.map((name) => [
      name,
      {
        name,
        description: "",
        source: isBuiltIn(name) ? { kind: "builtin" } : { kind: "file", path: "/jobs.ts", hash: "", files: [] },
        inputSchema: null,
        defaults: {},
        declaration: null,
        queue: queues[name] ?? null,
        stepNames: [],
        memoryLimit: memoryLimits[name] ?? null,
        ...(transient.includes(name) ? { durable: false } : {}),
      },
    ]),
  );
  return {
    list: () => [...known.values()],
    get: (name) => known.get(name),
    errors: () => [],
    checkInput(name, input) {
      if (!known.has(name)) throw new AppError("UNKNOWN_WORKFLOW", `there is no workflow ${name}`);
      return input;
    },
    reload: async () => {},
    setPaths: async () => {},
    onChange: () => () => {},
    close: async () => {},
    forget: (name) => void known.delete(name),
  };
}
