import { DAY_MS, dayOf, END_AT, FIRST_AT, firstDayOfMonth, monthIndexOf } from "../zone/civil.ts";
import type { Zone } from "../zone/zone.ts";
import { createYearKey, type DayRule, rememberByYear, specialYears } from "./dayRules.ts";

/** Entries that exclude only parts of a day. */
export interface WindowRule {
  days: DayRule;
  /** Sorted disjoint ranges `from, to` of ms of day, `to` left out. */
  windows: Int32Array;
}

/** What does not fire, in the local time of one zone. */
export interface Exclusions {
  readonly wholeDays: readonly DayRule[];
  /** Whether days are counted from some day on, rather than told by date and weekday. */
  readonly countsDays: boolean;
  /** Before and after these instants the exclusions repeat with the Gregorian calendar. */
  readonly firstSpecialAt: number;
  readonly lastSpecialAt: number;
  readonly windowRules: readonly WindowRule[];
  /** The windows of a local day, merged; null where there are none. A whole excluded day is one window. */
  windowsOn(day: number): Int32Array | null;
  /** Whether a local day is excluded whole. */
  isWhole(day: number): boolean;
  /** A number for a list of windows that `windowsOn` gave: the same for the same list. */
  keyOf(windows: Int32Array): number;
  /** Whether an instant is excluded. */
  has(at: number): boolean;
  /** First day from `day` to `end` (left out) that is not excluded whole; `end` where there is none. */
  openDayFrom(day: number, end: number): number;
  /** Last day from `day` (included) to before `end` that is not excluded whole; `day - 1` where there is none. */
  openDayBefore(end: number, day: number): number;
  /** Years of one key have the same days excluded. */
  yearKey(year: number): string;
  /** Calls back for each stretch of [from, to) in which nothing is excluded. */
  forEachFree(fromAt: number, toAt: number, visit: (fromAt: number, toAt: number) => void): void;
}

const WHOLE_DAY = Int32Array.of(0, DAY_MS);

/** Index of the window that holds `ms` of day, or -1. */
export function windowAt(windows: Int32Array, ms: number): number {
  let low = 0;
  let high = windows.length >> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((windows[2 * middle] as number) <= ms) low = middle + 1;
    else high = middle;
  }
  return low > 0 && ms < (windows[2 * low - 1] as number) ? low - 1 : -1;
}

/** Whether windows leave nothing of a day. */
export function coverDay(windows: Int32Array): boolean {
  return windows[0] === 0 && windows[1] === DAY_MS;
}

/** Merges lists of sorted disjoint windows into one. */
export function mergeWindows(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 1) return lists[0] as Int32Array;
  const half = lists.length >> 1;
  const [a, b] = [mergeWindows(lists.slice(0, half)), mergeWindows(lists.slice(half))];
  const merged = new Int32Array(a.length + b.length);
  let [i, j, last] = [0, 0, -2];
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && (a[i] as number) <= (b[j] as number));
    const from = (fromA ? a[i] : b[j]) as number;
    const to = (fromA ? a[i + 1] : b[j + 1]) as number;
    if (fromA) i += 2;
    else j += 2;
    if (last >= 0 && from <= (merged[last + 1] as number)) merged[last + 1] = Math.max(merged[last + 1] as number, to);
    else {
      last += 2;
      merged[last] = from;
      merged[last + 1] = to;
    }
  }
  return merged.slice(0, last + 2);
}

