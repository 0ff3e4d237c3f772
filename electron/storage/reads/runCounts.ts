import type { Connection } from "../sqlite.ts";
import { oneOf } from "../tables/columns.ts";
import type { ReadModel, RunCount, Stretches } from "./readModel.ts";
import type { ScheduleIndex } from "./scheduleIndex.ts";

interface Bound {
  ids: string;
  from: number;
  to: number;
  width: number;
}

type Totals = ReturnType<ReadModel["runTotals"]>[number];
interface Kept {
  /** Its schedule's `changed`. */
  stamp: number;
  totals: Totals;
}
const nothing: Totals = { nominal: [], byHand: [] };
/** A month, a week and a day, each twice: a range that a clock change divides is read in several. */
const stretchesKept = 6;

/**
 * Counts runs by schedule, stretch and status. Of a million runs nearly all have completed, and lie far from each other:
 * how many there are is told by the index of occurrences alone, stretch by stretch, and only those that did not complete are
 * looked for, each kind in an index of its own that few runs are in. What is left has completed. How many there are is kept
 * for each schedule until its row is written, as it is whenever it gets another run or loses one.
 */
export function createRunCounts(
  sql: Connection,
  index: Pick<ScheduleIndex, "stamps">,
): Pick<ReadModel, "runTotals" | "runExceptions"> {
  const these = "schedule_id in (select value from json_each(@ids))";
  const within = "scheduled_at >= @from and scheduled_at < @to";
  // A range is stepped through in the index, where `group by` would sort every run of it.
  const totals = sql
    .prepare<[Bound], [place: number, stretch: number, count: number]>(
      `with recursive spans as materialized (
       select key as place, value as owner,
         (select min(scheduled_at) from runs where schedule_id = value and ${within}) as first,
         (select max(scheduled_at) from runs where schedule_id = value and ${within}) as last
       from json_each(@ids)),
     stretches(place, owner, stretch, last) as (
       select place, owner, cast((first - @from) / @width as integer), cast((last - @from) / @width as integer)
         from spans where first is not null
       union all
       select place, owner, stretch + 1, last from stretches where stretch < last)
     select place, stretch, (select count(*) from runs where schedule_id = owner
         and scheduled_at >= @from + stretch * @width and scheduled_at < min(@to, @from + (stretch + 1) * @width)) as count
       from stretches where count > 0`,
    )
    .raw();
  const stretch = "cast((at - @from) / @width as integer) as stretch";
  const grouped = (runs: string) => ({
    apart: sql.prepare<[Bound], RunCount>(
      `select schedule_id as scheduleId, ${stretch}, status, count(*) as count from (${runs}) group by 1, 2, 3`,
    ),
    together: sql.prepare<[Bound], RunCount>(
      `select null as scheduleId, ${stretch}, status, count(*) as count from (${runs}) group by 2, 3`,
    ),
  });
  const columns = "schedule_id, scheduled_at as at, status from runs";
  const others = [
    `select ${columns} indexed by runs_troubled where ${these} and ${within}
       and ${oneOf("status", ["failed", "cancelled", "interrupted", "skipped"])}`,
    `select ${columns} indexed by runs_active where status in ('pending', 'running') and ${these} and ${within}`,
    // coalesce: the expression that the index is of.
    `select ${columns} indexed by runs_buffered where status = 'buffered' and backfill_id is null and ${these}
       and coalesce(scheduled_at, created_at) >= @from and coalesce(scheduled_at, created_at) < @to and scheduled_at is not null`,
    `select r.schedule_id, r.scheduled_at as at, r.status from backfills b cross join runs r indexed by runs_backfill_waiting
       on r.backfill_id = b.id and r.status = 'buffered'
       where b.${these} and r.scheduled_at >= @from and r.scheduled_at < @to`,
  ].map(grouped);
  // By hand: without a nominal time, and few.
  const byHand = grouped(
    `select schedule_id, created_at as at, status from runs
       where ${these} and scheduled_at is null and created_at >= @from and created_at < @to`,
  );
  const boundOf = (ids: readonly string[], { fromAt, toAt, widthMs }: Stretches): Bound => ({
    ids: JSON.stringify(ids),
    from: fromAt,
    to: toAt,
    width: widthMs,
  });

  const readTotals = (ids: readonly string[], stretches: Stretches): Totals[] => {
    const bound = boundOf(ids, stretches);
    const found = ids.map((): { nominal: number[]; byHand: RunCount[] } => ({ nominal: [], byHand: [] }));
    for (const [place, ...cell] of totals.all(bound)) found[place]?.nominal.push(...cell);
    const places = new Map(ids.map((id, place) => [id, place]));
    for (const each of byHand.apart.all(bound)) found[places.get(each.scheduleId ?? "") ?? -1]?.byHand.push(each);
    return found;
  };
  const kept = new Map<string, Map<string, Kept>>();

  /** What is kept of these stretches, and of few others that were asked for lately. */
  const keptOf = ({ fromAt, toAt, widthMs }: Stretches): Map<string, Kept> => {
    const key = `${fromAt} ${toAt} ${widthMs}`;
    const own = kept.get(key) ?? new Map<string, Kept>();
    kept.delete(key);
    kept.set(key, own);
    const [oldest] = kept.keys();
    if (kept.size > stretchesKept && oldest !== undefined) kept.delete(oldest);
    return own;
  };

  return {
    runTotals(ids, stretches) {
      // Read before the runs are: what is added meanwhile is at worst read twice.
      const stamps = index.stamps(ids);
      const own = keptOf(stretches);
      const stale = ids.filter((id, place) => {
        const stamp = stamps[place];
        return stamp === undefined || own.get(id)?.stamp !== stamp;
      });
      const read = stale.length === 0 ? [] : readTotals(stale, stretches);
      const fresh = new Map(stale.map((id, place) => [id, read[place] as Totals]));
      return ids.map((id, place) => {
        const known = fresh.get(id);
        if (known === undefined) return own.get(id)?.totals ?? nothing;
        const stamp = stamps[place];
        // Where nobody says how many there are, nothing says when they are others; and a transaction may be taken back.
        if (stamp !== undefined && !sql.inTransaction) own.set(id, { stamp, totals: known });
        return known;
      });
    },
    runExceptions(ids, stretches, apart) {
      const bound = boundOf(ids, stretches);
      return others.flatMap((statement) => (apart ? statement.apart : statement.together).all(bound));
    },
  };
}
