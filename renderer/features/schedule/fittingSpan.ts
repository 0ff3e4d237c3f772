import type { ScheduleRow } from "../../../shared/api/schedules.ts";
import { compileSpec, countBetween } from "../../../shared/schedule/index.ts";
import type { Span } from "../../components/timeline/scale.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const lengths = [hourMs / 6, hourMs, 6 * hourMs, dayMs, 7 * dayMs, 30 * dayMs, 90 * dayMs];
const yearMs = 365 * dayMs;
const enough = 20;

/** A stretch around the present that holds some twenty runs of a schedule: minutes of what fires each second, a year of what is weekly. */
export function fittingSpan(
  row: Pick<ScheduleRow, "spec" | "anchorAt" | "status" | "lastRunAt" | "createdAt">,
  now: number,
): Span {
  let length = 7 * dayMs;
  try {
    const compiled = compileSpec(row.spec, { anchorAt: row.anchorAt, calendars: new Map() });
    length = lengths.find((each) => countBetween(compiled, now - each, now) >= enough) ?? yearMs;
  } catch {
    // A spec with a calendar of its own: a week is right for most.
  }
  // What has ended has nothing to come; its last run is what there is to see.
  if (row.status === "ended" || row.status === "deleted") {
    const last = row.lastRunAt === null ? now : Date.parse(row.lastRunAt);
    return { from: last - length * 0.95, to: last + length * 0.05 };
  }
  return { from: now - length * 0.8, to: now + length * 0.2 };
}
