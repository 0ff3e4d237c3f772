import { AppError } from "../../../shared/domain/errors.ts";
import type { Run } from "../../../shared/domain/run.ts";
import type { Core } from "../core.ts";
import { existingRun, hasEnded, viewOf } from "./runLookup.ts";

/**
 * Waits for the ends of runs. Those that this process has written are answered in the turn after their commit; those of
 * other processes when they are noticed, with the pages' news.
 */
export function createRunWaits(core: Core) {
  /** `isEnd`: the run is known to have ended. */
  type Look = (isEnd: boolean) => void;
  const waiting = new Map<string, Set<Look>>();
  let endedHere: string[] = [];
  let strangersSeen = core.strangers();
  let stopListening: (() => void) | null = null;

  const lookAt = (runIds: Iterable<string>, areEnds: boolean): void => {
    for (const runId of runIds) for (const look of [...(waiting.get(runId) ?? [])]) look(areEnds);
  };

  core.onRunEnd(({ run }) => {
    if (waiting.has(run.id)) endedHere.push(run.id);
  });
  core.onCommit(() => {
    if (endedHere.length === 0) return;
    const ended = endedHere;
    endedHere = [];
    core.clock.defer(() => lookAt(ended, true));
  });

  const listen = (): (() => void) =>
    core.events.onChange((events) => {
      const ofRuns = events.find(({ topic }) => topic === "runs");
      if (ofRuns === undefined) return;
      const byStrangers = core.strangers() !== strangersSeen;
      strangersSeen = core.strangers();
      // Without ids it may be any, but only for others: our own have been looked at.
      if (byStrangers) lookAt([...waiting.keys()], false);
    });

  const add = (runId: string, look: Look): void => {
    stopListening ??= listen();
    const known = waiting.get(runId);
    if (known === undefined) waiting.set(runId, new Set([look]));
    else known.add(look);
  };

  const remove = (runId: string, look: Look): void => {
    const known = waiting.get(runId);
    known?.delete(look);
    if (known?.size === 0) waiting.delete(runId);
    if (waiting.size > 0) return;
    stopListening?.();
    stopListening = null;
  };

  /** Resolves when a run has ended for good; rejects when it is not there or `signal` says so. */
  return (runId: string, signal?: AbortSignal): Promise<Run> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        remove(runId, look);
        signal?.removeEventListener("abort", aborted);
        settle();
      };
      const look: Look = (isEnd) => {
        try {
          // Asked of each run as it begins to be waited for: all of its row is read once it has ended.
          const status = isEnd ? null : core.stores.runs.status(runId);
          if (status === "pending" || status === "running" || status === "buffered") return;
          const run = existingRun(core, runId);
          if (hasEnded(run)) finish(() => resolve(viewOf(core, run)));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const aborted = (): void =>
        finish(() =>
          reject(
            signal?.reason instanceof Error
              ? signal.reason
              : new AppError("TIMEOUT", `Run ${runId} has not ended yet.`),
          ),
        );
      add(runId, look);
      if (signal?.aborted) aborted();
      else {
        signal?.addEventListener("abort", aborted);
        look(false);
      }
    });
}
