import type { Backfill } from "../../../shared/domain/backfill.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { BackfillReading, BackfillRow, BackfillStore } from "../../storage/tables/backfills.ts";
import type { Actor, BackfillService } from "../contract.ts";
import type { BackfillEngine } from "./backfillEngine.ts";
import { AT_ONCE, hasEnded, illegal, moveTo, touchAll } from "./moves.ts";
import type { CallOff } from "./running/callOff.ts";
import type { BackfillWriter } from "./running/writer.ts";
import type { BackfillViews } from "./views.ts";

export interface BackfillCommandsOptions {
  store: BackfillStore;
  engine: Pick<BackfillEngine, "clock" | "ids" | "stores" | "touch" | "write">;
  views: BackfillViews;
  writer: BackfillWriter;
  callOff: CallOff;
}

/**
 * What a person does to a backfill that is there. Each command is one transaction, answers with what is stored after it,
 * and where the state does not allow it changes nothing and throws ILLEGAL_TRANSITION (-):
 *
 *             planning     running      paused               cancelling   completed, failed, cancelled
 *   pause     paused       paused       paused               -            -
 *   resume    planning     running      running, planning¹   -            -
 *   cancel    cancelling²  cancelling²  cancelling²          cancelling²  -
 *   set       planning     running      paused               cancelling   -
 *   rerun     -            -            -                    -            planning³
 *
 *   ¹ planning where rows are still to be written
 *   ² cancelled at once where nothing of it waits or runs
 *   ³ and on at once where it is short: running, or completed where nothing is to be run. CONFLICT where none of its runs
 *     failed or was cancelled, or its schedule is deleted
 */
export function createBackfillCommands({
  store,
  engine,
  views,
  writer,
  callOff,
}: BackfillCommandsOptions): Pick<BackfillService, "pause" | "resume" | "cancel" | "set" | "rerun"> {
  const { clock, stores } = engine;

  const command = (backfillId: string, work: (row: BackfillReading) => void): Backfill =>
    engine.write(() => {
      const row = views.read(backfillId);
      work(row);
      touchAll(engine, row);
      return views.get(backfillId);
    });

  const tell = ({ id, schedule_id }: BackfillReading, actor: Actor, details: Record<string, unknown>): void => {
    const at = clock.now();
    stores.activity.add({
      scheduleId: schedule_id,
      at,
      kind: "backfilled",
      actor,
      details: { backfillId: id, ...details },
    });
  };

  return {
    pause: (backfillId, actor) =>
      command(backfillId, (row) => {
        if (row.status === "paused") return;
        moveTo(store, row, "paused");
        tell(row, actor, { did: "paused" });
      }),

    resume: (backfillId, actor) =>
      command(backfillId, (row) => {
        if (row.status === "planning" || row.status === "running") return;
        if (row.status !== "paused") throw illegal(row, "only a paused one can be resumed");
        moveTo(store, row, row.planned_until_at === null ? "running" : "planning");
        tell(row, actor, { did: "resumed" });
      }),

    cancel: (backfillId, running, actor) =>
      command(backfillId, (row) => {
        if (hasEnded(row)) throw illegal(row, "there is nothing left to cancel");
        if (row.status !== "cancelling") {
          moveTo(store, row, "cancelling", { ends_as: "cancelled" });
          tell(row, actor, { did: "cancelled" });
        }
        callOff(backfillId, { running: running === "cancel", actor, limit: AT_ONCE });
      }),

    set: (input) =>
      command(input.backfillId, (row) => {
        if (hasEnded(row)) throw illegal(row, "nothing of it can be changed any more");
        const columns: Partial<BackfillRow> = {};
        if (input.concurrency !== undefined) columns.concurrency = input.concurrency;
        if (input.maxFailures !== undefined) columns.max_failures = input.maxFailures;
        if (Object.keys(columns).length > 0) store.change(row.id, row.status, columns);
      }),

    rerun: (backfillId, actor) =>
      command(backfillId, (row) => {
        if (!hasEnded(row)) throw illegal(row, "runs can be repeated once it has ended");
        if (store.schedule(row.schedule_id)?.status === "deleted") {
          throw new AppError(
            "CONFLICT",
            `the schedule ${row.schedule_id} is deleted: restore it before running its backfill again`,
          );
        }
        const again = row.failed + row.cancelled;
        if (again === 0) {
          throw new AppError("CONFLICT", `backfill ${backfillId} has no failed or cancelled runs to run again`);
        }
        moveTo(store, row, "planning", {
          generation: row.generation + 1,
          planned_until_at: row.from_at,
          ends_as: null,
          completed_at: null,
        });
        store.setIdPrefix(backfillId, engine.ids(clock.now()));
        tell(row, actor, { again });
        if (row.total <= AT_ONCE) writer.writeAll(backfillId, AT_ONCE);
      }),
  };
}
