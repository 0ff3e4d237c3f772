import type { Recounted } from "../../../shared/api/system.ts";
import { counterNames, countRows } from "../../storage/tables/counts.ts";
import type { ScheduleCounters } from "../../storage/tables/schedules.ts";
import type { Core } from "../core.ts";
import { inTurns, TURN_MS } from "../turns.ts";

/**
 * Rebuilds every schedule's counters from its rows; returns those that were off. All is counted as of one moment, and
 * corrected by the difference, so that what runs and fires meanwhile counts as ever.
 */
export async function recount(core: Core): Promise<Recounted[]> {
  const off = await core.database.snapshot((sql) => inTurns(countRows(sql), TURN_MS, setImmediate));
  const recounted: Recounted[] = [];
  core.write(() => {
    for (const [scheduleId, { stored, counted }] of off) {
      const differences = { ...counted } as ScheduleCounters;
      for (const name of counterNames) differences[name] -= stored[name];
      core.stores.schedules.addCounters(scheduleId, differences);
      core.touch("schedules", scheduleId);
      recounted.push({ scheduleId, before: { ...stored }, after: { ...counted } });
    }
  });
  return recounted;
}
