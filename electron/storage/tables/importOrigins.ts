import type { Connection } from "../sqlite.ts";

/** Which schedule a job of an imported file became, by where the job came from. */
export function createImportOriginStore(sql: Connection) {
  const find = sql.prepare<[string], string>("select schedule_id from import_origins where origin = ?").pluck();
  const other = sql
    .prepare<[string, string], string>(
      "select origin from import_origins where schedule_id = ? and origin <> ? limit 1",
    )
    .pluck();
  const save = sql.prepare<[string, string]>(
    "insert into import_origins (origin, schedule_id) values (?, ?) on conflict (origin) do update set schedule_id = excluded.schedule_id",
  );
  return {
    find: (origin: string): string | null => find.get(origin) ?? null,
    /** Whether a schedule came from somewhere else. */
    isOfAnother: (scheduleId: string, origin: string): boolean => other.get(scheduleId, origin) !== undefined,
    save: (origin: string, scheduleId: string): void => void save.run(origin, scheduleId),
  };
}
export type ImportOriginStore = ReturnType<typeof createImportOriginStore>;
