import type { BackfillStore } from "../../../storage/tables/backfills.ts";
import type { BackfillEngine } from "../backfillEngine.ts";
import { createBackfillBatches } from "./batches.ts";
import type { CallOff } from "./callOff.ts";
import type { BackfillSlots } from "./slots.ts";
import type { BackfillWriter } from "./writer.ts";

export interface BackfillRunner {
  /** This process owns the lease from now on. */
  start(): void;
  stop(): void;
  /** Something may have changed: looks at all open backfills. */
  wake(): void;
  /** Gives the slot of a run that has just ended to the next. */
  refill(backfillId: string): void;
}

export interface BackfillRunnerOptions {
  store: BackfillStore;
  writer: BackfillWriter;
  slots: BackfillSlots;
  callOff: CallOff;
  engine: BackfillEngine;
}

/**
 * Carries open backfills on, in the process that owns the lease. All it knows is in the database, so a restart needs
 * nothing else.
 *
 *   state        is carried on by    until
 *   planning     batches (writer)    its rows are written: running, or completed where there are none
 *   running      slots               nothing is left: completed; or too many failed: cancelling
 *   paused       slots               what ran has ended and nothing is left: completed; none is started meanwhile
 *   cancelling   batches (callOff)   nothing of it waits or runs: cancelled or failed
 */
export function createBackfillRunner({ store, writer, slots, callOff, engine }: BackfillRunnerOptions): BackfillRunner {
  let started = false;
  let filling = false;
  const batches = createBackfillBatches({
    store,
    writer,
    callOff,
    engine,
    isStarted: () => started,
    done: () => fill(false),
  });
  const owns = (): boolean => started && engine.isOwner();

  /** Fills slots everywhere; `kick` also looks at what is written or called off in batches. */
  function fill(kick: boolean): void {
    if (filling || !owns()) return;
    filling = true;
    try {
      for (const row of store.open()) {
        const again = row.status === "planning" || row.status === "cancelling" ? kick : slots.carryOn(row);
        if (again) batches.later();
      }
    } finally {
      filling = false;
    }
  }

  return {
    start() {
      started = true;
      fill(true);
    },
    stop() {
      started = false;
    },
    wake: () => fill(true),
    refill(backfillId) {
      if (owns()) slots.refill(backfillId);
    },
  };
}
