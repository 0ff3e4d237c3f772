import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type Database, openDatabase } from "../opening/database.ts";
import { naturalKey } from "./naturalOrder.ts";
import type { ListSchedules } from "./readModel.ts";
import { createReads } from "./reads.ts";

const startAt = Date.parse("2026-03-01T00:00:00Z");

/** What the list is held against: the same question as one statement over the tables, each time anew. */
function askedOfTables(sql: Database["sql"], input: ListSchedules, now: number): { ids: string[]; groups: unknown } {
  const failing =
    "((status = 'active' or (status = 'paused' and paused_by = 'failures')) and consecutive_failures > 0)";
  // Nothing is missed of what is deleted.
  const missed = "(status <> 'deleted' and id in (select schedule_id from omissions where kind = 'missed'))";
  const attention = `(status <> 'deleted' and (${failing} or (status = 'paused' and paused_by = 'engine') or ${missed}))`;
  const need = `case when ${attention} then 0 when status = 'active' then 2 when status = 'paused' then 3 else 4 end`;
  const conditions = { attention, failing, missed, running: "0" };
  const where = [
    input.status === undefined ? "status <> 'deleted'" : "status = @status",
    ...(input.tag === undefined ? [] : ["exists (select 1 from json_each(tags) where value = @tag)"]),
    ...(input.condition === undefined ? [] : [conditions[input.condition]]),
    ...(input.search ?? "")
      .split(" ")
      .filter(Boolean)
      .map(
        (word) =>
          `instr(lower(concat_ws(char(10), name, id, workflow_name, tags, note)), '${word.toLowerCase().replace("'", "''")}') > 0`,
      ),
  ].join(" and ");
  const direction = input.descending === true ? "desc" : "asc";
  const order = {
    need: "need, iif(need = 2, coalesce(max(next_run_at / 60000, @next), 1e15), 0), oracle_key(name), id",
    name: `oracle_key(name) ${direction}, id ${direction}`,
    next: `next_run_at ${direction} nulls last, id ${direction}`,
    status: `status ${direction}, id ${direction}`,
    ratio: `case when successful_runs + failed_runs = 0 then null else successful_runs * 1.0 / (successful_runs + failed_runs) end
      ${direction} nulls last, id ${direction}`,
  }[input.sort as "need"];
  const rows = sql
    .prepare(`select id, ${need} as need from schedules where ${where} order by ${order}`)
    .all({ status: input.status, tag: input.tag, next: Math.floor(now / 60_000) + 1 }) as {
    id: string;
    need: number;
  }[];
  const names = ["attention", "running", "next", "paused", "ended"];
  const groups = names.flatMap((group, at) => {
    const count = rows.filter((row) => row.need === at).length;
    return count === 0 ? [] : [{ group, count }];
  });
  return { ids: rows.map(({ id }) => id), groups: input.sort === "need" ? groups : undefined };
}

const anySchedule = fc.record({
  at: fc.nat({ max: 11 }),
  name: fc.constantFrom("job 2", "Job 10", "job 010", "Ökologie", "ofen", "x%_'y", ""),
  status: fc.constantFrom("active", "paused", "ended", "deleted"),
  pausedBy: fc.constantFrom(null, "failures", "engine", "user"),
  failures: fc.constantFrom(0, 0, 1),
  tags: fc.constantFrom("[]", '["x"]', '["x","y z"]'),
  note: fc.constantFrom(null, "nightly", "of 10"),
  next: fc.option(fc.integer({ min: 0, max: 40 }).map((half) => startAt + half * 30_000)),
  done: fc.constantFrom(0, 1, 3),
});
const anyChange = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("put", "putRolledBack", "putByAnother"), row: anySchedule }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("delete", "miss", "fill"), row: anySchedule }) },
);
const anyQuestion: fc.Arbitrary<ListSchedules> = fc.record(
  {
    sort: fc.constantFrom("need", "name", "next", "status", "ratio"),
    descending: fc.boolean(),
    status: fc.constantFrom("active", "paused", "deleted"),
    tag: fc.constantFrom("x", "y z"),
    condition: fc.constantFrom("attention", "failing", "missed"),
    // Some go on from others.
    search: fc.constantFrom("J", "JO", "JOB", "1", "10", "of", "of o", "%", "_'", "nightly s"),
  },
  { requiredKeys: ["sort"] },
) as fc.Arbitrary<ListSchedules>;

