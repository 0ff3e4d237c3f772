import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Which processes hang on a runner. Two traces are followed, because each can be lost: the parent's id (lost when a
 * parent ends) and a mark in the environment, which every descendant inherits, also one that made itself a session of
 * its own. Only processes found by one of these now are ever signalled, never an id remembered from before.
 */
export const markVariable = "ALMANAC_RUNNER";
/** Instead of a mark, in what a run may leave running: it is nobody's to end. */
export const leftVariable = "ALMANAC_LEFT";

const linux = process.platform === "linux";

/** A mark for everything one program starts: `pid-starttime-random`. A process's own is this with `.N` behind it, that of one of the runs it hosts has another `.N`. */
export function createMark(): string {
  return `${process.pid}-${startTimeOf(process.pid) ?? 0}-${randomBytes(8).toString("hex")}`;
}

export interface ProcessEntry {
  pid: number;
  parent: number;
  /** 0 where the system does not say. */
  startTime: number;
}

/** When a process started, in the system's own unit; with the id it names a process for good. Linux only. */
export function startTimeOf(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[19]);
}

/** What `/proc/PID/stat` says from the state on; null where there is no such process. */
export function statFields(pid: number): string[] | null {
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

/** Every process of the machine: some milliseconds where there are hundreds. */
export function listProcesses(): ProcessEntry[] {
  if (linux) {
    return listPids().flatMap(entryOf);
  }
  if (process.platform === "win32") return [];
  const listed = spawnSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" });
  return (listed.stdout ?? "").split("\n").flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || parent === undefined || !(pid > 0) ? [] : [{ pid, parent, startTime: 0 }];
  });
}

function entryOf(pid: number): ProcessEntry[] {
  const fields = statFields(pid);
  if (fields === null || hasEnded(fields) || isOfKernel(fields)) return [];
  return [{ pid, parent: Number(fields[1]), startTime: Number(fields[19]) }];
}

/** The same a few at a time, between other work. */
export async function listProcessesInTurns(): Promise<ProcessEntry[]> {
  if (!linux) return listProcesses();
  const found: ProcessEntry[] = [];
  for (const [at, pid] of listPids().entries()) {
    if (at % 16 === 15) await nextTurn();
    found.push(...entryOf(pid));
  }
  return found;
}

/** Ids of everything below `root`, without itself. */
function descendantsOf(root: number, all: readonly ProcessEntry[]): number[] {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of all) children.set(parent, [...(children.get(parent) ?? []), pid]);
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

/**
 * Processes without a mark, so that each need not be asked again for ever. A process just forked still has its parent's
 * environment, so for its first moments the answer may change.
 */
let unmarked = new Map<number, { startTime: number; since: number; settled: boolean }>();
const settledAfterMs = 2_000;

/** Ids of the living processes whose environment carries a mark that `wanted` accepts. Linux only. */
export function markedProcesses(
  wanted: (mark: string) => boolean,
  all: readonly ProcessEntry[] = listProcesses(),
): number[] {
  if (!linux) return [];
  const at = performance.now();
  const without: typeof unmarked = new Map();
  const found: number[] = [];
  for (const { pid, startTime } of all) {
    const before = unmarked.get(pid);
    const known = before?.startTime === startTime ? before : null;
    const mark = known?.settled ? null : markOf(pid);
    if (mark === null) {
      const since = known?.since ?? at;
      without.set(pid, { startTime, since, settled: at - since > settledAfterMs });
    } else if (wanted(mark)) found.push(pid);
  }
  unmarked = without;
  return found;
}

/** A process's mark; null where it has none, has ended, or is somebody else's. */
export function markOf(pid: number): string | null {
  return variableOf(pid, markVariable);
}

/** A variable of a process's environment as it was started; null where it has none, has ended, or is somebody else's. */
export function variableOf(pid: number, name: string): string | null {
  try {
    const environment = environmentOf(pid);
    const at = `\0${environment}`.indexOf(`\0${name}=`);
    if (at < 0) return null;
    const from = at + name.length + 1;
    const end = environment.indexOf("\0", from);
    return environment.slice(from, end < 0 ? undefined : end);
  } catch {
    return null;
  }
}

