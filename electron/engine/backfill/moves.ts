import { type BackfillStatus, backfillMoves } from "../../../shared/domain/backfill.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { BackfillReading, BackfillRow, BackfillStore } from "../../storage/tables/backfills.ts";
import type { BackfillEngine } from "./backfillEngine.ts";

/** At most so many runs are written or called off by a command itself, so that its answer is final. */
export const AT_ONCE = 1000;

const ended: ReadonlySet<BackfillStatus> = new Set<BackfillStatus>(["completed", "failed", "cancelled"]);
export const hasEnded = ({ status }: Pick<BackfillRow, "status">): boolean => ended.has(status);

export const illegal = (row: Pick<BackfillRow, "id" | "status">, why: string): AppError =>
  new AppError("ILLEGAL_TRANSITION", `backfill ${row.id} is ${row.status}: ${why}`);

/**
 * Moves a backfill to another status, by the table in shared/domain/backfill.ts. Throws ILLEGAL_TRANSITION where that has
 * no such move, and where the row no longer has the status that was seen: a lost race changes nothing.
 */
export function moveTo(
  store: Pick<BackfillStore, "change">,
  row: Pick<BackfillRow, "id" | "status">,
  to: BackfillStatus,
  columns: Partial<BackfillRow> = {},
): void {
  if (!backfillMoves[row.status].includes(to) || !store.change(row.id, row.status, { ...columns, status: to })) {
    throw illegal(row, `it cannot become ${to}`);
  }
}

/** Inside a command's transaction: tells pages and this and other processes that there is something to look at. */
export function touchAll(
  engine: Pick<BackfillEngine, "touch">,
  row: Pick<BackfillReading, "id" | "schedule_id">,
): void {
  engine.touch("backfills", row.id);
  engine.touch("schedules", row.schedule_id);
  engine.touch("runs");
}
