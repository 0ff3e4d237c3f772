import type { Connection } from "../sqlite.ts";
import { selectList } from "./columns.ts";

/** An owner that has not been heard for so long has ended or hangs. */
export const LEASE_MS = 7500;

/** Who owns the data folder. `token` grows with each new owner; an empty `holder` has given it back. */
export interface LeaseRecord {
  holder: string;
  program: string;
  pid: number;
  host: string;
  /** See leaseHolder.ts. */
  bootId: string | null;
  pidNamespace: string | null;
  processStarted: string | null;
  token: number;
  acquiredAt: number;
  heartbeatAt: number;
  expiresAt: number;
}

const NAME = "engine";

export function createLeaseStore(sql: Connection) {
  const columns = [
    "holder",
    "program",
    "pid",
    "host",
    "bootId",
    "pidNamespace",
    "processStarted",
    "token",
    "acquiredAt",
    "heartbeatAt",
    "expiresAt",
  ];
  const get = sql.prepare<[], LeaseRecord>(`select ${selectList(columns)} from leases where name = '${NAME}'`);
  const put = sql.prepare<[LeaseRecord]>(
    `insert or replace into leases (name, holder, program, pid, host, boot_id, pid_namespace, process_started, token, acquired_at, heartbeat_at, expires_at)
       values ('${NAME}', @holder, @program, @pid, @host, @bootId, @pidNamespace, @processStarted, @token, @acquiredAt, @heartbeatAt, @expiresAt)`,
  );
  const token = sql.prepare<[], number>(`select token from leases where name = '${NAME}' and holder <> ''`).pluck();
  const beat = sql.prepare<[number, number, number]>(
    `update leases set heartbeat_at = ?, expires_at = ? where name = '${NAME}' and token = ? and holder <> ''`,
  );
  const release = sql.prepare<[number, number, number]>(
    `update leases set holder = '', heartbeat_at = ?, expires_at = ? where name = '${NAME}' and token = ?`,
  );
  return {
    get: (): LeaseRecord | undefined => get.get(),
    put: (lease: LeaseRecord): void => void put.run(lease),
    /** The token of whoever holds it now. */
    token: (): number | undefined => token.get(),
    beat: (held: number, at: number, expiresAt: number): boolean => beat.run(at, expiresAt, held).changes > 0,
    release: (held: number, at: number): boolean => release.run(at, at, held).changes > 0,
  };
}
export type LeaseStore = ReturnType<typeof createLeaseStore>;
