import { ALL_KINDS_OF_YEAR_DAYS, CYCLE_DAYS, DAY_MS, dayOf, FIRST_YEAR, LAST_YEAR } from "./civil.ts";
import { createDayTable, type TimedRule, upperBound } from "./dayTable.ts";
import type { Exclusions } from "./exclusions.ts";
import { createTransitionBlocks } from "./transitionBlocks.ts";
import type { DstPolicy } from "./types.ts";
import type { Zone } from "./zone.ts";

/** Something that has occurrences. Bounds: `from` included, `to` not. */
export interface Source {
  next(afterAt: number): number | null;
  previous(beforeAt: number): number | null;
  collect(fromAt: number, toAt: number, limit: number, out: number[]): void;
  count(fromAt: number, toAt: number): number;
}

/** Calendar entries: can also count those of their occurrences that an interval shares. */
export interface CalendarSource extends Source {
  countOnGrid(fromAt: number, toAt: number, grid: { everyMs: number; anchorAt: number; firstAt: number }): number;
}

const FIRST_DAY = dayOf(FIRST_YEAR, 1, 1);
const END_DAY = dayOf(LAST_YEAR + 1, 1, 1);

/**
 * The union of calendar entries in one zone. Away from transitions a local day is looked up in a table; the days a
 * transition touches are worked out whole.
 */
