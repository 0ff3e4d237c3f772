import { AppError } from "../../../shared/domain/errors.ts";
import type { FolderHolder } from "../../storage/opening/folderLock.ts";
import { holderState, ownPlace, type ProcessPlace, processStart } from "../../storage/tables/leaseHolder.ts";
import { LEASE_MS, type LeaseRecord } from "../../storage/tables/leases.ts";
import type { EngineStatus } from "../contract.ts";
import type { Core } from "../core.ts";
import { heldError } from "../errors.ts";

export const HEARTBEAT_MS = 2500;

/** Nothing fires here while another process fires from a file that this path led to before. */
const elsewhereError = (dataDir: string, { program, pid }: FolderHolder): AppError =>
  new AppError(
    "DATABASE_UNAVAILABLE",
    `${program} (pid ${pid}) fires for the data folder ${dataDir} from another database file, which was moved away or replaced. Nothing fires here until that program has ended.`,
  );

/**
 * One owner at a time. An owner is taken to be gone when it has given the lease back, when its process is not there any
 * more (as far as this one can tell), or when its heartbeat has stood still for LEASE_MS of *our* monotonic time: no
 * clock that somebody sets, here or there, makes two owners. A former owner that wakes up fails on the token it finds.
 *
 * The lease lies in the database, and so says nothing where the file was moved or replaced under its owner. That is what
 * the folder's lock is for: whoever owns holds it, and nobody owns another file meanwhile. Between processes on the same
 * file the lease alone decides.
 */
export function createLease(core: Core, identity: ProcessPlace & { pid: number } = { pid: process.pid, ...ownPlace }) {
  const { clock, stores, database } = core;
  const folder = database.lockFolder(core.programName);
  const holder = core.ids(clock.now());
  let seen: { token: number; heartbeatAt: number; since: number } | null = null;
  let beatenAt = Number.NEGATIVE_INFINITY;

  const isGone = (lease: LeaseRecord): boolean => {
    const state = holderState(lease, identity);
    if (state === "released" || state === "ended") return true;
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
      if (database.isHeld()) throw heldError(database.dataDir, found ?? null, clock.now());
      const firing = folder.take();
      if (firing !== null && firing.file !== database.file) throw elsewhereError(database.dataDir, firing);
      const taken = core.write(() => {
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
      if (!taken.acquired) folder.release();
      return taken;
    },
    /** Says that the owner is alive, where it is time to. False when the lease is another's by now. */
    beat(force = false): boolean {
      const { token } = core.lease;
      if (token === null) return false;
      if (!force && clock.monotonic() - beatenAt < HEARTBEAT_MS) return true;
      const now = clock.now();
      const held = core.write(() => stores.leases.beat(token, now, now + LEASE_MS));
      if (held) beatenAt = clock.monotonic();
      if (held && folder.take() === null) folder.say(null);
      return held;
    },
    /** What keeps the owner from firing, for other processes; where the database itself cannot be written. */
    sayProblem: (problem: { code: string; message: string }): void => folder.say(problem),
    /** It is another's by now, or this process fires nothing more. */
    letGo(): void {
      core.lease.token = null;
      folder.release();
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
      const state = holderState(lease, identity);
      if (state === "running") return null;
      const isSilent = state !== "unknown" || clock.now() - lease.heartbeatAt >= LEASE_MS;
      return isSilent ? lease.heartbeatAt : null;
    },
  };
}
export type Lease = ReturnType<typeof createLease>;
