import { ALL_KINDS_OF_YEAR_DAYS, CYCLE_DAYS, DAY_MS, dayOf, FIRST_YEAR, LAST_YEAR, yearOf } from "../zone/civil.ts";
import { isRuledYear, type Zone } from "../zone/zone.ts";
import { specialYears } from "./dayRules.ts";
import { createDayTable, type TimedRule, upperBound } from "./dayTable.ts";
import type { Exclusions } from "./exclusions.ts";
import { createTransitionBlocks } from "./transitionBlocks.ts";

/** Something that has occurrences. Bounds: `from` included, `to` not. */
export interface Source {
  /** The search may end at `beforeAt`: what lies there or later may be given or not. */
  next(afterAt: number, beforeAt?: number): number | null;
  previous(beforeAt: number): number | null;
  collect(fromAt: number, toAt: number, limit: number, out: number[]): void;
  count(fromAt: number, toAt: number): number;
  /** Calls back for every stretch of occurrences, in order, until told false. Days that are alike have one and the same list of times. */
  walk(fromAt: number, toAt: number, visit: Visit): void;
}

/** A stretch of occurrences: times counted from a base, from index `low` to `high` (left out). Returns whether to go on. */
export type Visit = (base: number, times: Int32Array, low: number, high: number) => boolean;

const FIRST_DAY = dayOf(FIRST_YEAR, 1, 1);
const END_DAY = dayOf(LAST_YEAR + 1, 1, 1);
/** No block is longer. */
const BLOCK_DAYS = 8;
/** In place of the span of a day that is not found: no plain one. */
const NO_SPAN = 1;

/**
 * The union of calendar entries in one zone. Away from transitions a local day is looked up in a table; the days a
 * transition touches are worked out whole.
 */
