import { AppError } from "../../../shared/domain/errors.ts";
import type { WorkflowInfo } from "../../../shared/domain/workflow.ts";
import type { WorkflowCatalogue } from "../../runtime/runtime.ts";

/** A catalogue of workflows that take anything. */
export function createTestCatalogue(
  names: readonly string[] = ["job"],
): WorkflowCatalogue & { forget(name: string): void } {
  const known = new Map<string, WorkflowInfo>(
    names.map((name) => [
      name,
      {
        name,
        description: "",
        source: { kind: "builtin" },
        inputSchema: null,
        defaults: {},
        declaration: null,
        stepNames: [],
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
