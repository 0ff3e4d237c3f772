import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../../shared/domain/errors.ts";
import { freeBytes } from "../space.ts";
import { type Connection, type ConnectOptions, connect } from "../sqlite.ts";
import { copiesToRemove } from "./backupPolicy.ts";
import type { Holdings, StorageThread } from "./storageThread.ts";

const STAMP = /(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z/;
/** Names of copies, and what they were made before; `rolling` ones are made as time goes by. */
const NAMES = {
  rolling: /^almanac-\d{8}T\d{9}Z\.db$/,
  migration: /^before-migration-\d+-to-\d+-\d{8}T\d{9}Z\.db$/,
  import: /^before-import-\d{8}T\d{9}Z\.db$/,
  delete: /^before-delete-\d{8}T\d{9}Z\.db$/,
  restore: /^before-restore-\d{8}T\d{9}Z\.db$/,
};
const CUT_SHORT = /-\d{8}T\d{9}Z\.db\.part/;
/** The part of the free space that copies may take. */
const BUDGET = 0.1;
/** Left free beside a copy, in bytes: the database goes on growing. */
const ROOM = 1024 * 1024;

/** Why a copy was made; `other`: somebody put it there, and it is never removed. */
export type BackupReason = keyof typeof NAMES | "other";

export interface BackupInfo {
  name: string;
  path: string;
  /** Epoch ms. */
  createdAt: number;
  bytes: number;
  reason: BackupReason;
}

export const backupDir = (dataDir: string): string => join(dataDir, "backups");

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:.]/g, "");

function stampedAt(name: string): number | null {
  const text = STAMP.exec(name);
  if (text === null) return null;
  const [, y, mo, d, h, mi, s, ms] = text.map(Number) as [number, ...number[]];
  return Date.UTC(y as number, (mo as number) - 1, d, h, mi, s, ms);
}

function reasonOf(name: string): BackupReason {
  for (const [reason, pattern] of Object.entries(NAMES)) if (pattern.test(name)) return reason as BackupReason;
  return "other";
}

/** Complete copies, newest first, whatever they were made for. Half-written ones have another name. */
export function listBackups(dataDir: string): BackupInfo[] {
  const dir = backupDir(dataDir);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(".db"))
    .flatMap((name) => {
      const path = join(dir, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return [];
      return [{ name, path, createdAt: stampedAt(name) ?? stat.mtimeMs, bytes: stat.size, reason: reasonOf(name) }];
    })
    .sort((a, b) => b.createdAt - a.createdAt);
}

/** True when a file is a sound database. Reads all of it. */
export function isSound(path: string, options: ConnectOptions = {}): boolean {
  try {
    const connection = connect(path, { ...options, readOnly: true });
    try {
      return connection.pragma("quick_check(1)", { simple: true }) === "ok";
    } finally {
      connection.close();
    }
  } catch {
    return false;
  }
}

/** Where a copy made now is put. */
export function backupPath(dataDir: string, prefix: string, now: number): string {
  const dir = backupDir(dataDir);
  // Never the data folder itself: one that was deleted stays so.
  if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
  return join(dir, `${prefix}-${stamp(now)}.db`);
}

/** A copy of the whole database before its schema changes. Returns its path; throws where it is not sound. */
export function backupBeforeMigration(
  connection: Connection,
  dataDir: string,
  versions: { from: number; to: number },
  now: number,
  options: ConnectOptions = {},
): string {
  const path = backupPath(dataDir, `before-migration-${versions.from}-to-${versions.to}`, now);
  const temporary = `${path}.part`;
  rmSync(temporary, { force: true });
  connection.prepare("vacuum into ?").run(temporary);
  const copy = connect(temporary, options);
  try {
    // One file that needs no other beside it, so that looking at it leaves nothing behind.
    copy.pragma("journal_mode = DELETE");
    if (copy.pragma("quick_check(1)", { simple: true }) !== "ok") throw new Error(`the copy ${temporary} is not sound`);
  } finally {
    copy.close();
  }
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
  thin(dataDir);
  return path;
}

/** Lets go of copies that the policy does not keep. */
function thin(dataDir: string): void {
  const ours = listBackups(dataDir).filter(({ reason }) => reason !== "other");
  const taken = ours.reduce((sum, { bytes }) => sum + bytes, 0);
  const budget = (freeBytes(dataDir) + taken) * BUDGET;
  for (const name of copiesToRemove(ours, budget)) rmSync(join(backupDir(dataDir), name), { force: true });
}

/**
 * Copies the live database beside other work, checks the copy, and only then lets go of older ones.
 * A copy that is not sound, or was cut short, replaces nothing. Returns its path; null where the database was closed first.
 * Throws DISK_FULL where there is no room for it.
 */
export async function backup(
  thread: StorageThread,
  database: { path: string; dataDir: string },
  now: number,
  options: { reason?: "import" | "delete"; onBegun?: () => void } = {},
): Promise<string | null> {
  const { dataDir } = database;
  const path = backupPath(dataDir, options.reason === undefined ? "almanac" : `before-${options.reason}`, now);
  for (const name of readdirSync(backupDir(dataDir)))
    if (CUT_SHORT.test(name)) rmSync(join(backupDir(dataDir), name), { force: true });
  thin(dataDir);
  const needed = statSync(database.path).size + ROOM;
  if (freeBytes(dataDir) < needed) {
    throw new AppError(
      "DISK_FULL",
      `There is no room for a backup in ${backupDir(dataDir)}: it needs ${Math.ceil(needed / 1_048_576)} MiB free.`,
    );
  }
  if (!(await thread.copy(path, options.onBegun))) return null;
  thin(dataDir);
  return path;
}

/** A copy and what it holds; null where that cannot be read. */
export type Backup = BackupInfo & { holds: Holdings | null };

/** Reads what copies hold, each once for as long as its file stays as it is. */
export function createShelf(thread: StorageThread, dataDir: string) {
  const known = new Map<string, Holdings>();
  const keyOf = ({ path, bytes }: BackupInfo): string =>
    `${path} ${bytes} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs}`;
  const look = async (info: BackupInfo): Promise<Backup> => {
    const key = keyOf(info);
    const holds = known.get(key) ?? (await thread.holdings(info.path));
    if (holds !== null) known.set(key, holds);
    return { ...info, holds };
  };
  return {
    /** All copies, newest first. */
    async all(): Promise<Backup[]> {
      const list: Backup[] = [];
      for (const info of listBackups(dataDir)) list.push(await look(info));
      return list;
    },
    /** The newest one that can be read and was made by `now`; null: there is none. */
    async newest(now: number): Promise<Backup | null> {
      for (const info of listBackups(dataDir)) {
        if (info.createdAt > now) continue;
        const found = await look(info);
        if (found.holds !== null) return found;
      }
      return null;
    },
  };
}
