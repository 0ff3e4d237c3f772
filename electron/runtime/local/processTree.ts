import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Which processes hang on a runner. Two traces are followed, because each can be lost: the parent's id (lost when a
 * parent ends) and a mark in the environment, which every descendant inherits, also one that made itself a session of
 * its own. Only processes found by one of these now are ever signalled, never an id remembered from before.
 */
export const markVariable = "ALMANAC_RUNNER";

const linux = process.platform === "linux";
const pageKb = 4;

/** A mark for everything one program starts: `pid-starttime-random`. A runner's own is this with `.N` behind it. */
export function createMark(): string {
  return `${process.pid}-${startTimeOf(process.pid) ?? 0}-${randomBytes(8).toString("hex")}`;
}

interface ProcessEntry {
  pid: number;
  parent: number;
}

/** When a process started, in the system's own unit; with the id it names a process for good. Linux only. */
export function startTimeOf(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[19]);
}

function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name stands in brackets and may itself hold brackets and spaces.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function listPids(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function listProcesses(): ProcessEntry[] {
  if (linux) {
    return listPids().flatMap((pid) => {
      const fields = statFields(pid);
      // A zombie has ended already; only its parent can clear it away.
      if (fields === null || fields[0] === "Z") return [];
      return [{ pid, parent: Number(fields[1]) }];
    });
  }
  if (process.platform === "win32") return [];
  const listed = spawnSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" });
  return (listed.stdout ?? "").split("\n").flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || parent === undefined || !(pid > 0) ? [] : [{ pid, parent }];
  });
}

/** Ids of everything below `root`, without itself. */
export function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of listProcesses()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  const open = [root];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of children.get(at) ?? []) {
      found.push(child);
      open.push(child);
    }
  }
  return found;
}

/** Ids of the living processes whose environment carries a mark that `wanted` accepts. Linux only. */
export function markedProcesses(wanted: (mark: string) => boolean): number[] {
  if (!linux) return [];
  return listPids().filter((pid) => {
    const mark = markOf(pid);
    return mark !== null && wanted(mark) && statFields(pid)?.[0] !== "Z";
  });
}

function markOf(pid: number): string | null {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    const at = environment.indexOf(`${markVariable}=`);
    if (at < 0 || (at > 0 && environment[at - 1] !== "\0")) return null;
    const end = environment.indexOf("\0", at);
    return environment.slice(at + markVariable.length + 1, end < 0 ? undefined : end);
  } catch {
    // Ended meanwhile, or somebody else's.
    return null;
  }
}

/** What hangs on a runner: below it, or carrying its mark. Without the runner itself. */
export function treeOf(root: number | undefined, mark: string): number[] {
  const found = new Set(markedProcesses((other) => other === mark));
  if (root !== undefined) for (const pid of descendantsOf(root)) found.add(pid);
  if (root !== undefined) found.delete(root);
  found.delete(process.pid);
  return [...found];
}

/** Sends a signal; a process that has ended, or is not ours to signal, is no error. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Ends by force whatever hangs on a runner (not the runner), until nothing is found; a fork in between is found by the next look. */
export function killTree(root: number | undefined, mark: string): number {
  if (process.platform === "win32") {
    if (root !== undefined) spawnSync("taskkill", ["/T", "/F", "/PID", String(root)]);
    return 0;
  }
  let ended = 0;
  for (let look = 0; look < 20; look++) {
    const found = treeOf(root, mark).filter((pid) => signal(pid, "SIGKILL"));
    if (found.length === 0) break;
    ended += found.length;
  }
  return ended;
}

/** Ends what programs of this kind left behind that are gone themselves (ended by force together with their reaper). */
export function killOrphans(): number {
  const orphaned = (mark: string): boolean => {
    const [pid, startTime] = mark.split("-").map(Number);
    return pid !== undefined && startTime !== undefined && startTimeOf(pid) !== startTime;
  };
  return markedProcesses(orphaned).filter((pid) => signal(pid, "SIGKILL")).length;
}

/** Memory of a runner and all that hangs on it, MiB, without what processes share; null where the system does not say. */
export function treeMemoryMb(root: number, mark: string, withTree: boolean): number | null {
  if (!linux) return null;
  let kb = 0;
  for (const pid of withTree ? [root, ...treeOf(root, mark)] : [root]) {
    try {
      const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ").map(Number);
      kb += ((resident ?? 0) - (shared ?? 0)) * pageKb;
    } catch {
      // It ended between the two looks.
    }
  }
  return kb / 1024;
}

/** How many processes the kernel has ended for want of memory since it started; null where it does not say. */
export function kernelMemoryKills(): number | null {
  if (!linux) return null;
  try {
    const line = /^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "latin1"));
    return line === null ? null : Number(line[1]);
  } catch {
    return null;
  }
}
