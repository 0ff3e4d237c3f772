import type { Core } from "../core.ts";
import type { Dispatcher } from "../runs/dispatcher.ts";
import { applyOutcome, interruptRun } from "../runs/outcomes.ts";
import { promoteNext } from "../runs/overlap.ts";

/**
 * Runs that a dead process left `running` become `interrupted` and, where their schedule wants it, `pending` again.
 * `stillRunning` are those that a distributed runtime has kept. One transaction; the new owner fires nothing before.
 */
export function recoverRuns(core: Core, dispatcher: Dispatcher, stillRunning: ReadonlySet<string>): number {
  return core.writeAsOwner(() => {
    const { runs } = core.stores;
    const at = core.clock.now();
    let recovered = 0;
    for (const run of runs.running()) {
      if (dispatcher.has(run.id)) continue;
      if (stillRunning.has(run.id)) {
        dispatcher.adopt(run);
        continue;
      }
      recovered += 1;
      applyOutcome(core, run, { kind: "lost", at, reason: "the process that ran it has ended" }, false);
    }
    for (const run of runs.interrupted()) {
      recovered += 1;
      interruptRun(core, run, at, "the program was ended while it ran");
    }
    return recovered;
  });
}

/** Starts whatever waits behind nothing: a turn that was missed must not leave a run waiting for ever. */
export function promoteStranded(core: Core): void {
  const waiting = core.stores.runs.schedulesWithBuffered();
  if (waiting.length === 0) return;
  core.writeAsOwner(() => {
    for (const scheduleId of waiting) {
      const schedule = core.stores.schedules.getFiring(scheduleId);
      if (schedule !== undefined) promoteNext(core, scheduleId, schedule);
    }
  });
}
