import { AppError } from "../../shared/domain/errors.ts";
import { LEASE_MS, type LeaseRecord } from "../storage/tables/leases.ts";

/** This process no longer holds the lease: whatever it was about to write as owner is not its business any more. */
export class LeaseLostError extends Error {
  constructor() {
    super("another process owns the data folder");
    this.name = "LeaseLostError";
  }
}

/** True for faults of the disk or the database, which stop firing until they are gone. */
export const isStorageFault = (error: unknown): error is AppError =>
  error instanceof AppError && ["DISK_FULL", "DATABASE_UNAVAILABLE", "DATABASE_DAMAGED"].includes(error.code);

/** True for what concerns this process or its disk, and no single schedule. */
export const concernsAll = (error: unknown): boolean => error instanceof LeaseLostError || isStorageFault(error);

/** Why nothing can be written while another process holds the database; `owner` is whose lease it is, `now` epoch ms. */
export function heldError(
  dataDir: string,
  owner: Pick<LeaseRecord, "pid" | "program" | "heartbeatAt"> | null,
  now: number,
): AppError {
  const isSilent = owner !== null && owner.pid !== process.pid && now - owner.heartbeatAt >= LEASE_MS;
  const who = isSilent
    ? `The process ${owner.pid} (${owner.program}) that owns the data folder ${dataDir} holds its database but does not answer`
    : `Another process holds the database in ${dataDir} and does not let it go`;
  return new AppError("DATABASE_UNAVAILABLE", `${who}. Nothing can be changed until it goes on or is ended.`);
}
