import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { LEASE_MS, type LeaseRecord } from "../../storage/tables/leases.ts";
import type { EngineStatus } from "../contract.ts";
import type { Core } from "../core.ts";
import { heldError } from "../errors.ts";

export const HEARTBEAT_MS = 2500;

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

function isAlive(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return started === null || processStart(pid) === started;
}

/**
 * One owner at a time. An owner is taken to be gone when it has given the lease back, when its process is not there any
 * more (on this machine), or when its heartbeat has stood still for LEASE_MS of *our* monotonic time: no clock that
 * somebody sets, here or there, makes two owners. A former owner that wakes up fails on the token it finds.
 */
export function createLease(
  core: Core,
  identity: { pid: number; host: string } = { pid: process.pid, host: hostname() },
) {
  const { clock, stores } = core;
  const holder = core.ids(clock.now());
  let seen: { token: number; heartbeatAt: number; since: number } | null = null;
  let beatenAt = Number.NEGATIVE_INFINITY;

  const isGone = (lease: LeaseRecord): boolean => {
    if (lease.holder === "") return true;
    if (lease.host === identity.host && lease.pid !== identity.pid && !isAlive(lease.pid, lease.processStarted))
      return true;
    const since = clock.monotonic();
    if (seen === null || seen.token !== lease.token || seen.heartbeatAt !== lease.heartbeatAt) {
      seen = { token: lease.token, heartbeatAt: lease.heartbeatAt, since };
    }
    return since - seen.since >= LEASE_MS;
  };

  return {
    /** Takes the lease where it is free. Returns since when nothing fired: the last heartbeat, or null for the first owner ever. */
    acquire(): { acquired: boolean; lastAliveAt: number | null } {
      const found = stores.leases.get();
      if (found !== undefined && !isGone(found)) return { acquired: false, lastAliveAt: null };
      // One that was stopped while it wrote: nobody waits for it, or this process would stand as still.
      if (core.database.isHeld()) throw heldError(core.database.dataDir, found ?? null, clock.now());
      return core.write(() => {
        const current = stores.leases.get();
        // Another process was faster.
        if (current !== undefined && (current.token !== found?.token || current.holder !== found.holder)) {
          return { acquired: false, lastAliveAt: null };
        }
        const now = clock.now();
        const token = (current?.token ?? 0) + 1;
        stores.leases.put({
          holder,
          program: core.programName,
          ...identity,
          processStarted: processStart(identity.pid),
          token,
          acquiredAt: now,
          heartbeatAt: now,
          expiresAt: now + LEASE_MS,
        });
        if (current !== undefined && current.holder !== "") {
          const details = { from: { program: current.program, pid: current.pid, host: current.host } };
          stores.activity.add({ scheduleId: null, at: now, kind: "failed_over", actor: "engine", details });
        }
        core.lease.token = token;
        core.touch("system");
        beatenAt = clock.monotonic();
        return { acquired: true, lastAliveAt: current?.heartbeatAt ?? null };
      });
    },
    /** Says that the owner is alive, where it is time to. False when the lease is another's by now. */
    beat(force = false): boolean {
      const { token } = core.lease;
      if (token === null) return false;
      if (!force && clock.monotonic() - beatenAt < HEARTBEAT_MS) return true;
      const now = clock.now();
      const held = core.write(() => stores.leases.beat(token, now, now + LEASE_MS));
      if (held) beatenAt = clock.monotonic();
      return held;
    },
    release(): void {
      const { token } = core.lease;
      if (token === null) return;
      core.lease.token = null;
      core.write(() => {
        if (stores.leases.release(token, clock.now())) core.touch("system");
      });
    },
    /** Whoever holds it, for people. */
    owner(): EngineStatus["owner"] {
      const lease = stores.leases.get();
      if (lease === undefined || lease.holder === "") return null;
      const { program, pid, host, heartbeatAt } = lease;
      return { program, pid, host, heartbeatAt: new Date(heartbeatAt).toISOString() };
    },
    /** Since when nothing fires, epoch ms, or null while somebody does (or nobody ever did). */
    downSinceAt(): number | null {
      const lease = stores.leases.get();
      if (lease === undefined) return Number.NEGATIVE_INFINITY;
      return lease.holder === "" || !isAlive(lease.pid, lease.processStarted) ? lease.heartbeatAt : null;
    },
  };
}
export type Lease = ReturnType<typeof createLease>;
