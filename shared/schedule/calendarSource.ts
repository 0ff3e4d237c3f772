import { DAY_MS, dayOf, FIRST_YEAR, firstDayOfMonth, LAST_YEAR, monthIndexOf } from "./civil.ts";
import type { DayRule } from "./dayRules.ts";
import type { Exclusions } from "./exclusions.ts";
import type { DstPolicy } from "./types.ts";
import type { Zone } from "./zone.ts";

/** One compiled entry: on the days of the rule, at these ms of day (sorted, each once). */
export interface TimedRule {
  days: DayRule;
  times: Int32Array;
}

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

/** The instants of the days around a transition: ms from a base, sorted. */
interface Block {
  base: number;
  times: Int32Array;
}

/** Days in which the Gregorian calendar repeats, weekdays included; and one year more, for the year begun. */
const CYCLE_DAYS = 146_097 + 366;
const FIRST_DAY = dayOf(FIRST_YEAR, 1, 1);
const END_DAY = dayOf(LAST_YEAR + 1, 1, 1);
const NO_TIMES = new Int32Array(0);
const CACHED_MONTHS = 64;

/** Index of the first element greater than `value`. */
export function upperBound(list: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withoutWindows(times: Int32Array, windows: Int32Array): Int32Array {
  let w = 0;
  return times.filter((time) => {
    while (w < windows.length && (windows[w + 1] as number) <= time) w += 2;
    return w >= windows.length || time < (windows[w] as number);
  });
}

function unionOf(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 1) return lists[0] as Int32Array;
  const all = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let length = 0;
  for (const list of lists) {
    all.set(list, length);
    length += list.length;
  }
  all.sort();
  let kept = 0;
  for (let i = 0; i < length; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i] as number;
  return all.slice(0, kept);
}

/**
 * The union of calendar entries in one zone. Away from transitions a local day is looked up as a pattern of times;
 * the days a transition touches are worked out whole, entry by entry, under the dst policy, and kept.
 */
