import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, parse, resolve, sep } from "node:path";

/** Why a place is not the person's alone: the folder or file concerned, in words, and the command that mends it. */
export interface Finding {
  path: string;
  problem: string;
  mend: string;
}

export interface OwnershipOptions {
  /** The person's user id; the process's own where left out. */
  uid?: number;
  /** A folder at which looking further up ends: the person has said that it and all inside is trusted. */
  isTrusted?: (folder: string) => boolean;
}

/**
 * The system's own temporary folders. Everybody may write there, but where they are root's and sticky the kernel lets
 * nobody take away or replace what is another's: a folder in one is as good as its owner.
 */
const temporaryFolders = new Set(["/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp"]);
const maxLinks = 40;

/**
 * Whether a file or folder can be changed or replaced by nobody but the person and root: it, each folder above it, and
 * each link on the way with the folders that lead to its target, must be theirs and be writable by nobody else. The
 * first that is not, from the root down; null where all is well, and on Windows. What is not there yet is not looked at.
 */
export function findOpenToOthers(path: string, options: OwnershipOptions = {}): Finding | null {
  const uid = options.uid ?? process.getuid?.();
  if (uid === undefined) return null;
  const isTrusted = options.isTrusted ?? (() => false);
  const { root } = parse(resolve(path));
  let at = root;
  let links = 0;
  let found = lookAt(root, lstatSync(root), uid);
  let waiting = partsOf(resolve(path));
  while (waiting.length > 0) {
    const [name = "", ...rest] = waiting;
    waiting = rest;
    const next = join(at, name);
    const stat = lstatSync(next, { throwIfNoEntry: false });
    if (stat === undefined) break;
    if (stat.isSymbolicLink()) {
      // Who may make the link somebody else's has been looked at: it is an entry of the folder that holds it.
      found ??= ownerFinding(next, stat, uid);
      if (++links > maxLinks) return { path: next, problem: "has more links in it than are followed", mend: "" };
      const target = resolve(at, readlinkSync(next));
      waiting = [...partsOf(target), ...waiting];
      at = root;
      continue;
    }
    at = next;
    // What is trusted needs nobody above it, and all that is inside.
    if (isTrusted(at)) return null;
    found ??= lookAt(at, stat, uid);
    // Nothing lies beyond a file; whoever opens such a path says what is wrong with it.
    if (!stat.isDirectory()) break;
  }
  return found;
}

const partsOf = (path: string): string[] =>
  path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== "");

function lookAt(path: string, stat: Stats, uid: number): Finding | null {
  const isTemporary = temporaryFolders.has(path) && stat.uid === 0 && (stat.mode & 0o1000) !== 0;
  return isTemporary ? null : (ownerFinding(path, stat, uid) ?? writersFinding(path, stat, uid));
}

function ownerFinding(path: string, { uid: owner }: Stats, uid: number): Finding | null {
  if (owner === uid || owner === 0) return null;
  return { path, problem: `belongs to ${nameOf(owner)}`, mend: `sudo chown ${nameOf(uid)} ${quoted(path)}` };
}

function writersFinding(path: string, { mode, gid }: Stats, uid: number): Finding | null {
  if ((mode & 0o002) !== 0) {
    const problem =
      (mode & 0o1000) === 0 ? "can be written by everybody" : "can be written by everybody, although sticky";
    return { path, problem, mend: `chmod go-w ${quoted(path)}` };
  }
  if ((mode & 0o020) === 0 || isGroupOf(gid, uid)) return null;
  return { path, problem: `can be written by its group (${groupName(gid)})`, mend: `chmod g-w ${quoted(path)}` };
}

interface Entry {
  name: string;
  id: number;
  rest: string[];
}

function entriesOf(file: string): Entry[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .filter((fields) => fields.length >= 4)
      .map(([name = "", , id, ...rest]) => ({ name, id: Number(id), rest }));
  } catch {
    return [];
  }
}

/** Whether nobody but the person and root is in a group: many systems give each user one, and let it write. */
function isGroupOf(gid: number, uid: number): boolean {
  const users = entriesOf("/etc/passwd");
  const group = entriesOf("/etc/group").find(({ id }) => id === gid);
  // A group of another directory service: who is in it cannot be told.
  if (group === undefined) return false;
  const ours = new Set(users.filter(({ id }) => id === uid || id === 0).map(({ name }) => name));
  const listed = (group.rest[0] ?? "").split(",").filter((name) => name !== "");
  const primary = users.filter(({ rest }) => Number(rest[0]) === gid).map(({ name }) => name);
  return [...listed, ...primary].every((name) => ours.has(name));
}

function nameOf(uid: number): string {
  if (uid === process.getuid?.()) {
    try {
      return userInfo().username;
    } catch {
      // A user without an entry, as in some containers.
    }
  }
  return entriesOf("/etc/passwd").find(({ id }) => id === uid)?.name ?? String(uid);
}

const groupName = (gid: number): string => entriesOf("/etc/group").find(({ id }) => id === gid)?.name ?? String(gid);

/** As a POSIX shell takes it. */
export const quoted = (path: string): string =>
  /^[\w/.@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** What a person is told: what is wrong, what mends it, and how to say that it is meant so. */
export function openToOthersText(what: string, { path, problem, mend }: Finding): string {
  const mending = mend === "" ? "" : ` To mend it: ${mend}.`;
  const folder = quoted(lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path));
  return (
    `${what} could be changed by others: ${path} ${problem}.${mending} ` +
    `If you trust everybody who can write there: almanac folders trust ${folder}`
  );
}
