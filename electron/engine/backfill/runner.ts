import type { RunError } from "../../../shared/domain/run.ts";
import type { BackfillReading, BackfillRow, BackfillStore } from "../../storage/tables/backfills.ts";
import type { Actor } from "../contract.ts";
import { createBatchSize } from "../turns.ts";
import type { BackfillEngine } from "./backfillEngine.ts";
import type { BackfillWriter } from "./writer.ts";

/** What one batch should hold the process for: well under what a person notices in the interface. */
const batches = { first: 500, smallest: 100, largest: 2000, ms: 12 };
/** Slots filled in one transaction. */
const PROMOTE_AT_ONCE = 500;
const RETRY_MS = 1000;

const calledOff: RunError = {
  code: "CANCELLED",
  name: "Cancelled",
  message: "the backfill was cancelled before this run began",
};
const tooManyFailures: RunError = {
  ...calledOff,
  message: "the backfill stopped after too many failures, before this run began",
};
const overlapped: RunError = {
  ...calledOff,
  message: "its turn came while a run of its schedule was active (overlap policy skip)",
};

export interface BackfillRunnerOptions {
  store: BackfillStore;
  writer: BackfillWriter;
  engine: BackfillEngine;
}

/**
 * Carries open backfills on, in the process that owns the lease: writes rows and calls waiting runs off in batches with
 * the event loop free between them, and fills slots. All it knows is in the database, so a restart needs nothing else.
 */
export function createBackfillRunner({ store, writer, engine }: BackfillRunnerOptions) {
  const { clock } = engine;
  let started = false;
  const writing = createBatchSize(batches);
  /** A run that is written again takes several times the work of a new one. */
  const writingAgain = createBatchSize(batches);
  const callingOff = createBatchSize(batches);
  /** The backfill that had the last batch: others go first. */
  let lastServed = "";
  let batching = false;
  let filling = false;
  let retrying = false;

  const now = (): number => clock.now();
  const owns = (): boolean => started && engine.isOwner();

  function later(): void {
    if (batching) return;
    batching = true;
    const next = (): void =>
      clock.defer(() => {
        batching = false;
        work();
      });
    const checkpointing = owns() ? engine.checkpointIfLong() : null;
    if (checkpointing === null) next();
    else void checkpointing.then(next);
  }

  function retry(): void {
    if (retrying) return;
    retrying = true;
    clock.timer(RETRY_MS, () => {
      retrying = false;
      later();
    });
  }

  /** Calls off what waits (at most `limit`) and what has not begun; running ones too where asked. Ends it when nothing is left. */
  function callOff(backfillId: string, options: { running: boolean; actor: Actor; limit: number }): { more: boolean } {
    const row = store.get(backfillId);
    if (row?.status !== "cancelling") return { more: false };
    const waiting = store.waiting(backfillId, row.run_order, options.limit);
    if (waiting.length > 0) {
      const reason = row.ends_as === "failed" ? tooManyFailures : calledOff;
      store.countEnded(backfillId, "cancelled", store.cancelWaiting(waiting, JSON.stringify(reason), now()));
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
        completed_at: now(),
        planned_until_at: null,
        ends_as: null,
        // Rows that were still to be written when it was called off are no longer part of it.
        total: row.written,
      });
    }
    return { more: false };
  }

  /** One batch of writing or calling off for one backfill; true where more is to do. */
  function batch(row: BackfillReading): boolean {
    const batchSize = row.status === "cancelling" ? callingOff : row.generation === 0 ? writing : writingAgain;
    const limit = batchSize.size();
    return engine.writeAsOwner(() => {
      const startedAt = performance.now();
      const more =
        row.status === "planning"
          ? writer.writeBatch(row.id, limit)
          : callOff(row.id, { running: false, actor: "engine", limit }).more;
      if (more) batchSize.took(performance.now() - startedAt);
      return more;
    });
  }

  function work(): void {
    if (!owns()) {
      // The database is away; nobody says when it is back.
      if (started) retry();
      return;
    }
    let more = false;
    try {
      const rows = store.open().filter(({ status }) => status === "planning" || status === "cancelling");
      const next = Math.max(
        0,
        rows.findIndex(({ id }) => id > lastServed),
      );
      // One long batch a turn, however many backfills have something to write.
      for (const row of [...rows.slice(next), ...rows.slice(0, next)]) {
        more = batch(row);
        if (!more) continue;
        lastServed = row.id;
        break;
      }
      if (!more) fill(false);
    } catch (error) {
      engine.report(error);
      retry();
      return;
    }
    if (more) later();
  }

  const hasFailedEnough = (row: BackfillReading): boolean =>
    row.max_failures !== null && row.failed >= row.max_failures;

  /** Starts as many waiting runs as there are free slots; true where it should be looked at again at once. */
  function fillSlots(row: BackfillReading, free: number): boolean {
    const slots = Math.min(free, PROMOTE_AT_ONCE);
    if (slots <= 0) return false;
    const besideLive = row.overlap_policy === "allow_all" || row.schedule_overlap === "allow_all";
    const skips = row.overlap_policy === "skip";
    const inTurn = !besideLive && row.concurrency === 1;
    const held = (skips || inTurn) && store.liveCount(row.schedule_id) > 0;
    if (held && !skips) return false;
    // What has come due goes first, also where it is not decided yet what becomes of it.
    if (!held && inTurn && engine.isDue(row.schedule_id)) return false;
    return engine.writeAsOwner(() => {
      const turn = store.waiting(row.id, row.run_order, slots);
      if (turn.length === 0) return false;
      engine.touch("backfills", row.id);
      for (const runId of turn) engine.touch("runs", runId);
      if (held) store.countEnded(row.id, "cancelled", store.cancelWaiting(turn, JSON.stringify(overlapped), now()));
      else for (const runId of turn) store.promote(runId, now());
      return held || (slots === PROMOTE_AT_ONCE && turn.length === slots);
    });
  }

  /** Carries an open backfill on whose rows are written; true where it should be looked at again at once. */
  function carryOn(row: BackfillReading): boolean {
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
  }

  /** Fills slots everywhere; `kick` also looks at what is written or called off in batches. */
  function fill(kick: boolean): void {
    if (filling || !owns()) return;
    filling = true;
    try {
      for (const row of store.open()) {
        const again = row.status === "planning" || row.status === "cancelling" ? kick : carryOn(row);
        if (again) later();
      }
    } finally {
      filling = false;
    }
  }

  return {
    callOff,
    /** Gives the slot of a run that has just ended to the next, in the same transaction: none stands empty meanwhile. */
    refill(backfillId: string): void {
      if (!owns()) return;
      const row = store.get(backfillId);
      if (row?.status !== "running" || row.overlap_policy === "skip" || hasFailedEnough(row)) return;
      fillSlots(row, row.concurrency - store.activeCount(backfillId));
    },
    wake: (): void => fill(true),
    start(): void {
      started = true;
      fill(true);
    },
    stop(): void {
      started = false;
    },
  };
}
