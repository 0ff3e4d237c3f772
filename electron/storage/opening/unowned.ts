import { dirname } from "node:path";
import { AppError } from "../../../shared/domain/errors.ts";
import { type ConnectOptions, connect } from "../sqlite.ts";
import { holderState } from "../tables/leaseHolder.ts";
import { createLeaseStore, type LeaseRecord } from "../tables/leases.ts";
import { createFolderLock, processesWithFile } from "./folderLock.ts";

/** A holder that this machine cannot see is taken to live for so long after its last heartbeat; its clock may differ. */
const UNSEEN_MS = 60_000;

const refuse = (path: string, who: string): never => {
  throw new AppError(
    "CONFLICT",
    `The database ${path} is in use: ${who}. End every Almanac on this data folder first; nothing was changed.`,
  );
};

/** Whose lease it is, where the database can still be read. */
function leaseIn(path: string, options: ConnectOptions): LeaseRecord | undefined {
  try {
    const connection = connect(path, { ...options, readOnly: true });
    try {
      return createLeaseStore(connection).get();
    } finally {
      connection.close();
    }
  } catch {
    // Damaged, gone, or older than leases are now: the lock and the open files tell.
    return undefined;
  }
}

/**
 * Works on a database file that nobody uses, and keeps everyone from beginning to meanwhile. Throws CONFLICT where the
 * folder's lock is held, its lease lives, or another process has the file open.
 */
export function withUnowned<T>(path: string, now: number, options: ConnectOptions, work: () => T): T {
  const lock = createFolderLock(dirname(path), { pid: process.pid, program: "a restore", file: null }, options);
  const holder = lock.take();
  if (holder !== null) refuse(path, `${holder.program} (pid ${holder.pid}) fires for it`);
  try {
    const lease = leaseIn(path, options);
    if (lease !== undefined) {
      const state = holderState(lease);
      const lives = state === "running" || (state === "unknown" && now - lease.heartbeatAt < UNSEEN_MS);
      if (lives) refuse(path, `${lease.program} (pid ${lease.pid} on ${lease.host}) owns it`);
    }
    const [pid] = processesWithFile(path);
    if (pid !== undefined) refuse(path, `process ${pid} has it open`);
    return work();
  } finally {
    lock.release();
  }
}
