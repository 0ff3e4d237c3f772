import { z } from "zod";
import { cancelBackfillSchema, listBackfillsSchema } from "../../../shared/api/backfills.ts";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import { answered, plural, type ToolAnswer, type ToolParts } from "../parts.ts";

export const backfillInput = z.object({
  action: z
    .enum(["list", "show", "pause", "resume", "cancel", "rerun"])
    .describe("rerun: what failed or was cancelled, again"),
  backfillId: z.string().min(1).max(100).optional().describe("for all but list"),
  scheduleId: listBackfillsSchema.shape.scheduleId.describe("list: of this schedule alone"),
  running: cancelBackfillSchema.shape.running
    .optional()
    .describe("cancel: what becomes of runs under way; finish where left out"),
});
export const backfillOutput = z.object({ backfills: z.array(z.record(z.string(), z.unknown())), page: z.string() });

function shownOf({
  backfillId,
  scheduleId,
  status,
  from,
  to,
  total,
  completed,
  failed,
  cancelled,
  running,
  remaining,
  timeLeftMs,
}: Backfill) {
  return {
    backfillId,
    scheduleId,
    status,
    from,
    to,
    total,
    completed,
    failed,
    cancelled,
    running,
    remaining,
    timeLeftMs,
  };
}

export async function backfill(
  parts: ToolParts,
  given: z.output<typeof backfillInput>,
  client: string,
): Promise<ToolAnswer> {
  const { backfills } = parts.api(client);
  const id = (): { backfillId: string } => {
    if (given.backfillId === undefined) throw new AppError("INVALID_INPUT", `${given.action} needs backfillId`);
    return { backfillId: given.backfillId };
  };
  const act = async (): Promise<Backfill[]> => {
    switch (given.action) {
      case "list":
        return (await backfills.list({ scheduleId: given.scheduleId, limit: 20 })).rows;
      case "show":
        return [await backfills.get(id())];
      case "pause":
        return [await backfills.pause(id())];
      case "resume":
        return [await backfills.resume(id())];
      case "cancel":
        return [await backfills.cancel({ ...id(), running: given.running ?? "finish" })];
      case "rerun":
        return [await backfills.rerun(id())];
    }
  };
  const rows = (await act()).map(shownOf);
  const lines = rows.map(
    (row) =>
      `${row.backfillId} of ${row.scheduleId}: ${row.status}, ${row.completed} of ${plural(row.total, "run")} completed, ${row.failed} failed, ${row.remaining} to go`,
  );
  const only = rows.length === 1 ? rows[0] : undefined;
  return answered(lines.length === 0 ? ["there is none"] : lines, {
    backfills: rows,
    page: parts.urlOf(only === undefined ? "/backfills" : `/backfills/${only.backfillId}`),
  });
}
