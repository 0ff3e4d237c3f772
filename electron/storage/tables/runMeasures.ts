import type { Connection } from "../sqlite.ts";

/** Runs whose duration or lateness falls into one bucket: so many, and their sum. */
export interface RunMeasureRow {
  measure: "duration" | "lateness";
  workflowName: string;
  /** How they ended; empty for lateness. */
  result: string;
  /** The bucket's upper end, ms; -1 is above all of them. */
  leMs: number;
  count: number;
  sumMs: number;
}

export function createRunMeasureStore(sql: Connection) {
  const add = sql.prepare<[RunMeasureRow]>(
    `insert into run_measures (measure, workflow_name, result, le_ms, count, sum_ms)
     values (@measure, @workflowName, @result, @leMs, @count, @sumMs)
     on conflict (measure, workflow_name, result, le_ms)
       do update set count = count + excluded.count, sum_ms = sum_ms + excluded.sum_ms`,
  );
  const all = sql.prepare<[], RunMeasureRow>(
    `select measure, workflow_name as workflowName, result, le_ms as leMs, count, sum_ms as sumMs
     from run_measures order by id`,
  );
  return {
    add: (row: RunMeasureRow): void => void add.run(row),
    /** Those that were counted first, first. */
    all: (): RunMeasureRow[] => all.all(),
  };
}
export type RunMeasureStore = ReturnType<typeof createRunMeasureStore>;
