import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../../shared/domain/errors.ts";
import { refuseOpenDataFolder } from "../../folders/trusted.ts";
import { freeBytes } from "../space.ts";
import { BUSY_TIMEOUT_MS, type Connection, type ConnectOptions, connect, sqliteCode } from "../sqlite.ts";
import { type Backup, backup, backupBeforeMigration, createShelf, listBackups } from "../upkeep/backups.ts";
import { createStorageThread } from "../upkeep/storageThread.ts";
import { damaged } from "./damage.ts";
import { createFolderLock, type FolderHolder, type FolderLock, folderHolder, holderSays } from "./folderLock.ts";
import { keepDamagedLog, type LogDamage } from "./logDamage.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, schemaVersion } from "./migrate.ts";
import { checkInPlace, fileIdentity } from "./ownFile.ts";

export const DATABASE_FILE = "almanac.db";

export interface OpenDatabaseOptions {
  /** The folder that holds `almanac.db`; made where it is missing. */
  dataDir?: string;
  /** The file itself, where it has another name. */
  path?: string;
  nativeBinding?: string | undefined;
  readOnly?: boolean;
  /** Whether a database is made where there is none; true where left out. */
  create?: boolean;
}

export interface Database {
  readonly path: string;
  readonly dataDir: string;
  readonly readOnly: boolean;
  /** What of the write-ahead log was found lost at the opening; null: nothing. */
  readonly logDamage: LogDamage | null;
  /** The connection, for the statements of electron/storage alone. */
  readonly sql: Connection;
  /** Tells its file from every other on this machine. */
  readonly file: string | null;
  /** Throws DATABASE_UNAVAILABLE where the path does not lead to the open file any more; every write asks that first. */
  checkInPlace(): void;
  /** The lock of the folder, for whoever fires; closing the database gives it back. */
  lockFolder(program: string): FolderLock;
  /** What whoever holds that lock has said last, which may be out of date; null: nothing. */
  ownerSays(): FolderHolder | null;
  /** Runs `work` in one write transaction, which sees and locks the newest state from its start. Nests. */
  transaction<T>(work: () => T): T;
  /** Does `work` in turns with the process, on a connection of its own that sees the state of one moment. */
  snapshot<T>(work: (sql: Connection) => Promise<T>): Promise<T>;
  /** Whether another process is in the middle of writing, and stays there for longer than any of ours does. */
  isHeld(): boolean;
  /** How many pages of the write-ahead log are not checkpointed yet. */
  uncheckpointedPages(): number;
  /** Checkpoints them beside the process, as far as nobody reads them; how many are left. */
  checkpoint(): Promise<number>;
  /** From how many pages on the log is long: fewer where the disk has little room left. */
  longLogPages(): number;
  /** Changes whenever another connection has committed. */
  dataVersion(): number;
  /** Keeps a checked copy beside the database, see backups.ts; returns its path, or null where it is closed first. */
  backup(now: number, options?: { reason?: "import" | "delete"; onBegun?: () => void }): Promise<string | null>;
  hasBackups(): boolean;
  /** All copies, newest first, and what they hold. */
  backups(): Promise<Backup[]>;
  /** The newest copy that can be read and was made by `now`; null: there is none. */
  newestBackup(now: number): Promise<Backup | null>;
  close(): void;
}

/** A log of so many pages (8 MiB) is long, or one that takes this share of a small disk's free space. */
const LONG_PAGES = 2048;
const LOG_SHARE = 8;
const PAGE_BYTES = 4096;

/** How long a lock is waited for where it would only be tried again. */
const HELD_MS = 300;

/** Files beyond this size have only their small tables checked at start; the rest shows when it is read. */
const FULLY_CHECKED_BYTES = 64 * 1024 * 1024;
const ALWAYS_CHECKED = ["schedules", "leases", "settings", "exclusion_calendars", "backfills"];

/**
 * Opens (or makes) the database of a data folder and brings its schema up to date.
 * Throws AppError: FORBIDDEN (others could change it), DATABASE_NEWER, DATABASE_DAMAGED (the file is left as it was),
 * DATABASE_UNAVAILABLE.
 */
