import type { RunError } from "../../../../shared/domain/run.ts";
import type { BackfillStore } from "../../../storage/tables/backfills.ts";
import type { Actor } from "../../contract.ts";
import type { BackfillEngine } from "../backfillEngine.ts";

const calledOff: RunError = {
  code: "CANCELLED",
  name: "Cancelled",
  message: "the backfill was cancelled before this run began",
};
const tooManyFailures: RunError = {
  ...calledOff,
  message: "the backfill stopped after too many failures, before this run began",
};
/** Calls off at most `limit` waiting runs, running ones too where asked; `more`: there may be others that wait. */
export type CallOff = (
  backfillId: string,
  options: { running: boolean; actor: Actor; limit: number },
) => { more: boolean };

/**
 * Brings a backfill in `cancelling` to its end; nothing for one in another state. Inside a transaction.
 *
 *   its runs that          become
 *   wait for a slot        cancelled, a batch a call; no longer runs of the schedule
 *   have one, not begun    the same
 *   run                    cancelled where asked; else they go on, and it ends when they have
 *
 * With none of them left it is what it was to end as, and rows that were not written yet are no longer part of it.
 */
export function createCallOff({
  store,
  engine,
}: {
  store: BackfillStore;
  engine: Pick<BackfillEngine, "cancelRun" | "clock" | "touch">;
}): CallOff {
  return (backfillId, options) => {
    const row = store.get(backfillId);
    if (row?.status !== "cancelling") return { more: false };
    const waiting = store.waiting(backfillId, row.run_order, options.limit);
    if (waiting.length > 0) {
      const reason = row.ends_as === "failed" ? tooManyFailures : calledOff;
      store.countEnded(
        backfillId,
        "cancelled",
        store.callOff(backfillId, waiting, JSON.stringify(reason), engine.clock.now()),
      );
      engine.touch("runs");
      engine.touch("backfills", backfillId);
    }
    for (const run of store.active(backfillId)) {
      if (options.running || run.status === "pending") engine.cancelRun(run.runId, options.actor);
    }
    if (waiting.length === options.limit) return { more: true };
    if (store.activeCount(backfillId) === 0) {
      engine.touch("backfills", backfillId);
      store.change(backfillId, "cancelling", {
        status: row.ends_as ?? "cancelled",
        completed_at: engine.clock.now(),
        planned_until_at: null,
        ends_as: null,
        total: row.written,
      });
    }
    return { more: false };
  };
}
