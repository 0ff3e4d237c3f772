import { passEnvironmentSetting, passedVariables } from "../../../shared/domain/environment.ts";
import type { Core } from "../core.ts";
import { retentionDefaults } from "./retention.ts";

const DEFAULT_MEMORY_MB = 512;

/** What nobody has set. */
export const settingDefaults: Readonly<Record<string, unknown>> = {
  ...retentionDefaults,
  memoryLimitMb: DEFAULT_MEMORY_MB,
  workflowPaths: [],
  [passEnvironmentSetting]: [],
};

/** What a person has set, over what holds otherwise. */
export function createSettings(core: Core) {
  const all = (): Record<string, unknown> => ({ ...settingDefaults, ...core.stores.settings.all() });
  return {
    all,
    /** Of a runner's heap, MiB. */
    passEnvironment: (): string[] => passedVariables(all()[passEnvironmentSetting]),
    memoryLimitMb(): number {
      const limit = all()["memoryLimitMb"];
      return typeof limit === "number" && limit > 0 ? limit : DEFAULT_MEMORY_MB;
    },
    set(key: string, value: unknown): void {
      core.write(() => {
        core.stores.settings.set(key, value);
        core.touch("settings");
      });
    },
  };
}
