import { readdirSync, readFileSync } from "node:fs";
import { isRunning, signal } from "./processTree.ts";

/** The kernel's own lists of children: what hangs on a process is found without a look at every process. Linux only. */

/** Ids of a process's children, also of those that have ended and wait for it; null where the system keeps no such lists. */
export function childrenOf(pid: number): number[] | null {
  const folder = `/proc/${pid}/task`;
  let threads: string[];
  try {
    threads = readdirSync(folder);
  } catch {
    // It has ended.
    return process.platform === "linux" ? [] : null;
  }
  const found: number[] = [];
  for (const thread of threads) {
    try {
      const text = readFileSync(`${folder}/${thread}/children`, "latin1").trimEnd();
      if (text !== "") for (const id of text.split(" ")) found.push(Number(id));
    } catch (error) {
      // ENOENT and ESRCH of a thread that has ended, or of a kernel without CONFIG_PROC_CHILDREN.
      if ((error as NodeJS.ErrnoException).code === "ENOENT" && !hasLists()) return null;
    }
  }
  return found;
}

/**
 * Of this process, whose first thread alone starts programs: what they leave falls to the first thread, too, and one list is
 * read where there are a dozen. Empty where the system keeps none.
 */
export function ownChildren(): number[] {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").trimEnd();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}

let lists: boolean | null = null;

/** Whether this kernel keeps lists of children. */
export function hasLists(): boolean {
  if (lists === null) {
    try {
      readFileSync(`/proc/self/task/${process.pid}/children`);
      lists = true;
    } catch {
      lists = false;
    }
  }
  return lists;
}

/** Ids of everything below some processes, without these; `except` and what hangs on it is left out. */
export function descendantsOf(roots: readonly number[], except: (pid: number) => boolean = () => false): number[] {
  const found: number[] = [];
  const seen = new Set(roots);
  const open = [...roots];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of childrenOf(at) ?? []) {
      if (seen.has(child) || except(child)) continue;
      seen.add(child);
      found.push(child);
      open.push(child);
    }
  }
  return found;
}

/** The list may miss one while another ends: only a second empty look is believed. */
const emptyLooks = 2;
const mostLooks = 50;

/** Ends by force everything below this process, less `except` and what hangs on it, until nothing is left. Returns how many. */
export function endDescendants(except: (pid: number) => boolean = () => false): number {
  const ended = new Set<number>();
  let empty = 0;
  for (let look = 0; look < mostLooks && empty < emptyLooks; look++) {
    const living = descendantsOf([process.pid], except).filter(isRunning);
    if (living.length === 0) empty++;
    else empty = 0;
    for (const pid of living) if (signal(pid, "SIGKILL")) ended.add(pid);
  }
  return ended.size;
}
