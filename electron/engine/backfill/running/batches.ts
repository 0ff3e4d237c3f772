import type { BackfillReading, BackfillStore } from "../../../storage/tables/backfills.ts";
import { createBatchSize } from "../../turns.ts";
import type { BackfillEngine } from "../backfillEngine.ts";
import type { CallOff } from "./callOff.ts";
import type { BackfillWriter } from "./writer.ts";

/** What one batch should hold the process for: well under what a person notices in the interface. */
const sizes = { first: 500, smallest: 100, largest: 2000, ms: 12 };
const RETRY_MS = 1000;

export interface BackfillBatchesOptions {
  store: BackfillStore;
  writer: BackfillWriter;
  callOff: CallOff;
  engine: Pick<BackfillEngine, "checkpointIfLong" | "clock" | "isOwner" | "report" | "writeAsOwner">;
  /** Between the runner's start and stop. */
  isStarted(): boolean;
  /** Nothing is left that goes in batches. */
  done(): void;
}

/**
 * Long work on backfills in the background: rows are written (`planning`) and waiting runs are called off (`cancelling`) in
 * batches, each a transaction of its own, with the event loop free behind each that leaves more to do.
 *
 *   after a batch                        comes
 *   there is more                        the next one; another backfill's first, where one has work
 *   nothing is left                      `done`
 *   it failed, or the database is away   another look after RETRY_MS
 *   the runner was stopped               nothing
 */
export function createBackfillBatches({ store, writer, callOff, engine, isStarted, done }: BackfillBatchesOptions) {
  const { clock } = engine;
  const writing = createBatchSize(sizes);
  /** A run that is written again takes several times the work of a new one. */
  const writingAgain = createBatchSize(sizes);
  const callingOff = createBatchSize(sizes);
  /** The backfill that had the last batch: others go first. */
  let lastServed = "";
  /** The next batch is on its way. */
  let batching = false;
  let retrying = false;

  function later(): void {
    if (batching) return;
    batching = true;
    const next = (): void =>
      clock.defer(() => {
        batching = false;
        work();
      });
    const checkpointing = isStarted() && engine.isOwner() ? engine.checkpointIfLong() : null;
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
    if (!isStarted() || !engine.isOwner()) {
      // The database is away; nobody says when it is back.
      if (isStarted()) retry();
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
      if (!more) done();
    } catch (error) {
      engine.report(error);
      retry();
      return;
    }
    if (more) later();
  }

  return {
    /** The next batch, after what else the process has to do; nothing where it is on its way. */
    later,
  };
}