/** A process that is just becoming another program has none for some microseconds. */
function environmentOf(pid: number): string {
  let environment = "";
  for (let look = 0; look < 20 && environment === ""; look++) {
    environment = readFileSync(`/proc/${pid}/environ`, "latin1");
  }
  return environment;
}

/** The mark itself, or that of one of the runs of a host that has it. */
const carries =
  (mark: string) =>
  (other: string): boolean =>
    other === mark || other.startsWith(`${mark}.`);

/** What hangs on a runner: below it, or carrying its mark. Without the runner itself. */
export function treeOf(
  root: number | undefined,
  mark: string,
  all: readonly ProcessEntry[] = listProcesses(),
): number[] {
  const found = new Set(markedProcesses(carries(mark), all));
  if (root !== undefined) for (const pid of descendantsOf(root, all)) found.add(pid);
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

/** Processes seen below a runner, so that those without a mark are still found when the runner itself is gone. */
export interface KnownTree {
  see(processes: readonly ProcessEntry[]): void;
  forget(): void;
  /** Ends by force those that are still the same processes: an id that has gone to another one since is left alone. */
  end(): void;
}

export function createKnownTree(): KnownTree {
  const startTimes = new Map<number, number>();
  return {
    see(processes) {
      // Those not seen this time are kept while they live: without their parent they are not found again.
      for (const [pid, at] of startTimes) if (startTimeOf(pid) !== at) startTimes.delete(pid);
      for (const { pid, startTime } of processes) startTimes.set(pid, startTime);
    },
    forget: () => startTimes.clear(),
    end() {
      for (const [pid, at] of startTimes) if (startTimeOf(pid) === at) signal(pid, "SIGKILL");
    },
  };
}

/** Whether a process lives; a zombie has ended already and waits for its parent alone. Linux only. */
export function isRunning(pid: number): boolean {
  const fields = statFields(pid);
  return fields !== null && !hasEnded(fields);
}

/** The kernel's own threads: a third of what /proc lists, and without an environment. `PF_KTHREAD` of linux/sched.h. */
function isOfKernel(fields: readonly string[]): boolean {
  return (Number(fields[6]) & 0x00200000) !== 0;
}

function hasEnded([state]: readonly string[]): boolean {
  return state === "Z" || state === "X";
}

/** Ends by force whatever hangs on a runner (not the runner), until nothing is found; a fork in between is found by the next look. */
export function killTree(root: number | undefined, mark: string): number {
  if (process.platform === "win32") {
    if (root !== undefined) spawnSync("taskkill", ["/T", "/F", "/PID", String(root)]);
    return 0;
  }
  const ended = new Set<number>();
  for (let look = 0; look < 20; look++) {
    const found = treeOf(root, mark).filter((pid) => signal(pid, "SIGKILL"));
    if (found.length === 0) break;
    for (const pid of found) ended.add(pid);
  }
  return ended.size;
}

/** Ends by force what carries the mark of a runner that has ended, looking between other work. */
export async function killMarked(mark: string): Promise<void> {
  if (!linux) return;
  for (let look = 0; look < 20; look++) {
    const found = markedProcesses(carries(mark), await listProcessesInTurns());
    if (found.filter((pid) => signal(pid, "SIGKILL")).length === 0) return;
  }
}

/** Ends what programs of this kind left behind that are gone themselves (ended by force together with their reaper). */
export function killOrphans(): number {
  const orphaned = (mark: string): boolean => {
    const [pid, startTime] = mark.split("-").map(Number);
    return pid !== undefined && startTime !== undefined && startTimeOf(pid) !== startTime;
  };
  const here = namespaceOf("self");
  // A container counts its ids anew: what looks orphaned there is not ours to judge.
  const ours = markedProcesses(orphaned).filter((pid) => namespaceOf(pid) === here);
  return ours.filter((pid) => signal(pid, "SIGKILL")).length;
}

function namespaceOf(pid: number | "self"): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

let lastMemoryKills: { at: number; count: number | null } = { at: Number.NEGATIVE_INFINITY, count: null };

/** As of the last second: reading it takes a tenth of a millisecond. */
export function recentMemoryKills(): number | null {
  const at = performance.now();
  if (at - lastMemoryKills.at > 1_000) lastMemoryKills = { at, count: kernelMemoryKills() };
  return lastMemoryKills.count;
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
