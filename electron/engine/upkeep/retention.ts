import type { Pruned } from "../../storage/upkeep/retention.ts";
import type { Core } from "../core.ts";
import { isStorageFault } from "../errors.ts";
import { firstIdAt } from "../ids.ts";

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
const FIRST_MS = 60_000;
/** Rows removed, and rows only looked at, in one transaction: a few ms of the main process's time. */
const BATCH = 200;
const LOOKED_AT = 1000;
/** Between batches, so that firing goes first. */
const REST_MS = 50;

/** Of a schedule that keeps failures alone: so many of its newest stay, whatever they are, by which its health is told. */
const ALWAYS_KEPT = 100;

export const retentionDefaults = { retentionDays: 90, retentionRunsPerSchedule: 10_000 };

/** Prunes old runs (and the history that goes with them) a little at a time, while this process owns the folder. */
export function createRetention(core: Core, isOwner: () => boolean) {
  const { clock, stores } = core;
  let cancel: (() => void) | null = null;
  let pass: Generator<undefined, void> | null = null;

  const limit = (key: keyof typeof retentionDefaults): number => {
    const value = stores.settings.all()[key];
    return typeof value === "number" && value > 0 ? value : retentionDefaults[key];
  };

  /** Goes through rows in blocks, each a transaction of its own. */
  function* blocks<Key>(firstKey: Key, block: (afterKey: Key) => Pruned<Key>): Generator<undefined, void> {
    for (let key: Key | null = firstKey; key !== null; ) {
      const afterKey: Key = key;
      key = core.writeAsOwner(() => {
        const { removed, lastKey } = block(afterKey);
        if (removed > 0) core.touch("runs");
        return lastKey;
      });
      yield;
    }
  }

  /** The id before which a schedule's runs are more than `keep`; null where they are not. */
  function* surplusOf(scheduleId: string, keep: number): Generator<undefined, string | null> {
    let beforeId: string | null = null;
    for (let kept = 0; ; ) {
      const runs = stores.retention.runsBackFrom(scheduleId, beforeId, LOOKED_AT);
      for (const { id, live } of runs) {
        if (live) kept += 1;
        if (kept === keep) return id;
      }
      if (runs.length < LOOKED_AT) return null;
      beforeId = runs.at(-1)?.id ?? null;
      yield;
    }
  }

  /** Everything that is to go, step by step: each looks at a bounded number of rows, however many there are. */
  function* prune(): Generator<undefined, void> {
    const { retention } = stores;
    const beforeAt = clock.now() - limit("retentionDays") * DAY_MS;
    const keep = limit("retentionRunsPerSchedule");
    const beforeId = firstIdAt(beforeAt);
    yield* blocks("", (afterId) => retention.pruneRunsBefore(afterId, beforeId, BATCH));
    for (const scheduleId of retention.crowded(keep)) {
      const surplusId = yield* surplusOf(scheduleId, keep);
      if (surplusId !== null)
        yield* blocks("", (afterId) => retention.pruneRunsOf(scheduleId, afterId, surplusId, BATCH));
    }
    for (const scheduleId of retention.failuresOnly()) {
      const surplusId = yield* surplusOf(scheduleId, ALWAYS_KEPT);
      if (surplusId !== null)
        yield* blocks("", (afterId) => retention.pruneGoodRunsOf(scheduleId, afterId, surplusId, BATCH));
    }
    yield* blocks(0, (afterId) => retention.pruneOmissionsBefore(afterId, beforeAt, BATCH));
    yield* blocks(0, (afterId) => retention.pruneActivityBefore(afterId, beforeAt, BATCH));
  }

  const step = (): void => {
    try {
      pass = isOwner() ? (pass ?? prune()) : null;
      if (pass?.next().done) pass = null;
    } catch (error) {
      pass = null;
      if (!isStorageFault(error)) core.logger.error("old runs could not be pruned", error);
    }
    const rest = (): void => {
      if (cancel !== null) cancel = clock.timer(pass === null ? EVERY_MS : REST_MS, step);
    };
    const checkpointing = pass === null ? null : core.checkpointIfLong();
    if (checkpointing === null) rest();
    else void checkpointing.then(rest);
  };

  return {
    start(): void {
      cancel ??= clock.timer(FIRST_MS, step);
    },
    stop(): void {
      cancel?.();
      cancel = null;
      pass = null;
    },
    /** Prunes all there is to prune now. */
    runToEnd(): void {
      for (const _ of prune());
    },
  };
}
