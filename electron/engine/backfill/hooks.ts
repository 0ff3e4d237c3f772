import type { BackfillStore } from "../../storage/tables/backfills.ts";
import type { BackfillHooks, EndedRun } from "../parts.ts";
import type { BackfillEngine } from "./backfillEngine.ts";
import { AT_ONCE, moveTo, touchAll } from "./moves.ts";
import type { CallOff } from "./running/callOff.ts";
import type { BackfillRunner } from "./running/runner.ts";

export interface BackfillHooksOptions {
  store: BackfillStore;
  engine: Pick<BackfillEngine, "touch">;
  runner: BackfillRunner;
  callOff: CallOff;
}

const countedAs = (status: EndedRun["status"]): "completed" | "failed" | "cancelled" =>
  status === "interrupted" ? "failed" : status === "skipped" ? "completed" : status;

/**
 * What the rest of the engine tells backfills, inside its own transactions.
 *
 *   a run of one ended as    it is counted as
 *   completed, skipped       completed: a run that had nothing to do is as good as done
 *   failed, interrupted      failed
 *   cancelled                cancelled
 */
export function createBackfillHooks({ store, engine, runner, callOff }: BackfillHooksOptions): BackfillHooks {
  return {
    start: runner.start,
    stop: runner.stop,
    wake: runner.wake,
    runEnded({ run: { id, backfillId, startedAt }, status }) {
      if (backfillId === null) return;
      // Called off with the backfill before it began; one that a person cancels by itself stays what it was.
      const isCalledOff = status === "cancelled" && startedAt === null;
      if (isCalledOff && store.get(backfillId)?.status === "cancelling") store.release(backfillId, [id]);
      store.countEnded(backfillId, countedAs(status));
      engine.touch("backfills", backfillId);
      runner.refill(backfillId);
    },
    outcomeChanged(backfillId, from, to) {
      if (countedAs(from) === countedAs(to)) return;
      store.countEnded(backfillId, countedAs(from), -1);
      store.countEnded(backfillId, countedAs(to));
      engine.touch("backfills", backfillId);
    },
    takeBack(backfillId, runId) {
      store.takeBack(backfillId, runId);
      return store.get(backfillId)?.schedule_id ?? null;
    },
    liveWaits: (scheduleId) => store.sequentialActive(scheduleId),
    scheduleDeleted(scheduleId, actor) {
      for (const row of store.open()) {
        if (row.schedule_id !== scheduleId || row.status === "cancelling") continue;
        moveTo(store, row, "cancelling", { ends_as: "cancelled" });
        touchAll(engine, row);
        callOff(row.id, { running: false, actor, limit: AT_ONCE });
      }
    },
  };
}
