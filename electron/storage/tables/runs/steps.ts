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
  runAttempt: number | null;
  firstStartedAt: number | null;
  firstRunAttempt: number | null;
}
/** What is told of a step; the rest this store notes itself. */
type ToldRow = Omit<StepRow, "runAttempt" | "firstStartedAt" | "firstRunAttempt">;

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
    "runAttempt",
    "firstStartedAt",
    "firstRunAttempt",
  ];
  const save = sql.prepare<[ToldRow & { runId: string }]>(
    `insert into steps (run_id, key, name, sequence, status, attempt, result, error, wake_at, started_at, completed_at,
         run_attempt, first_started_at, first_run_attempt)
       select @runId, @key, @name, @sequence, @status, @attempt, @result, @error, @wakeAt, @startedAt, @completedAt,
         attempt, @startedAt, attempt from runs where id = @runId
     on conflict (run_id, key) do update set status = excluded.status, attempt = excluded.attempt, result = excluded.result,
       error = excluded.error, wake_at = excluded.wake_at, started_at = excluded.started_at, completed_at = excluded.completed_at,
       run_attempt = excluded.run_attempt`,
  );
  const of = sql.prepare<[string], StepRow>(
    `select ${selectList(names)} from steps where run_id = ? order by sequence`,
  );
  const store = {
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
    /** As a run goes on with them, in that order: what this store notes itself is told to no runner, and to no older worker. */
    toResume: (runId: string): StepRecord[] =>
      store.of(runId).map(({ runAttempt: _, firstStartedAt: _at, firstRunAttempt: _first, ...step }) => step),
    /** In order of their first call. */
    of: (runId: string): StepRecord[] =>
      of.all(runId).map(({ result, error, ...row }) => ({
        ...row,
        ...(result === null ? {} : { result: JSON.parse(result) as unknown }),
        error: error === null ? null : (JSON.parse(error) as RunError),
      })),
  };
  return store;
}
export type StepStore = ReturnType<typeof createStepStore>;
