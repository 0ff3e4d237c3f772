import type { AttemptRecord, RunError } from "../../../../shared/domain/run.ts";
import type { Connection } from "../../sqlite.ts";
import { selectList } from "../columns.ts";

type AttemptRow = Omit<AttemptRecord, "error" | "worker"> & { error: string; worker: string | null };

export function createAttemptStore(sql: Connection) {
  const add = sql.prepare<[AttemptRow & { runId: string }]>(
    `insert into attempts (run_id, attempt, status, error, started_at, completed_at, worker)
     values (@runId, @attempt, @status, @error, @startedAt, @completedAt, @worker) on conflict do nothing`,
  );
  const of = sql.prepare<[string], AttemptRow>(
    `select ${selectList(["attempt", "status", "error", "startedAt", "completedAt", "worker"])} from attempts where run_id = ? order by attempt`,
  );
  return {
    /** Keeps how an attempt went before the run goes on to another. */
    add: (runId: string, attempt: AttemptRecord): void =>
      void add.run({ runId, ...attempt, worker: attempt.worker ?? null, error: JSON.stringify(attempt.error) }),
    /** Those before the run's last, in order. */
    of: (runId: string): AttemptRecord[] =>
      of.all(runId).map((row) => ({ ...row, error: JSON.parse(row.error) as RunError })),
  };
}
export type AttemptStore = ReturnType<typeof createAttemptStore>;
