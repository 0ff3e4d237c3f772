import type { Core } from "../core.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import { applyOutcome, interruptRun, quit } from "../runs/outcomes.ts";

/** What a new owner does about the runs that it finds `running`. */
export function createRecovery(core: Core, dispatcher: Dispatcher) {
  const { runtime, logger } = core;
  let started = false;
  return {
    async startRuntime(): Promise<void> {
      if (runtime === null || started) return;
      started = true;
      try {
        await runtime.start(dispatcher.listener);
      } catch (error) {
        logger.error("the runtime did not start", error);
      }
    },
    recover: (): void => recoverRuns(core, dispatcher),
  };
}

/**
 * Runs that a dead process left `running` become `interrupted` and, where their schedule wants it, `pending` again.
 * Those that a runtime has kept go on: it says what has become of them. One transaction; the new owner fires nothing before.
 */
function recoverRuns(core: Core, dispatcher: Dispatcher): void {
  // Also one that keeps none now may have, or know, what was handed over before.
  const keeps = core.runtime?.adopt !== undefined;
  core.writeAsOwner(() => {
    const { runs } = core.stores;
    const at = core.clock.now();
    for (const run of runs.running()) {
      if (dispatcher.has(run.id) || (keeps && run.sentTo !== null)) continue;
      applyOutcome(core, run, { kind: "lost", at, reason: "the process that ran it has ended" }, false);
    }
    // Sent to workers that this engine does not speak to any more.
    if (!keeps) for (const run of runs.sent()) runs.takeBack(run.id, run.epoch, at);
    for (const run of runs.interrupted()) {
      interruptRun(core, run, at, quit);
    }
  });
  if (keeps) dispatcher.adopt(core.stores.runs.sent().filter((run) => !dispatcher.has(run.id)));
}
