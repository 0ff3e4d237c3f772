import {
  ALL_KINDS_OF_YEAR_DAYS,
  CYCLE_DAYS,
  DAY_MS,
  dayOf,
  END_AT,
  FIRST_AT,
  LAST_YEAR,
  yearOf,
} from "../zone/civil.ts";
import { isRuledYear, MAX_OFFSET_MS, type Zone } from "../zone/zone.ts";
import type { Source, Visit } from "./calendarSource.ts";
import { upperBound, withoutWindows } from "./dayTable.ts";
import { coverDay, type Exclusions, windowAt } from "./exclusions.ts";

/** Remainder from 0 on, also of what is negative. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** A day less than there is, for zones whose clocks are behind. */
const LAST_AT = END_AT - DAY_MS;
/** The answers of a function of windows and a time of day, kept where looking at the windows takes longer. */
function remember(ask: (windows: Int32Array, ms: number) => boolean): typeof ask {
  const answers = new Map<Int32Array, Map<number, boolean>>();
  let last: Map<number, boolean> = new Map();
  let lastWindows: Int32Array | null = null;
  return (windows, ms) => {
    if (windows.length <= 8) return ask(windows, ms);
    if (windows !== lastWindows) {
      last = answers.get(windows) ?? new Map();
      answers.set(windows, last);
      lastWindows = windows;
    }
    let answer = last.get(ms);
    if (answer === undefined) {
      answer = ask(windows, ms);
      last.set(ms, answer);
    }
    return answer;
  };
}

/** So many times of days are kept; those of a day of seconds are 86,400. */
const MAX_KEPT_TIMES = 2_000_000;

