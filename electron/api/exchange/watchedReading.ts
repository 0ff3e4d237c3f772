import type { ImportProgress } from "../../../shared/api/exchange.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { ReadOptions } from "./reading/reader.ts";

/** What is read for a person who looks on, and may stop it. */
export interface WatchedReading {
  /** Does it with a signal and a progress to pass on. Throws CONFLICT where it is stopped; what it does has to change nothing then. */
  during<T>(work: (options: Required<ReadOptions>) => Promise<T>): Promise<T>;
  /** How far the latest that goes on is; null where none does. Both 0 until it is known. */
  progress(): ImportProgress | null;
  /** Ends the latest that goes on. */
  stop(): void;
}

export function createWatchedReading(): WatchedReading {
  let latest: { progress: ImportProgress; stop: AbortController } | null = null;
  return {
    async during(work) {
      const job = { progress: { done: 0, total: 0 }, stop: new AbortController() };
      latest = job;
      try {
        return await work({
          signal: job.stop.signal,
          onProgress(done, total) {
            job.progress = { done, total };
          },
        });
      } finally {
        if (latest === job) latest = null;
      }
    },
    progress: () => latest?.progress ?? null,
    stop: () => latest?.stop.abort(new AppError("CONFLICT", "it was stopped: nothing is changed")),
  };
}
