import type { AppError } from "../../shared/domain/errors.ts";
import type { Core } from "./core.ts";
import { isStorageFault, LeaseLostError } from "./errors.ts";
import { isCaughtUp } from "./firing/catchup.ts";
import { fireDue } from "./firing/due.ts";
import { endPauses } from "./firing/pauseEnds.ts";
import type { Lease } from "./ownership/lease.ts";
import type { OtherProcesses } from "./ownership/otherProcesses.ts";
import { promoteStranded, recoverRuns } from "./ownership/recovery.ts";
import type { Dispatcher } from "./runs/dispatcher.ts";
import { setBack } from "./time/clockSetBack.ts";
import { createClockWatch } from "./time/clockWatch.ts";
import { createGaps, isLong } from "./time/downtime.ts";

/** How often other processes' writes are looked for. */
const LOOK_MS = 600;
/** Firing gives the process back to others after so long. */
const FIRE_MS = 25;
/** How often a database that failed is tried again. */
const RETRY_MS = 1000;
/** A distributed runtime that does not say in time what it still runs is taken at its word later. */
const ACTIVE_IDS_MS = 5000;

export interface Problem {
  code: string;
  message: string;
}

/**
 * The loop: one tick a wake-up, and a wake-up at the earliest due instant, at each commit of this process and at most
 * LOOK_MS later. States and moves:
 *   client → owner        the lease was free; runs of the dead are recovered and the gap is accounted for, then it fires
 *   owner → client        the token in the database is not ours any more: everything of ours ends, nothing is written
 *   owner → owner+problem a write failed: nothing fires until one succeeds; then the gap is accounted for. A damaged
 *                         database stays one: nothing is written to it again
 */
