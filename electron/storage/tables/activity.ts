import type { ActivityKind } from "../../../shared/domain/schedule.ts";
import type { Connection } from "../sqlite.ts";

/** A new line of a schedule's history (of the engine's own where `scheduleId` is null). */
export interface NewActivity {
  scheduleId: string | null;
  at: number;
  kind: ActivityKind;
  actor: string;
  runId?: string | null;
  details?: Record<string, unknown>;
  /** The import that wrote it, or that it takes back. */
  importId?: string | null;
}

/** A line that an import has written. */
export interface ImportLine {
  id: number;
  scheduleId: string | null;
  at: number;
  kind: ActivityKind;
  actor: string;
  details: Record<string, unknown>;
}

/** What an import has written, in numbers. */
export interface ImportSums {
  importId: string;
  /** Of its first line. */
  at: number;
  actor: string;
  /** How many it made or changed. */
  schedules: number;
  created: number;
  /** Its lines on what is no schedule. */
  beside: Record<string, unknown>[];
}

export function createActivityStore(sql: Connection) {
  const insert = sql.prepare<[string | null, number, string, string, string | null, string, string | null]>(
    "insert into activity (schedule_id, at, kind, actor, run_id, details, import_id) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const last = sql.prepare<[], { id: number; at: number }>(
    "select id, at from activity where id = (select max(id) from activity)",
  );
  const atOf = sql.prepare<[number], number>("select at from activity where id = ?").pluck();
  const edits = sql.prepare<[number], { firstAt: number | null; lastAt: number | null }>(
    `select min(at) as firstAt, max(at) as lastAt from activity where id > ?
       and kind in ('created', 'edited', 'paused', 'resumed', 'deleted', 'restored', 'declared')`,
  );
  const setAsked = sql.prepare<[string, number, number]>(
    "update activity set details = ? where id = ? and at = ? and kind = 'asked'",
  );
  const ofImport = sql.prepare<[{ importId: string }], Omit<ImportLine, "details"> & { details: string }>(
    `select id, schedule_id as scheduleId, at, kind, actor, details from activity where import_id = @importId
       and id > ifnull((select max(id) from activity where import_id = @importId and kind = 'import_undone'), 0) order by id`,
  );
  const lasting = sql.prepare<[number], { importId: string; undoneId: number }>(
    `select import_id as importId, ifnull(max(case when kind = 'import_undone' then id end), 0) as undoneId from activity
       where import_id is not null group by import_id having max(id) > undoneId order by max(id) desc limit ?`,
  );
  const counted = sql.prepare<[string, number], Omit<ImportSums, "importId" | "beside">>(
    `select min(at) as at, actor, count(distinct schedule_id) as schedules,
       count(distinct case when kind in ('created', 'restored') then schedule_id end) as created
       from activity where import_id = ? and id > ?`,
  );
  const beside = sql
    .prepare<[string, number], string>(
      "select details from activity where import_id = ? and kind = 'imported' and id > ? order by id",
    )
    .pluck();
  const lastEdit = sql
    .prepare<[string], number | null>("select max(id) from activity where schedule_id = ? and kind = 'edited'")
    .pluck();
  const lastDeletion = sql
    .prepare<[string], string | null>(
      "select import_id from activity where schedule_id = ? and kind = 'deleted' order by id desc limit 1",
    )
    .pluck();
  return {
    /** What an import has written that is not undone, the oldest first. */
    ofImport: (importId: string): ImportLine[] =>
      ofImport
        .all({ importId })
        .map((line) => ({ ...line, details: JSON.parse(line.details) as ImportLine["details"] })),
    /** Imports that are not undone, the newest first, each in numbers: an import may have any number of lines. */
    imports: (limit: number): ImportSums[] =>
      lasting.all(limit).flatMap(({ importId, undoneId }) => {
        const sums = counted.get(importId, undoneId);
        if (sums === undefined) return [];
        const lines = beside.all(importId, undoneId).map((details) => JSON.parse(details) as Record<string, unknown>);
        return [{ importId, ...sums, beside: lines }];
      }),
    /** The newest edit of a schedule; 0 where there is none. */
    lastEdit: (scheduleId: string): number => lastEdit.get(scheduleId) ?? 0,
    /** Whether it was an undone import that deleted a schedule last. */
    wasTakenBack: (scheduleId: string): boolean => (lastDeletion.get(scheduleId) ?? null) !== null,
    /** The newest line; `id` 0: there is none. */
    last: (): { id: number; at: number } => last.get() ?? { id: 0, at: 0 },
    /** Whether a line is still the one that was made at `at`: a purge gives ids free. */
    has: ({ id, at }: { id: number; at: number }): boolean => id === 0 || atOf.get(id) === at,
    /** When schedules were edited, as told by the lines after one; null: they were not. */
    editsAfter(id: number): { firstAt: number; lastAt: number } | null {
      const { firstAt, lastAt } = edits.get(id) ?? { firstAt: null, lastAt: null };
      return firstAt === null || lastAt === null ? null : { firstAt, lastAt };
    },
    /** Returns its id. */
    add: (entry: NewActivity): number =>
      Number(
        insert.run(
          entry.scheduleId,
          entry.at,
          entry.kind,
          entry.actor,
          entry.runId ?? null,
          entry.details === undefined ? "{}" : JSON.stringify(entry.details),
          entry.importId ?? null,
        ).lastInsertRowid,
      ),
    /** Changes what a line says of calls, where it is still the one that was made at `at`. */
    setAsked: (id: number, at: number, details: Record<string, unknown>): void =>
      void setAsked.run(JSON.stringify(details), id, at),
  };
}
export type ActivityStore = ReturnType<typeof createActivityStore>;
