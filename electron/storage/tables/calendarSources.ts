import type { Connection } from "../sqlite.ts";

/** Where an exclusion calendar is read from again; instants are epoch ms. */
export interface CalendarSourceRow {
  name: string;
  url: string;
  /** When it was last read whole; null where it never was. */
  readAt: number | null;
  triedAt: number | null;
  /** Why the last try failed; null where it did not. */
  problem: string | null;
}

const columns = 'name, url, read_at as "readAt", tried_at as "triedAt", problem';

export function createCalendarSourceStore(sql: Connection) {
  const all = sql.prepare<[], CalendarSourceRow>(`select ${columns} from calendar_sources order by name`);
  const get = sql.prepare<[string], CalendarSourceRow>(`select ${columns} from calendar_sources where name = ?`);
  const save = sql.prepare<[string, string, number, number]>(
    "insert into calendar_sources (name, url, read_at, tried_at) values (?, ?, ?, ?) on conflict (name) do update set url = excluded.url, read_at = excluded.read_at, tried_at = excluded.tried_at, problem = null",
  );
  const tried = sql.prepare<[number, string, string]>(
    "update calendar_sources set tried_at = ?, problem = ? where name = ?",
  );
  const remove = sql.prepare<[string]>("delete from calendar_sources where name = ?");
  return {
    all: (): CalendarSourceRow[] => all.all(),
    get: (name: string): CalendarSourceRow | null => get.get(name) ?? null,
    /** It was read whole. */
    read: (name: string, url: string, at: number): void => void save.run(name, url, at, at),
    failed: (name: string, problem: string, at: number): void => void tried.run(at, problem, name),
    remove: (name: string): boolean => remove.run(name).changes > 0,
  };
}
export type CalendarSourceStore = ReturnType<typeof createCalendarSourceStore>;
