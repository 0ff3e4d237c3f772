import type { CalendarEntry, Exclusion } from "../../../../shared/schedule/types.ts";
import { addDays, dateOf, parseDate } from "../../../../shared/schedule/zone/civil.ts";

export interface DateRange {
  from: string;
  to: string;
  comment?: string;
}

export type ExclusionKind = "date" | "range" | "calendar" | "rule";

export function kindOf(exclusion: Exclusion): ExclusionKind {
  if (typeof exclusion === "string") return "date";
  if ("calendar" in exclusion) return "calendar";
  return "to" in exclusion ? "range" : "rule";
}

const isRange = (exclusion: Exclusion): exclusion is DateRange => kindOf(exclusion) === "range";

/** What clicking a day of the year calendar does to the exclusions. `blockedBy` is the index of an exclusion that is wider than days and stays. */
export interface DayToggle {
  exclusions: Exclusion[];
  change: "excluded" | "included" | "blocked";
  blockedBy?: number;
}

/**
 * Excludes a local date, or takes it back where a date or range of the list excludes it. `covering` is the first exclusion
 * that excludes the date, by index, as the matcher sees it; -1 where none does.
 */
export function toggleDate(exclusions: readonly Exclusion[], date: string, covering: number): DayToggle {
  const plain = exclusions.findIndex(
    (item) => item === date || (isRange(item) && item.from <= date && date <= item.to),
  );
  if (plain >= 0) {
    const item = exclusions[plain] as string | DateRange;
    const rest = typeof item === "string" ? [] : cutOut(item, date);
    return { exclusions: [...exclusions.slice(0, plain), ...rest, ...exclusions.slice(plain + 1)], change: "included" };
  }
  if (covering >= 0) return { exclusions: [...exclusions], change: "blocked", blockedBy: covering };
  return { exclusions: mergeDate(exclusions, date), change: "excluded" };
}

/**
 * What a stroke over days of the year calendar does: excludes them all, or takes them back where dates and ranges of the
 * list exclude every one of them. `from` and `to` are local dates in order, both included.
 */
export function toggleRange(exclusions: readonly Exclusion[], from: string, to: string): DayToggle {
  const spans = exclusions.map(spanOf);
  const covers = (date: string) => spans.some((span) => span !== null && span.from <= date && date <= span.to);
  let all = true;
  for (let date = from; all && date <= to; date = addDays(date, 1)) all = covers(date);
  if (all) {
    const left = exclusions.flatMap((item, index) => {
      const span = spans[index] ?? null;
      if (span === null || span.to < from || span.from > to) return [item];
      return [
        ...(span.from < from ? [asRange(span.from, addDays(from, -1), span.comment)] : []),
        ...(to < span.to ? [asRange(addDays(to, 1), span.to, span.comment)] : []),
      ];
    });
    return { exclusions: left, change: "included" };
  }
  // What it meets or touches becomes one range with it; what has a comment stays what it is.
  let [first, last] = [from, to];
  const kept: Exclusion[] = [];
  exclusions.forEach((item, index) => {
    const span = spans[index] ?? null;
    const joins =
      span !== null && span.comment === undefined && span.from <= addDays(last, 1) && addDays(first, -1) <= span.to;
    if (!joins) kept.push(item);
    else {
      if (span.from < first) first = span.from;
      if (span.to > last) last = span.to;
    }
  });
  return { exclusions: [...kept, asRange(first, last)], change: "excluded" };
}

/** The days of a date or a range; null for what is wider than days. */
function spanOf(exclusion: Exclusion): DateRange | null {
  if (typeof exclusion === "string") return { from: exclusion, to: exclusion };
  return isRange(exclusion) ? exclusion : null;
}

/** A range without one of its days: nothing, a date, a range, or two of them. */
function cutOut(range: DateRange, date: string): Exclusion[] {
  const parts: Exclusion[] = [];
  if (range.from < date) parts.push(asRange(range.from, addDays(date, -1), range.comment));
  if (date < range.to) parts.push(asRange(addDays(date, 1), range.to, range.comment));
  return parts;
}

function asRange(from: string, to: string, comment?: string): Exclusion {
  if (from === to && comment === undefined) return from;
  return comment === undefined ? { from, to } : { from, to, comment };
}

/** Adds a date, joined with the days beside it, so that a week of clicks is one range and not seven dates. */
function mergeDate(exclusions: readonly Exclusion[], date: string): Exclusion[] {
  const before = addDays(date, -1);
  const after = addDays(date, 1);
  let [from, to] = [date, date];
  const kept: Exclusion[] = [];
  let at = exclusions.length;
  exclusions.forEach((item, index) => {
    const span =
      typeof item === "string" ? { from: item, to: item } : isRange(item) && item.comment === undefined ? item : null;
    if (span && (span.to === before || span.from === after)) {
      if (span.to === before) from = span.from;
      else to = span.to;
      at = Math.min(at, index);
    } else kept.push(item);
  });
  kept.splice(Math.min(at, kept.length), 0, asRange(from, to));
  return kept;
}

/** The same days of every year, as entries: one a month. Takes a range that is shorter than a year. */
export function everyYear(from: string, to: string, comment?: string): CalendarEntry[] {
  const [first, last] = [parseDate(from), parseDate(to)];
  if (first === null || last === null || last < first || last - first > 365) return [];
  const start = dateOf(first);
  const end = dateOf(last);
  const months = (end.year - start.year) * 12 + end.month - start.month;
  const entries: CalendarEntry[] = [];
  for (let i = 0; i <= months; i++) {
    const month = ((start.month - 1 + i) % 12) + 1;
    const firstDay = i === 0 ? start.dayOfMonth : 1;
    const lastDay = i === months ? end.dayOfMonth : 31;
    const entry: CalendarEntry = { month };
    if (firstDay !== 1 || lastDay !== 31) entry.dayOfMonth = firstDay === lastDay ? firstDay : `${firstDay}-${lastDay}`;
    if (comment) entry.comment = comment;
    entries.push(entry);
  }
  return entries;
}
