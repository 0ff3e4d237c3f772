import type { Connection } from "../../sqlite.ts";

/** An outcome that came when its run had gone on without it. `at` is epoch ms, `outcome` JSON text. */
export interface LateResultRow {
  id: number;
  runId: string;
  attempt: number;
  epoch: number;
  worker: string | null;
  at: number;
  outcome: string;
  /** When it was put in the place of the run's own; null where it was not. */
  takenAt: number | null;
}

type NewLateResult = Omit<LateResultRow, "id" | "takenAt">;

export function createLateResultStore(sql: Connection) {
  const add = sql.prepare<[NewLateResult]>(
    `insert into late_results (run_id, attempt, epoch, worker, at, outcome)
     values (@runId, @attempt, @epoch, @worker, @at, @outcome) on conflict (run_id, epoch) do nothing`,
  );
  const of = sql.prepare<[string], LateResultRow>(
    "select id, run_id as runId, attempt, epoch, worker, at, outcome, taken_at as takenAt from late_results where run_id = ? order by id",
  );
  const taken = sql.prepare<[number, number]>("update late_results set taken_at = ? where id = ?");
  return {
    /** False where that hand-over's outcome is there already. */
    add: (row: NewLateResult): boolean => add.run(row).changes > 0,
    of: (runId: string): LateResultRow[] => of.all(runId),
    taken: (id: number, at: number): void => void taken.run(at, id),
  };
}
export type LateResultStore = ReturnType<typeof createLateResultStore>;
