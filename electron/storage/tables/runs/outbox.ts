import type { Connection } from "../../sqlite.ts";

/** A hand-over that the runtime does not have safe yet; `job` is JSON text. */
export interface OutboxRow {
  runId: string;
  epoch: number;
  job: string;
}

export function createOutboxStore(sql: Connection) {
  const put = sql.prepare<[OutboxRow]>(
    `insert into outbox (run_id, epoch, job) values (@runId, @epoch, @job)
     on conflict (run_id) do update set epoch = excluded.epoch, job = excluded.job`,
  );
  const remove = sql.prepare<[string, number]>("delete from outbox where run_id = ? and epoch = ?");
  const all = sql.prepare<[], OutboxRow>("select run_id as runId, epoch, job from outbox order by run_id");
  return {
    put: (row: OutboxRow): void => void put.run(row),
    /** The runtime has it, or it is not wanted any more. */
    remove: (runId: string, epoch: number): void => void remove.run(runId, epoch),
    all: (): OutboxRow[] => all.all(),
  };
}
export type OutboxStore = ReturnType<typeof createOutboxStore>;
