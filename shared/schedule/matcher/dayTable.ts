import { dayOf, firstDayOfMonth, monthIndexOf } from "../zone/civil.ts";
import { createYearKey, type DayRule, rememberByYear } from "./dayRules.ts";
import type { Exclusions } from "./exclusions.ts";

/** One compiled entry: on the days of the rule, at these ms of day (sorted, each once). */
export interface TimedRule {
  days: DayRule;
  times: Int32Array;
  /** Where the clock skips its times: they fire at the end of the gap, later by its length, or (null) not at all. Null fires at both of two readings, the others at the first. */
  moves: "end" | "shift" | null;
}

/** Which local days have times, and which times, where the clock runs evenly. */
export interface DayTable {
  /** The times of a day, exclusions taken out. */
  timesOn(day: number): Int32Array;
  /** First day from `from` to `end` (left out) that an entry means, excluded or not (`timed`: that has times left); -Infinity where there is none. */
  firstMatch(from: number, end: number, timed?: boolean): number;
  /** Last such day. */
  lastMatch(from: number, end: number, timed?: boolean): number;
  /** Years of one key have the same days and times. */
  yearKey(year: number): string;
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

/** Times less those in windows. */
export function withoutWindows(times: Int32Array, windows: Int32Array): Int32Array {
  const left = new Int32Array(times.length);
  let length = 0;
  let w = 0;
  for (let i = 0; i < times.length; i++) {
    const time = times[i] as number;
    while (w < windows.length && (windows[w + 1] as number) <= time) w += 2;
    if (w >= windows.length || time < (windows[w] as number)) left[length++] = time;
  }
  return left.slice(0, length);
}

/** Sorted lists as one, each number once. */
export function unionOf(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 1) return lists[0] as Int32Array;
  const all = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let length = 0;
  let inOrder = true;
  for (const list of lists) {
    if (length > 0 && list.length > 0 && (list[0] as number) <= (all[length - 1] as number)) inOrder = false;
    all.set(list, length);
    length += list.length;
  }
  if (inOrder) return all;
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
  const yearKey = createYearKey([
    ...rules.map((rule) => rule.days),
    ...wholeDays,
    ...(exclusions?.windowRules ?? []).map((rule) => rule.days),
  ]);
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

  /** A far search goes by years, and not twice through years that look alike. */
  const hasNone = (timed: boolean) => (year: number) =>
    firstMatch(dayOf(year, 1, 1), dayOf(year + 1, 1, 1), timed) === Number.NEGATIVE_INFINITY;
  const isBare = rememberByYear(yearKey, hasNone(false));
  const isSpent = rememberByYear(yearKey, hasNone(true));

  function firstMatch(from: number, end: number, timed = false): number {
    if (from >= end) return Number.NEGATIVE_INFINITY;
    const fromMonth = monthIndexOf(from);
    let monthIndex = fromMonth;
    let month = monthIndex % 12;
    for (;;) {
      if (month === 0 && monthIndex - fromMonth >= 12) {
        if (firstDayOfMonth(monthIndex) >= end) return Number.NEGATIVE_INFINITY;
        if ((timed ? isSpent : isBare)(monthIndex / 12)) {
          monthIndex += 12;
          continue;
        }
      }
      if ((monthBits >>> month) & 1) {
        const slot = enterMonth(monthIndex);
        const first = cachedFirst[slot] as number;
        if (first >= end) return Number.NEGATIVE_INFINITY;
        let mask = (timed ? cachedMask : cachedRuleMask)[slot] as number;
        if (first < from) mask &= -1 << (from - first);
        for (; mask !== 0; mask &= mask - 1) {
          const bit = 31 - Math.clz32(mask & -mask);
          if (first + bit >= end) return Number.NEGATIVE_INFINITY;
          if (!timed || single || patternOn(first + bit, monthIndex, bit).length > 0) return first + bit;
        }
      }
      monthIndex++;
      month = month === 11 ? 0 : month + 1;
    }
  }

  function lastMatch(from: number, end: number, timed = false): number {
    if (from >= end) return Number.NEGATIVE_INFINITY;
    const endMonth = monthIndexOf(end - 1);
    let monthIndex = endMonth;
    let month = monthIndex % 12;
    const fromMonth = monthIndexOf(from);
    while (monthIndex >= fromMonth) {
      if (month === 11 && endMonth - monthIndex >= 12 && (timed ? isSpent : isBare)((monthIndex - 11) / 12)) {
        monthIndex -= 12;
        continue;
      }
      if ((monthBits >>> month) & 1) {
        const slot = enterMonth(monthIndex);
        const first = cachedFirst[slot] as number;
        let mask = (timed ? cachedMask : cachedRuleMask)[slot] as number;
        if (end - first < 31) mask &= (1 << (end - first)) - 1;
        while (mask !== 0) {
          const bit = 31 - Math.clz32(mask);
          if (first + bit < from) return Number.NEGATIVE_INFINITY;
          if (!timed || single || patternOn(first + bit, monthIndex, bit).length > 0) return first + bit;
          mask &= ~(1 << bit);
        }
      }
      monthIndex--;
      month = month === 0 ? 11 : month - 1;
    }
    return Number.NEGATIVE_INFINITY;
  }

  return { timesOn, firstMatch, lastMatch, yearKey };
}
