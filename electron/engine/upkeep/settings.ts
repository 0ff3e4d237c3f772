import { passEnvironmentSetting, passedVariables } from "../../../shared/domain/environment.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { formatMemory, parseMemory } from "../../../shared/domain/memory.ts";
import { RUNS_AT_ONCE } from "../../../shared/domain/waiting.ts";
import { workflowMemoryOf, workflowMemorySetting } from "../../../shared/domain/workflow.ts";
import { readDuration } from "../../../shared/schedule/texts/duration.ts";
import type { Core } from "../core.ts";
import type { RunLimits } from "../parts.ts";
import { retentionDefaults } from "./retention.ts";

const DEFAULT_MEMORY_MB = 512;

/** What nobody has set. */
export const settingDefaults: Readonly<Record<string, unknown>> = {
  ...retentionDefaults,
  runtime: "local",
  runsAtOnce: RUNS_AT_ONCE,
  memoryLimitMb: DEFAULT_MEMORY_MB,
  [workflowMemorySetting]: {},
  timeout: null,
  workflowPaths: [],
  [passEnvironmentSetting]: [],
};

function timeoutOf(value: unknown): number | null {
  const read = typeof value === "string" ? readDuration(value) : null;
  return read !== null && "ms" in read ? read.ms : null;
}

/** What a person has set, over what holds otherwise. */
export function createSettings(core: Core) {
  // Asked for by each group of runs that start.
  let known: { version: number; limits: RunLimits } | null = null;
  const all = (): Record<string, unknown> => ({ ...settingDefaults, ...core.stores.settings.all() });
  return {
    all,
    /** What holds for all runs; a value that is none is taken as not set. */
    limits(): RunLimits {
      const version = core.versions.get("settings") ?? 0;
      if (known?.version === version) return known.limits;
      const settings = all();
      const given = (key: "runsAtOnce" | "memoryLimitMb", otherwise: number): number => {
        const value = settings[key];
        return typeof value === "number" && value >= 1 ? Math.floor(value) : otherwise;
      };
      const limits = {
        runsAtOnce: given("runsAtOnce", RUNS_AT_ONCE),
        memoryLimitMb: given("memoryLimitMb", DEFAULT_MEMORY_MB),
        workflowMemoryMb: workflowMemoryOf(settings[workflowMemorySetting]),
        timeoutMs: timeoutOf(settings["timeout"]),
        passEnvironment: passedVariables(settings[passEnvironmentSetting]),
      };
      known = { version, limits };
      return limits;
    },
    /** A person's limit for the runs of a workflow; null takes it back, also of one that is not there any more. */
    setWorkflowMemory(workflowName: string, memoryLimit: string | null): void {
      core.write(() => {
        const known = Object.fromEntries(
          [...workflowMemoryOf(all()[workflowMemorySetting])].map(([name, mb]) => [name, formatMemory(mb)]),
        );
        const isThere = core.catalogue.get(workflowName) !== undefined;
        if (!isThere && (memoryLimit !== null || !(workflowName in known))) {
          const message = "the name of a workflow; the Workflows page and `workflows list` show them";
          throw new AppError("UNKNOWN_WORKFLOW", `There is no workflow ${JSON.stringify(workflowName)}.`, {
            issues: [{ path: "name", given: workflowName, message }],
          });
        }
        if (memoryLimit === null) delete known[workflowName];
        else known[workflowName] = formatMemory(parseMemory(memoryLimit));
        core.stores.settings.set(workflowMemorySetting, known);
        core.touch("settings");
      });
    },
    set(key: string, value: unknown): void {
      core.write(() => {
        core.stores.settings.set(key, value);
        core.touch("settings");
      });
    },
  };
}
