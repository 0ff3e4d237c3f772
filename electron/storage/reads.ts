import { createHistoryReads } from "./readHistory.ts";
import type { ReadModel } from "./readModel.ts";
import { createRunReads } from "./readRuns.ts";
import { createScheduleReads } from "./readSchedules.ts";
import type { Connection } from "./sqlite.ts";

/** Everything that is asked of an open database for showing it. `now` gives epoch ms. */
export function createReads(sql: Connection, now: () => number): ReadModel {
  return { ...createScheduleReads(sql, now), ...createRunReads(sql), ...createHistoryReads(sql) };
}
