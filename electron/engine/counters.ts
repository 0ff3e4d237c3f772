import { isDeepStrictEqual } from "node:util";
import type { Core } from "./core.ts";

export interface Recounted {
  scheduleId: string;
  before: Record<string, number>;
  after: Record<string, number>;
}

/** Rebuilds every schedule's counters from its rows, one transaction a schedule; returns those that were off. */
export function recount(core: Core): Recounted[] {
  const { schedules } = core.stores;
  const off: Recounted[] = [];
  for (const scheduleId of schedules.ids()) {
    core.write(() => {
      const before = schedules.counters(scheduleId);
      const after = schedules.counted(scheduleId);
      if (before === undefined || after === undefined || isDeepStrictEqual(before, after)) return;
      schedules.setCounters(scheduleId, after);
      core.touch("schedules", scheduleId);
      off.push({ scheduleId, before: { ...before }, after: { ...after } });
    });
  }
  return off;
}
