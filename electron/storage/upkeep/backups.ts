import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
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
  mkdirSync(dir, { recursive: true, mode: 0o700 });
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
  put(temporary, path, found);
}

/** The same in a thread of its own: reading every page of a long history takes seconds. */
async function finishAside(temporary: string, path: string, options: ConnectOptions): Promise<void> {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    const connection = new (require(workerData.driver))(workerData.file, workerData.options);
    connection.pragma("journal_mode = DELETE");
    parentPort.postMessage(connection.pragma("quick_check(1)", { simple: true }));
    connection.close();`;
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const { nativeBinding } = options;
  const workerData = { driver, file: temporary, options: nativeBinding === undefined ? {} : { nativeBinding } };
  const found = await new Promise<unknown>((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData });
    let answer: unknown;
    worker.on("message", (message) => {
      answer = message;
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve(answer));
  });
  put(temporary, path, found);
}

function put(temporary: string, path: string, found: unknown): void {
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
export async function backup(
  thread: StorageThread,
  dataDir: string,
  now: number,
  options: ConnectOptions = {},
): Promise<string | null> {
  const { temporary, path } = prepared(dataDir, `almanac-${stamp(now)}.db`);
  for (const name of readdirSync(backupDir(dataDir)))
    if (CUT_SHORT.test(name)) rmSync(join(backupDir(dataDir), name), { force: true });
  let copied = false;
  try {
    if (!(await thread.copy(temporary))) return null;
    await finishAside(temporary, path, options);
    copied = true;
  } finally {
    if (!copied) for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(temporary + suffix, { force: true });
  }
  const rolling = readdirSync(backupDir(dataDir))
    .filter((name) => ROLLING.test(name))
    .sort()
    .reverse();
  for (const name of rolling.slice(KEPT)) rmSync(join(backupDir(dataDir), name), { force: true });
  return path;
}
