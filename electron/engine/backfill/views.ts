import type { z } from "zod";
import type { listBackfillsSchema } from "../../../shared/api/backfills.ts";
import type { Backfill } from "../../../shared/domain/backfill.ts";
import { AppError } from "../../../shared/domain/errors.ts";
import type { BackfillReading, BackfillStore } from "../../storage/tables/backfills.ts";
import { iso, isoOrNull } from "./planning/request.ts";
import { endsPerMs, RATE_SAMPLE } from "./progress.ts";

export interface BackfillViews {
  /** The stored row. Throws NOT_FOUND. */
  read(backfillId: string): BackfillReading;
  shown(row: BackfillReading): Backfill;
  /** Throws NOT_FOUND. */
  get(backfillId: string): Backfill;
  list(input: z.input<typeof listBackfillsSchema>): { rows: Backfill[]; total: number };
}

export const noBackfill = (backfillId: string): AppError =>
  new AppError("NOT_FOUND", `there is no backfill ${backfillId}`, {
    issues: [{ path: "backfillId", given: backfillId, message: "the id of a backfill" }],
  });

/**
 * Backfills as others see them. In every view completed + failed + cancelled + remaining is the total, and remaining holds
 * what runs; a rate and the time left are there only while runs of it may end.
 */
export function createBackfillViews({ store, now }: { store: BackfillStore; now: () => number }): BackfillViews {
  function perMsOf({ id, status, run_order, concurrency }: BackfillReading): number | null {
    if (status !== "running" && status !== "cancelling") return null;
    const latest = store.latestEnds(id, run_order, RATE_SAMPLE + concurrency);
    const running = (): number => store.active(id).filter((run) => run.status === "running").length;
    return endsPerMs({ nowAt: now(), concurrency, latest, running });
  }

  function shown(row: BackfillReading): Backfill {
    const remaining = Math.max(0, row.total - row.completed - row.failed - row.cancelled);
    const perMs = perMsOf(row);
    return {
      backfillId: row.id,
      scheduleId: row.schedule_id,
      scheduleName: row.schedule_name,
      status: row.status,
      from: iso(row.from_at),
      to: iso(row.to_at),
      timezone: row.timezone,
      reprocess: row.reprocess,
      order: row.run_order,
      concurrency: row.concurrency,
      overlapPolicy: row.overlap_policy,
      maxFailures: row.max_failures,
      input: row.input === null ? null : JSON.parse(row.input),
      occurrences: row.occurrences,
      existing: JSON.parse(row.existing) as Record<string, number>,
      total: row.total,
      completed: row.completed,
      failed: row.failed,
      cancelled: row.cancelled,
      notStarted: row.called_off,
      running: store.activeCount(row.id),
      remaining,
      rate: perMs === null ? null : perMs * 1000,
      timeLeftMs: perMs === null ? null : Math.round(remaining / perMs),
      createdAt: iso(row.created_at),
      startedAt: isoOrNull(row.started_at),
      completedAt: isoOrNull(row.completed_at),
      createdBy: row.created_by,
    };
  }

  function read(backfillId: string): BackfillReading {
    const row = store.get(backfillId);
    if (row === undefined) throw noBackfill(backfillId);
    return row;
  }

  return {
    read,
    shown,
    get: (backfillId) => shown(read(backfillId)),
    list(input) {
      const { limit = 100, offset = 0, ...filter } = input;
      return { rows: store.list({ ...filter, limit, offset }).map(shown), total: store.count(filter) };
    },
  };
}
