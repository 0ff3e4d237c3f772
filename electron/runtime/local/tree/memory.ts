import { readFileSync } from "node:fs";
import { freemem } from "node:os";

const pageKb = 4;

/** Memory that processes hold, MiB: what they share counts for each of them. Cheap. Null where the system does not say. */
function residentMb(pids: readonly number[]): number | null {
  if (process.platform !== "linux") return null;
  return sumKb(pids, (pid) => Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * pageKb) / 1024;
}

/** Memory of processes, MiB: of what several share each counts its part. Takes the system some time. */
function proportionalMb(pids: readonly number[]): number {
  return (
    sumKb(pids, (pid) => {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
      return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
    }) / 1024
  );
}

/** Whether processes together hold more than a limit, MiB. What they share is told apart only where that may matter. */
export function exceedsMemory(pids: readonly number[], limitMb: number): boolean {
  const resident = residentMb(pids);
  return resident !== null && resident > limitMb && proportionalMb(pids) > limitMb;
}

/** The mean memory of one of them, MiB; null where there are none, or the system does not say. */
export function meanProportionalMb(pids: readonly number[]): number | null {
  if (process.platform !== "linux" || pids.length === 0) return null;
  return proportionalMb(pids) / pids.length;
}

function sumKb(pids: readonly number[], ofOne: (pid: number) => number): number {
  let kb = 0;
  for (const pid of pids) {
    try {
      const own = ofOne(pid);
      if (own > 0) kb += own;
    } catch {
      // It ended between the two looks.
    }
  }
  return kb;
}

/**
 * Memory that new processes may take, MiB, of the machine and of the group that this one is in; null where the system does
 * not say (macOS, where nearly all memory is in use for what can be had again).
 */
export function availableMb(): number | null {
  if (process.platform === "win32") return freemem() / 1024 / 1024;
  if (process.platform !== "linux") return null;
  const machine = readNumber("/proc/meminfo", /^MemAvailable:\s+(\d+) kB$/m);
  if (machine === null) return null;
  const group = groupRoom();
  return Math.min(machine / 1024, group ?? Number.POSITIVE_INFINITY);
}

/** Of version 2 or 1, as they are usually mounted in a container: the group's own limit at the root. */
const groupFiles = [
  ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"],
  ["/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"],
] as const;

function groupRoom(): number | null {
  for (const [limitFile, usedFile] of groupFiles) {
    const limit = readNumber(limitFile, /^(\d+)/);
    const used = readNumber(usedFile, /^(\d+)/);
    if (limit !== null && used !== null) return Math.max(0, limit - used) / 1024 / 1024;
  }
  return null;
}

function readNumber(path: string, pattern: RegExp): number | null {
  try {
    const match = pattern.exec(readFileSync(path, "latin1"));
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch {
    return null;
  }
}
