import { createHash } from "node:crypto";
import { closeSync, constants, copyFileSync, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../../shared/domain/errors.ts";
import type { ConnectOptions } from "../sqlite.ts";
import { backupDir, isSound, listBackups } from "../upkeep/backups.ts";

/** What belongs to a database file besides it. */
export const SIDE_FILES = ["-wal", "-shm"];

function fingerprint(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    const block = Buffer.alloc(1 << 20);
    for (let read = readSync(file, block); read > 0; read = readSync(file, block)) hash.update(block.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * Keeps a byte-identical copy of the database and what is beside it, under a name made from what is damaged, once however
 * often the start is tried. Null where it cannot.
 */
export function keepCopy(path: string, damagedFile = path): string | null {
  try {
    if (!statSync(path).isFile()) return null;
    const copy = join(dirname(path), "damaged", `${basename(path, ".db")}-${fingerprint(damagedFile)}.db`);
    if (existsSync(copy)) return copy;
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
    for (const suffix of ["", ...SIDE_FILES]) {
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix, constants.COPYFILE_FICLONE);
    }
    return copy;
  } catch {
    return null;
  }
}

/** The error for a database that cannot be used: names the file, what is lost, the last good backup, and what to do. */
export function damaged(path: string, reason: string, options: ConnectOptions = {}): AppError {
  const copy = keepCopy(path);
  const dataDir = dirname(path);
  const last = listBackups(dataDir).find((backup) => isSound(backup.path, options));
  const lines = [
    `The database ${path} is damaged: ${reason}. Nothing was started and nothing was changed in it.`,
    copy === null ? "" : `A byte-identical copy is kept as ${copy}.`,
    last === undefined
      ? `There is no backup in ${backupDir(dataDir)}: all schedules, runs and settings in the file are lost unless it can be repaired. To start empty, move the file away.`
      : `The last good backup is ${last.path} of ${new Date(last.createdAt).toISOString()}; what changed after it is lost. To go back to it run "almanac doctor --restore"; it keeps the damaged file.`,
  ];
  return new AppError("DATABASE_DAMAGED", lines.filter((line) => line !== "").join(" "), {
    issues: [{ path: "dataDir", given: path, message: reason }],
  });
}
