import type { Connection } from "../sqlite.ts";
import { createChainReads } from "./chains.ts";
import { createHistoryReads } from "./history.ts";
import { createMeasureReads } from "./measures.ts";
import type { ReadModel } from "./readModel.ts";
import { createRunReads } from "./runs.ts";
import { createScheduleReads } from "./schedules.ts";

/** Everything that is asked of an open database for showing it. `now` gives epoch ms. */
export function createReads(sql: Connection, now: () => number): ReadModel {
  return {
    ...createScheduleReads(sql, now),
    ...createRunReads(sql),
    ...createHistoryReads(sql, now),
    ...createMeasureReads(sql, now),
    ...createChainReads(sql),
  };
}
