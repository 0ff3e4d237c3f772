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
}): Source {
  const { zone, rules, exclusions, dst } = options;
  const single =
    rules.length === 1 && (exclusions === null || exclusions.windowRules.length === 0)
      ? (rules[0] as TimedRule).times
      : null;
  const wholeDays = exclusions?.wholeDays ?? [];
  const patterns = new Map<string, Int32Array>();
  const blocks = new Map<number, Float64Array>();
  const cachedMonth = new Int32Array(CACHED_MONTHS).fill(-1);
  const cachedMask = new Int32Array(CACHED_MONTHS);
  const cachedFirst = new Int32Array(CACHED_MONTHS);

  /** Days of a month that have an entry and are not excluded whole. */
  function enterMonth(monthIndex: number): number {
    const slot = monthIndex & (CACHED_MONTHS - 1);
    if (cachedMonth[slot] === monthIndex) return slot;
    let mask = 0;
    for (const rule of rules) mask |= rule.days.maskOf(monthIndex);
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
    let key = "";
    for (let i = 0; i < rules.length; i++)
      if (((rules[i] as TimedRule).days.maskOf(monthIndex) >>> bit) & 1) key += `${i},`;
    const windows = exclusions && exclusions.windowRules.length > 0 ? exclusions.windowsOn(day) : null;
    const excludedBy = windows ? windowsKey(windows) : "";
    const fullKey = `${key}|${excludedBy}`;
    let times = patterns.get(fullKey);
    if (!times) {
      const lists = key
        .slice(0, -1)
        .split(",")
        .map((i) => (rules[Number(i)] as TimedRule).times);
      times = unionOf(lists);
      if (windows) times = withoutWindows(times, windows);
      patterns.set(fullKey, times);
    }
    return times;
  }

  const windowKeys = new Map<Int32Array, number>();
  function windowsKey(windows: Int32Array): number {
    let key = windowKeys.get(windows);
    if (key === undefined) {
      key = windowKeys.size;
      windowKeys.set(windows, key);
    }
    return key;
  }

  /** First day with times in [from, end), or -Infinity. */
  function firstDayFrom(from: number, end: number): number {
    if (from >= end) return Number.NEGATIVE_INFINITY;
    let monthIndex = monthIndexOf(from);
    for (;;) {
      const slot = enterMonth(monthIndex);
      const first = cachedFirst[slot] as number;
      if (first >= end) return Number.NEGATIVE_INFINITY;
      let mask = cachedMask[slot] as number;
      if (first < from) mask &= -1 << (from - first);
      while (mask !== 0) {
        const bit = 31 - Math.clz32(mask & -mask);
        const day = first + bit;
        if (day >= end) return Number.NEGATIVE_INFINITY;
        if (single || timesOn(day).length > 0) return day;
        mask &= mask - 1;
      }
      monthIndex++;
    }
  }

  /** Last day with times in [from, end), or -Infinity. */
  function lastDayBefore(from: number, end: number): number {
    if (from >= end) return Number.NEGATIVE_INFINITY;
    let monthIndex = monthIndexOf(end - 1);
    for (;;) {
      const slot = enterMonth(monthIndex);
      const first = cachedFirst[slot] as number;
      let mask = cachedMask[slot] as number;
      if (end - first < 31) mask &= (1 << (end - first)) - 1;
      while (mask !== 0) {
        const bit = 31 - Math.clz32(mask);
        const day = first + bit;
        if (day < from) return Number.NEGATIVE_INFINITY;
        if (single || timesOn(day).length > 0) return day;
        mask &= ~(1 << bit);
      }
      if (first <= from) return Number.NEGATIVE_INFINITY;
      monthIndex--;
    }
  }

  /** All instants of the days [from, end), which hold at least one transition. */
  function blockOf(from: number, end: number): Float64Array {
    let block = blocks.get(from);
    if (!block) {
      block = computeBlock(from, end);
      if (blocks.size > 2000) blocks.clear();
      blocks.set(from, block);
    }
    return block;
  }

  function computeBlock(fromDay: number, endDay: number): Float64Array {
    const found: number[] = [];
    const fromLocal = fromDay * DAY_MS;
    const endLocal = endDay * DAY_MS;
    zone.segmentOf(endLocal + DAY_MS);
    const firstSegment = zone.segmentOf(fromLocal - 2 * DAY_MS);
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
          if (dst === "shift") emit(rule, shownTo, Math.min(segmentFrom, endLocal), before, found);
          else if (dst === "vixie" && fixed && occursIn(rule, shownTo, Math.min(segmentFrom, endLocal))) found.push(at);
        }
        const low = Math.max(segmentFrom, onlyFirst ? shownTo : fromLocal);
        emit(rule, Math.max(low, fromLocal), Math.min(segmentTo, endLocal), offset, found);
        shownTo = Math.max(shownTo, segmentTo);
        if (segmentFrom >= endLocal) break;
      }
    }
    const sorted = Float64Array.from(found).sort();
    return sorted.filter((at, i) => (i === 0 || at !== sorted[i - 1]) && !exclusions?.has(at));
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
  const firstRuleDay = allBounded ? dayOf(Math.min(...bounded.map(([first]) => first)), 1, 1) - 2 : FIRST_DAY;
  const lastRuleDay = allBounded ? dayOf(Math.max(...bounded.map(([, last]) => last)) + 1, 1, 1) + 2 : END_DAY;
  const special = [...bounds, ...(exclusions?.rules ?? []).map((rule) => rule.years)].filter((years) => years !== null);
  const firstSpecialDay = Math.min(END_DAY, ...special.map(([first]) => dayOf(first, 1, 1)));
  const lastSpecialDay = Math.max(FIRST_DAY, ...special.map(([, last]) => dayOf(last + 1, 1, 1)));

  function next(afterAt: number): number | null {
    let after = afterAt;
    let day = Math.floor((after + zone.offsetAt(after)) / DAY_MS);
    if (day < Math.max(FIRST_DAY, firstRuleDay)) {
      day = Math.max(FIRST_DAY, firstRuleDay);
      after = Number.NEGATIVE_INFINITY;
    }
    const end = Math.min(END_DAY, lastRuleDay, Math.max(day, lastSpecialDay) + CYCLE_DAYS);
    while (day < end) {
      const span = zone.spanOf(day);
      const spanEnd = zone.spanEnd(span);
      if ((span & 1) === 0) {
        const offset = zone.spanOffset[span] as number;
        const start = day * DAY_MS - offset;
        if (after >= start) {
          const times = timesOn(day);
          const i = upperBound(times, after - start);
          if (i < times.length) return start + (times[i] as number);
          day++;
        }
        const found = firstDayFrom(day, Math.min(spanEnd, end));
        if (found >= day) return found * DAY_MS - offset + (timesOn(found)[0] as number);
      } else {
        const block = blockOf(zone.spanStart(span), spanEnd);
        const i = upperBound(block, after);
        if (i < block.length) return block[i] as number;
      }
      day = spanEnd;
      after = Number.NEGATIVE_INFINITY;
    }
    return null;
  }

  function previous(beforeAt: number): number | null {
    let before = beforeAt;
    let day = Math.floor((before + zone.offsetAt(before)) / DAY_MS);
    if (day >= Math.min(END_DAY, lastRuleDay)) {
      day = Math.min(END_DAY, lastRuleDay) - 1;
      before = Number.POSITIVE_INFINITY;
    }
    const end = Math.max(FIRST_DAY, firstRuleDay, Math.min(day, firstSpecialDay) - CYCLE_DAYS);
    while (day >= end) {
      const span = zone.spanOf(day);
      const spanStart = zone.spanStart(span);
      if ((span & 1) === 0) {
        const offset = zone.spanOffset[span] as number;
        const start = day * DAY_MS - offset;
        if (before < start + DAY_MS) {
          const times = timesOn(day);
          const i = upperBound(times, before - start - 1);
          if (i > 0) return start + (times[i - 1] as number);
          day--;
        }
        const found = lastDayBefore(Math.max(spanStart, end), day + 1);
        if (found >= end) return found * DAY_MS - offset + (timesOn(found).at(-1) as number);
      } else {
        const block = blockOf(spanStart, zone.spanEnd(span));
        const i = upperBound(block, before - 1);
        if (i > 0) return block[i - 1] as number;
      }
      day = spanStart - 1;
      before = Number.POSITIVE_INFINITY;
    }
    return null;
  }

  /** Calls back for every stretch of occurrences in [from, to): either a list of instants, or a day's start and its times. */
  function walk(
    fromAt: number,
    toAt: number,
    visit: (base: number, times: ArrayLike<number>, low: number, high: number) => boolean,
  ): void {
    let day = Math.max(FIRST_DAY, firstRuleDay, Math.floor((fromAt + zone.offsetAt(fromAt)) / DAY_MS));
    const lastDay = Math.min(END_DAY, lastRuleDay, Math.floor((toAt + zone.offsetAt(toAt)) / DAY_MS) + 1);
    while (day < lastDay) {
      const span = zone.spanOf(day);
      const spanEnd = zone.spanEnd(span);
      if ((span & 1) === 0) {
        const offset = zone.spanOffset[span] as number;
        const end = Math.min(spanEnd, lastDay);
        for (let d = firstDayFrom(day, end); d >= day; d = firstDayFrom(d + 1, end)) {
          const start = d * DAY_MS - offset;
          const times = timesOn(d);
          const low = start >= fromAt ? 0 : upperBound(times, fromAt - start - 1);
          const high = start + DAY_MS <= toAt ? times.length : upperBound(times, toAt - start - 1);
          if (low < high && !visit(start, times, low, high)) return;
        }
      } else {
        const block = blockOf(zone.spanStart(span), spanEnd);
        const low = upperBound(block, fromAt - 1);
        const high = upperBound(block, toAt - 1);
        if (low < high && !visit(0, block, low, high)) return;
      }
      day = spanEnd;
    }
  }

  return {
    next,
    previous,
    collect(fromAt, toAt, limit, out) {
      if (fromAt >= toAt || limit <= 0) return;
      let left = limit;
      walk(fromAt, toAt, (base, times, low, high) => {
        const stop = Math.min(high, low + left);
        for (let i = low; i < stop; i++) out.push(base + (times[i] as number));
        left -= stop - low;
        return left > 0;
      });
    },
    count(fromAt, toAt) {
      if (fromAt >= toAt) return 0;
      let total = 0;
      walk(fromAt, toAt, (_base, _times, low, high) => {
        total += high - low;
        return true;
      });
      return total;
    },
  };
}
