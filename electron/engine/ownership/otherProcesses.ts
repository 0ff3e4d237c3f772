import type { Topic } from "../../storage/tables/changes.ts";
import type { Core } from "../core.ts";

/** Notices what other processes have written, and tells listeners what to read again. */
export function createOtherProcesses(core: Core) {
  const { database, stores, versions } = core;
  let dataVersion = database.dataVersion();

  return {
    look(): void {
      const current = database.dataVersion();
      if (current === dataVersion) return;
      dataVersion = current;
      const changed: Topic[] = [];
      for (const [topic, version] of stores.changes.versions()) {
        if (versions.get(topic) === version) continue;
        versions.set(topic, version);
        changed.push(topic);
      }
      if (changed.includes("calendars")) core.specs.clear();
      for (const topic of changed) core.events.add(topic);
      if (changed.length > 0) core.told();
    },
  };
}
export type OtherProcesses = ReturnType<typeof createOtherProcesses>;
