import { AppError } from "../../shared/domain/errors.ts";
import { openDatabase, restoreDatabase } from "../storage/opening/database.ts";

/**
 * Puts the last good backup in the place of a damaged database, which is kept under another name. A database that can be
 * opened is left alone: throws CONFLICT. Throws NOT_FOUND where there is no backup.
 */
export function restoreDamaged(dataDir: string): { restored: string; kept: string | null } {
  try {
    openDatabase({ dataDir, readOnly: true }).close();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "DATABASE_DAMAGED") throw error;
    return restoreDatabase(dataDir, Date.now());
  }
  throw new AppError("CONFLICT", `The database of ${dataDir} is sound: nothing was restored.`);
}
