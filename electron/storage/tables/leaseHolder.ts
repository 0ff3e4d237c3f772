import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { LeaseRecord } from "./leases.ts";

/**
 * Where a process id means something. Two containers may share a host's name and a folder, and know each other's
 * processes by other numbers or not at all; a machine that has started anew has none of its old ones.
 */
export interface ProcessPlace {
  host: string;
  /** Null where the system does not say. */
  bootId: string | null;
  pidNamespace: string | null;
}

const orNull = (read: () => string): string | null => {
  try {
    return read().trim();
  } catch {
    return null;
  }
};

/** This process's own. */
export const ownPlace: ProcessPlace = {
  host: hostname(),
  bootId: orNull(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
  pidNamespace: orNull(() => readlinkSync("/proc/self/ns/pid")),
};

/** When a process started, in the system's own units, or null where the system does not say or there is none. */
export function processStart(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold anything, so fields are counted from the last parenthesis.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Whether a process is there; and where its start is known, the same one. */
export function isRunning(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return started === null || processStart(pid) === started;
}

/**
 * What is known of a lease's holder.
 *
 * | `released` | it has given the lease back                                                                      |
 * | `ended`    | its process is not there any more                                                                |
 * | `running`  | its process is there; it may hang                                                                |
 * | `unknown`  | it lives (or not) where this process sees none: only its heartbeat tells                         |
 */
export function holderState(
  lease: Pick<LeaseRecord, "holder" | "pid" | "processStarted" | keyof ProcessPlace>,
  place: ProcessPlace = ownPlace,
): "released" | "ended" | "running" | "unknown" {
  if (lease.holder === "") return "released";
  const isHere =
    lease.host === place.host && lease.bootId === place.bootId && lease.pidNamespace === place.pidNamespace;
  if (!isHere) return "unknown";
  return isRunning(lease.pid, lease.processStarted) ? "running" : "ended";
}
