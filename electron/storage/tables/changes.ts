import type { ChangeEvent } from "../../../shared/api/events.ts";
import type { Connection } from "../sqlite.ts";

export type Topic = ChangeEvent["topic"];

export function createChangeStore(sql: Connection) {
  const bump = sql
    .prepare<[string], number>(
      "insert into changes (topic, version) values (?, 1) on conflict (topic) do update set version = version + 1 returning version",
    )
    .pluck();
  const all = sql.prepare<[], { topic: Topic; version: number }>("select topic, version from changes");
  return {
    /** Returns the new version. */
    bump: (topic: Topic): number => bump.get(topic) as number,
    versions: (): Map<Topic, number> => new Map(all.all().map((row) => [row.topic, row.version])),
  };
}
export type ChangeStore = ReturnType<typeof createChangeStore>;
