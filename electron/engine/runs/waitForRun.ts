import { AppError } from "../../../shared/domain/errors.ts";
import type { Run } from "../../../shared/domain/run.ts";
import type { Core } from "../core.ts";
import { existingRun, hasEnded, viewOf } from "./runLookup.ts";

/** Resolves when a run has ended for good; rejects when it is not there or `signal` says so. */
export function waitForRun(core: Core, runId: string, signal?: AbortSignal): Promise<Run> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stop();
      signal?.removeEventListener("abort", aborted);
      settle();
    };
    const look = (): void => {
      try {
        const run = existingRun(core, runId);
        if (hasEnded(run)) finish(() => resolve(viewOf(core, run)));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const aborted = (): void =>
      finish(() =>
        reject(
          signal?.reason instanceof Error ? signal.reason : new AppError("TIMEOUT", `Run ${runId} has not ended yet.`),
        ),
      );
    const stop = core.events.onChange((events) => {
      if (events.some((event) => event.topic === "runs" && (event.ids === undefined || event.ids.includes(runId))))
        look();
    });
    if (signal?.aborted) aborted();
    else {
      signal?.addEventListener("abort", aborted);
      look();
    }
  });
}