export function createScheduler(
  core: Core,
  parts: { dispatcher: Dispatcher; lease: Lease; others: OtherProcesses; pollIntervalMs: number },
) {
  const { clock, logger, runtime } = core;
  const { dispatcher, lease, others, pollIntervalMs } = parts;
  const watch = createClockWatch(clock);
  const gaps = createGaps(core);
  let role: "owner" | "client" | "stopped" = "stopped";
  let ready = false;
  let problem: (Problem & { sinceAt: number }) | null = null;
  let runtimeStarted = false;
  let cancelTimer: (() => void) | null = null;
  let nudged = false;
  let expectedMs = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let suspendedAt: number | null = null;
  let committed = true;

  const fault = (error: AppError): void => {
    if (problem === null) {
      logger.error(`nothing fires: ${error.message}`);
      core.events.add("system");
    }
    problem = { code: error.code, message: error.message, sinceAt: problem?.sinceAt ?? clock.now() };
    dispatcher.hold(true);
    triedAt = clock.monotonic();
  };

  const loseLease = (): void => {
    if (role !== "owner") return;
    logger.warn("another process owns the data folder now; this one shows and edits");
    role = "client";
    ready = false;
    problem = null;
    core.lease.token = null;
    dispatcher.hold(true);
    dispatcher.abandon();
    core.hooks?.stop();
    gaps.clear();
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
    watch.reset();
    core.specs.clear();
    let stillRunning: ReadonlySet<string> | null = new Set();
    if (runtime !== null) {
      try {
        if (!runtimeStarted) {
          runtimeStarted = true;
          await runtime.start(dispatcher.listener);
        }
        let stopWaiting = (): void => undefined;
        const tooLate = new Promise<null>((done) => {
          stopWaiting = clock.timer(ACTIVE_IDS_MS, () => done(null));
        });
        stillRunning = await Promise.race([runtime.activeRunIds(), tooLate]).finally(stopWaiting);
      } catch (error) {
        logger.error("the runtime did not start", error);
        stillRunning = null;
      }
    }
    guarded(() => {
      if (role !== "owner") return;
      const now = clock.now();
      if (stillRunning !== null) recoverRuns(core, dispatcher, stillRunning);
      else for (const run of core.stores.runs.running()) dispatcher.adopt(run);
      turnBack(lastAliveAt ?? now, now);
      gaps.begin({ fromAt: lastAliveAt ?? Number.NEGATIVE_INFINITY, toAt: now, reason: "off" });
      ready = true;
      dispatcher.hold(false);
      core.hooks?.start();
      core.events.add("system");
    });
    nudge();
  };

  const tryToOwn = (): Promise<void> | null => {
    triedAt = clock.monotonic();
    if (runtime === null) return null;
    const { acquired, lastAliveAt } = lease.acquire();
    return acquired ? becomeOwner(lastAliveAt) : null;
  };

  /** The clock may stand before what was dealt with already. */
  const turnBack = (fromAt: number, now: number): void => {
    const { schedules, runs, activity } = core.stores;
    if (schedules.aheadOf(now + 1000).length === 0 && fromAt - now < 2000) return;
    const ahead = schedules.aheadOf(now);
    core.writeAsOwner(() => {
      if (fromAt > now) runs.hastenRetries(now, fromAt - now);
      const details = {
        from: new Date(fromAt).toISOString(),
        to: new Date(now).toISOString(),
        byMs: now - fromAt,
        schedules: ahead.length,
      };
      activity.add({ scheduleId: null, at: now, kind: "clock_changed", actor: "engine", details });
      core.touch("system");
    });
    setBack(core, ahead, now);
  };

  const lookAtClock = (): void => {
    const passage = watch.look(expectedMs);
    if (passage.kind === "ordinary" || role !== "owner" || !ready) return;
    const { fromAt, toAt } = passage;
    const asleep = passage.kind === "forward" || suspendedAt !== null;
    switch (passage.kind) {
      case "backward":
        turnBack(fromAt, toAt);
        return;
      case "forward":
        if (suspendedAt === null) noteClock(fromAt, toAt, passage.byMs);
        break;
      case "stalled":
        break;
    }
    const gap = { fromAt: suspendedAt ?? fromAt, toAt, reason: asleep ? ("asleep" as const) : ("stalled" as const) };
    suspendedAt = null;
    // Between two looks lies up to one poll interval in which all was well.
    if (isLong(gap, pollIntervalMs)) gaps.begin(gap);
    else if (!asleep) gaps.noteLateness(gap);
  };

  const noteClock = (fromAt: number, toAt: number, byMs: number): void => {
    core.writeAsOwner(() => {
      const details = { from: new Date(fromAt).toISOString(), to: new Date(toAt).toISOString(), byMs };
      core.stores.activity.add({ scheduleId: null, at: toAt, kind: "clock_changed", actor: "engine", details });
      core.touch("system");
    });
  };

  /** Tries whether the database takes writes again. True when it does. */
  const retryStorage = (): boolean => {
    if (problem === null) return true;
    // Writing on would only spoil more of it; a restart offers the last good backup.
    if (problem.code === "DATABASE_DAMAGED") return false;
    if (clock.monotonic() - triedAt < RETRY_MS) return false;
    triedAt = clock.monotonic();
    if (!lease.beat(true)) throw new LeaseLostError();
    const { sinceAt } = problem;
    problem = null;
    logger.info("the database can be written again");
    const gap = { fromAt: sinceAt, toAt: clock.now(), reason: "storage_unavailable" as const };
    if (isLong(gap)) gaps.begin(gap);
    dispatcher.hold(false);
    core.events.add("system");
    return true;
  };

  const ownerTick = (): void => {
    if (!retryStorage()) return;
    if (!lease.beat()) throw new LeaseLostError();
    if (!ready) return;
    others.look();
    void core.checkpointIfLong();
    if (gaps.isOpen()) {
      gaps.step();
      nudge();
      return;
    }
    endPauses(core);
    // What has ended holds up nothing that is due now.
    dispatcher.flush();
    const until = clock.monotonic() + FIRE_MS;
    // As of the look: whatever the clock has run on since, as in a sleep, is for the next look to account for.
    const now = watch.lastLookAt();
    let more = fireDue(core, dispatcher, now, isLate);
    while (more && clock.monotonic() < until) more = fireDue(core, dispatcher, now, isLate);
    if (more) nudge();
    dispatcher.passOnCancels();
    const mono = clock.monotonic();
    if (mono - sweptAt >= pollIntervalMs) {
      sweptAt = mono;
      dispatcher.endOverdue();
      promoteStranded(core);
    }
    if (committed) {
      committed = false;
      core.hooks?.wake();
    }
  };

  /** Left behind by an account that was cut short: no stall and no load makes an occurrence so late. */
  const isLate = (
    schedule: { updatedAt: number; nextFireAt: number | null; catchupUntilAt: number | null },
    now: number,
  ) => {
    if (schedule.nextFireAt === null || schedule.catchupUntilAt !== null || now - schedule.nextFireAt < 150_000)
      return null;
    const gap = { fromAt: schedule.nextFireAt, toAt: now, reason: "off" as const };
    return isCaughtUp(schedule, gap) ? gap : null;
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

  const tick = (): void => {
    cancelTimer?.();
    cancelTimer = null;
    if (role === "stopped") return;
    guarded(lookAtClock);
    if (role === "owner") guarded(ownerTick);
    else {
      guarded(clientTick);
    }
    arm();
  };

  const arm = (): void => {
    cancelTimer?.();
    let wait = Math.min(LOOK_MS, pollIntervalMs);
    if (role === "owner" && ready && problem === null && !gaps.isOpen()) {
      try {
        const { schedules, runs } = core.stores;
        const now = clock.now();
        for (const at of [schedules.earliestFireAt(), runs.nextReadyAt(now), schedules.earliestPauseEndAt()]) {
          if (at !== null) wait = Math.min(wait, Math.max(0, at - now));
        }
      } catch (error) {
        logger.error("the next due instant could not be read", error);
      }
    }
    expectedMs = wait;
    cancelTimer = clock.timer(wait, tick);
  };

  const nudge = (): void => {
    if (nudged || role === "stopped") return;
    nudged = true;
    clock.defer(() => {
      nudged = false;
      tick();
    });
  };

  core.onCommit(() => {
    committed = true;
    nudge();
  });

  return {
    async start(): Promise<void> {
      if (role !== "stopped") return;
      role = "client";
      watch.reset();
      others.look();
      let owning: Promise<void> | null = null;
      guarded(() => {
        owning = tryToOwn();
      });
      await owning;
      if (role === "client" || role === "owner") tick();
    },
    /** Fires nothing more; the lease is kept until `release`. */
    halt(): void {
      role = "stopped";
      ready = false;
      dispatcher.hold(true);
      core.hooks?.stop();
      cancelTimer?.();
      cancelTimer = null;
    },
    nudge,
    fault,
    loseLease,
    role: () => role,
    problem: (): Problem | null => (problem === null ? null : { code: problem.code, message: problem.message }),
    suspended(): void {
      suspendedAt ??= clock.now();
      if (role === "owner" && problem === null) guarded(() => void lease.beat(true));
    },
    resumed(): void {
      tick();
      suspendedAt = null;
    },
  };
}
