import type { Connection } from "../sqlite.ts";

export interface DowntimeCounts {
  /** Occurrences that were due in it, and what became of them. */
  due: number;
  ran: number;
  skipped: number;
  missed: number;
}

export interface DowntimeSpan {
  id: number;
  fromAt: number;
  toAt: number;
}

export function createDowntimeStore(sql: Connection) {
  const insert = sql.prepare<[string, number, number]>("insert into downtimes (kind, from_at, to_at) values (?, ?, ?)");
  const add = sql.prepare<[DowntimeCounts & { id: number }]>(
    "update downtimes set due = due + @due, ran = ran + @ran, skipped = skipped + @skipped, missed = missed + @missed where id = @id",
  );
  const reaching = sql.prepare<[number], DowntimeSpan>(
    "select id, from_at as fromAt, to_at as toAt from downtimes where to_at > ?",
  );
  const cut = sql.prepare<[{ at: number; id: number }]>(
    "update downtimes set to_at = max(from_at, @at) where id = @id",
  );
  const removeEmpty = sql.prepare<[number]>("delete from downtimes where id = ? and due <= 0");
  const remove = sql.prepare<[number]>("delete from downtimes where id = ?");
  const dismiss = sql.prepare<[number, number]>(
    "update downtimes set dismissed_at = ? where id = ? and dismissed_at is null",
  );
  return {
    /** Returns its id. */
    begin: (kind: "closed" | "asleep" | "stalled", fromAt: number, toAt: number): number =>
      Number(insert.run(kind, fromAt, toAt).lastInsertRowid),
    add: (id: number, counts: DowntimeCounts): void => void add.run({ id, ...counts }),
    /** Those that reach beyond `at`. */
    reaching: (at: number): DowntimeSpan[] => reaching.all(at),
    /** Lets one end at `at`; it goes where nothing was due in it (any more). */
    cut(id: number, at: number): void {
      cut.run({ id, at });
      removeEmpty.run(id);
    },
    remove: (id: number): void => void remove.run(id),
    dismiss: (id: number, at: number): boolean => dismiss.run(at, id).changes > 0,
  };
}
export type DowntimeStore = ReturnType<typeof createDowntimeStore>;
