import { DAY_MS, dateText, END_AT, FIRST_AT } from "../zone/civil.ts";
import type { Source } from "./calendarSource.ts";
import type { CompiledSpec } from "./compile.ts";

/** The first occurrence strictly after an instant, epoch ms; null where there is none. */
export function nextOccurrence(c: CompiledSpec, afterAt: number): number | null {
  const after = Math.max(afterAt, c.startAt - 1, FIRST_AT - 1);
  if (!(after < END_AT)) return null;
  let first = c.endAt;
  // The quickest searches come last in the list, and shorten those of the others.
  for (let i = c.sources.length - 1; i >= 0; i--) {
    const at = (c.sources[i] as Source).next(after, first);
    if (at !== null && at < first) first = at;
  }
  return first < c.endAt ? first : null;
}

/** The last occurrence strictly before an instant, epoch ms; null where there is none. */
export function previousOccurrence(c: CompiledSpec, beforeAt: number): number | null {
  const before = Math.min(beforeAt, c.endAt, END_AT);
  if (!(before > FIRST_AT)) return null;
  let last: number | null = null;
  for (const source of c.sources) {
    const at = source.previous(before);
    if (at !== null && (last === null || at > last)) last = at;
  }
  return last !== null && last >= c.startAt ? last : null;
}

/** The occurrences from `fromAt` (included) to `toAt` (not), at most `limit`. */
export function occurrencesBetween(
  c: CompiledSpec,
  fromAt: number,
  toAt: number,
  limit = Number.POSITIVE_INFINITY,
): number[] {
  const from = Math.max(fromAt, c.startAt, FIRST_AT);
  const to = Math.min(toAt, c.endAt, END_AT);
  if (!(from < to)) return [];
  let result: number[] | null = null;
  for (const source of c.sources) {
    const list: number[] = [];
    source.collect(from, to, limit, list);
    result = result === null ? list : mergeSorted(result, list, limit);
  }
  return result ?? [];
}

function mergeSorted(a: readonly number[], b: readonly number[], limit: number): number[] {
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while ((i < a.length || j < b.length) && merged.length < limit) {
    const x = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    const y = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    merged.push(Math.min(x, y));
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return merged;
}

/** How many occurrences there are from `fromAt` (included) to `toAt` (not). */
export function countBetween(c: CompiledSpec, fromAt: number, toAt: number): number {
  const from = Math.max(fromAt, c.startAt, FIRST_AT);
  const to = Math.min(toAt, c.endAt, END_AT);
  if (!(from < to)) return 0;
  return c.count(from, to);
}

/** How many occurrences each local day of the spec's zone has, for days with any, in order. */
export function countByLocalDay(c: CompiledSpec, fromAt: number, toAt: number): { date: string; count: number }[] {
  const { zone } = c;
  const to = Math.min(toAt, c.endAt, END_AT);
  const counts = new Map<number, number>();
  let at = nextOccurrence(c, fromAt - 1) ?? to;
  while (at < to) {
    const segment = zone.segmentOf(at);
    const offset = zone.segmentOffset[segment] as number;
    const day = Math.floor((at + offset) / DAY_MS);
    // Where the clock changes a local day need not be one stretch of time.
    const end = Math.min(to, (day + 1) * DAY_MS - offset, zone.segmentEnd(segment));
    counts.set(day, (counts.get(day) ?? 0) + countBetween(c, at, end));
    at = nextOccurrence(c, end - 1) ?? to;
  }
  return [...counts].sort((a, b) => a[0] - b[0]).map(([day, count]) => ({ date: dateText(day), count }));
}