export function createCalendarSource(options: {
  zone: Zone;
  rules: readonly TimedRule[];
  exclusions: Exclusions | null;
  dst: DstPolicy;
}): CalendarSource {
  const { zone, rules, exclusions } = options;
  const { timesOn, firstMatch, lastMatch } = createDayTable(rules, exclusions);
  const blockOf = createTransitionBlocks(options);

  // Outside these days no rule matches at all; beyond the special ones the days repeat with the Gregorian calendar.
  const bounds = rules.map((rule) => rule.days.years);
  const bounded = bounds.filter((years) => years !== null);
  const allBounded = bounded.length === bounds.length;
  const firstRuleDay = allBounded
    ? Math.max(FIRST_DAY, dayOf(Math.min(...bounded.map(([first]) => first)), 1, 1) - 2)
    : FIRST_DAY;
  const lastRuleDay = allBounded ? dayOf(Math.max(...bounded.map(([, last]) => last)) + 1, 1, 1) + 2 : END_DAY;
  const firstSpecialDay = Math.min(
    exclusions ? exclusions.firstSpecialAt / DAY_MS : END_DAY,
    ...bounded.map(([first]) => dayOf(first, 1, 1)),
  );
  const lastSpecialDay = Math.max(
    exclusions ? exclusions.lastSpecialAt / DAY_MS : FIRST_DAY,
    ...bounded.map(([, last]) => dayOf(last + 1, 1, 1)),
    ...rules.map((rule) => rule.days.fromDay ?? FIRST_DAY),
  );

  const horizon = rules.some((rule) => rule.days.countsDays) ? CYCLE_DAYS : ALL_KINDS_OF_YEAR_DAYS;

  function next(afterAt: number): number | null {
    let day = Math.floor((afterAt + zone.offsetAt(afterAt)) / DAY_MS);
    const end = Math.min(END_DAY, lastRuleDay, Math.max(day, lastSpecialDay) + horizon);
    if (day < firstRuleDay) day = firstRuleDay;
    else {
      const span = zone.spanOf(day);
      if ((span & 1) === 0) {
        const start = day * DAY_MS - (zone.spanOffset[span] as number);
        const times = timesOn(day);
        const i = upperBound(times, afterAt - start);
        if (i < times.length) return start + (times[i] as number);
        day++;
      } else {
        // A time may have been moved to this day from one before, so the block counts whatever this day has.
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        const i = upperBound(block.times, afterAt - block.base);
        if (i < block.times.length) return block.base + (block.times[i] as number);
        day = zone.spanEnd(span);
      }
    }
    for (;;) {
      day = firstMatch(day, end);
      if (day < FIRST_DAY) return null;
      const span = zone.spanOf(day);
      if ((span & 1) === 0) {
        const times = timesOn(day);
        if (times.length > 0) return day * DAY_MS - (zone.spanOffset[span] as number) + (times[0] as number);
        const spanEnd = zone.spanEnd(span);
        const open = firstMatch(day + 1, Math.min(spanEnd, end), true);
        day = open > day ? open : spanEnd;
      } else {
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        if (block.times.length > 0) return block.base + (block.times[0] as number);
        day = zone.spanEnd(span);
      }
    }
  }

  function previous(beforeAt: number): number | null {
    let day = Math.floor((beforeAt + zone.offsetAt(beforeAt)) / DAY_MS);
    const end = Math.max(FIRST_DAY, firstRuleDay, Math.min(day, firstSpecialDay) - horizon);
    if (day >= lastRuleDay) day = lastRuleDay - 1;
    else {
      const span = zone.spanOf(day);
      if ((span & 1) === 0) {
        const start = day * DAY_MS - (zone.spanOffset[span] as number);
        const times = timesOn(day);
        const i = upperBound(times, beforeAt - start - 1);
        if (i > 0) return start + (times[i - 1] as number);
        day--;
      } else {
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        const i = upperBound(block.times, beforeAt - block.base - 1);
        if (i > 0) return block.base + (block.times[i - 1] as number);
        day = zone.spanStart(span) - 1;
      }
    }
    for (;;) {
      day = lastMatch(end, day + 1);
      if (day < FIRST_DAY) return null;
      const span = zone.spanOf(day);
      if ((span & 1) === 0) {
        const times = timesOn(day);
        if (times.length > 0) return day * DAY_MS - (zone.spanOffset[span] as number) + (times.at(-1) as number);
        const spanStart = zone.spanStart(span);
        const open = lastMatch(Math.max(spanStart, end), day, true);
        day = open >= FIRST_DAY ? open : spanStart - 1;
      } else {
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        if (block.times.length > 0) return block.base + (block.times.at(-1) as number);
        day = zone.spanStart(span) - 1;
      }
    }
  }

  /** Calls back for every stretch of occurrences from `fromAt` to `toAt` (left out): times counted from a base, from index `low` to `high` (left out). */
  function walk(
    fromAt: number,
    toAt: number,
    visit: (base: number, times: Int32Array, low: number, high: number) => boolean,
  ): void {
    const fromDay = Math.floor((fromAt + zone.offsetAt(fromAt)) / DAY_MS);
    const end = Math.min(END_DAY, lastRuleDay, Math.floor((toAt + zone.offsetAt(toAt)) / DAY_MS) + 1);
    // The block that holds the first day may hold times moved to it, too.
    const fromSpan = zone.spanOf(fromDay);
    let day = Math.max(firstRuleDay, (fromSpan & 1) === 1 ? zone.spanStart(fromSpan) : fromDay);
    for (day = firstMatch(day, end); day >= FIRST_DAY; day = firstMatch(day, end)) {
      const span = zone.spanOf(day);
      if ((span & 1) === 0) {
        const start = day * DAY_MS - (zone.spanOffset[span] as number);
        const times = timesOn(day);
        const low = start >= fromAt ? 0 : upperBound(times, fromAt - start - 1);
        const high = start + DAY_MS <= toAt ? times.length : upperBound(times, toAt - start - 1);
        if (low < high && !visit(start, times, low, high)) return;
        day++;
      } else {
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        const low = upperBound(block.times, fromAt - block.base - 1);
        const high = upperBound(block.times, toAt - block.base - 1);
        if (low < high && !visit(block.base, block.times, low, high)) return;
        day = zone.spanEnd(span);
      }
    }
  }

  const onGrid = new Map<Int32Array, Map<string, number>>();
  /** Of the times of one day or block, how many lie on a grid. Days are alike, so this is worked out once for each kind. */
  function countTimesOnGrid(times: Int32Array, everyMs: number, phase: number): number {
    let known = onGrid.get(times);
    if (!known) {
      known = new Map();
      onGrid.set(times, known);
    }
    const key = `${everyMs} ${phase}`;
    let count = known.get(key);
    if (count === undefined) {
      count = 0;
      for (const time of times) if ((time + phase) % everyMs === 0) count++;
      if (known.size > 10_000) known.clear();
      known.set(key, count);
    }
    return count;
  }

  return {
    next,
    previous,
    collect(fromAt, toAt, limit, out) {
      if (limit <= 0) return;
      let left = limit;
      walk(fromAt, toAt, (base, times, low, high) => {
        const stop = Math.min(high, low + left);
        for (let i = low; i < stop; i++) out.push(base + (times[i] as number));
        left -= stop - low;
        return left > 0;
      });
    },
    count(fromAt, toAt) {
      let total = 0;
      walk(fromAt, toAt, (_base, _times, low, high) => {
        total += high - low;
        return true;
      });
      return total;
    },
    countOnGrid(fromAt, toAt, { everyMs, anchorAt, firstAt }) {
      let total = 0;
      walk(Math.max(fromAt, firstAt), toAt, (base, times, low, high) => {
        const phase = (((base - anchorAt) % everyMs) + everyMs) % everyMs;
        if (low === 0 && high === times.length) {
          total += countTimesOnGrid(times, everyMs, phase);
        } else {
          for (let i = low; i < high; i++) if ((base + (times[i] as number) - anchorAt) % everyMs === 0) total++;
        }
        return true;
      });
      return total;
    },
  };
}
