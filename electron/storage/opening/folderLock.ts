import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type Connection, type ConnectOptions, lockFile } from "../sqlite.ts";
import { fileIdentity } from "./ownFile.ts";

/** What the process that holds a folder's lock says about itself, for others to read. */
const holderSchema = z.object({
  pid: z.number().int(),
  program: z.string(),
  /** Identity of the database that it has open; see ownFile.ts. */
  file: z.string().nullable(),
  /** Why it fires nothing; null when all is well. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type FolderHolder = z.output<typeof holderSchema>;

/** Somebody whose words cannot be read. */
const unknownHolder: FolderHolder = { pid: 0, program: "another program", file: null, problem: null };

/**
 * A lock on a data folder that does not lie in it, and so outlasts the folder: whoever fires holds it. It is named by the
 * folder's real path, in a folder of this person's own that ends with the session or the machine. The operating system
 * gives it back when the process ends, however it ends.
 */
export interface FolderLock {
  /** Takes it where it is free. Null: it is ours; otherwise who has it. */
  take(): FolderHolder | null;
  /** What others are told about us. */
  say(problem: FolderHolder["problem"]): void;
  release(): void;
}

export function createFolderLock(
  dataDir: string,
  self: { pid: number; program: string; file: string | null },
  options: ConnectOptions = {},
): FolderLock {
  const place = lockPlace(dataDir);
  let lock: Connection | null = null;
  let said = "";

  const write = (problem: FolderHolder["problem"]): void => {
    if (place === null || lock === null) return;
    const words = JSON.stringify({ ...self, problem } satisfies FolderHolder);
    try {
      // Whatever clears old files away must see that these are in use.
      const now = new Date();
      utimesSync(place.lock, now, now);
      if (words !== said) {
        writeFileSync(`${place.holder}.${self.pid}`, words, { mode: 0o600 });
        renameSync(`${place.holder}.${self.pid}`, place.holder);
      } else utimesSync(place.holder, now, now);
      said = words;
    } catch {
      // Others are told less; the lock is held all the same.
      said = "";
    }
  };

  return {
    take() {
      if (place === null || lock !== null) return null;
      lock = lockFile(place.lock, options);
      if (lock === null) return holderOf(place);
      said = "";
      write(null);
      return null;
    },
    say: write,
    release() {
      if (lock === null || place === null) return;
      rmSync(place.holder, { force: true });
      lock.close();
      lock = null;
    },
  };
}

/** Who holds a folder's lock now; null where nobody does (that this person could see). */
export function folderHolder(dataDir: string, options: ConnectOptions = {}): FolderHolder | null {
  const place = lockPlace(dataDir);
  if (place === null) return null;
  const lock = lockFile(place.lock, options);
  if (lock === null) return holderOf(place);
  lock.close();
  return null;
}

/** What a holder has said last, whether it still holds the lock or not; null: nothing. */
export function holderSays(dataDir: string): FolderHolder | null {
  const place = lockPlace(dataDir);
  if (place === null) return null;
  const holder = holderOf(place);
  return holder === unknownHolder ? null : holder;
}

/** Processes other than this one that have a file open, as far as the system shows them (Linux). */
export function processesWithFile(path: string): number[] {
  const identity = fileIdentity(path);
  if (identity === null || process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).some((fd) => fileIdentity(`/proc/${pid}/fd/${fd}`) === identity);
      } catch {
        // It has ended, or is another person's.
        return false;
      }
    })
    .map(Number);
}

interface LockPlace {
  lock: string;
  holder: string;
}

function holderOf({ holder }: LockPlace): FolderHolder {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(holder, "utf8")));
  } catch {
    return unknownHolder;
  }
}

/** Null where there is no folder that is this person's alone: then nothing is locked. */
function lockPlace(dataDir: string): LockPlace | null {
  const folder = runtimeFolder();
  if (folder === null) return null;
  const name = createHash("sha256")
    .update(realFolder(resolve(dataDir)))
    .digest("hex")
    .slice(0, 32);
  return { lock: join(folder, `${name}.lock`), holder: join(folder, `${name}.json`) };
}

/** Also for a folder that is gone: as far as it is there. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realFolder(parent), basename(path));
  }
}

function runtimeFolder(): string | null {
  const uid = process.getuid?.();
  // The same one with and without the variable, which not every way of starting a program sets.
  const bases = uid === undefined ? [] : [process.env["XDG_RUNTIME_DIR"], `/run/user/${uid}`];
  for (const base of bases) {
    if (base === undefined || !isPrivate(base, uid)) continue;
    const folder = privateFolder(join(base, "almanac"), uid);
    if (folder !== null) return folder;
  }
  return uid === undefined
    ? privateFolder(join(tmpdir(), `almanac-${userInfo().username}`), uid)
    : privateFolder(join("/tmp", `almanac-${uid}`), uid);
}

function privateFolder(path: string, uid: number | undefined): string | null {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return null;
  }
  return isPrivate(path, uid) ? path : null;
}

/** A folder of this person's, into which nobody else can write. */
function isPrivate(path: string, uid: number | undefined): boolean {
  try {
    const stat = lstatSync(path);
    return stat.isDirectory() && (uid === undefined || (stat.uid === uid && (stat.mode & 0o077) === 0));
  } catch {
    return false;
  }
}