export function openDatabase(options: OpenDatabaseOptions): Database {
  if (options.path === undefined && options.dataDir === undefined)
    throw new Error("openDatabase needs dataDir or path");
  const path = resolve(options.path ?? join(options.dataDir as string, DATABASE_FILE));
  const connecting: ConnectOptions = { nativeBinding: options.nativeBinding };
  try {
    refuseOpenDataFolder(dirname(path), path);
    if (!options.readOnly) makeWhereMissing(path, connecting, options.create ?? true);
    // Again: what was not there before may have been made by somebody else.
    refuseOpenDataFolder(dirname(path), path);
    // Before anything reads it: the first to do so passes over what is damaged, and the next write goes over it.
    const logDamage = options.readOnly ? null : keepDamagedLog(path, Date.now());
    inspect(path, connecting);
    return opened(path, options.readOnly ?? false, connecting, logDamage);
  } catch (error) {
    throw explained(error, path, connecting);
  }
}

function opened(path: string, readOnly: boolean, connecting: ConnectOptions, logDamage: LogDamage | null): Database {
  const dataDir = dirname(path);
  const sql = connect(path, { ...connecting, readOnly });
  try {
    if (!readOnly) {
      sql.pragma("journal_mode = WAL");
      // What is left of a damaged log would be taken for damage again.
      if (logDamage !== null) sql.pragma("wal_checkpoint(TRUNCATE)");
      const version = schemaVersion(sql);
      if (version < SCHEMA_VERSION) {
        backupBeforeMigration(sql, dataDir, { from: version, to: SCHEMA_VERSION }, Date.now(), connecting);
        migrate(sql);
      }
    }
  } catch (error) {
    sql.close();
    throw error;
  }
  const file = fileIdentity(path);
  let folderLock: FolderLock | null = null;
  const dataVersion = sql.prepare<[], number>("pragma data_version").pluck();
  const log = sql.prepare<[], { log: number; checkpointed: number }>("pragma wal_checkpoint(NOOP)");
  const thread = createStorageThread(path, connecting);
  const shelf = createShelf(thread, dataDir);
  const run = sql.transaction((work: () => unknown) => work());
  const inPlace = (): void => checkInPlace(path, file);
  return {
    path,
    dataDir,
    readOnly,
    logDamage,
    sql,
    file,
    checkInPlace: inPlace,
    lockFolder(program) {
      folderLock ??= createFolderLock(dataDir, { pid: process.pid, program, file }, connecting);
      return folderLock;
    },
    ownerSays: () => holderSays(dataDir),
    transaction<T>(work: () => T) {
      if (!sql.inTransaction) inPlace();
      return run.immediate(work) as T;
    },
    async snapshot(work) {
      inPlace();
      const reader = connect(path, { ...connecting, readOnly: true });
      try {
        reader.exec("begin");
        return await work(reader);
      } finally {
        reader.close();
      }
    },
    isHeld() {
      sql.pragma(`busy_timeout = ${HELD_MS}`);
      try {
        sql.exec("begin immediate; rollback");
        return false;
      } catch (error) {
        // Whatever else is wrong the next write says.
        return sqliteCode(error) === "SQLITE_BUSY";
      } finally {
        sql.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      }
    },
    uncheckpointedPages() {
      const { log: pages, checkpointed } = log.get() as { log: number; checkpointed: number };
      return pages - checkpointed;
    },
    checkpoint: thread.checkpoint,
    longLogPages() {
      const room = freeBytes(dataDir) + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
      return Math.min(LONG_PAGES, Math.floor(room / LOG_SHARE / PAGE_BYTES));
    },
    dataVersion: () => dataVersion.get() as number,
    backup: (now, options) => backup(thread, { path, dataDir }, now, options),
    hasBackups: () => listBackups(dataDir).length > 0,
    backups: shelf.all,
    newestBackup: shelf.newest,
    close() {
      // The last one to close checkpoints the log and removes it.
      thread.close();
      sql.close();
      folderLock?.release();
    },
  };
}

/**
 * A new database is made under another name and linked into place when it is whole, so that an empty or half-made
 * file under the real name is always damage and never a first start that was cut short.
 */
function makeWhereMissing(path: string, connecting: ConnectOptions, create: boolean): void {
  if (existsSync(path)) return;
  const dir = dirname(path);
  refuseBesideHolder(path, connecting);
  const left = existsSync(`${path}-wal`)
    ? "its write-ahead log is"
    : listBackups(dir).length > 0
      ? "its backups are"
      : null;
  if (left !== null) throw damaged(path, `it is missing although ${left} there`, connecting);
  if (!create) {
    throw new AppError(
      "DATABASE_UNAVAILABLE",
      `There is no database in ${dir} yet. Start Almanac there once: the desktop app, "almanac serve" or "almanac scheduler run" makes one.`,
      { issues: [{ path: "dataDir", given: dir, message: `a folder that holds ${basename(path)}` }] },
    );
  }
  const dirIsNew = !existsSync(dir);
  makeFolder(dir);
  if (dirIsNew || readdirSync(dir).length === 0) chmodSync(dir, 0o700);
  const temporary = `${path}.new-${process.pid}`;
  const remove = (): void => {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(temporary + suffix, { force: true });
  };
  remove();
  try {
    const connection = connect(temporary, connecting);
    try {
      chmodSync(temporary, 0o600);
      migrate(connection);
      connection.pragma("journal_mode = WAL");
    } finally {
      connection.close();
    }
    // Fails where another process was faster; then its file is the database.
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    remove();
  }
}

