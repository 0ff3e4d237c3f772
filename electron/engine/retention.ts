import { type Core, isStorageFault } from "./core.ts";
import { firstIdAt } from "./ids.ts";

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
const FIRST_MS = 60_000;
/** Rows in one transaction: a few ms of the main process's time. */
const BATCH = 200;
/** Between batches, so that firing goes first. */
const REST_MS = 50;

export const retentionDefaults = { retentionDays: 90, retentionRunsPerSchedule: 10_000 };

/** Prunes old runs (and the history that goes with them) a little at a time, while this process owns the folder. */
export function createRetention(core: Core, isOwner: () => boolean) {
  const { clock, stores } = core;
  let cancel: (() => void) | null = null;

  const limit = (key: keyof typeof retentionDefaults): number => {
    const value = stores.settings.all()[key];
    return typeof value === "number" && value > 0 ? value : retentionDefaults[key];
  };

  /** One small step; true where there may be more. */
  const step = (): boolean =>
    core.writeAsOwner(() => {
      const beforeAt = clock.now() - limit("retentionDays") * DAY_MS;
      const keep = limit("retentionRunsPerSchedule");
      const { retention } = stores;
      const removed =
        retention.pruneRunsBefore(firstIdAt(beforeAt), BATCH) ||
        retention.pruneRunsBeyond(keep, BATCH) ||
        retention.pruneHistoryBefore(beforeAt, BATCH);
      if (removed > 0) core.touch("runs");
      return removed > 0;
    });

  const pass = (): void => {
    let more = false;
    if (isOwner()) {
      try {
        more = step();
      } catch (error) {
        if (!isStorageFault(error)) core.logger.error("old runs could not be pruned", error);
      }
    }
    cancel = clock.timer(more ? REST_MS : EVERY_MS, pass);
  };

  return {
    start(): void {
      cancel ??= clock.timer(FIRST_MS, pass);
    },
    stop(): void {
      cancel?.();
      cancel = null;
    },
    /** Prunes all there is to prune now. */
    runToEnd(): void {
      while (step());
    },
  };
}
