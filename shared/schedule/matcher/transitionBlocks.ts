import { DAY_MS, firstDayOfMonth, monthIndexOf } from "../zone/civil.ts";
import type { Zone } from "../zone/zone.ts";
import { type TimedRule, unionOf, upperBound } from "./dayTable.ts";
import type { Exclusions } from "./exclusions.ts";

/** The instants of the days around a transition: ms from a base, sorted, each once. */
export interface Block {
  base: number;
  times: Int32Array;
}

const NO_TIMES = new Int32Array(0);

/** Works out the days around transitions, entry by entry under the dst policy, less the exclusions; and keeps them. */
export function createTransitionBlocks(options: {
  zone: Zone;
  rules: readonly TimedRule[];
  exclusions: Exclusions | null;
  /** The times of a local day, exclusions taken out. */
  timesOn: (day: number) => Int32Array;
}): (from: number, end: number) => Block {
  const { zone, rules, exclusions, timesOn } = options;
  const endRules = rules.filter((rule) => rule.moves === "end");
  const shiftRules = rules.filter((rule) => rule.moves === "shift");
  const againRules = rules.filter((rule) => rule.moves === null);
  const blocks = new Map<number, Block>();
  const blockShapes = new Map<string, Int32Array>();

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
    let open = false;
    for (let day = from; day < end && !open; day++) open = exclusions === null || !exclusions.isWhole(day);
    if (!open) return { base: 0, times: NO_TIMES };
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
      shape += windows ? `-${exclusions?.keyOf(windows)};` : ";";
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
    const parts: Int32Array[] = [];
    const fromLocal = fromDay * DAY_MS;
    const endLocal = endDay * DAY_MS;
    // Local times before this have been shown by the clock already.
    let shownTo = fromLocal;
    for (let segment = firstSegment; segment < zone.segmentAt.length; segment++) {
      const offset = zone.segmentOffset[segment] as number;
      const at = zone.segmentAt[segment] as number;
      const segmentFrom = at + offset;
      const segmentTo = zone.segmentEnd(segment) + offset;
      const some: number[] = [];
      if (segment > firstSegment && segmentFrom > shownTo && shownTo < endLocal) {
        const before = zone.segmentOffset[segment - 1] as number;
        const skippedTo = Math.min(segmentFrom, endLocal);
        for (const rule of shiftRules) emit(rule, shownTo, skippedTo, before, some);
        const skipped: number[] = [];
        for (const rule of endRules) emit(rule, shownTo, skippedTo, before, skipped);
        if (skipped.length > 0) some.push(at);
      }
      for (const rule of againRules)
        emit(rule, Math.max(segmentFrom, fromLocal), Math.min(segmentTo, shownTo, endLocal), offset, some);
      const left = some.filter((instant) => !exclusions?.has(instant)).map((instant) => instant - base);
      parts.push(Int32Array.from(new Set(left)).sort());
      // What the clock shows for the first time is as on any other day.
      const high = Math.min(segmentTo, endLocal);
      for (let low = Math.max(segmentFrom, shownTo); low < high; low = (Math.floor(low / DAY_MS) + 1) * DAY_MS) {
        const start = Math.floor(low / DAY_MS) * DAY_MS;
        const times = timesOn(start / DAY_MS);
        const part = times.slice(upperBound(times, low - start - 1), upperBound(times, high - start - 1));
        const shift = start - offset - base;
        for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) + shift;
        parts.push(part);
      }
      shownTo = Math.max(shownTo, segmentTo);
      if (segmentFrom >= endLocal) break;
    }
    return unionOf(parts);
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

  return blockOf;
}
