import type { Backfill } from "../../../shared/domain/backfill.ts";
import type { BackfillStore } from "../../storage/tables/backfills.ts";
import type { BackfillEngine } from "./backfillEngine.ts";
import { hasEnded } from "./moves.ts";
import { type BackfillViews, noBackfill } from "./views.ts";

/** Resolves when a backfill has ended, with what it is then; rejects when it is not there or `signal` says so. */
export function waitForEnd(
  { store, engine, views }: { store: BackfillStore; engine: Pick<BackfillEngine, "onChange">; views: BackfillViews },
  backfillId: string,
  signal?: AbortSignal,
): Promise<Backfill> {
  return new Promise((resolve, reject) => {
    const settle = (): boolean => {
      const row = store.get(backfillId);
      if (row !== undefined && !hasEnded(row)) return false;
      stop();
      signal?.removeEventListener("abort", aborted);
      if (row === undefined) reject(noBackfill(backfillId));
      else resolve(views.shown(row));
      return true;
    };
    const aborted = (): void => {
      stop();
      reject(signal?.reason);
    };
    const stop = engine.onChange((events) => {
      if (events.some((event) => event.topic === "backfills" && (event.ids?.includes(backfillId) ?? true))) settle();
    });
    if (signal?.aborted) aborted();
    else if (!settle()) signal?.addEventListener("abort", aborted, { once: true });
  });
}