/** Whoever fires may have the old file still open: a new one beside it would fire everything a second time. */
function refuseBesideHolder(path: string, connecting: ConnectOptions): void {
  const holder = folderHolder(dirname(path), connecting);
  if (holder === null) return;
  throw new AppError(
    "DATABASE_UNAVAILABLE",
    `The database ${path} is gone, and ${holder.program} (pid ${holder.pid}), which fires for this folder, still has it open. Put it back, or end that program first. Nothing was made.`,
  );
}

/** Makes a folder and those above it. Node's own way tries for ever where the parent takes none, as in /proc. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Looks at the file without changing it, not even by a checkpoint of its write-ahead log, which a close would. */
function inspect(path: string, connecting: ConnectOptions): void {
  const stat = statSync(path);
  if (!stat.isFile())
    throw damaged(path, stat.isDirectory() ? "it is a folder" : "it is not a regular file", connecting);
  if (stat.size === 0) throw damaged(path, "it is empty (0 bytes)", connecting);
  const head = Buffer.alloc(16);
  const file = openSync(path, "r");
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  if (head.toString("latin1") !== "SQLite format 3\0") throw damaged(path, "it is not a SQLite database", connecting);
  const connection = connect(path, { ...connecting, readOnly: true });
  try {
    const version = schemaVersion(connection);
    const application = connection.pragma("application_id", { simple: true });
    if (application !== APPLICATION_ID) throw damaged(path, "it belongs to another program", connecting);
    if (version > SCHEMA_VERSION) {
      throw new AppError(
        "DATABASE_NEWER",
        `The database ${path} was written by a newer Almanac (its version is ${version}, this program knows ${SCHEMA_VERSION}). ` +
          "Nothing was changed. Install the newer program, or choose another data folder.",
      );
    }
    if (version < 1) throw damaged(path, "it holds no schema", connecting);
    const checks =
      stat.size <= FULLY_CHECKED_BYTES ? ["quick_check(1)"] : ALWAYS_CHECKED.map((table) => `quick_check(${table})`);
    for (const check of checks) {
      const found = connection.pragma(check, { simple: true });
      if (found !== "ok") throw damaged(path, oneLine(String(found)), connecting);
    }
  } finally {
    connection.close();
  }
}

/** A check's finding without its heading. */
const oneLine = (text: string): string => text.replace(/^\*\*\* in database \w+ \*\*\*\s*/, "").replace(/\s+/g, " ");

/** What SQLite or the file system said, in the closed list of codes. */
function explained(error: unknown, path: string, connecting: ConnectOptions): unknown {
  if (error instanceof AppError) return error;
  const code = sqliteCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== null && /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(code)) return damaged(path, message, connecting);
  // A statement of ours that the schema does not know: pages were swapped or zeroed.
  if (code === "SQLITE_ERROR") return damaged(path, message, connecting);
  return storageError(error, path) ?? error;
}

/** The AppError for a fault of the disk or the database, null for any other error. */
export function storageError(error: unknown, path = ""): AppError | null {
  const code = sqliteCode(error) ?? (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== "string") return null;
  const message = error instanceof Error ? error.message : String(error);
  const file = path === "" ? "" : ` ${path}`;
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT") {
    return new AppError(
      "DISK_FULL",
      `The disk is full: the database${file} cannot be written. Free some space; Almanac goes on by itself.`,
      { cause: error },
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new AppError(
      "DATABASE_DAMAGED",
      `The database${file} is damaged (${message}). Restart Almanac to see its last good backup.`,
      { cause: error },
    );
  }
  if (
    /^SQLITE_(IOERR|READONLY|CANTOPEN|BUSY|LOCKED|PERM|NOMEM|PROTOCOL)|^E(ACCES|PERM|IO|ROFS|MFILE|NFILE|NOTDIR|NOENT)$/.test(
      code,
    )
  ) {
    return new AppError(
      "DATABASE_UNAVAILABLE",
      `The database${file === "" ? "" : ` ${basename(path)} in ${dirname(path)}`} cannot be used (${code}: ${message}).`,
      { cause: error },
    );
  }
  return null;
}
