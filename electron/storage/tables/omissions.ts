import type { OmissionReason } from "../../../shared/domain/schedule.ts";
import type { Connection } from "../sqlite.ts";
import { selectList } from "./columns.ts";

/** A row of `omissions`: `count` occurrences from `firstAt` to `lastAt` (both included) that did not run. */
export interface OmissionRecord {
  id: number;
  scheduleId: string;
  kind: "skipped" | "missed";
  reason: OmissionReason;
  firstAt: number;
  lastAt: number;
  count: number;
  createdAt: number;
}

export function createOmissionStore(sql: Connection) {
  const columns = selectList(["id", "scheduleId", "kind", "reason", "firstAt", "lastAt", "count", "createdAt"]);
  const insert = sql.prepare<[Omit<OmissionRecord, "id">]>(
    "insert into omissions (schedule_id, kind, reason, first_at, last_at, count, created_at) values (@scheduleId, @kind, @reason, @firstAt, @lastAt, @count, @createdAt)",
  );
  const last = sql.prepare<[string], OmissionRecord>(
    `select ${columns} from omissions where schedule_id = ? and reason <> 'by_hand' order by first_at desc limit 1`,
  );
  const extend = sql.prepare<[number, number, number]>(
    "update omissions set last_at = ?, count = count + ? where id = ?",
  );
  const byHand = sql
    .prepare<[string, number], number>(
      "select 1 from omissions where schedule_id = ? and first_at = ? and reason = 'by_hand'",
    )
    .pluck();
  const countByHand = sql
    .prepare<[string, number, number], number>(
      "select count(*) from omissions where schedule_id = ? and first_at >= ? and first_at <= ? and reason = 'by_hand'",
    )
    .pluck();
  const ahead = sql
    .prepare<[string, number], number>(
      "select count(*) from omissions where schedule_id = ? and first_at > ? and reason = 'by_hand'",
    )
    .pluck();
  const after = sql.prepare<[string, number], OmissionRecord>(
    `select ${columns} from omissions where schedule_id = ? and last_at > ? and reason <> 'by_hand' order by first_at`,
  );
  const cut = sql.prepare<[number, number, number]>("update omissions set last_at = ?, count = ? where id = ?");
  const remove = sql.prepare<[number]>("delete from omissions where id = ?");
  const removeByHand = sql.prepare<[string, number]>(
    "delete from omissions where schedule_id = ? and first_at = ? and reason = 'by_hand'",
  );

  return {
    insert: (omission: Omit<OmissionRecord, "id">): void => void insert.run(omission),
    last: (scheduleId: string): OmissionRecord | undefined => last.get(scheduleId),
    /** Makes a range longer by `count` occurrences, the last at `lastAt`. */
    extend: (id: number, lastAt: number, count: number): void => void extend.run(lastAt, count, id),
    /** Whether a person dropped this occurrence. */
    isSkippedByHand: (scheduleId: string, at: number): boolean => byHand.get(scheduleId, at) !== undefined,
    /** How many a person dropped from `fromAt` to `toAt`, both included. */
    countByHand: (scheduleId: string, fromAt: number, toAt: number): number =>
      countByHand.get(scheduleId, fromAt, toAt) ?? 0,
    /** How many a person dropped whose time is still to come. */
    skippedAhead: (scheduleId: string, now: number): number => ahead.get(scheduleId, now) ?? 0,
    /** Ranges that reach beyond `at`, those by hand aside. */
    after: (scheduleId: string, at: number): OmissionRecord[] => after.all(scheduleId, at),
    cut: (id: number, lastAt: number, count: number): void => void cut.run(lastAt, count, id),
    remove: (id: number): void => void remove.run(id),
    /** Takes back that a person dropped this occurrence. */
    removeByHand: (scheduleId: string, at: number): void => void removeByHand.run(scheduleId, at),
  };
}
export type OmissionStore = ReturnType<typeof createOmissionStore>;
