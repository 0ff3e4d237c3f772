import type { StopOptions } from "./contract.ts";
import type { Core } from "./core.ts";
import { LeaseLostError } from "./errors.ts";
import type { Lease } from "./ownership/lease.ts";
import type { Dispatcher } from "./runs/dispatcher.ts";
import { applyOutcome } from "./runs/outcomes.ts";
import type { Scheduler } from "./scheduler.ts";

/** What runs that are told to stop have, before they are killed; at most the grace. */
const FORCE_MS = 1000;
const DRAIN_LOOK_MS = 50;

interface Parts {
  scheduler: Scheduler;
  dispatcher: Dispatcher;
  lease: Lease;
}

/**
 * Ends the engine in order: nothing fires any more, runs end by themselves (for at most `graceMs`) or are ended, what is
 * left is written as interrupted by quitting, and the lease is given back.
 */
export async function stopEngine(
  core: Core,
  { scheduler, dispatcher, lease }: Parts,
  graceMs: number,
  { forceMs = Math.min(graceMs, FORCE_MS), hurry }: StopOptions = {},
): Promise<void> {
  const owned = scheduler.role() === "owner";
  scheduler.halt();
  if (owned) await drain(core, dispatcher, lease, graceMs, hurry);
  dispatcher.beginStop();
  await core.runtime?.stop(forceMs);
  if (!owned) return;
  try {
    if (scheduler.problem()?.code === "DATABASE_DAMAGED") return;
    dispatcher.flush();
    interruptRest(core, dispatcher);
    lease.release();
  } catch (error) {
    if (!(error instanceof LeaseLostError)) core.logger.error("the last state could not be written", error);
  } finally {
    lease.letGo();
  }
}

/** Lets runs that are under way end by themselves; the lease is kept alive meanwhile. */
function drain(
  core: Core,
  dispatcher: Dispatcher,
  lease: Lease,
  graceMs: number,
  hurry: AbortSignal | undefined,
): Promise<void> {
  const { clock, logger } = core;
  const until = clock.monotonic() + graceMs;
  return new Promise((done) => {
    const look = (): void => {
      let over = true;
      try {
        over = hurry?.aborted === true || dispatcher.busy() === 0 || clock.monotonic() >= until || !lease.beat();
        if (!over) dispatcher.passOnCancels();
      } catch (error) {
        logger.error("the last runs were not waited for", error);
      }
      if (over) done();
      else clock.timer(Math.min(DRAIN_LOOK_MS, until - clock.monotonic()), look);
    };
    look();
  });
}

/** What never reported its end. */
function interruptRest(core: Core, dispatcher: Dispatcher): void {
  core.writeAsOwner(() => {
    for (const run of core.stores.runs.running()) {
      const lost = { kind: "lost" as const, at: core.clock.now(), reason: "the program ended" };
      if (run.sentTo === null && dispatcher.has(run.id)) applyOutcome(core, run, lost, true);
    }
  });
}
