/**
 * A slow second opinion on what fires when: it walks the zone's wall clock step by step through Intl and asks a
 * predicate of every reading. It shares no code with the arithmetic it checks.
 */
import type { DstPolicy } from "../types.ts";

/** A wall clock reading. `second` counts from midnight. */
export interface Reading {
  year: number;
  month: number;
  day: number;
  weekday: number;
  daysInMonth: number;
  second: number;
  /** Days since 1970-01-01, for ranges of dates. */
  dayNumber: number;
}

/** One entry: which readings it means, whether it lists its times, and what it says itself of clock changes. */
export interface OracleEntry {
  matches(reading: Reading): boolean;
  fixed: boolean;
  dst?: DstPolicy;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the zone's clock shows, as ms as if it were UTC. */
export function wallClock(zone: string, at: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  // "DD/MM/YYYY, HH:MM:SS"; read by place, because walks read millions.
  const text = format.format(at);
  const two = (i: number) => text.charCodeAt(i) * 10 + text.charCodeAt(i + 1) - 528;
  return Date.UTC(two(6) * 100 + two(8), two(3) - 1, two(0), two(12), two(15), two(18));
}

export function readingOf(local: number): Reading {
  const date = new Date(local);
  const dayNumber = Math.floor(local / 86_400_000);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  return {
    year,
    month,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    daysInMonth: month === 2 ? new Date(Date.UTC(year, 2, 0)).getUTCDate() : [4, 6, 9, 11].includes(month) ? 30 : 31,
    second: Math.floor((local - dayNumber * 86_400_000) / 1000),
    dayNumber,
  };
}

/** The walk of a zone's wall clock: instants, and what the clock shows at each. */
export interface Walk {
  at: number[];
  local: number[];
  readings: Reading[];
  stepMs: number;
}

/** Walks from `fromAt` to `toAt` (not included), both multiples of the step. */
export function walkClock(zone: string, fromAt: number, toAt: number, stepMs: number): Walk {
  const walk: Walk = { at: [], local: [], readings: [], stepMs };
  for (let at = fromAt; at < toAt; at += stepMs) {
    walk.at.push(at);
    const local = wallClock(zone, at);
    walk.local.push(local);
    walk.readings.push(readingOf(local));
  }
  return walk;
}

/** The instants at which any entry fires, by the table of daylight saving policies, less the excluded readings. */
export function oracleInstants(
  walk: Walk,
  entries: readonly OracleEntry[],
  spec: DstPolicy,
  excluded: (reading: Reading) => boolean = () => false,
): number[] {
  const { readings } = walk;
  const fired = new Set<number>();
  for (const entry of entries) {
    const dst = entry.dst ?? spec;
    let shownTo = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < walk.at.length; i++) {
      const at = walk.at[i] as number;
      const local = walk.local[i] as number;
      if (i > 0) {
        const before = walk.local[i - 1] as number;
        // The clock jumped: these readings were skipped.
        for (let skipped = before + walk.stepMs; skipped < local; skipped += walk.stepMs) {
          if (skipped <= shownTo || !entry.matches(readingOf(skipped))) continue;
          if (dst === "shift") fired.add((walk.at[i - 1] as number) + (skipped - before));
          else if (dst === "vixie" && entry.fixed) fired.add(at);
        }
      }
      const again = local <= shownTo;
      const once = dst === "shift" || (dst === "vixie" && entry.fixed);
      if (!(again && once) && entry.matches(readings[i] as Reading)) fired.add(at);
      shownTo = Math.max(shownTo, local);
    }
  }
  const first = walk.at[0] as number;
  return [...fired].filter((at) => !excluded(readings[(at - first) / walk.stepMs] as Reading)).sort((a, b) => a - b);
}
