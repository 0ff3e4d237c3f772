import type { RunError, StepRecord, StepStatus } from "../../../../shared/domain/run.ts";
import type { Connection } from "../../sqlite.ts";
import { selectList } from "../columns.ts";

interface StepRow {
  key: string;
  name: string;
  sequence: number;
  status: StepStatus;
  attempt: number;
  result: string | null;
  error: string | null;
  wakeAt: number | null;
  startedAt: number;
  completedAt: number | null;
}

export function createStepStore(sql: Connection) {
  const names = [
    "key",
    "name",
    "sequence",
    "status",
    "attempt",
    "result",
    "error",
    "wakeAt",
    "startedAt",
    "completedAt",
  ];
  const save = sql.prepare<[StepRow & { runId: string }]>(
    `insert into steps (run_id, key, name, sequence, status, attempt, result, error, wake_at, started_at, completed_at)
       values (@runId, @key, @name, @sequence, @status, @attempt, @result, @error, @wakeAt, @startedAt, @completedAt)
     on conflict (run_id, key) do update set status = excluded.status, attempt = excluded.attempt, result = excluded.result,
       error = excluded.error, wake_at = excluded.wake_at, started_at = excluded.started_at, completed_at = excluded.completed_at`,
  );
  const of = sql.prepare<[string], StepRow>(
    `select ${selectList(names)} from steps where run_id = ? order by sequence`,
  );
  return {
    save: (runId: string, step: StepRecord): void =>
      void save.run({
        runId,
        key: step.key,
        name: step.name,
        sequence: step.sequence,
        status: step.status,
        attempt: step.attempt,
        result: step.result === undefined ? null : JSON.stringify(step.result),
        error: step.error == null ? null : JSON.stringify(step.error),
        wakeAt: step.wakeAt ?? null,
        startedAt: step.startedAt,
        completedAt: step.completedAt,
      }),
    /** In order of their first call. */
    of: (runId: string): StepRecord[] =>
      of.all(runId).map(({ result, error, ...row }) => ({
        ...row,
        ...(result === null ? {} : { result: JSON.parse(result) as unknown }),
        error: error === null ? null : (JSON.parse(error) as RunError),
      })),
  };
}
export type StepStore = ReturnType<typeof createStepStore>;
