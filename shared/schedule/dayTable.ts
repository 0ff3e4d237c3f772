import { firstDayOfMonth, monthIndexOf } from "./civil.ts";
import type { DayRule } from "./dayRules.ts";
import type { Exclusions } from "./exclusions.ts";

/** One compiled entry: on the days of the rule, at these ms of day (sorted, each once). */
export interface TimedRule {
  days: DayRule;
  times: Int32Array;
}

/** Which local days have times, and which times, where the clock runs evenly. */
export interface DayTable {
  /** The times of a day, exclusions taken out. */
  timesOn(day: number): Int32Array;
  /** First day from `from` to `end` (left out) that an entry means, excluded or not (`open`: not excluded whole); -Infinity where there is none. */
  firstMatch(from: number, end: number, open?: boolean): number;
  /** Last such day. */
  lastMatch(from: number, end: number, open?: boolean): number;
}

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

/** A table of entries less exclusions. Months are looked at once, as bit masks of their days. */
export function createDayTable(rules: readonly TimedRule[], exclusions: Exclusions | null): DayTable {
  const hasWindows = exclusions !== null && exclusions.windowRules.length > 0;
  const single = rules.length === 1 && !hasWindows ? (rules[0] as TimedRule).times : null;
  const fewRules = rules.length <= 24;
  const monthBits = rules.reduce((bits, rule) => bits | rule.days.monthBits, 0);
  const wholeDays = exclusions?.wholeDays ?? [];
  const patterns = new Map<number | string, Int32Array>();
  let lastBits = -1;
  let lastWindows: Int32Array | null = null;
  let lastTimes: Int32Array = NO_TIMES;
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
    if (fewRules && bits === lastBits && windows === lastWindows) return lastTimes;
    const window = windows && exclusions ? exclusions.keyOf(windows) : 0;
    const key = fewRules ? window * 0x100_0000 + bits : `${window}|${text}`;
    let times = patterns.get(key);
    if (!times) {
      const matching = rules.filter((rule) => (rule.days.maskOf(monthIndex) >>> bit) & 1);
      times = unionOf(matching.map((rule) => rule.times));
      if (windows) times = withoutWindows(times, windows);
      patterns.set(key, times);
    }
    lastBits = bits;
    lastWindows = windows;
    lastTimes = times;
    return times;
  }

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

  return { timesOn, firstMatch, lastMatch };
}
