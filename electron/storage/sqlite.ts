import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { AppError } from "../../shared/domain/errors.ts";
import { byPlace, plannedOnce, valuesOf } from "./parameters.ts";
import { freeBytes } from "./space.ts";

/** An open SQLite connection. */
export type Connection = Sqlite.Database;
export type Statement<P extends unknown[] = unknown[], R = unknown> = Sqlite.Statement<P, R>;

export interface ConnectOptions {
  readOnly?: boolean;
  /** Where the native part is, for programs that carry it elsewhere than in node_modules. */
  nativeBinding?: string | undefined;
}

/** Waiting for another process's transaction, in ms; ours are all far shorter. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * What every connection is set to. better-sqlite3 is compiled with `synchronous=NORMAL` for WAL, which loses acknowledged
 * commits when the power fails.
 */
export const everyConnection = [
  "trusted_schema = OFF",
  "foreign_keys = ON",
  "synchronous = FULL",
  "temp_store = MEMORY",
];

/** A commit checkpoints a log of so many pages by itself (48 MiB): long after the storage thread has, where that works. */
const CHECKPOINTED_BY_COMMIT = 12_288;
/** The log's file is cut to so many bytes when it begins anew. */
const LOG_BYTES = 64 * 1024 * 1024;
/** On a small disk the log takes at most this part of what is free, so that a checkpoint finds room. */
const LOG_PART = 0.5;
const PAGE_BYTES = 4096;

/** Opens a file with the settings that every connection must have. */
export function connect(path: string, options: ConnectOptions = {}): Connection {
  refuseOldNode();
  const connection = new Sqlite(path, {
    readonly: options.readOnly ?? false,
    fileMustExist: options.readOnly ?? false,
    timeout: BUSY_TIMEOUT_MS,
    ...(options.nativeBinding === undefined ? {} : { nativeBinding: options.nativeBinding }),
  });
  const prepare = connection.prepare.bind(connection);
  connection.prepare = ((sql: string) => {
    const placed = byPlace(sql);
    return placed === null ? prepare(plannedOnce(sql)) : givenRows(prepare(placed.sql), placed.names);
  }) as typeof connection.prepare;
  try {
    for (const setting of everyConnection) connection.pragma(setting);
    if (!options.readOnly) {
      const most = freeBytes(dirname(path)) * LOG_PART;
      const pages = Math.max(1, Math.min(CHECKPOINTED_BY_COMMIT, Math.floor(most / PAGE_BYTES)));
      connection.pragma(`wal_autocheckpoint = ${pages}`);
      connection.pragma(`journal_size_limit = ${Math.floor(Math.min(LOG_BYTES, most))}`);
    }
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

/** Has a statement take rows with names though its parameters have places. */
function givenRows(statement: Statement, names: readonly string[]): Statement {
  const { run, get, all, iterate } = statement;
  return Object.assign(statement, {
    run: (row: Row) => run.call(statement, valuesOf(names, row)),
    get: (row: Row) => get.call(statement, valuesOf(names, row)),
    all: (row: Row) => all.call(statement, valuesOf(names, row)),
    iterate: (row: Row) => iterate.call(statement, valuesOf(names, row)),
  });
}
type Row = Readonly<Record<string, unknown>>;

/** Two processes that look at the same moment must not take each other for one that holds it. */
const LOCK_TIMEOUT_MS = 20;

/** Holds a file of no content locked until it is closed, or the process ends. Null where another connection holds it. */
export function lockFile(path: string, options: Pick<ConnectOptions, "nativeBinding"> = {}): Connection | null {
  refuseOldNode();
  const { nativeBinding } = options;
  const connection = new Sqlite(path, {
    timeout: LOCK_TIMEOUT_MS,
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
  });
  try {
    connection.exec("begin exclusive");
    return connection;
  } catch (error) {
    connection.close();
    if (sqliteCode(error) === "SQLITE_BUSY") return null;
    throw error;
  }
}

/** The native part ends an older Node with a segmentation fault, which tells nobody what to do. Electron carries what it needs. */
export function refuseOldNode(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  const { electron, napi = "0", node } = versions;
  if (electron !== undefined || Number(napi) >= 10) return;
  throw new AppError("DATABASE_UNAVAILABLE", `Almanac's database needs Node 22.14 or later; this is Node ${node}.`);
}

/** SQLite's own code of an error (`SQLITE_FULL`), or null for any other error. */
export function sqliteCode(error: unknown): string | null {
  return error instanceof Error && error.name === "SqliteError" && "code" in error ? String(error.code) : null;
}