/** Instants `anchorAt + k * everyMs`, none before `firstAt`, less the exclusions, which are in the zone's local time. */
export function createIntervalSource(options: {
  everyMs: number;
  anchorAt: number;
  firstAt: number;
  zone: Zone;
  exclusions: Exclusions | null;
}): Source {
  const { everyMs, anchorAt, zone, exclusions } = options;
  const firstAt = Math.max(options.firstAt, FIRST_AT);
  const atOrAfter = (at: number) => anchorAt + Math.ceil((at - anchorAt) / everyMs) * everyMs;
  const atOrBefore = (at: number) => anchorAt + Math.floor((at - anchorAt) / everyMs) * everyMs;
  // Whatever the day, the grid falls on local times that differ by multiples of this.
  const stepMs = greatestCommonDivisor(everyMs, DAY_MS);
  const horizonMs = (stepMs === everyMs ? ALL_KINDS_OF_YEAR_DAYS : CYCLE_DAYS) * DAY_MS;

  /** Whether the times of day `first`, `first + step` and so on are not all in windows; `first` is less than `step`. */
  function fallsBetween(windows: Int32Array, first: number, step: number): boolean {
    // Of few times each is looked up, of many each gap between windows is.
    if ((DAY_MS / step) * 16 < windows.length) {
      for (let ms = first; ms < DAY_MS; ms += step) if (windowAt(windows, ms) < 0) return true;
      return false;
    }
    let free = 0;
    for (let i = 0; i <= windows.length; i += 2) {
      if (free + modulo(first - free, step) < (i < windows.length ? (windows[i] as number) : DAY_MS)) return true;
      free = windows[i + 1] as number;
    }
    return false;
  }

  /** Whether there is an occurrence on a day that begins at `start` and has these windows. */
  const occursOn = remember((windows, first) => fallsBetween(windows, first, everyMs));
  /** Whether there may ever be one on days that begin as this one does. */
  const canOccurOn = remember((windows, first) => fallsBetween(windows, first, stepMs));

  // One object for all, because searches enter many stretches.
  const stretch = { day: 0, start: 0, offset: 0, low: 0, high: 0, segmentAt: 0, segmentEnd: 0 };
  /** The part of a local day around an instant in which the wall clock runs evenly: its day, midnight, bounds. */
  function enterStretch(at: number): Readonly<typeof stretch> {
    const segment = zone.segmentOf(at);
    const segmentAt = zone.segmentAt[segment] as number;
    const segmentEnd = zone.segmentEnd(segment);
    const offset = zone.segmentOffset[segment] as number;
    const day = Math.floor((at + offset) / DAY_MS);
    const start = day * DAY_MS - offset;
    stretch.day = day;
    stretch.start = start;
    stretch.offset = offset;
    stretch.low = Math.max(start, segmentAt);
    stretch.high = Math.min(start + DAY_MS, segmentEnd);
    stretch.segmentAt = segmentAt;
    stretch.segmentEnd = segmentEnd;
    return stretch;
  }

  /** Years by their keys in which the grid never falls between windows, and those in which it might but does not. */
  const stillYears = new Set<string>();
  /** Years of one key have the same exclusions, and the grid may fall on the same local times. */
  function keyOfYear(year: number, excluded: Exclusions): string {
    if (isRuledYear(year)) return excluded.yearKey(year);
    // The last first, because asking may add segments.
    const last = zone.segmentOf(dayOf(year + 1, 1, 1) * DAY_MS + MAX_OFFSET_MS);
    let key = `${excluded.yearKey(year)} `;
    for (let i = zone.segmentOf(dayOf(year, 1, 1) * DAY_MS - MAX_OFFSET_MS); i <= last; i++) {
      const first = ` ${modulo(anchorAt + (zone.segmentOffset[i] as number), stepMs)}`;
      if (!key.endsWith(first)) key += first;
    }
    return key;
  }

  /** First instant after a stretch, where nothing of its day and those up to `day` is free. */
  function onFrom(day: number, high: number, segmentEnd: number): number {
    // A clock set back just after midnight shows the day before again, which may be free.
    return atOrAfter(high < segmentEnd ? Math.max(high, day * DAY_MS - MAX_OFFSET_MS) : high);
  }

  /** First occurrence from `from` (on the grid) to `before` (left out); past `specialTo` the exclusions repeat. By stretches of a day in which the wall clock runs evenly. */
  function firstFree(from: number, before: number, specialTo: number, excluded: Exclusions): number | null {
    // In these days every kind of year meets every offset; where the grid may fall, it still has to.
    let end = Math.min(specialTo + ALL_KINDS_OF_YEAR_DAYS * DAY_MS, before);
    let at = from;
    let year = 0;
    let still: string | null = null;
    let missed: string | null = null;
    while (at < end) {
      const { day, start, offset, high, segmentEnd } = enterStretch(at);
      if (yearOf(day) !== year) {
        if (still !== null) stillYears.add(still);
        if (missed !== null) stillYears.add(missed);
        // A year that the search began in the midst of is not known whole.
        const begun = year !== 0;
        year = yearOf(day);
        let skipped = year;
        for (; begun; skipped++) {
          still = keyOfYear(skipped, excluded);
          const phase = modulo(anchorAt - dayOf(skipped, 1, 1) * DAY_MS, everyMs);
          missed = isRuledYear(skipped) ? `${still} at ${phase}` : null;
          if (skipped > LAST_YEAR || (!stillYears.has(still) && (missed === null || !stillYears.has(missed)))) break;
        }
        if (skipped > year) {
          still = null;
          missed = null;
          at = onFrom(dayOf(skipped, 1, 1), high, segmentEnd);
          continue;
        }
      }
      const windows = excluded.windowsOn(day);
      if (!windows) return at;
      if (coverDay(windows)) {
        // Whole days need no look at the clock, which far ahead takes longer.
        const open = excluded.openDayFrom(day + 1, Math.ceil((end + MAX_OFFSET_MS) / DAY_MS) + 1);
        at = onFrom(open, high, segmentEnd);
        continue;
      }
      if (canOccurOn(windows, modulo(anchorAt - start, stepMs))) {
        still = null;
        end = Math.min(specialTo + horizonMs, before);
        while (at < high) {
          const window = windowAt(windows, at - start);
          if (window < 0) return at;
          // The wall clock runs evenly only to the end of the stretch, which a window may outlast.
          at = atOrAfter(Math.min(start + (windows[2 * window + 1] as number), high));
        }
      }
      // On to the next day of this year that has something, as long as the clock runs evenly.
      const endDay = Math.min(dayOf(year + 1, 1, 1), Math.floor((Math.min(segmentEnd, end) + offset) / DAY_MS));
      let next = day + 1;
      for (let begin = start + DAY_MS; next < endDay; begin += DAY_MS) {
        const others = excluded.windowsOn(next);
        if (others === null || coverDay(others) || occursOn(others, modulo(anchorAt - begin, everyMs))) break;
        if (still !== null && canOccurOn(others, modulo(anchorAt - begin, stepMs))) break;
        next++;
      }
      at = atOrAfter(Math.max(high, Math.min(next * DAY_MS - offset, segmentEnd)));
    }
    return null;
  }

  /** Last occurrence from `end` to `from` (on the grid), both included. */
  function lastFree(from: number, end: number, excluded: Exclusions): number | null {
    let at = from;
    while (at >= end) {
      const { day, start, low, segmentAt } = enterStretch(at);
      const windows = excluded.windowsOn(day);
      if (!windows) return at;
      if (coverDay(windows)) {
        const open = excluded.openDayBefore(day, Math.floor((end - MAX_OFFSET_MS) / DAY_MS));
        // A day that begins with a clock set back may have a later one before it.
        at = atOrBefore((low > segmentAt ? Math.min(low, (open + 1) * DAY_MS + MAX_OFFSET_MS) : low) - 1);
        continue;
      }
      while (at >= low && canOccurOn(windows, modulo(anchorAt - start, stepMs))) {
        const window = windowAt(windows, at - start);
        if (window < 0) return at;
        at = atOrBefore(Math.max(start + (windows[2 * window] as number), low) - 1);
      }
      if (at >= low) at = atOrBefore(low - 1);
    }
    return null;
  }

  /** Without exclusions days are of no zone. */
  function utcDay(at: number): Pick<typeof stretch, "day" | "start" | "high"> {
    const day = Math.floor(at / DAY_MS);
    return { day, start: day * DAY_MS, high: (day + 1) * DAY_MS };
  }

  function next(afterAt: number, beforeAt = LAST_AT): number | null {
    const at = atOrAfter(Math.max(afterAt + 1, firstAt));
    const before = Math.min(beforeAt, LAST_AT);
    if (at >= before) return null;
    return exclusions ? firstFree(at, before, Math.max(at, exclusions.lastSpecialAt), exclusions) : at;
  }

  function previous(beforeAt: number): number | null {
    const at = atOrBefore(Math.min(beforeAt, END_AT) - 1);
    const end = Math.max(firstAt, Math.min(at, exclusions?.firstSpecialAt ?? at) - horizonMs);
    if (at < end) return null;
    return exclusions ? lastFree(at, end, exclusions) : at;
  }

  function countAll(fromAt: number, toAt: number): number {
    const first = atOrAfter(Math.max(fromAt, firstAt));
    return first >= toAt ? 0 : Math.floor((toAt - 1 - first) / everyMs) + 1;
  }

  const kept = new Map<Int32Array | null, Map<number, Int32Array>>();
  let keptTimes = 0;
  /** The times of a day that begins at an instant, less its windows. The same ones come again and again. */
  function timesOf(windows: Int32Array | null, start: number): Int32Array {
    const first = modulo(anchorAt - start, everyMs);
    let known = kept.get(windows);
    let times = known?.get(first);
    if (!times) {
      const grid = new Int32Array(first < DAY_MS ? Math.ceil((DAY_MS - first) / everyMs) : 0);
      for (let i = 0; i < grid.length; i++) grid[i] = first + i * everyMs;
      times = windows ? withoutWindows(grid, windows) : grid;
      keptTimes += times.length + 100;
      if (keptTimes > MAX_KEPT_TIMES) {
        kept.clear();
        keptTimes = 0;
        known = undefined;
      }
      if (!known) {
        known = new Map();
        kept.set(windows, known);
      }
      known.set(first, times);
    }
    return times;
  }

  function walk(fromAt: number, toAt: number, visit: Visit): void {
    for (let at = atOrAfter(Math.max(fromAt, firstAt)); at < toAt; ) {
      const { day, start, high } = exclusions ? enterStretch(at) : utcDay(at);
      const times = timesOf(exclusions ? exclusions.windowsOn(day) : null, start);
      const first = upperBound(times, at - start - 1);
      const end = upperBound(times, Math.min(high, toAt) - start - 1);
      if (first < end && !visit(start, times, first, end)) return;
      at = atOrAfter(high);
    }
  }

  return {
    next,
    previous,
    walk,
    collect(fromAt, toAt, limit, out) {
      let left = limit;
      for (let at = left > 0 ? next(fromAt - 1) : null; at !== null && at < toAt; at = next(at)) {
        out.push(at);
        if (--left <= 0) return;
      }
    },
    count(fromAt, toAt) {
      if (fromAt >= toAt) return 0;
      if (!exclusions) return countAll(fromAt, toAt);
      let total = 0;
      exclusions.forEachFree(Math.max(fromAt, firstAt), toAt, (low, high) => {
        total += countAll(low, high);
      });
      return total;
    },
  };
}
