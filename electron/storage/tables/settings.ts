import type { Connection } from "../sqlite.ts";

export function createSettingStore(sql: Connection) {
  const all = sql.prepare<[], { key: string; value: string }>("select key, value from settings");
  const set = sql.prepare<[string, string]>(
    "insert into settings (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
  );
  const remove = sql.prepare<[string]>("delete from settings where key = ?");
  return {
    all: (): Record<string, unknown> =>
      Object.fromEntries(all.all().map((row) => [row.key, JSON.parse(row.value) as unknown])),
    /** `undefined` removes it. */
    set: (key: string, value: unknown): void =>
      void (value === undefined ? remove.run(key) : set.run(key, JSON.stringify(value))),
  };
}
export type SettingStore = ReturnType<typeof createSettingStore>;
