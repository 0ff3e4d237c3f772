import type { Connection } from "../sqlite.ts";

/** Missed occurrences that nothing has filled: `open` of those from `firstAt` to `lastAt` (both included, epoch ms). */
export interface OpenRange {
  firstAt: number;
  lastAt: number;
  open: number;
}

interface MissedRange {
  id: number;
  scheduleId: string;
  firstAt: number;
  lastAt: number;
  count: number;
}

/** Ranges of a schedule that are looked at. */
const rangesShown = 50;
/** Beyond so many occurrences a range is not gone through each time it is asked about. */
const bigRange = 2000;
const bigRangeKeptMs = 2000;

// A downtime that was dismissed asks for nothing any more.
const wanted = `o.kind = 'missed' and not exists (
  select 1 from downtimes d where d.dismissed_at is not null and d.from_at <= o.first_at and d.to_at >= o.last_at)`;
// A run fills a hole unless it was cancelled.
const filled = `(select count(distinct r.scheduled_at) from runs r
  where r.schedule_id = o.schedule_id and r.scheduled_at between o.first_at and o.last_at and r.status <> 'cancelled')`;
const rangeColumns = "o.id, o.schedule_id as scheduleId, o.first_at as firstAt, o.last_at as lastAt, o.count";

/**
 * Finds holes. A range of half a million occurrences takes a tenth of a second to go through, so what was found is kept:
 * for good while it is filled (only a cancelled backfill opens it again), else for a moment.
 */
export function createHoleReads(sql: Connection, now: () => number) {
  const ranges = sql.prepare<[string, number], MissedRange>(
    `select ${rangeColumns} from omissions o where o.schedule_id = ? and ${wanted} order by o.first_at desc limit ?`,
  );
  const filledIn = sql.prepare<[number], number>(`select ${filled} from omissions o where o.id = ?`).pluck();
  const filledQuickly = sql
    .prepare<[string, number, number], number>(
      "select count(distinct scheduled_at) from runs where schedule_id = ? and scheduled_at between ? and ?",
    )
    .pluck();
  const cancelledIn = sql
    .prepare<[string], number>("select coalesce(sum(cancelled), 0) from backfills where schedule_id = ?")
    .pluck();
  const smallOpen = sql
    .prepare<[number], string>(
      `select distinct o.schedule_id from omissions o join schedules s on s.id = o.schedule_id
       where s.status <> 'deleted' and ${wanted} and o.count <= ? and o.count > ${filled}`,
    )
    .pluck();
  const big = sql.prepare<[number], MissedRange>(
    `select ${rangeColumns} from omissions o join schedules s on s.id = o.schedule_id
     where s.status <> 'deleted' and ${wanted} and o.count > ?`,
  );

  const kept = new Map<number, { key: string; open: number; at: number }>();

  function openOf(range: MissedRange): number {
    if (range.count <= bigRange) return range.count - (filledIn.get(range.id) ?? 0);
    const cancelled = cancelledIn.get(range.scheduleId) ?? 0;
    const key = `${range.count} ${cancelled}`;
    const found = kept.get(range.id);
    if (found?.key === key && (found.open <= 0 || now() - found.at < bigRangeKeptMs)) return found.open;
    const done =
      cancelled === 0 ? filledQuickly.get(range.scheduleId, range.firstAt, range.lastAt) : filledIn.get(range.id);
    const open = range.count - (done ?? 0);
    kept.set(range.id, { key, open, at: now() });
    return open;
  }

  let last: { ids: string[]; at: number; tookMs: number } | undefined;

  return {
    /** Of one schedule, newest first. */
    of(scheduleId: string): OpenRange[] {
      return ranges
        .all(scheduleId, rangesShown)
        .map((range) => ({ firstAt: range.firstAt, lastAt: range.lastAt, open: openOf(range) }))
        .filter(({ open }) => open > 0);
    },
    /** The schedules that have any. Where ten thousand do, a twentieth of the time goes into counting them. */
    scheduleIds(): string[] {
      const startedAt = now();
      if (last !== undefined && startedAt - last.at < last.tookMs * 20) return last.ids;
      const ids = new Set(smallOpen.all(bigRange));
      for (const range of big.all(bigRange)) {
        if (!ids.has(range.scheduleId) && openOf(range) > 0) ids.add(range.scheduleId);
      }
      last = { ids: [...ids], at: startedAt, tookMs: now() - startedAt };
      return last.ids;
    },
  };
}
export type HoleReads = ReturnType<typeof createHoleReads>;
