import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Connection, type ConnectOptions, connect } from "../sqlite.ts";
import type { StorageThread } from "./storageThread.ts";

/** How many rolling copies are kept. */
const KEPT = 3;
const ROLLING = /^almanac-\d{8}T\d{9}Z\.db$/;
const CUT_SHORT = /^almanac-\d{8}T\d{9}Z\.db\.part/;

export interface BackupInfo {
  path: string;
  /** Epoch ms. */
  createdAt: number;
}

export const backupDir = (dataDir: string): string => join(dataDir, "backups");

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:.]/g, "");

function stampedAt(name: string): number {
  const text = /(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z/.exec(name);
  if (text === null) return 0;
  const [, y, mo, d, h, mi, s, ms] = text.map(Number) as [number, ...number[]];
  return Date.UTC(y as number, (mo as number) - 1, d, h, mi, s, ms);
}

/** Complete copies, newest first, those made before a migration included. Half-written ones have another name. */
export function listBackups(dataDir: string): BackupInfo[] {
  const dir = backupDir(dataDir);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(".db"))
    .map((name) => ({ path: join(dir, name), createdAt: stampedAt(name) || statSync(join(dir, name)).mtimeMs }))
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

function prepared(dataDir: string, name: string): { temporary: string; path: string } {
  const dir = backupDir(dataDir);
  // Never the data folder itself: one that was deleted stays so.
  if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
  return { temporary: join(dir, `${name}.part`), path: join(dir, name) };
}

/** One file that needs no other beside it, so that looking at it leaves nothing behind; throws where it is not sound. */
function finish(temporary: string, path: string, options: ConnectOptions): void {
  const connection = connect(temporary, options);
  let found: unknown;
  try {
    connection.pragma("journal_mode = DELETE");
    found = connection.pragma("quick_check(1)", { simple: true });
  } finally {
    connection.close();
  }
  if (found !== "ok") throw new Error(`the copy ${temporary} is not sound`);
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** A copy of the whole database before its schema changes; kept until the user removes it. Returns its path. */
export function backupBeforeMigration(
  connection: Connection,
  dataDir: string,
  versions: { from: number; to: number },
  now: number,
  options: ConnectOptions = {},
): string {
  const { temporary, path } = prepared(dataDir, `before-migration-${versions.from}-to-${versions.to}-${stamp(now)}.db`);
  rmSync(temporary, { force: true });
  connection.prepare("vacuum into ?").run(temporary);
  finish(temporary, path, options);
  return path;
}

/**
 * Copies the live database beside other work, checks the copy, and only then lets go of the oldest one.
 * A copy that is not sound, or was cut short, replaces nothing. Returns its path; null where the database was closed first.
 */
export async function backup(thread: StorageThread, dataDir: string, now: number): Promise<string | null> {
  const { path } = prepared(dataDir, `almanac-${stamp(now)}.db`);
  for (const name of readdirSync(backupDir(dataDir)))
    if (CUT_SHORT.test(name)) rmSync(join(backupDir(dataDir), name), { force: true });
  if (!(await thread.copy(path))) return null;
  const rolling = readdirSync(backupDir(dataDir))
    .filter((name) => ROLLING.test(name))
    .sort()
    .reverse();
  for (const name of rolling.slice(KEPT)) rmSync(join(backupDir(dataDir), name), { force: true });
  return path;
}