export function createCalendarSource(options: {
  zone: Zone;
  rules: readonly TimedRule[];
  exclusions: Exclusions | null;
  dst: DstPolicy;
}): CalendarSource {
  const { zone, rules, exclusions, dst } = options;
  const hasWindows = exclusions !== null && exclusions.windowRules.length > 0;
  const single = rules.length === 1 && !hasWindows ? (rules[0] as TimedRule).times : null;
  const fewRules = rules.length <= 24;
  const monthBits = rules.reduce((bits, rule) => bits | rule.days.monthBits, 0);
  const wholeDays = exclusions?.wholeDays ?? [];
  const patterns = new Map<number | string, Int32Array>();
  const blocks = new Map<number, Block>();
  const blockShapes = new Map<string, Int32Array>();
  const cachedMonth = new Int32Array(CACHED_MONTHS).fill(-1);
  const cachedMask = new Int32Array(CACHED_MONTHS);
  const cachedRuleMask = new Int32Array(CACHED_MONTHS);
  const cachedFirst = new Int32Array(CACHED_MONTHS);

  /** Finds out which days of a month have an entry, and which of them are not excluded whole. */
  function enterMonth(monthIndex: number): number {
    const slot = monthIndex & (CACHED_MONTHS - 1);
    if (cachedMonth[slot] === monthIndex) return slot;
    let mask = 0;
    for (const rule of rules) mask |= rule.days.maskOf(monthIndex);
    cachedRuleMask[slot] = mask;
    for (const rule of wholeDays) {
      if (mask === 0) break;
      mask &= ~rule.maskOf(monthIndex);
    }
    cachedMonth[slot] = monthIndex;
    cachedMask[slot] = mask;
    cachedFirst[slot] = firstDayOfMonth(monthIndex);
    return slot;
  }

  /** The times of a local day that is no part of a block. */
  function timesOn(day: number): Int32Array {
    const monthIndex = monthIndexOf(day);
    const slot = enterMonth(monthIndex);
    const bit = day - (cachedFirst[slot] as number);
    if ((((cachedMask[slot] as number) >>> bit) & 1) === 0) return NO_TIMES;
    return single ?? patternOn(day, monthIndex, bit);
  }

  function patternOn(day: number, monthIndex: number, bit: number): Int32Array {
    let bits = 0;
    let text = "";
    for (let i = 0; i < rules.length; i++) {
      if ((((rules[i] as TimedRule).days.maskOf(monthIndex) >>> bit) & 1) === 0) continue;
      if (fewRules) bits |= 1 << i;
      else text += `${i},`;
    }
    const windows = hasWindows ? exclusions.windowsOn(day) : null;
    const window = windows ? windowsKey(windows) : 0;
    const key = fewRules ? window * 0x100_0000 + bits : `${window}|${text}`;
    let times = patterns.get(key);
    if (!times) {
      const matching = rules.filter((rule) => (rule.days.maskOf(monthIndex) >>> bit) & 1);
      times = unionOf(matching.map((rule) => rule.times));
      if (windows) times = withoutWindows(times, windows);
      patterns.set(key, times);
    }
    return times;
  }

  const windowKeys = new Map<Int32Array, number>();
  function windowsKey(windows: Int32Array): number {
    let key = windowKeys.get(windows);
    if (key === undefined) {
      key = windowKeys.size + 1;
      windowKeys.set(windows, key);
    }
    return key;
  }

  /** First day from `from` to `end` (left out) that an entry means, excluded or not (`open`: not excluded whole); -Infinity where there is none. */
  function firstMatch(from: number, end: number, open = false): number {
    if (from >= end) return Number.NEGATIVE_INFINITY;
    let monthIndex = monthIndexOf(from);
    let month = monthIndex % 12;
    for (;;) {
      if ((monthBits >>> month) & 1) {
        const slot = enterMonth(monthIndex);
        const first = cachedFirst[slot] as number;
        if (first >= end) return Number.NEGATIVE_INFINITY;
        let mask = (open ? cachedMask : cachedRuleMask)[slot] as number;
        if (first < from) mask &= -1 << (from - first);
        if (mask !== 0) {
          const day = first + 31 - Math.clz32(mask & -mask);
          return day < end ? day : Number.NEGATIVE_INFINITY;
        }
      }
      monthIndex++;
      month = month === 11 ? 0 : month + 1;
    }
  }

  /** Last day from `from` to `end` (left out) that an entry means, excluded or not (`open`: not excluded whole); -Infinity where there is none. */
  function lastMatch(from: number, end: number, open = false): number {
    if (from >= end) return Number.NEGATIVE_INFINITY;
    let monthIndex = monthIndexOf(end - 1);
    let month = monthIndex % 12;
    const fromMonth = monthIndexOf(from);
    while (monthIndex >= fromMonth) {
      if ((monthBits >>> month) & 1) {
        const slot = enterMonth(monthIndex);
        const first = cachedFirst[slot] as number;
        let mask = (open ? cachedMask : cachedRuleMask)[slot] as number;
        if (end - first < 31) mask &= (1 << (end - first)) - 1;
        if (mask !== 0) {
          const day = first + 31 - Math.clz32(mask);
          return day >= from ? day : Number.NEGATIVE_INFINITY;
        }
      }
      monthIndex--;
      month = month === 0 ? 11 : month - 1;
    }
    return Number.NEGATIVE_INFINITY;
  }

  /** All instants of the days from `from` to `end` (left out), which hold at least one transition. */
  function blockOf(from: number, end: number): Block {
    let block = blocks.get(from);
    if (!block) {
      block = findBlock(from, end);
      if (blocks.size > 2000) blocks.clear();
      blocks.set(from, block);
    }
    return block;
  }

  /** Most years change their clocks in the same way, so a block is worked out once for all that look alike. */
  function findBlock(from: number, end: number): Block {
    zone.segmentOf((end + 1) * DAY_MS);
    const firstSegment = zone.segmentOf((from - 2) * DAY_MS);
    const firstOffset = zone.segmentOffset[firstSegment] as number;
    const base = from * DAY_MS - firstOffset;
    let shape = "";
    for (let day = from; day < end; day++) {
      const monthIndex = monthIndexOf(day);
      const bit = day - firstDayOfMonth(monthIndex);
      for (let i = 0; i < rules.length; i++) {
        if (((rules[i] as TimedRule).days.maskOf(monthIndex) >>> bit) & 1) shape += `${i},`;
      }
      const windows = exclusions?.windowsOn(day);
      shape += windows ? `-${windowsKey(windows)};` : ";";
    }
    for (let segment = firstSegment + 1; segment < zone.segmentAt.length; segment++) {
      const at = zone.segmentAt[segment] as number;
      if (at - base >= (end - from + 2) * DAY_MS) break;
      shape += `${at - base} ${(zone.segmentOffset[segment] as number) - firstOffset};`;
    }
    let times = blockShapes.get(shape);
    if (!times) {
      times = computeBlock(from, end, firstSegment, base);
      if (blockShapes.size > 500) blockShapes.clear();
      blockShapes.set(shape, times);
    }
    return { base, times };
  }

  function computeBlock(fromDay: number, endDay: number, firstSegment: number, base: number): Int32Array {
    const found: number[] = [];
    const fromLocal = fromDay * DAY_MS;
    const endLocal = endDay * DAY_MS;
    for (const rule of rules) {
      const fixed = rule.times.length === 1;
      const onlyFirst = dst === "shift" || (dst === "vixie" && fixed);
      // Local times before this have been shown by the clock already.
      let shownTo = fromLocal;
      for (let segment = firstSegment; segment < zone.segmentAt.length; segment++) {
        const offset = zone.segmentOffset[segment] as number;
        const at = zone.segmentAt[segment] as number;
        const segmentFrom = at + offset;
        const segmentTo = zone.segmentEnd(segment) + offset;
        if (segment > firstSegment && segmentFrom > shownTo && shownTo < endLocal) {
          const before = zone.segmentOffset[segment - 1] as number;
          const gapTo = Math.min(segmentFrom, endLocal);
          if (dst === "shift") emit(rule, shownTo, gapTo, before, found);
          else if (dst === "vixie" && fixed && occursIn(rule, shownTo, gapTo)) found.push(at);
        }
        const low = Math.max(segmentFrom, onlyFirst ? shownTo : fromLocal);
        emit(rule, Math.max(low, fromLocal), Math.min(segmentTo, endLocal), offset, found);
        shownTo = Math.max(shownTo, segmentTo);
        if (segmentFrom >= endLocal) break;
      }
    }
    const sorted = Int32Array.from(found, (at) => at - base).sort();
    return sorted.filter((time, i) => (i === 0 || time !== sorted[i - 1]) && !exclusions?.has(base + time));
  }

  function matches(rule: TimedRule, day: number): boolean {
    const monthIndex = monthIndexOf(day);
    return ((rule.days.maskOf(monthIndex) >>> (day - firstDayOfMonth(monthIndex))) & 1) === 1;
  }

  /** Adds the instants of the local times [low, high) of a rule. */
  function emit(rule: TimedRule, low: number, high: number, offset: number, out: number[]): void {
    for (let day = Math.floor(low / DAY_MS); day * DAY_MS < high; day++) {
      if (!matches(rule, day)) continue;
      const start = day * DAY_MS;
      const { times } = rule;
      for (let i = upperBound(times, low - start - 1); i < times.length; i++) {
        const local = start + (times[i] as number);
        if (local >= high) break;
        out.push(local - offset);
      }
    }
  }

  function occursIn(rule: TimedRule, low: number, high: number): boolean {
    const found: number[] = [];
    emit(rule, low, high, 0, found);
    return found.length > 0;
  }

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
  );

  function next(afterAt: number): number | null {
    let day = Math.floor((afterAt + zone.offsetAt(afterAt)) / DAY_MS);
    const end = Math.min(END_DAY, lastRuleDay, Math.max(day, lastSpecialDay) + CYCLE_DAYS);
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
    const end = Math.max(FIRST_DAY, firstRuleDay, Math.min(day, firstSpecialDay) - CYCLE_DAYS);
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
