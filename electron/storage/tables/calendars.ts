import type { Exclusion, ExclusionCalendar } from "../../../shared/schedule/types.ts";
import type { Connection } from "../sqlite.ts";

export function createCalendarStore(sql: Connection) {
  const all = sql.prepare<[], { name: string; entries: string }>(
    "select name, entries from exclusion_calendars order by name",
  );
  const save = sql.prepare<[string, string, number]>(
    "insert into exclusion_calendars (name, entries, updated_at) values (?, ?, ?) on conflict (name) do update set entries = excluded.entries, updated_at = excluded.updated_at",
  );
  const remove = sql.prepare<[string]>("delete from exclusion_calendars where name = ?");
  return {
    all: (): Map<string, ExclusionCalendar> =>
      new Map(all.all().map((row) => [row.name, { name: row.name, entries: JSON.parse(row.entries) as Exclusion[] }])),
    save: (calendar: ExclusionCalendar, at: number): void =>
      void save.run(calendar.name, JSON.stringify(calendar.entries), at),
    remove: (name: string): boolean => remove.run(name).changes > 0,
  };
}
export type CalendarStore = ReturnType<typeof createCalendarStore>;
