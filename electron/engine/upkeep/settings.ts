import { passEnvironmentSetting, passedVariables } from "../../../shared/domain/environment.ts";
import { RUNS_AT_ONCE } from "../../../shared/domain/waiting.ts";
import { readDuration } from "../../../shared/schedule/texts/duration.ts";
import type { Core } from "../core.ts";
import type { RunLimits } from "../parts.ts";
import { retentionDefaults } from "./retention.ts";

const DEFAULT_MEMORY_MB = 512;

/** What nobody has set. */
export const settingDefaults: Readonly<Record<string, unknown>> = {
  ...retentionDefaults,
  runsAtOnce: RUNS_AT_ONCE,
  memoryLimitMb: DEFAULT_MEMORY_MB,
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
  const all = (): Record<string, unknown> => ({ ...settingDefaults, ...core.stores.settings.all() });
  return {
    all,
    /** What holds for all runs; a value that is none is taken as not set. */
    limits(): RunLimits {
      const settings = all();
      const given = (key: "runsAtOnce" | "memoryLimitMb", otherwise: number): number => {
        const value = settings[key];
        return typeof value === "number" && value >= 1 ? Math.floor(value) : otherwise;
      };
      return {
        runsAtOnce: given("runsAtOnce", RUNS_AT_ONCE),
        memoryLimitMb: given("memoryLimitMb", DEFAULT_MEMORY_MB),
        timeoutMs: timeoutOf(settings["timeout"]),
        passEnvironment: passedVariables(settings[passEnvironmentSetting]),
      };
    },
    set(key: string, value: unknown): void {
      core.write(() => {
        core.stores.settings.set(key, value);
        core.touch("settings");
      });
    },
  };
}
