import type { Source } from "./calendarSource.ts";
import { ALL_KINDS_OF_YEAR_DAYS, CYCLE_DAYS, DAY_MS, END_AT, FIRST_AT } from "./civil.ts";
import { coverDay, type Exclusions, windowAt } from "./exclusions.ts";
import type { Zone } from "./zone.ts";

/** An interval in real time: also tells which grid its occurrences lie on. */
export interface IntervalSource extends Source {
  readonly grid: { everyMs: number; anchorAt: number; firstAt: number };
}

/** Instants `anchorAt + k * everyMs`, none before `firstAt`, less the exclusions, which are in the zone's local time. */
export function createIntervalSource(options: {
  everyMs: number;
  anchorAt: number;
  firstAt: number;
  zone: Zone;
  exclusions: Exclusions | null;
}): IntervalSource {
  const { everyMs, anchorAt, zone, exclusions } = options;
  const firstAt = Math.max(options.firstAt, FIRST_AT);
  const atOrAfter = (at: number) => anchorAt + Math.ceil((at - anchorAt) / everyMs) * everyMs;
  const atOrBefore = (at: number) => anchorAt + Math.floor((at - anchorAt) / everyMs) * everyMs;
  // Stretches of a day found to be excluded whole, by their windows and where the grid falls in them: the same ones
  // come again and again, and a search for something that never fires must not look into each.
  const everyDayAlike = DAY_MS % everyMs === 0;
  const horizonMs = (everyDayAlike ? ALL_KINDS_OF_YEAR_DAYS : CYCLE_DAYS) * DAY_MS;
  const empty = new Map<Int32Array, Set<number | string>>();

  let lastWindows: Int32Array | null = null;
  let lastEmpty = new Set<number | string>();
  function emptyOf(windows: Int32Array): Set<number | string> {
    if (windows === lastWindows) return lastEmpty;
    let known = empty.get(windows);
    if (!known) {
      known = new Set();
      empty.set(windows, known);
    }
    lastWindows = windows;
    lastEmpty = known;
    return known;
  }

  function keyOf(start: number, low: number, high: number): number | string {
    const phase = (((start - anchorAt) % everyMs) + everyMs) % everyMs;
    return high - low === DAY_MS ? phase : `${phase} ${low - start} ${high - start}`;
  }

  // One object for all, because searches enter many stretches.
  const stretch = { day: 0, start: 0, offset: 0, low: 0, high: 0, segmentEnd: 0 };
  /** The part of a local day around an instant in which the wall clock runs evenly: its day, midnight, bounds. */
  function enterStretch(at: number): Readonly<typeof stretch> {
    const segment = zone.segmentOf(at);
    const segmentEnd = zone.segmentEnd(segment);
    const offset = zone.segmentOffset[segment] as number;
    const day = Math.floor((at + offset) / DAY_MS);
    const start = day * DAY_MS - offset;
    stretch.day = day;
    stretch.start = start;
    stretch.offset = offset;
    stretch.low = Math.max(start, zone.segmentAt[segment] as number);
    stretch.high = Math.min(start + DAY_MS, segmentEnd);
    stretch.segmentEnd = segmentEnd;
    return stretch;
  }

  /** First occurrence from `at` (on the grid) to `end` (left out), by stretches of a day in which the wall clock runs evenly. */
  function firstFree(from: number, end: number, excluded: Exclusions): number | null {
    let at = from;
    while (at < end) {
      const { day, start, offset, low, high, segmentEnd } = enterStretch(at);
      const windows = excluded.windowsOn(day);
      if (!windows) return at;
      if (coverDay(windows)) {
        const open = excluded.openDayFrom(day + 1, Math.ceil((Math.min(segmentEnd, end) + offset) / DAY_MS));
        at = atOrAfter(Math.min(open * DAY_MS - offset, segmentEnd));
        continue;
      }
      const whole = at - everyMs < low;
      const known = whole ? emptyOf(windows) : undefined;
      const key = whole ? keyOf(start, low, high) : 0;
      if (!known?.has(key)) {
        while (at < high) {
          const window = windowAt(windows, at - start);
          if (window < 0) return at;
          // The wall clock runs evenly only to the end of the stretch, which a window may outlast.
          at = atOrAfter(Math.min(start + (windows[2 * window + 1] as number), high));
        }
        known?.add(key);
      }
      if (everyDayAlike && whole && high - low === DAY_MS) {
        // The grid falls on the same times every day of the segment, so days with the same windows are empty as well.
        const lastDay = Math.floor((Math.min(segmentEnd, end) + offset) / DAY_MS);
        let alike = day + 1;
        while (alike < lastDay && excluded.windowsOn(alike) === windows) alike++;
        at = atOrAfter(alike * DAY_MS - offset);
      } else if (at < high) at = atOrAfter(high);
    }
    return null;
  }

  function lastFree(from: number, end: number, excluded: Exclusions): number | null {
    let at = from;
    while (at >= end) {
      const { day, start, offset, low, high } = enterStretch(at);
      const windows = excluded.windowsOn(day);
      if (!windows) return at;
      if (coverDay(windows)) {
        const segmentFrom = Math.max(zone.segmentAt[zone.segmentOf(at)] as number, end);
        let open = day - 1;
        while ((open + 1) * DAY_MS - offset > segmentFrom && excluded.isWhole(open)) open--;
        at = atOrBefore(Math.max((open + 1) * DAY_MS - offset, segmentFrom) - 1);
        continue;
      }
      const whole = at + everyMs >= high;
      const known = whole ? emptyOf(windows) : undefined;
      const key = whole ? keyOf(start, low, high) : 0;
      if (!known?.has(key)) {
        while (at >= low) {
          const window = windowAt(windows, at - start);
          if (window < 0) return at;
          at = atOrBefore(Math.max(start + (windows[2 * window] as number), low) - 1);
        }
        known?.add(key);
      }
      if (at >= low) at = atOrBefore(low - 1);
    }
    return null;
  }

  function next(afterAt: number): number | null {
    const at = atOrAfter(Math.max(afterAt + 1, firstAt));
    // A day less, for zones whose clocks are behind.
    const end = Math.min(END_AT - DAY_MS, Math.max(at, exclusions?.lastSpecialAt ?? at) + horizonMs);
    if (at >= end) return null;
    return exclusions ? firstFree(at, end, exclusions) : at;
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

  return {
    grid: { everyMs, anchorAt, firstAt },
    next,
    previous,
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
