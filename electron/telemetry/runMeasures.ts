import type { Engine } from "../engine/contract.ts";
import type { RunMeasureRow, RunMeasureStore } from "../storage/tables/runMeasures.ts";

/** Upper ends of the buckets, seconds. */
export const buckets = {
  duration: [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 14_400],
  lateness: [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 86_400],
} as const;

/** What is counted is written so much later, all of it together: no run waits for it. */
const writtenAfterMs = 10_000;

const bucketOf = (measure: keyof typeof buckets, ms: number): number =>
  (buckets[measure].find((end) => ms <= end * 1000) ?? -0.001) * 1000;

/**
 * Counts how long the runs of this process's engine take and how late they begin, in the database: so the whole folder's are in
 * whichever process is asked, and outlive it. What was counted in the last seconds is lost where the process is killed.
 */
export function countRuns(options: {
  engine: Pick<Engine, "onRunMove">;
  store: RunMeasureStore;
  transaction: (work: () => void) => void;
  warn: (message: string) => void;
}) {
  const { engine, store, transaction, warn } = options;
  let counted = new Map<string, RunMeasureRow>();
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (counted.size === 0) return;
    try {
      transaction(() => {
        for (const row of counted.values()) store.add(row);
      });
      counted = new Map();
    } catch (error) {
      warn(`what was measured of runs could not be written: ${String(error)}`);
    }
  }

  function count(measure: keyof typeof buckets, workflowName: string, result: string, ms: number): void {
    const leMs = bucketOf(measure, ms);
    const key = JSON.stringify([measure, workflowName, result, leMs]);
    const row = counted.get(key) ?? { measure, workflowName, result, leMs, count: 0, sumMs: 0 };
    row.count += 1;
    row.sumMs += ms;
    counted.set(key, row);
    timer ??= setTimeout(flush, writtenAfterMs).unref();
  }

  const stop = engine.onRunMove((move) => {
    const { workflowName, at } = move;
    if (move.kind === "ended") {
      if (move.startedAt !== null) count("duration", workflowName, move.status, Math.max(0, at - move.startedAt));
      return;
    }
    const { scheduledAt, attempt, trigger } = move;
    // A backfill's and a retry's instants lie in the past by intention.
    if (scheduledAt === null || attempt > 1) return;
    if (trigger !== "schedule" && trigger !== "catchup" && trigger !== "event") return;
    count("lateness", workflowName, "", Math.max(0, at - scheduledAt));
  });

  return {
    /** Writes what was counted. */
    flush,
    close(): void {
      stop();
      flush();
    },
  };
}