test("a list kept in memory is what the tables hold, whoever changed them and whatever was taken back", () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-index-"));
  const database = openDatabase({ dataDir: dir });
  const another = openDatabase({ dataDir: dir });
  let now = startAt;
  for (const { sql } of [database, another]) sql.function("oracle_key", (text: unknown) => naturalKey(String(text)));
  const put = ({ sql }: Database, row: typeof anySchedule extends fc.Arbitrary<infer T> ? T : never) =>
    sql
      .prepare(
        `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
           catchup_window_ms, max_attempts, retry_delay_ms, tags, note, paused_by, consecutive_failures, next_run_at,
           successful_runs, failed_runs, missed_runs, created_at, updated_at)
         values (@id, @name, 'shell.command', '{"cron":"0 * * * *"}', 0, '{}', @status, 'skip', 'none', 0, 1, 0, @tags, @note,
           @pausedBy, @failures, @next, @done, @failures, 1, 0, 0)
         on conflict (id) do update set name = @name, status = @status, tags = @tags, note = @note, paused_by = @pausedBy,
           consecutive_failures = @failures, next_run_at = @next, successful_runs = @done, failed_runs = @failures`,
      )
      .run({ ...row, id: `s${row.at}` });
  const rollBack = new Error("rolled back");
  try {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyChange, anyQuestion), { maxLength: 25 }), (steps) => {
        database.sql.exec("delete from omissions; delete from schedules");
        const reads = createReads(database.sql, () => now);
        const asked = (input: ListSchedules) => {
          const { rows, groups, total } = reads.listSchedules({ ...input, limit: 1000 });
          return { ids: rows.map(({ schedule }) => schedule.scheduleId), groups, total };
        };
        for (const [{ kind, row }, input] of steps) {
          // What is missed is counted anew.
          now += 60_000;
          const id = `s${row.at}`;
          if (kind === "put") put(database, row);
          else if (kind === "putByAnother") put(another, row);
          else if (kind === "delete") database.sql.prepare("delete from schedules where id = ?").run(id);
          else if (kind === "fill") database.sql.prepare("delete from omissions where schedule_id = ?").run(id);
          else if (kind === "miss") {
            database.sql
              .prepare(
                `insert into omissions (schedule_id, kind, reason, first_at, last_at, count, created_at)
                 select id, 'missed', 'closed', 0, 0, 1, 0 from schedules where id = ?`,
              )
              .run(id);
          } else {
            try {
              database.transaction(() => {
                put(database, row);
                asked(input);
                throw rollBack;
              });
            } catch (error) {
              if (error !== rollBack) throw error;
            }
          }
          // The whole list by name, too: few questions have all that a change may put elsewhere. And what is searched for among all.
          const { search } = input;
          for (const question of [input, { sort: "name", search }, { sort: "name" }] as ListSchedules[]) {
            const { ids, groups } = askedOfTables(database.sql, question, now);
            expect(asked(question)).toEqual({ ids, groups, total: ids.length });
          }
          expect(reads.counts()).toMatchObject({
            active: askedOfTables(database.sql, { sort: "name", status: "active" }, now).ids.length,
            attention: askedOfTables(database.sql, { sort: "name", condition: "attention" }, now).ids.length,
            failing: askedOfTables(database.sql, { sort: "name", condition: "failing" }, now).ids.length,
          });
        }
      }),
      { numRuns: 60 },
    );
  } finally {
    another.close();
    database.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

/** Many at once: of each second one more word, so that names lie in no order of ids. */
function fill({ sql }: Database, count: number): void {
  const insert = sql.prepare(
    `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup, catchup_window_ms,
       max_attempts, retry_delay_ms, created_at, updated_at)
     values (?, ?, 'shell.command', '{"cron":"0 * * * *"}', 0, '{}', 'active', 'skip', 'none', 0, 1, 0, 0, 0)`,
  );
  sql.transaction(() => {
    for (let n = 0; n < count; n++) insert.run(`s${n}`, `${["b", "a"][n % 2]} ${(n * 7919) % count}`);
  })();
}
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

test("what lists are read from is prepared in slices, between which others have their turn", async () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-index-"));
  const database = openDatabase({ dataDir: dir });
  try {
    fill(database, 10_000);
    const reads = createReads(database.sql, () => startAt);
    let turns = 0;
    let next = setImmediate(function count() {
      turns++;
      next = setImmediate(count);
    });
    await reads.prepareLists();
    clearImmediate(next);
    expect(turns).toBeGreaterThan(3);
    const ids = database.sql.prepare("select id from schedules").pluck().all() as string[];
    expect(reads.matchingIds({}).sort()).toEqual(ids.sort());
    const { rows, total } = reads.listSchedules({ sort: "name", limit: 3 });
    expect([total, rows.map(({ schedule }) => schedule.name)]).toEqual([10_000, ["a 1", "a 3", "a 5"]]);
  } finally {
    database.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

test("whatever is written or asked while lists are prepared, they are what the tables hold", async () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-index-"));
  const database = openDatabase({ dataDir: dir });
  const another = openDatabase({ dataDir: dir });
  // A slice ends at each look at the clock.
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (clock += 1_000));
  const step = fc.record({
    kind: fc.constantFrom("rename", "renameByAnother", "delete", "deleteByAnother", "insert", "ask", "wait", "prepare"),
    at: fc.nat({ max: 899 }),
    name: fc.constantFrom("zz", "A 1", "b 12", "ö"),
  });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        database.sql.exec("delete from schedules");
        fill(database, 900);
        const reads = createReads(database.sql, () => startAt);
        const asked = (): string[] =>
          reads.listSchedules({ sort: "name", limit: 2000 }).rows.map(({ schedule }) => schedule.scheduleId);
        const held = (): string[] => {
          const rows = database.sql.prepare("select id, name from schedules").all() as { id: string; name: string }[];
          const keyed = rows.map(({ id, name }) => ({ id, key: naturalKey(name) }));
          return keyed
            .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1))
            .map(({ id }) => id);
        };
        const preparing = [reads.prepareLists()];
        for (const { kind, at, name } of steps) {
          const by = kind.endsWith("ByAnother") ? another : database;
          if (kind === "wait") await turn();
          else if (kind === "ask") expect(asked()).toEqual(held());
          else if (kind === "prepare") preparing.push(reads.prepareLists());
          else if (kind.startsWith("rename"))
            by.sql.prepare("update schedules set name = ? where id = ?").run(name, `s${at}`);
          else if (kind.startsWith("delete")) by.sql.prepare("delete from schedules where id = ?").run(`s${at}`);
          else
            by.sql
              .prepare(
                `insert into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
                   catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at)
                 select 's' || ? || 'x', ?, workflow_name, spec, 0, input, status, overlap_policy, catchup, 0, 1, 0, 0, 0
                 from schedules limit 1 on conflict do nothing`,
              )
              .run(at, name);
          if (at % 3 === 0) await turn();
        }
        await Promise.all(preparing);
        expect(asked()).toEqual(held());
      }),
      { numRuns: 30 },
    );
  } finally {
    vi.restoreAllMocks();
    another.close();
    database.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
