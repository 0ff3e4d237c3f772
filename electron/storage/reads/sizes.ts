import type { Connection } from "../sqlite.ts";

/** Tables that are counted whole: people make their rows. */
const small = [
  "calendar_sources",
  "event_triggers",
  "exclusion_calendars",
  "hooks",
  "import_origins",
  "notification_channels",
  "notification_rules",
  "outbox",
  "pools",
  "tokens",
] as const;
/** Tables that may be large: the highest number that was given stands for the count. */
const numbered = ["activity", "downtimes", "late_results", "notices", "notification_deliveries", "omissions", "runs"];

/** How much a database holds, in a time that does not grow with it. */
export function readSizes(sql: Connection) {
  const one = (statement: string): number => sql.prepare<[], number>(statement).pluck().get() ?? 0;
  const byStatus = (statement: string): Record<string, number> =>
    Object.fromEntries(sql.prepare<[], [string, number]>(statement).raw().all());
  return {
    schedules: byStatus("select status, count(*) from schedules group by status"),
    backfills: byStatus("select status, count(*) from backfills group by status"),
    unendedRuns: byStatus("select status, count(*) from runs where status in ('pending', 'running') group by status"),
    rows: Object.fromEntries(small.map((table) => [table, one(`select count(*) from ${table}`)])),
    highestNumber: Object.fromEntries(
      numbered.map((table) => [table, one(`select coalesce(max(rowid), 0) from ${table}`)]),
    ),
  };
}