export function createCalendarSource(options: {
  zone: Zone;
  rules: readonly TimedRule[];
  exclusions: Exclusions | null;
}): Source {
  const { zone, rules, exclusions } = options;
  const { timesOn, firstMatch, lastMatch, yearKey } = createDayTable(rules, exclusions);
  const blockOf = createTransitionBlocks({ ...options, timesOn });

  // Outside these days no rule matches at all; beyond the special ones the days repeat with the Gregorian calendar.
  const bounds = rules.map((rule) => rule.days.years);
  const bounded = bounds.filter((years) => years !== null);
  const allBounded = bounded.length === bounds.length;
  const firstRuleDay = allBounded
    ? Math.max(FIRST_DAY, dayOf(Math.min(...bounded.map(([first]) => first)), 1, 1) - 2)
    : FIRST_DAY;
  const lastRuleDay = allBounded ? dayOf(Math.max(...bounded.map(([, last]) => last)) + 1, 1, 1) + 2 : END_DAY;
  const special = specialYears(rules.map((rule) => rule.days));
  const firstSpecialDay = Math.min(
    exclusions ? exclusions.firstSpecialAt / DAY_MS : END_DAY,
    ...special.map(([first]) => dayOf(first, 1, 1)),
  );
  const lastSpecialDay = Math.max(
    exclusions ? exclusions.lastSpecialAt / DAY_MS : FIRST_DAY,
    ...special.map(([, last]) => dayOf(last + 1, 1, 1)),
    ...rules.map((rule) => rule.days.fromDay ?? FIRST_DAY),
  );

  const countsDays = exclusions?.countsDays === true || rules.some((rule) => rule.days.countsDays);
  const horizon = countsDays ? CYCLE_DAYS : ALL_KINDS_OF_YEAR_DAYS;

  // Where all times of a day are excluded, the clock may still move one of them to a time that is not.
  const moves = exclusions !== null && rules.some((rule) => rule.moves !== null);
  /** Years by their keys, of those whose transitions are alike, in which no time is moved to where it may fire. */
  const stillYears = new Set<string>();

  /** First occurrence of the blocks that hold a day from `from` to `end` (left out), where no such day has times of its own. */
  function firstMoved(from: number, end: number): number | null {
    if (!moves || exclusions === null) return null;
    const limit = Math.min(end + BLOCK_DAYS, END_DAY);
    let open = from - 1;
    let year = 0;
    let still: string | null = null;
    for (let day = firstMatch(from, end); day >= FIRST_DAY; day = firstMatch(day, end)) {
      if (yearOf(day) !== year) {
        if (still !== null) stillYears.add(still);
        // A year that the search began in the midst of is not known whole.
        const begun = year !== 0;
        year = yearOf(day);
        let skipped = year;
        for (; begun && skipped <= LAST_YEAR; skipped++) {
          still = isRuledYear(skipped) ? yearKey(skipped) : null;
          if (still === null || !stillYears.has(still)) break;
        }
        if (skipped > year) {
          still = null;
          day = dayOf(skipped, 1, 1);
          continue;
        }
      }
      if (open < day) open = exclusions.openDayFrom(day, limit);
      if (open >= limit) return null;
      if (day < open - BLOCK_DAYS) {
        day = open - BLOCK_DAYS;
        continue;
      }
      const span = zone.spanOf(day);
      if ((span & 1) === 1) {
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        if (block.times.length > 0) return block.base + (block.times[0] as number);
      }
      day = zone.spanEnd(span);
    }
    return null;
  }

  /** Last occurrence of such blocks. */
  function lastMoved(from: number, end: number): number | null {
    if (!moves || exclusions === null) return null;
    const limit = Math.max(from - BLOCK_DAYS, FIRST_DAY);
    let open = end + BLOCK_DAYS;
    for (let day = lastMatch(from, end); day >= FIRST_DAY; day = lastMatch(from, day)) {
      if (open >= day + BLOCK_DAYS) open = exclusions.openDayBefore(day + BLOCK_DAYS, limit);
      if (open < limit) return null;
      if (day > open + BLOCK_DAYS) {
        day = open + BLOCK_DAYS + 1;
        continue;
      }
      const span = zone.spanOf(day);
      if ((span & 1) === 1) {
        const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
        if (block.times.length > 0) return block.base + (block.times.at(-1) as number);
      }
      day = zone.spanStart(span);
    }
    return null;
  }

  function next(afterAt: number, beforeAt = Number.POSITIVE_INFINITY): number | null {
    let day = Math.floor((afterAt + zone.offsetAt(afterAt)) / DAY_MS);
    // A local day is at most two days from that of UTC.
    const before = Math.ceil(beforeAt / DAY_MS) + 2;
    const end = Math.min(END_DAY, lastRuleDay, before, Math.max(day, lastSpecialDay) + horizon);
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
      const timed = firstMatch(day, end, true);
      const span = timed < FIRST_DAY ? NO_SPAN : zone.spanOf(timed);
      // Nothing is moved where no transition lies on the way.
      if ((span & 1) === 1 || zone.spanStart(span) > day) {
        const moved = firstMoved(day, timed < FIRST_DAY ? end : timed);
        if (moved !== null) return moved;
        if (timed < FIRST_DAY) return null;
      }
      if ((span & 1) === 0) return timed * DAY_MS - (zone.spanOffset[span] as number) + (timesOn(timed)[0] as number);
      const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
      if (block.times.length > 0) return block.base + (block.times[0] as number);
      day = zone.spanEnd(span);
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
      const timed = lastMatch(end, day + 1, true);
      const span = timed < FIRST_DAY ? NO_SPAN : zone.spanOf(timed);
      if ((span & 1) === 1 || zone.spanEnd(span) <= day) {
        const moved = lastMoved(timed < FIRST_DAY ? end : timed + 1, day + 1);
        if (moved !== null) return moved;
        if (timed < FIRST_DAY) return null;
      }
      if ((span & 1) === 0)
        return timed * DAY_MS - (zone.spanOffset[span] as number) + (timesOn(timed).at(-1) as number);
      const block = blockOf(zone.spanStart(span), zone.spanEnd(span));
      if (block.times.length > 0) return block.base + (block.times.at(-1) as number);
      day = zone.spanStart(span) - 1;
    }
  }

  function walk(fromAt: number, toAt: number, visit: Visit): void {
    const fromDay = Math.floor((fromAt + zone.offsetAt(fromAt)) / DAY_MS);
    const toDay = Math.min(END_DAY, Math.floor((toAt + zone.offsetAt(toAt)) / DAY_MS));
    // A clock set back just after midnight shows the day before after some of the next one.
    const toSpan = zone.spanOf(toDay);
    const end = Math.min(END_DAY, lastRuleDay, (toSpan & 1) === 1 ? zone.spanEnd(toSpan) : toDay + 1);
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

  return {
    next,
    previous,
    walk,
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
  };
}
