import type { AppError } from "../../shared/domain/errors.ts";
import type { Core } from "./core.ts";
import { isStorageFault, LeaseLostError } from "./errors.ts";
import type { createMachineEvents } from "./firing/events.ts";
import { createFiringTurn } from "./firing/turn.ts";
import type { Lease } from "./ownership/lease.ts";
import type { OtherProcesses } from "./ownership/otherProcesses.ts";
import { createRecovery } from "./ownership/recovery.ts";
import type { Dispatcher } from "./runs/dispatcher.ts";
import { isLong } from "./time/downtime.ts";
import { createTimekeeping } from "./time/timekeeping.ts";
import { createWakeUps } from "./wakeUps.ts";

/** How often other processes' writes are looked for. */
const LOOK_MS = 600;
/** How often a database that failed is tried again. */
const RETRY_MS = 1000;

export interface Problem {
  code: string;
  message: string;
}

/**
 * Who fires, and whether the database takes writes: one state machine, which a wake-up carries on by a tick.
 *
 * | move                  | when                                     | what happens                                      |
 * | client → owner        | the lease is free                        | runs of the dead are recovered, the downtime is    |
 * |                       |                                          | accounted for, then it fires                       |
 * | owner → client        | the token in the database is not ours    | all of ours ends, and nothing is written           |
 * | owner → owner+problem | a write failed                           | nothing fires                                      |
 * | owner+problem → owner | a write succeeds                         | the downtime is accounted for, then it fires       |
 * | any → stopped         | `halt`                                   | nothing fires; the lease is kept for the last words |
 *
 * A damaged database keeps its problem: writing on would only spoil more of it, and a restart offers the last backup.
 */
