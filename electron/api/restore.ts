import { join } from "node:path";
import type { BackupView, RestorePlan } from "../../shared/api/system.ts";
import { AppError } from "../../shared/domain/errors.ts";
import { refuseOpenDataFolder } from "../folders/trusted.ts";
import { DATABASE_FILE, openDatabase } from "../storage/opening/database.ts";
import { chooseBackup, findBackup, lossOf, putAside, putBack } from "../storage/opening/restore.ts";
import type { ConnectOptions } from "../storage/sqlite.ts";
import { type BackupInfo, isSound, listBackups } from "../storage/upkeep/backups.ts";
import type { Holdings } from "../storage/upkeep/storageThread.ts";

/** A copy as the API tells of it. */
export function backupView(
  { name, path, createdAt, bytes, reason }: BackupInfo,
  holds: Pick<Holdings, "schedules" | "runs" | "newestChangeAt"> | null,
): BackupView {
  return {
    name,
    path,
    createdAt: new Date(createdAt).toISOString(),
    bytes,
    reason,
    holds: holds && {
      schedules: holds.schedules,
      runs: holds.runs,
      newestChangeAt: holds.newestChangeAt === null ? null : new Date(holds.newestChangeAt).toISOString(),
    },
  };
}

/** True where the database cannot be opened for damage. Throws what else keeps it from being opened. */
export function isDamaged(dataDir: string, { nativeBinding }: ConnectOptions = {}): boolean {
  try {
    openDatabase({ dataDir, readOnly: true, nativeBinding }).close();
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === "DATABASE_DAMAGED") return true;
    throw error;
  }
}

/** What putting a copy back (by its file name, or the newest sound one) would lose. Throws where there is none. */
export function planRestore(dataDir: string, name?: string, options: ConnectOptions = {}): RestorePlan {
  const backup = name === undefined ? chooseBackup(dataDir, name, options) : findBackup(dataDir, name);
  const { holds, ...loss } = lossOf(join(dataDir, DATABASE_FILE), backup.path, options);
  return { backup: backupView(backup, holds), ...loss };
}

/**
 * Puts a copy in the place of the database, which is kept. Without a name it is the newest sound one, and a database that
 * can be opened is left alone: throws CONFLICT. Throws NOT_FOUND where there is no such copy.
 */
export function restore(
  dataDir: string,
  name?: string,
  options: ConnectOptions = {},
): { restored: string; kept: string | null } {
  refuseOpenDataFolder(dataDir, join(dataDir, DATABASE_FILE));
  const damaged = isDamaged(dataDir, options);
  if (!damaged && name === undefined) {
    throw new AppError(
      "CONFLICT",
      `The database of ${dataDir} is sound: nothing was restored. To go back all the same, name the backup.`,
    );
  }
  return putBack(join(dataDir, DATABASE_FILE), chooseBackup(dataDir, name, options), Date.now(), {
    ...options,
    isDamaged: damaged,
  });
}

/** The copies that can be put back, newest first, with what each would lose. */
export function restorable(dataDir: string, most: number, options: ConnectOptions = {}): RestorePlan[] {
  return listBackups(dataDir)
    .filter(({ path }) => isSound(path, options))
    .slice(0, most)
    .map(({ name }) => planRestore(dataDir, name, options));
}

/** Puts a damaged database aside so that the next opening makes an empty one. Throws CONFLICT where it is sound. */
export function startEmpty(dataDir: string, options: ConnectOptions = {}): { kept: string } {
  refuseOpenDataFolder(dataDir, join(dataDir, DATABASE_FILE));
  if (!isDamaged(dataDir, options))
    throw new AppError("CONFLICT", `The database of ${dataDir} is sound: it was left in its place.`);
  return { kept: putAside(join(dataDir, DATABASE_FILE), Date.now(), options) };
}

const named = (label: string, schedules: RestorePlan["lost"]): string[] => {
  if (schedules.length === 0) return [];
  const shown = schedules.slice(0, 5).map(({ name }) => name);
  if (schedules.length > shown.length) shown.push(`and ${schedules.length - shown.length} more`);
  return [`${schedules.length} ${schedules.length === 1 ? "schedule" : "schedules"} ${label}: ${shown.join(", ")}`];
};

/** What going back to a copy would lose, in plain lines; empty where that is nothing. */
export function lossLines(plan: RestorePlan, when: (instant: string) => string = (instant) => instant): string[] {
  const { backup, isKnown, lost, changed, back, runs, settings, calendars } = plan;
  if (!isKnown)
    return [
      `whatever was done after ${when(backup.createdAt)}: what that is cannot be told of a database that cannot be read`,
    ];
  return [
    ...named("would be gone", lost),
    ...named("would be as they were", changed),
    ...named("would come back", back),
    ...(runs === 0 ? [] : [`${runs} ${runs === 1 ? "run" : "runs"} since then would be gone`]),
    ...(settings.length === 0 ? [] : [`settings would be as they were: ${settings.join(", ")}`]),
    ...(calendars.length === 0 ? [] : [`exclusion calendars would be as they were: ${calendars.join(", ")}`]),
  ];
}

/** What a copy holds, in words. */
export function holdsText({ holds }: BackupView): string {
  if (holds === null) return "cannot be read";
  const { schedules, runs } = holds;
  return `${schedules} ${schedules === 1 ? "schedule" : "schedules"}, ${runs} ${runs === 1 ? "run" : "runs"}`;
}
