import { DAY_MS, dateText, END_AT, FIRST_AT } from "./civil.ts";
import type { CompiledSpec } from "./compile.ts";
import { startOfDay, type Zone } from "./zone.ts";

/** The first occurrence strictly after an instant, epoch ms; null where there is none. */
export function nextOccurrence(c: CompiledSpec, afterAt: number): number | null {
  const after = Math.max(afterAt, c.startAt - 1, FIRST_AT - 1);
  if (!(after < END_AT)) return null;
  let first: number | null = null;
  for (const source of c.sources) {
    const at = source.next(after);
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first !== null && first < c.endAt ? first : null;
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
  const [only] = c.sources;
  if (c.sources.length === 1 && only) return only.count(from, to);
  if (c.pair) {
    const { calendar, interval } = c.pair;
    return calendar.count(from, to) + interval.count(from, to) - calendar.countOnGrid(from, to, interval.grid);
  }
  // Several sources may share instants, so these are listed, as many at a time as are quickly merged.
  let total = 0;
  let stretchMs = DAY_MS;
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + stretchMs);
    const found = occurrencesBetween(c, at, end).length;
    total += found;
    at = end;
    if (found < 10_000) stretchMs *= 2;
    else if (found > 100_000) stretchMs = Math.ceil(stretchMs / 2);
  }
  return total;
}

/** How many occurrences each local day of the spec's zone has, for days with any, in order. */
export function countByLocalDay(c: CompiledSpec, fromAt: number, toAt: number): { date: string; count: number }[] {
  const { zone } = c;
  const to = Math.min(toAt, c.endAt, END_AT);
  const days: { date: string; count: number }[] = [];
  let at = nextOccurrence(c, fromAt - 1) ?? to;
  while (at < to) {
    const day = Math.floor((at + zone.offsetAt(at)) / DAY_MS);
    const span = zone.spanOf(day);
    const plain = (span & 1) === 0;
    // Near a transition a local day need not be one stretch of time, so there each instant is looked at.
    const end = Math.min(
      to,
      plain ? (day + 1) * DAY_MS - (zone.spanOffset[span] as number) : startOfDay(zone, zone.spanEnd(span)),
    );
    if (plain) days.push({ date: dateText(day), count: countBetween(c, at, end) });
    else days.push(...countInstants(zone, occurrencesBetween(c, at, end)));
    at = nextOccurrence(c, end - 1) ?? to;
  }
  return days;
}

function countInstants(zone: Zone, instants: readonly number[]): { date: string; count: number }[] {
  const counts = new Map<number, number>();
  // Up to here the day stays the same: to its end, or to the next change of the clock.
  let until = Number.NEGATIVE_INFINITY;
  let day = 0;
  let count = 0;
  const keep = () => count > 0 && counts.set(day, (counts.get(day) ?? 0) + count);
  for (const at of instants) {
    if (at >= until) {
      keep();
      const segment = zone.segmentOf(at);
      const offset = zone.segmentOffset[segment] as number;
      day = Math.floor((at + offset) / DAY_MS);
      until = Math.min((day + 1) * DAY_MS - offset, zone.segmentEnd(segment));
      count = 0;
    }
    count++;
  }
  keep();
  return [...counts].sort((a, b) => a[0] - b[0]).map(([day, count]) => ({ date: dateText(day), count }));
}
