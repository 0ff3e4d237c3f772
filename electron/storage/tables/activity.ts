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
}

export function createActivityStore(sql: Connection) {
  const insert = sql.prepare<[string | null, number, string, string, string | null, string]>(
    "insert into activity (schedule_id, at, kind, actor, run_id, details) values (?, ?, ?, ?, ?, ?)",
  );
  return {
    add: (entry: NewActivity): void =>
      void insert.run(
        entry.scheduleId,
        entry.at,
        entry.kind,
        entry.actor,
        entry.runId ?? null,
        entry.details === undefined ? "{}" : JSON.stringify(entry.details),
      ),
  };
}
export type ActivityStore = ReturnType<typeof createActivityStore>;
