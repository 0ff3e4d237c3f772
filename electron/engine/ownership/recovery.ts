import type { Core } from "../core.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import { applyOutcome, interruptRun, quit } from "../runs/outcomes.ts";

/** A distributed runtime that does not say in time what it still runs is taken at its word later. */
const ACTIVE_IDS_MS = 5000;

/** What a new owner does about the runs that it finds `running`. */
export function createRecovery(core: Core, dispatcher: Dispatcher) {
  const { clock, runtime, logger } = core;
  let started = false;
  return {
    /** Starts the runtime, and asks which runs it still has; null where it does not say. */
    async stillRunning(): Promise<ReadonlySet<string> | null> {
      if (runtime === null) return new Set();
      try {
        if (!started) {
          started = true;
          await runtime.start(dispatcher.listener);
        }
        let stopWaiting = (): void => undefined;
        const tooLate = new Promise<null>((done) => {
          stopWaiting = clock.timer(ACTIVE_IDS_MS, () => done(null));
        });
        return await Promise.race([runtime.activeRunIds(), tooLate]).finally(stopWaiting);
      } catch (error) {
        logger.error("the runtime did not start", error);
        return null;
      }
    },
    /** `stillRunning` as answered; where that is not known, all are left to the runtime. */
    recover(stillRunning: ReadonlySet<string> | null): void {
      if (stillRunning !== null) recoverRuns(core, dispatcher, stillRunning);
      else for (const run of core.stores.runs.running()) dispatcher.adopt(run);
    },
  };
}

/**
 * Runs that a dead process left `running` become `interrupted` and, where their schedule wants it, `pending` again.
 * `stillRunning` are those that a distributed runtime has kept. One transaction; the new owner fires nothing before.
 */
function recoverRuns(core: Core, dispatcher: Dispatcher, stillRunning: ReadonlySet<string>): void {
  core.writeAsOwner(() => {
    const { runs } = core.stores;
    const at = core.clock.now();
    for (const run of runs.running()) {
      if (dispatcher.has(run.id)) continue;
      if (stillRunning.has(run.id)) {
        dispatcher.adopt(run);
        continue;
      }
      applyOutcome(core, run, { kind: "lost", at, reason: "the process that ran it has ended" }, false);
    }
    for (const run of runs.interrupted()) {
      interruptRun(core, run, at, quit);
    }
  });
}
