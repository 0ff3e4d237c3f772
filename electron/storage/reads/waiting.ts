import { readSentTo } from "../../../shared/domain/queue.ts";
import { MOST_PLACES, RUNS_AT_ONCE, type WaitingFor } from "../../../shared/domain/waiting.ts";
import type { PoolStore } from "../tables/runs/pools.ts";
import type { RunQueueStore } from "../tables/runs/runQueue.ts";
import type { RunRecord } from "../tables/runs/runs.ts";
import type { SettingStore } from "../tables/settings.ts";
import { iso } from "./views.ts";

/** Tells of one run what it waits for: null where it does not. */
export function createWaitingReads(stores: { queue: RunQueueStore; settings: SettingStore; pools: PoolStore }) {
  const { queue, settings, pools } = stores;

  const ofPending = (run: RunRecord): WaitingFor => {
    if (run.notBeforeAt !== null) {
      const until = iso(run.notBeforeAt);
      return run.error === null ? { kind: "sleep", until } : { kind: "retry", until };
    }
    if (run.waitsForPool !== null) {
      const pool = run.waitsForPool;
      const place = queue.countBeforeInPool(run, pool, MOST_PLACES) + 1;
      return { kind: "pool", pool, limit: pools.get(pool)?.limit ?? 0, place };
    }
    if (run.sentTo !== null)
      return {
        kind: "runtime",
        message: `Sent to the queue ${readSentTo(run.sentTo).queue}; no worker has begun it yet`,
      };
    const wait = queue.runtimeWaitOf(run);
    if (wait?.waitingFor === "runtime") return { kind: "runtime", message: wait.message };
    const limit = settings.all()["runsAtOnce"];
    return {
      kind: "room",
      running: queue.runningCount(),
      limit: typeof limit === "number" ? limit : RUNS_AT_ONCE,
      place: queue.countBefore(run, MOST_PLACES) + 1,
      message: wait?.message ?? null,
    };
  };

  return {
    ofRun(run: RunRecord): WaitingFor | null {
      if (run.status === "pending") return ofPending(run);
      if (run.status !== "buffered") return null;
      return { kind: run.backfillId === null ? "overlap" : "backfill" };
    },
    /** What the first of a schedule's own runs that wait waits for. */
    ofSchedule(scheduleId: string, bufferedCount: number): WaitingFor | null {
      const first = queue.firstOf(scheduleId);
      if (first !== undefined) return ofPending(first);
      return bufferedCount > 0 ? { kind: "overlap" } : null;
    },
  };
}
