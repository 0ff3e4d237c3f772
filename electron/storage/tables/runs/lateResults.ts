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
}

export function createLateResultStore(sql: Connection) {
  const add = sql.prepare<[Omit<LateResultRow, "id">]>(
    `insert into late_results (run_id, attempt, epoch, worker, at, outcome)
     values (@runId, @attempt, @epoch, @worker, @at, @outcome) on conflict (run_id, epoch) do nothing`,
  );
  const of = sql.prepare<[string], LateResultRow>(
    "select id, run_id as runId, attempt, epoch, worker, at, outcome from late_results where run_id = ? order by id",
  );
  return {
    /** False where that hand-over's outcome is there already. */
    add: (row: Omit<LateResultRow, "id">): boolean => add.run(row).changes > 0,
    of: (runId: string): LateResultRow[] => of.all(runId),
  };
}
export type LateResultStore = ReturnType<typeof createLateResultStore>;
