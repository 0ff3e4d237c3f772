import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, invalidField } from "../../../shared/domain/errors.ts";
import { type Connection, type ConnectOptions, connect, sqliteCode } from "../sqlite.ts";
import { type BackupInfo, backupDir, backupPath, isSound, listBackups } from "../upkeep/backups.ts";
import { HOLDINGS, type Holdings } from "../upkeep/storageThread.ts";
import { SIDE_FILES } from "./damage.ts";
import { withUnowned } from "./unowned.ts";

/** A copy by its file name, whether it is sound or not. */
export function findBackup(dataDir: string, name: string): BackupInfo {
  const found = listBackups(dataDir).find((backup) => backup.name === name);
  if (found === undefined)
    throw invalidField("backup", name, `the name of a file in ${backupDir(dataDir)} is expected`);
  return found;
}

/** A copy by its file name, or the newest sound one. Throws NOT_FOUND, and DATABASE_DAMAGED where that one is not sound. */
export function chooseBackup(dataDir: string, name?: string, options: ConnectOptions = {}): BackupInfo {
  if (name === undefined) {
    const last = listBackups(dataDir).find(({ path }) => isSound(path, options));
    if (last === undefined) throw new AppError("NOT_FOUND", `There is no sound backup in ${backupDir(dataDir)}.`);
    return last;
  }
  const found = findBackup(dataDir, name);
  if (!isSound(found.path, options))
    throw new AppError("DATABASE_DAMAGED", `The backup ${found.path} is damaged: choose another.`);
  return found;
}

/** A schedule by which two databases differ. */
export interface ScheduleName {
  scheduleId: string;
  name: string;
}

/** What of a database is not in one of its copies. */
export interface Loss {
  holds: Pick<Holdings, "schedules" | "runs" | "newestChangeAt">;
  /** False where the database cannot be read: all that was done after the copy is lost. */
  isKnown: boolean;
  /** Schedules that are not in the copy, that are otherwise in it, and that come back with it. */
  lost: ScheduleName[];
  changed: ScheduleName[];
  back: ScheduleName[];
  runs: number;
  /** Names of settings and exclusion calendars that are otherwise, or not at all, in the copy. */
  settings: string[];
  calendars: string[];
}

interface ScheduleState extends ScheduleName {
  deleted: number;
  version: string;
}

function stateOf(sql: Connection) {
  const pairs = (statement: string): Map<string, string> =>
    new Map(sql.prepare<[], [string, string]>(statement).raw().all());
  return {
    schedules: sql
      .prepare<[], ScheduleState>(
        "select id as scheduleId, name, status = 'deleted' as deleted, revision || ' ' || updated_at as version from schedules order by name, id",
      )
      .all(),
    lastRun: sql.prepare<[], number>("select coalesce(max(seq), 0) from runs").pluck().get() as number,
    settings: pairs("select key, value from settings"),
    calendars: pairs("select name, entries from exclusion_calendars"),
  };
}

function read<T>(path: string, options: ConnectOptions, work: (sql: Connection) => T): T {
  const connection = connect(path, { ...options, readOnly: true });
  try {
    return work(connection);
  } finally {
    connection.close();
  }
}

/** What going back from the database at `path` to a copy would lose. */
export function lossOf(path: string, copy: string, options: ConnectOptions = {}): Loss {
  const [holds, then] = read(copy, options, (sql) => [
    sql.prepare<[], Loss["holds"]>(HOLDINGS).get() as Loss["holds"],
    stateOf(sql),
  ]);
  const nothing: Loss = {
    holds,
    isKnown: false,
    lost: [],
    changed: [],
    back: [],
    runs: 0,
    settings: [],
    calendars: [],
  };
  try {
    return read(path, options, (sql) => {
      const now = stateOf(sql);
      const present = (states: readonly ScheduleState[]) =>
        new Map(states.filter(({ deleted }) => deleted === 0).map((state) => [state.scheduleId, state]));
      const [before, after] = [present(then.schedules), present(now.schedules)];
      const named = ({ scheduleId, name }: ScheduleState): ScheduleName => ({ scheduleId, name });
      const differing = (a: Map<string, string>, b: Map<string, string>): string[] =>
        [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort();
      return {
        holds,
        isKnown: true,
        lost: [...after.values()].filter(({ scheduleId }) => !before.has(scheduleId)).map(named),
        changed: [...after.values()]
          .filter(({ scheduleId, version }) => (before.get(scheduleId)?.version ?? version) !== version)
          .map(named),
        back: [...before.values()].filter(({ scheduleId }) => !after.has(scheduleId)).map(named),
        runs: sql.prepare<[number], number>("select count(*) from runs where seq > ?").pluck().get(then.lastRun) ?? 0,
        settings: differing(then.settings, now.settings),
        calendars: differing(then.calendars, now.calendars),
      };
    });
  } catch {
    // What is damaged may answer some of it, which would look like all.
    return nothing;
  }
}

/**
 * Puts a copy in the database's place. What was there is kept: a sound one among the copies, so that it can be gone back
 * to, and a damaged one beside its place, byte for byte. Throws CONFLICT where another process uses the database.
 * Returns both paths.
 */
export function putBack(
  path: string,
  backup: BackupInfo,
  now: number,
  options: ConnectOptions & { isDamaged: boolean },
): { restored: string; kept: string | null } {
  return withUnowned(path, now, options, () => {
    const temporary = `${path}.restoring`;
    try {
      copyFileSync(backup.path, temporary);
      // Whole on the disk before it stands for the database.
      const file = openSync(temporary, "r+");
      fsyncSync(file);
      closeSync(file);
      const kept = !existsSync(path) ? null : options.isDamaged ? besides(path, now) : amongCopies(path, now, options);
      for (const suffix of SIDE_FILES) rmSync(path + suffix, { force: true });
      renameSync(temporary, path);
      return { restored: backup.path, kept };
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}

/**
 * Puts a damaged database aside, kept byte for byte, so that an empty one can be made in its place. Throws CONFLICT where
 * another process uses it. Returns where it is kept.
 */
export const putAside = (path: string, now: number, options: ConnectOptions): string =>
  withUnowned(path, now, options, () => besides(path, now));

function besides(path: string, now: number): string {
  const kept = `${path}.damaged-${new Date(now).toISOString().replace(/[-:.]/g, "")}`;
  for (const suffix of ["", ...SIDE_FILES]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  }
  return kept;
}

function amongCopies(path: string, now: number, options: ConnectOptions): string {
  const connection = connect(path, options);
  try {
    // All in one file; only who has it open alone may do that.
    if (connection.pragma("journal_mode = DELETE", { simple: true }) !== "delete") throw inUse(path);
  } catch (error) {
    throw sqliteCode(error) === "SQLITE_BUSY" ? inUse(path) : error;
  } finally {
    connection.close();
  }
  const kept = backupPath(dirname(path), "before-restore", now);
  renameSync(path, kept);
  return kept;
}

const inUse = (path: string): AppError =>
  new AppError("CONFLICT", `The database ${path} is in use: end every Almanac on this data folder, then restore.`);
