import { cancelRunSchema } from "../../../shared/api/runs.ts";
import { parseWith } from "../../../shared/domain/fieldIssues.ts";
import type { Run } from "../../../shared/domain/run.ts";
import type { Actor } from "../contract.ts";
import type { Core } from "../core.ts";
import { cancelWaiting, illegalMove } from "./ends.ts";
import { CANCEL_GRACE_MS } from "./overlap.ts";
import { existingRun, hasEnded, viewOf } from "./runLookup.ts";

/** Ends a run that waits at once, asks one that runs to stop. */
export function cancelRun(core: Core, runId: string, graceMs: number | undefined, actor: Actor): Run {
  const input = parseWith(cancelRunSchema, { runId, ...(graceMs === undefined ? {} : { graceMs }) });
  return core.write(() => {
    const run = existingRun(core, input.runId);
    if (hasEnded(run)) throw illegalMove(run, "cancelled", " It has ended.");
    if (run.status === "running" || run.status === "interrupted") {
      core.stores.runs.requestCancel(run.id, core.clock.now(), input.graceMs ?? CANCEL_GRACE_MS);
      core.touch("runs", run.id);
      if (run.scheduleId !== null && run.cancelRequestedAt === null) {
        core.stores.activity.add({
          scheduleId: run.scheduleId,
          at: core.clock.now(),
          kind: "cancelled",
          actor,
          runId: run.id,
          details: { requested: true },
        });
      }
    } else cancelWaiting(core, run, actor, "by hand");
    return viewOf(core, existingRun(core, run.id));
  });
}
