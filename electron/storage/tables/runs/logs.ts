import type { LogChunk } from "../../../../shared/domain/run.ts";
import type { Connection } from "../../sqlite.ts";

export function createLogStore(sql: Connection) {
  const put = sql.prepare<[string, number, number, string, string]>(
    `insert into run_logs (run_id, sequence, at, stream, text) values (?, ?, ?, ?, ?)
     on conflict (run_id, sequence) do update set at = excluded.at, text = excluded.text`,
  );
  const remove = sql.prepare<[string, number, number]>(
    "delete from run_logs where run_id = ? and sequence >= ? and sequence <= ?",
  );
  const sizes = sql.prepare<[string], { sequence: number; bytes: number }>(
    "select sequence, length(cast(text as blob)) as bytes from run_logs where run_id = ? order by sequence",
  );
  return {
    /** Writes a piece; one with the same sequence is replaced. */
    put: (runId: string, chunk: LogChunk): void =>
      void put.run(runId, chunk.sequence, chunk.at, chunk.stream, chunk.text),
    remove: (runId: string, from: number, to: number): void => void remove.run(runId, from, to),
    /** Bytes of each stored piece, in order. */
    sizes: (runId: string): { sequence: number; bytes: number }[] => sizes.all(runId),
  };
}
export type LogStore = ReturnType<typeof createLogStore>;
