import type { Pool } from "../../../../shared/domain/waiting.ts";
import type { Connection } from "../../sqlite.ts";

interface PoolRow {
  name: string;
  limit: number;
  workflows: string;
  tags: string;
}

export function createPoolStore(sql: Connection) {
  const all = sql.prepare<[], PoolRow>(`select name, run_limit as "limit", workflows, tags from pools order by name`);
  const one = sql.prepare<[string], PoolRow>(
    `select name, run_limit as "limit", workflows, tags from pools where name = ?`,
  );
  const put = sql.prepare<[PoolRow & { at: number }]>(
    `insert into pools (name, run_limit, workflows, tags, updated_at) values (@name, @limit, @workflows, @tags, @at)
     on conflict (name) do update set run_limit = @limit, workflows = @workflows, tags = @tags, updated_at = @at`,
  );
  const remove = sql.prepare<[string]>("delete from pools where name = ?");
  const users = sql
    .prepare<[string], string>(
      "select s.id from schedules s, json_each(s.pools) p where s.pools <> '[]' and s.status <> 'deleted' and p.value = ? order by s.id",
    )
    .pluck();
  const ofSchedule = sql.prepare<[string], { pools: string; tags: string }>(
    "select pools, tags from schedules where id = ?",
  );
  const poolOf = ({ workflows, tags, ...row }: PoolRow): Pool => ({
    ...row,
    workflows: JSON.parse(workflows) as string[],
    tags: JSON.parse(tags) as string[],
  });
  return {
    all: (): Pool[] => all.all().map(poolOf),
    get(name: string): Pool | undefined {
      const row = one.get(name);
      return row === undefined ? undefined : poolOf(row);
    },
    put: ({ workflows, tags, ...pool }: Pool, at: number): void =>
      void put.run({ ...pool, workflows: JSON.stringify(workflows), tags: JSON.stringify(tags), at }),
    remove: (name: string): boolean => remove.run(name).changes > 0,
    /** Schedules that name it. */
    users: (name: string): string[] => users.all(name),
    /** What a schedule names itself, and its tags. */
    ofSchedule(scheduleId: string): { pools: string[]; tags: string[] } {
      const row = ofSchedule.get(scheduleId);
      if (row === undefined) return { pools: [], tags: [] };
      return { pools: JSON.parse(row.pools) as string[], tags: JSON.parse(row.tags) as string[] };
    },
  };
}
export type PoolStore = ReturnType<typeof createPoolStore>;