export function createExclusions(
  zone: Zone,
  wholeDays: readonly DayRule[],
  windowRules: readonly WindowRule[],
): Exclusions | null {
  if (wholeDays.length === 0 && windowRules.length === 0) return null;
  const keys = new Map<Int32Array, number>();
  const merged = new Map<number | string, Int32Array>();
  const days = [...wholeDays, ...windowRules.map((rule) => rule.days)];
  const special = specialYears(days);
  let knownMonth = Number.NaN;
  let monthFirst = 0;
  let wholeMask = 0;
  let windowMasks: readonly number[] = [];
  /** Indices of the window rules that have a day in the known month. */
  let inMonth: readonly number[] = [];
  const months = new Map<number, { wholeMask: number; windowMasks: readonly number[]; inMonth: readonly number[] }>();

  function enterMonth(monthIndex: number): void {
    let month = months.get(monthIndex);
    if (!month) {
      const masks = windowRules.map((rule) => rule.days.maskOf(monthIndex));
      month = {
        wholeMask: wholeDays.reduce((mask, rule) => mask | rule.maskOf(monthIndex), 0),
        windowMasks: masks,
        inMonth: [...masks.keys()].filter((i) => masks[i] !== 0),
      };
      // A search for something that never fires goes through thousands.
      if (months.size >= 64) months.clear();
      months.set(monthIndex, month);
    }
    knownMonth = monthIndex;
    monthFirst = firstDayOfMonth(monthIndex);
    ({ wholeMask, windowMasks, inMonth } = month);
  }

  function windowsOn(day: number): Int32Array | null {
    if (!(day >= monthFirst && day < monthFirst + 28) || Number.isNaN(knownMonth)) {
      const monthIndex = monthIndexOf(day);
      if (monthIndex !== knownMonth) enterMonth(monthIndex);
    }
    const bit = day - monthFirst;
    if ((wholeMask >>> bit) & 1) return WHOLE_DAY;
    if (inMonth.length === 0) return null;
    const few = windowRules.length <= 30;
    let bits = 0;
    let text = "";
    let only: Int32Array | null = null;
    for (const i of inMonth) {
      if ((((windowMasks[i] as number) >>> bit) & 1) === 0) continue;
      only = (windowRules[i] as WindowRule).windows;
      if (few) bits |= 1 << i;
      else text += `${i},`;
    }
    if (only === null || windowRules.length === 1) return only;
    const key = few ? bits : text;
    let windows = merged.get(key);
    if (!windows) {
      const matching = inMonth.filter((i) => ((windowMasks[i] as number) >>> bit) & 1);
      windows = mergeWindows(matching.map((i) => (windowRules[i] as WindowRule).windows));
      if (coverDay(windows)) windows = WHOLE_DAY;
      merged.set(key, windows);
    }
    return windows;
  }

  const yearKey = createYearKey(days);
  const isShut = rememberByYear(yearKey, (year) => {
    const end = dayOf(year + 1, 1, 1);
    return openDayFrom(dayOf(year, 1, 1), end) === end;
  });

  function openDayFrom(day: number, end: number): number {
    let open = day;
    const fromMonth = monthIndexOf(day);
    while (open < end) {
      windowsOn(open);
      const rest = ~wholeMask & (-1 << (open - monthFirst));
      const candidate = monthFirst + 31 - Math.clz32(rest & -rest);
      const nextMonth = knownMonth + 1;
      open = firstDayOfMonth(nextMonth);
      if (candidate < open) return Math.min(candidate, end);
      // A far search goes by years, and not twice through years that look alike.
      if (nextMonth % 12 !== 0 || nextMonth - fromMonth < 12) continue;
      let year = nextMonth / 12;
      while (open < end && isShut(year)) open = dayOf(++year, 1, 1);
    }
    return end;
  }

  return {
    wholeDays,
    countsDays: days.some((rule) => rule.countsDays === true),
    firstSpecialAt: Math.min(END_AT, ...special.map(([first]) => dayOf(first, 1, 1) * DAY_MS)),
    lastSpecialAt: Math.max(FIRST_AT, ...special.map(([, last]) => dayOf(last + 1, 1, 1) * DAY_MS)),
    windowRules,
    windowsOn,
    isWhole(day) {
      const windows = windowsOn(day);
      return windows !== null && coverDay(windows);
    },
    keyOf(windows) {
      let key = keys.get(windows);
      if (key === undefined) {
        key = keys.size + 1;
        keys.set(windows, key);
      }
      return key;
    },
    has(at) {
      const local = at + zone.offsetAt(at);
      const day = Math.floor(local / DAY_MS);
      const windows = windowsOn(day);
      return windows !== null && windowAt(windows, local - day * DAY_MS) >= 0;
    },
    openDayFrom,
    openDayBefore(end, day) {
      let open = end - 1;
      const lastMonth = monthIndexOf(open);
      while (open >= day) {
        windowsOn(open);
        const rest = ~wholeMask & ((2 << (open - monthFirst)) - 1);
        if (rest !== 0) return Math.max(day - 1, monthFirst + 31 - Math.clz32(rest));
        open = monthFirst - 1;
        if (knownMonth % 12 !== 0 || lastMonth - knownMonth < 12) continue;
        let year = knownMonth / 12;
        while (dayOf(year, 1, 1) > day && isShut(year - 1)) year--;
        open = dayOf(year, 1, 1) - 1;
      }
      return day - 1;
    },
    yearKey,
    forEachFree(fromAt, toAt, visit) {
      let at = fromAt;
      while (at < toAt) {
        const segment = zone.segmentOf(at);
        const offset = zone.segmentOffset[segment] as number;
        const day = Math.floor((at + offset) / DAY_MS);
        const start = day * DAY_MS - offset;
        const end = Math.min(start + DAY_MS, zone.segmentEnd(segment), toAt);
        const windows = windowsOn(day);
        for (let i = 0; windows && i < windows.length && at < end; i += 2) {
          const low = start + (windows[i] as number);
          if (at < Math.min(low, end)) visit(at, Math.min(low, end));
          at = Math.max(at, start + (windows[i + 1] as number));
        }
        if (at < end) visit(at, end);
        at = end;
      }
    },
  };
}
