import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runStatuses } from "../../../shared/domain/run.ts";
import { openDatabase } from "../opening/database.ts";
import { createReads } from "./reads.ts";
import { createRunCounts } from "./runCounts.ts";

const widthMs = 1000;
const ids = ["a", "b", "c"] as const;

test("runs are counted as going through each of them counts them, whatever their state, backfill and trigger", () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-counts-"));
  const database = openDatabase({ dataDir: dir });
  const { sql } = database;
  try {
    sql.pragma("foreign_keys = off");
    for (const id of ids) {
      sql
        .prepare(
          `insert into backfills (id, schedule_id, status, from_at, to_at, reprocess, run_order, concurrency, overlap_policy, snapshot, created_by, created_at)
           values (?, ?, 'running', 0, 1, 'none', 'oldest', 1, 'skip', '{}', 'user', 0)`,
        )
        .run(`fill-${id}`, id);
    }
    const insert = sql.prepare(
      `insert into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, backfill_id, input, created_at)
       values (@id, @scheduleId, 'w', @trigger, @status, @scheduledAt, @backfillId, '{}', @createdAt)`,
    );
    const counts = createRunCounts(sql, { stamps: (ids) => ids.map(() => undefined) });
    const run = fc.record({
      scheduleId: fc.constantFrom(...ids, "elsewhere"),
      status: fc.constantFrom(...runStatuses),
      at: fc.integer({ min: 0, max: 12_000 }),
      kind: fc.constantFrom("schedule", "manual", "backfill"),
    });
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 60 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 1, max: 9000 }),
        fc.boolean(),
        (made, fromAt, length, apart) => {
          sql.exec("begin");
          const seen = new Set<string>();
          const kept = made.filter(({ scheduleId, at, kind }) => {
            const key = `${scheduleId} ${at} ${kind}`;
            return kind === "manual" || (!seen.has(key) && seen.add(key) !== undefined);
          });
          kept.forEach(({ scheduleId, status, at, kind }, index) => {
            insert.run({
              id: `run-${index}`,
              scheduleId,
              trigger: kind,
              status,
              scheduledAt: kind === "manual" ? null : at,
              backfillId: kind === "backfill" ? `fill-${scheduleId}` : null,
              createdAt: kind === "manual" ? at : 99_000,
            });
          });
          const toAt = fromAt + length;
          const expected = new Map<string, number>();
          for (const { scheduleId, status, at } of kept) {
            if (at < fromAt || at >= toAt || scheduleId === "elsewhere") continue;
            const key = `${apart ? scheduleId : null} ${Math.floor((at - fromAt) / widthMs)} ${status}`;
            expected.set(key, (expected.get(key) ?? 0) + 1);
          }
          const found = new Map<string, number>();
          const add = (scheduleId: string | null, stretch: number, status: string, count: number) => {
            const key = `${apart ? scheduleId : null} ${stretch} ${status}`;
            found.set(key, (found.get(key) ?? 0) + count);
            if (found.get(key) === 0) found.delete(key);
          };
          const stretches = { fromAt, toAt, widthMs };
          counts.runTotals(ids, stretches).forEach(({ nominal, byHand }, place) => {
            for (let i = 0; i < nominal.length; i += 2)
              add(ids[place] ?? null, nominal[i] as number, "completed", nominal[i + 1] as number);
            for (const { scheduleId, stretch, status, count } of byHand) add(scheduleId, stretch, status, count);
          });
          for (const { scheduleId, stretch, status, count } of counts.runExceptions(
            ids,
            { fromAt, toAt, widthMs },
            apart,
          )) {
            if (apart !== (scheduleId !== null))
              throw new Error("a schedule is named where they are kept apart, and only there");
            add(scheduleId, stretch, status, count);
            add(scheduleId, stretch, "completed", -count);
          }
          sql.exec("rollback");
          expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()));
        },
      ),
    );
  } finally {
    database.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

test("totals that are kept are those of the table, whoever adds, ends and removes runs, and whatever is taken back", () => {
  const dir = mkdtempSync(join(tmpdir(), "almanac-totals-"));
  const database = openDatabase({ dataDir: dir });
  const another = openDatabase({ dataDir: dir });
  const addSchedule = database.sql.prepare(
    `insert or ignore into schedules (id, name, workflow_name, spec, anchor_at, input, status, overlap_policy, catchup,
       catchup_window_ms, max_attempts, retry_delay_ms, created_at, updated_at)
     values (?, 's', 'w', '{}', 0, '{}', 'active', 'skip', 'none', 0, 1, 0, ?, 0)`,
  );
  let made = 0;
  /** As the engine and retention write them: each with the schedule's counter. */
  const changes = {
    add({ sql }: typeof database, id: string, at: number, byHand: boolean) {
      sql
        .prepare(
          `insert or ignore into runs (id, schedule_id, workflow_name, trigger, status, scheduled_at, input, created_at)
           values (?, ?, 'w', ?, 'pending', ?, '{}', ?)`,
        )
        .run(`run-${++made}`, id, byHand ? "manual" : "backfill", byHand ? null : at, at);
      sql.prepare("update schedules set total_runs = total_runs + changes() where id = ?").run(id);
    },
    end({ sql }: typeof database, id: string) {
      sql.prepare("update runs set status = 'completed' where schedule_id = ?").run(id);
    },
    prune({ sql }: typeof database, id: string, at: number) {
      sql.prepare("delete from runs where schedule_id = ? and created_at <= ?").run(id, at);
      sql.prepare("update schedules set pruned_runs = pruned_runs + changes() where id = ?").run(id);
    },
    /** As a backfill's end does to its runs that never began; as many others may be added before anyone looks. */
    callOff({ sql }: typeof database, id: string, at: number) {
      const released = sql
        .prepare("update runs set schedule_id = null where schedule_id = ? and scheduled_at <= ?")
        .run(id, at).changes;
      sql.prepare("update schedules set total_runs = total_runs - ? where id = ?").run(released, id);
      for (let i = 0; i < released; i++) changes.add({ sql } as typeof database, id, 8100 + made, false);
    },
    purge({ sql }: typeof database, id: string) {
      sql.prepare("delete from schedules where id = ?").run(id);
      addSchedule.run(id, ++made);
    },
  };
  const change = fc.record({
    kind: fc.constantFrom("add", "add", "add", "end", "prune", "callOff", "purge"),
    id: fc.constantFrom(...ids),
    at: fc.integer({ min: 0, max: 9000 }),
    byHand: fc.boolean(),
    where: fc.constantFrom("here", "elsewhere", "taken back"),
  });
  const stretches = { fromAt: 1500, toAt: 8200, widthMs };
  const oracle = database.sql
    .prepare(
      `select coalesce(scheduled_at, created_at) from runs where schedule_id = ? and coalesce(scheduled_at, created_at) >= 1500
         and coalesce(scheduled_at, created_at) < 8200`,
    )
    .pluck();
  const rollBack = new Error("taken back");
  try {
    for (const id of ids) addSchedule.run(id, 0);
    const reads = createReads(database.sql, () => 0);
    const totals = () =>
      reads.runTotals(ids, stretches).map(({ nominal, byHand }) => {
        const counts = new Array(7).fill(0) as number[];
        const add = (stretch: number, count: number) => {
          counts[stretch] = (counts[stretch] ?? 0) + count;
        };
        for (let i = 0; i < nominal.length; i += 2) add(nominal[i] as number, nominal[i + 1] as number);
        for (const { stretch, count } of byHand) add(stretch, count);
        return counts;
      });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (list) => {
        for (const { kind, id, at, byHand, where } of list) {
          const act = (on: typeof database) => changes[kind as "add"](on, id, at, byHand);
          // By another process such a change beside its opposite is not told from none.
          const isHere = kind === "purge" || (kind === "callOff" && where === "elsewhere");
          if (where === "elsewhere" && !isHere) act(another);
          else if (where === "here" || isHere) act(database);
          else {
            try {
              database.transaction(() => {
                act(database);
                totals();
                throw rollBack;
              });
            } catch (error) {
              if (error !== rollBack) throw error;
            }
          }
          const expected = ids.map((each) => {
            const counts = new Array(7).fill(0) as number[];
            for (const time of oracle.all(each) as number[]) {
              const stretch = Math.floor((time - stretches.fromAt) / widthMs);
              counts[stretch] = (counts[stretch] ?? 0) + 1;
            }
            return counts;
          });
          expect(totals()).toEqual(expected);
        }
      }),
      { numRuns: 50 },
    );
  } finally {
    another.close();
    database.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