export function createScheduler(
  core: Core,
  parts: {
    dispatcher: Dispatcher;
    lease: Lease;
    others: OtherProcesses;
    pollIntervalMs: number;
    events: ReturnType<typeof createMachineEvents>;
  },
) {
  const { clock, logger } = core;
  const { dispatcher, lease, others, pollIntervalMs, events } = parts;
  const timekeeping = createTimekeeping(core, pollIntervalMs, events.woke);
  const { downtimes } = timekeeping;
  const recovery = createRecovery(core, dispatcher);
  const firing = createFiringTurn(core, dispatcher, pollIntervalMs);
  let role: "owner" | "client" | "stopped" = "stopped";
  /** As owner: runs are recovered, so that it may fire. */
  let ready = false;
  let problem: (Problem & { sinceAt: number }) | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;
  let committed = true;

  const fault = (error: AppError): void => {
    if (problem === null) {
      logger.error(`nothing fires: ${error.message}`);
      core.events.add("system");
    }
    problem = { code: error.code, message: error.message, sinceAt: problem?.sinceAt ?? clock.now() };
    if (role === "owner") lease.sayProblem({ code: error.code, message: error.message });
    dispatcher.hold(true);
    triedAt = clock.monotonic();
  };

  const loseLease = (): void => {
    if (role !== "owner") return;
    logger.warn("another process owns the data folder now; this one shows and edits");
    role = "client";
    ready = false;
    problem = null;
    lease.letGo();
    dispatcher.hold(true);
    dispatcher.abandon();
    core.hooks?.stop();
    downtimes.clear();
    core.events.add("system");
  };

  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (error instanceof LeaseLostError) loseLease();
      else if (isStorageFault(error)) fault(error);
      else logger.error("the scheduler met an error", error);
    }
  };

  const becomeOwner = async (lastAliveAt: number | null): Promise<void> => {
    role = "owner";
    // The lease could be written, so whatever stood in the way is gone.
    problem = null;
    timekeeping.reset();
    core.specs.clear();
    await recovery.startRuntime();
    guarded(() => {
      if (role !== "owner") return;
      const now = clock.now();
      recovery.recover();
      timekeeping.setBack(lastAliveAt ?? now, now);
      downtimes.begin({ fromAt: lastAliveAt ?? Number.NEGATIVE_INFINITY, toAt: now, reason: "off" });
      ready = true;
      dispatcher.hold(false);
      core.hooks?.start();
      core.events.add("system");
      events.owns();
    });
    wakeUps.nudge();
  };

  const tryToOwn = (): Promise<void> | null => {
    triedAt = clock.monotonic();
    if (core.runtime === null) return null;
    core.database.checkInPlace();
    const { acquired, lastAliveAt } = lease.acquire();
    return acquired ? becomeOwner(lastAliveAt) : null;
  };

  /** Tries whether the database takes writes again. True when it does. */
  const retryStorage = (): boolean => {
    if (problem === null) return true;
    if (problem.code === "DATABASE_DAMAGED") return false;
    if (clock.monotonic() - triedAt < RETRY_MS) return false;
    triedAt = clock.monotonic();
    // What has its place in the database's file already needs no room to go there; then the log begins anew. Whatever is
    // wrong the next write says.
    if (problem.code === "DISK_FULL") core.database.checkpoint().catch(() => {});
    if (!lease.beat(true)) throw new LeaseLostError();
    const { sinceAt } = problem;
    problem = null;
    logger.info("the database can be written again");
    const downtime = { fromAt: sinceAt, toAt: clock.now(), reason: "storage_unavailable" as const };
    if (isLong(downtime)) downtimes.begin(downtime);
    dispatcher.hold(false);
    core.events.add("system");
    return true;
  };

  const ownerTick = (): void => {
    core.database.checkInPlace();
    if (!retryStorage()) return;
    if (!lease.beat()) throw new LeaseLostError();
    if (!ready) return;
    others.look();
    void core.checkpointIfLong();
    if (downtimes.isOpen()) {
      downtimes.step();
      wakeUps.nudge();
      return;
    }
    // As of the look: whatever the clock has run on since, as in a sleep, is for the next look to account for.
    if (firing.take(timekeeping.lastLookAt())) wakeUps.nudge();
    downtimes.settle();
    if (committed) {
      committed = false;
      core.hooks?.wake();
    }
  };

  const clientTick = (): void => {
    others.look();
    if (problem !== null && clock.monotonic() - triedAt < RETRY_MS) return;
    const owning = tryToOwn();
    owning?.catch((error: unknown) => logger.error("taking over failed", error));
    if (owning !== null || problem === null) return;
    // Another process owns, and nothing here is waited for.
    problem = null;
    core.events.add("system");
  };

  /** The earliest instant at which the owner has something to do, epoch ms. */
  const dueAt = (): number | null => {
    if (role !== "owner" || !ready || problem !== null || downtimes.isOpen()) return null;
    try {
      const { schedules, runs, eventTriggers } = core.stores;
      const due = [
        schedules.earliestFireAt(),
        runs.nextReadyAt(clock.now()),
        schedules.earliestPauseEndAt(),
        eventTriggers.nextWaitAt(),
      ];
      const known = due.filter((at) => at !== null);
      return known.length === 0 ? null : Math.min(...known);
    } catch (error) {
      logger.error("the next due instant could not be read", error);
      return null;
    }
  };

  const tick = (): void => {
    guarded(() => timekeeping.look(wakeUps.expectedMs(), role === "owner" && ready));
    guarded(role === "owner" ? ownerTick : clientTick);
  };

  const wakeUps = createWakeUps({ clock, longestMs: Math.min(LOOK_MS, pollIntervalMs), dueAt, tick });

  core.onCommit(() => {
    committed = true;
    wakeUps.nudge();
  });

  return {
    async start(): Promise<void> {
      if (role !== "stopped") return;
      role = "client";
      timekeeping.reset();
      wakeUps.start();
      others.look();
      let owning: Promise<void> | null = null;
      guarded(() => {
        owning = tryToOwn();
      });
      await owning;
      wakeUps.now();
    },
    /** Fires nothing more; the lease is kept until `release`. */
    halt(): void {
      // What has been decided would be in no account after the end.
      if (role === "owner" && ready && problem === null) {
        guarded(() => {
          while (downtimes.settle() > 0);
        });
      }
      role = "stopped";
      ready = false;
      core.events.add("system");
      dispatcher.hold(true);
      core.hooks?.stop();
      wakeUps.stop();
    },
    fault,
    loseLease,
    role: () => role,
    problem: (): Problem | null => (problem === null ? null : { code: problem.code, message: problem.message }),
    suspended(): void {
      timekeeping.suspended();
      if (role === "owner" && problem === null) guarded(() => void lease.beat(true));
    },
    resumed(): void {
      wakeUps.now();
      guarded(() => timekeeping.resumed(role === "owner" && ready && problem === null));
    },
  };
}
export type Scheduler = ReturnType<typeof createScheduler>;
