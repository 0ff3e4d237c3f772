import type { RunError } from "../../../../shared/domain/run.ts";
import type { BackfillReading, BackfillRow, BackfillStore } from "../../../storage/tables/backfills.ts";
import type { BackfillEngine } from "../backfillEngine.ts";

/** Slots filled in one transaction. */
const PROMOTE_AT_ONCE = 500;

const overlapped: RunError = {
  code: "CANCELLED",
  name: "Cancelled",
  message: "its turn came while a run of its schedule was active (overlap policy skip)",
};

/** What a turn depends on beside the backfill itself; asked only where it matters. */
export interface LiveWork {
  /** Runs of its schedule that belong to no backfill are active, or wait. */
  isThere(): boolean;
  /** An occurrence of its schedule has come due, and it is not decided yet what becomes of it. */
  isDue(): boolean;
}

/**
 * What becomes of waiting runs whose slot is free: live work goes first.
 *
 *   policy of backfill    policy of schedule    at a time    live work is there    is due    else
 *   skip                  allow_all             any          cancel                start     start
 *   skip                  another               one          cancel                wait      start
 *   skip                  another               several      cancel                start     start
 *   allow_all             any                   any          start                 start     start
 *   another               allow_all             any          start                 start     start
 *   another               another               one          wait                  wait      start
 *   another               another               several      start                 start     start
 */
export function turnOf(
  row: Pick<BackfillReading, "overlap_policy" | "schedule_overlap" | "concurrency">,
  live: LiveWork,
): "start" | "wait" | "cancel" {
  const besideLive = row.overlap_policy === "allow_all" || row.schedule_overlap === "allow_all";
  const skips = row.overlap_policy === "skip";
  const inTurn = !besideLive && row.concurrency === 1;
  if ((skips || inTurn) && live.isThere()) return skips ? "cancel" : "wait";
  return inTurn && live.isDue() ? "wait" : "start";
}

export interface BackfillSlots {
  /** Carries on a backfill that is running or paused; true where it should be looked at again at once. */
  carryOn(row: BackfillReading): boolean;
  /** Gives a slot that has just become free to the next, in the same transaction: none stands empty meanwhile. */
  refill(backfillId: string): void;
}

export interface BackfillSlotsOptions {
  store: BackfillStore;
  engine: Pick<BackfillEngine, "clock" | "isDue" | "touch" | "writeAsOwner">;
}

/**
 * The slots of a backfill: as many of its runs are active at once, and the others wait.
 *
 *   state              and                                  becomes
 *   running            `maxFailures` have failed            cancelling, to end as failed
 *   running, paused    none active, none waiting, none      completed
 *                      still to be written
 *   running            slots are free                       (its waiting runs get them, see turnOf)
 */
export function createBackfillSlots({ store, engine }: BackfillSlotsOptions): BackfillSlots {
  const now = (): number => engine.clock.now();
  const hasFailedEnough = (row: BackfillReading): boolean =>
    row.max_failures !== null && row.failed >= row.max_failures;

  /** Starts as many waiting runs as there are free slots; true where it should be looked at again at once. */
  function fillSlots(row: BackfillReading, free: number): boolean {
    const slots = Math.min(free, PROMOTE_AT_ONCE);
    if (slots <= 0) return false;
    const fate = turnOf(row, {
      isThere: () => store.liveCount(row.schedule_id) > 0,
      isDue: () => engine.isDue(row.schedule_id),
    });
    if (fate === "wait") return false;
    return engine.writeAsOwner(() => {
      const turn = store.waiting(row.id, row.run_order, slots);
      if (turn.length === 0) return false;
      engine.touch("backfills", row.id);
      for (const runId of turn) engine.touch("runs", runId);
      if (fate === "cancel") {
        store.countEnded(row.id, "cancelled", store.cancelWaiting(turn, JSON.stringify(overlapped), now()));
        return true;
      }
      for (const runId of turn) store.promote(runId, now());
      return slots === PROMOTE_AT_ONCE && turn.length === slots;
    });
  }

  return {
    carryOn(row) {
      const end = (columns: Partial<BackfillRow>): boolean =>
        engine.writeAsOwner(() => {
          engine.touch("backfills", row.id);
          return store.change(row.id, row.status, columns);
        });
      if (row.status === "running" && hasFailedEnough(row)) return end({ status: "cancelling", ends_as: "failed" });
      const active = store.activeCount(row.id);
      if (active === 0 && row.planned_until_at === null && store.waiting(row.id, row.run_order, 1).length === 0) {
        end({ status: "completed", completed_at: now() });
        return false;
      }
      return row.status === "running" && fillSlots(row, row.concurrency - active);
    },

    refill(backfillId) {
      const row = store.get(backfillId);
      if (row?.status !== "running" || row.overlap_policy === "skip" || hasFailedEnough(row)) return;
      fillSlots(row, row.concurrency - store.activeCount(backfillId));
    },
  };
}
