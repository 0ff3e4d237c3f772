import { specError } from "../errors.ts";
import { DAY_MS, dayOf, LAST_YEAR, monthIndexOf, parseDate, weekdayOf, yearOf } from "./civil.ts";
import { isZoneName, zoneTaken } from "./names.ts";

/** Before this year every zone is on its first (local mean) time. */
const FIRST_RULED_YEAR = 1800;
/** After this year a zone only repeats its last rules, so a year equals any other with the same calendar. */
const LAST_LISTED_YEAR = 2128;
/** No zone is further from UTC. */
export const MAX_OFFSET_MS = 26 * 3_600_000;
/** Transitions closer together than this and undoing each other would be overlooked: in the data the closest are seven days apart, and four before 1970. */
const PROBE_MS = 6.5 * DAY_MS;
const OLD_PROBE_MS = 3.5 * DAY_MS;
/** Nearly all clocks change on a quarter of an hour. */
const QUARTER_MS = 900_000;
/** Days at either end of the covered years that are not yet certain, because a transition beyond may reach in. */
const EDGE_DAYS = 4;

function yearStart(year: number): number {
  return dayOf(year, 1, 1) * DAY_MS;
}

/** A year in 2101–2128 with the same leap rule and weekdays. */
function equivalentYear(year: number): number {
  const firstWeekday = weekdayOf(dayOf(year, 1, 1));
  const length = dayOf(year + 1, 1, 1) - dayOf(year, 1, 1);
  for (let candidate = LAST_LISTED_YEAR; ; candidate--) {
    const first = dayOf(candidate, 1, 1);
    if (weekdayOf(first) === firstWeekday && dayOf(candidate + 1, 1, 1) - first === length) return candidate;
  }
}

/** Whether a year's transitions are those of every year with the same calendar. No such year changes its clock near its ends. */
export function isRuledYear(year: number): boolean {
  return year > LAST_LISTED_YEAR + 1;
}

function createOffsetReader(id: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: id,
    calendar: "gregory",
    numberingSystem: "latn",
    timeZoneName: "longOffset",
  });
  let lastName = "";
  let lastOffset = 0;
  return (at) => {
    // "1/1/2026, GMT-05:00"; with seconds where a historic offset has them, and a bare "GMT" for none.
    const text = format.format(at);
    const name = text.slice(text.indexOf("G"));
    if (name !== lastName) {
      const [, sign, hours, minutes, seconds] = /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(name) as RegExpExecArray;
      const ms = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000;
      lastOffset = sign === "-" ? -ms : ms;
      lastName = name;
    }
    return lastOffset;
  };
}

/**
 * The offsets of a time zone as segments of instants, and its local days as spans: in a plain span every local time
 * exists once and the offset is one; a block holds the days a transition touches. Years are added as they are asked for.
 */
export interface Zone {
  readonly id: string;
  /** Instants at which each segment begins; the first is -Infinity or the edge of what is covered. */
  readonly segmentAt: readonly number[];
  /** Offset of each segment, local minus UTC in ms. */
  readonly segmentOffset: readonly number[];
  /** First local day of each span. Even spans are plain, odd ones blocks. */
  readonly spanDay: readonly number[];
  /** Offset of each plain span; 0 for blocks. */
  readonly spanOffset: readonly number[];
  /** Index of the segment of an instant. */
  segmentOf(at: number): number;
  /** Offset at an instant, local minus UTC in ms. */
  offsetAt(at: number): number;
  /** Index of the span of a local day. Indices change when years are added: ask again after asking for another day. */
  spanOf(day: number): number;
  /** End of a segment (Infinity for the last). */
  segmentEnd(segment: number): number;
  /** First day of a span, as far as it is certain. */
  spanStart(span: number): number;
  /** Day after a span's last, as far as it is certain. */
  spanEnd(span: number): number;
}

function createZone(id: string): Zone {
  const offsetOf = createOffsetReader(id);
  const fixed = /^(?:Etc\/)?(?:UTC|GMT|UCT|Zulu|Universal|Greenwich|GMT[+-]?\d+)$/i.test(id);
  let segmentAt: number[] = [];
  let segmentOffset: number[] = [];
  let spanDay: number[] = [];
  let spanOffset: number[] = [];
  let firstYear = 0;
  let lastYear = -1;
  let certainFromDay = 0;
  let certainToDay = -1;
  let lastSegment = 0;
  let lastSpan = 0;

  /** Transitions inside a listed year, as pairs of instant and new offset. */
  function probe(year: number, out: number[]): void {
    const end = yearStart(year + 1);
    const step = year < 1970 ? OLD_PROBE_MS : PROBE_MS;
    let at = yearStart(year);
    let offset = offsetOf(at);
    if (offsetOf(at - 1) !== offset) out.push(at, offset);
    while (at < end - 1000) {
      const next = Math.min(at + step, end - 1000);
      if (offsetOf(next) !== offset) {
        at = firstChange(at, next, offset);
        offset = offsetOf(at);
        out.push(at, offset);
      } else at = next;
    }
  }

  /** The first instant after `from`, and up to `to`, at which the offset is no longer `offset`. Clocks change at whole seconds. */
  function firstChange(from: number, to: number, offset: number): number {
    let [low, high] = [from, to];
    for (const stepMs of [QUARTER_MS, 1000]) {
      while (high - low > stepMs) {
        const middle = Math.round((low + high) / 2 / stepMs) * stepMs;
        if (offsetOf(middle) === offset) low = middle;
        else high = middle;
      }
      if (offsetOf(high - 1000) === offset) break;
    }
    return high;
  }

  const ruled = new Map<number, number[]>();

  function transitionsOf(year: number, out: number[]): void {
    if (year <= LAST_LISTED_YEAR) {
      probe(year, out);
      return;
    }
    const model = equivalentYear(year);
    let listed = ruled.get(model);
    if (!listed) {
      listed = [];
      probe(model, listed);
      ruled.set(model, listed);
    }
    const delta = yearStart(year) - yearStart(model);
    for (let i = 0; i < listed.length; i += 2) out.push((listed[i] as number) + delta, listed[i + 1] as number);
  }

  function addYears(from: number, to: number): void {
    const found: number[] = [];
    for (let year = from; year <= to; year++) transitionsOf(year, found);
    const ats: number[] = [];
    const offsets: number[] = [];
    for (let i = 0; i < found.length; i += 2) {
      ats.push(found[i] as number);
      offsets.push(found[i + 1] as number);
    }
    if (lastYear < firstYear) {
      segmentAt = [Number.NEGATIVE_INFINITY, ...ats];
      segmentOffset = [offsetOf(yearStart(from) - 1), ...offsets];
      firstYear = from;
      lastYear = to;
    } else if (to < firstYear) {
      segmentAt = [Number.NEGATIVE_INFINITY, ...ats, ...segmentAt.slice(1)];
      segmentOffset = [offsetOf(yearStart(from) - 1), ...offsets, ...segmentOffset.slice(1)];
      firstYear = from;
    } else {
      segmentAt = segmentAt.concat(ats);
      segmentOffset = segmentOffset.concat(offsets);
      lastYear = to;
    }
    buildSpans();
  }

  function buildSpans(): void {
    spanDay = [Number.NEGATIVE_INFINITY];
    spanOffset = [segmentOffset[0] as number];
    for (let i = 1; i < segmentAt.length; i++) {
      const at = segmentAt[i] as number;
      const before = at + (segmentOffset[i - 1] as number);
      const after = at + (segmentOffset[i] as number);
      const gap = Math.max(0, after - before);
      const blockFrom = Math.floor(Math.min(before, after) / DAY_MS);
      // A time in the gap may be moved to as late as the gap's length after it.
      const blockTo = Math.floor((Math.max(before, after) + gap - 1) / DAY_MS) + 1;
      const last = spanDay.length - 1;
      if (blockFrom <= (spanDay[last] as number)) {
        // No whole day between this transition and the one before: one block.
        spanDay[last] = Math.max(spanDay[last] as number, blockTo);
        spanOffset[last] = segmentOffset[i] as number;
      } else {
        spanDay.push(blockFrom, blockTo);
        spanOffset.push(0, segmentOffset[i] as number);
      }
    }
    certainFromDay =
      fixed || firstYear <= FIRST_RULED_YEAR ? Number.NEGATIVE_INFINITY : dayOf(firstYear, 1, 1) + EDGE_DAYS;
    certainToDay = fixed ? Number.POSITIVE_INFINITY : dayOf(lastYear + 1, 1, 1) - EDGE_DAYS;
    lastSegment = 0;
    lastSpan = 0;
  }

  function cover(day: number): void {
    if (lastYear < firstYear) {
      const year = Math.max(FIRST_RULED_YEAR, yearOf(day));
      addYears(Math.max(FIRST_RULED_YEAR, year - 1), year + 3);
    }
    while (day >= certainToDay) {
      const year = yearOf(day);
      // Ever larger steps, because each makes the spans anew; but where years cost probing, not far beyond need.
      const step = Math.max(8, lastYear - firstYear);
      const to = Math.max(lastYear + step, year + 2);
      addYears(
        lastYear + 1,
        year + 2 <= LAST_LISTED_YEAR ? Math.min(to, LAST_LISTED_YEAR) : Math.min(to, LAST_YEAR + 2),
      );
    }
    while (day < certainFromDay) {
      const year = yearOf(day);
      addYears(Math.max(FIRST_RULED_YEAR, Math.min(firstYear - 8, year - 2)), firstYear - 1);
    }
  }

  function search(list: readonly number[], value: number): number {
    let low = 0;
    let high = list.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((list[middle] as number) <= value) low = middle;
      else high = middle;
    }
    return low;
  }

  function segmentOf(at: number): number {
    const day = Math.floor(at / DAY_MS);
    if (day < certainFromDay + 1 || day >= certainToDay - 1) {
      cover(day - 1);
      cover(day + 1);
    }
    const i = lastSegment;
    if ((segmentAt[i] as number) <= at && (i + 1 === segmentAt.length || at < (segmentAt[i + 1] as number))) return i;
    lastSegment = search(segmentAt, at);
    return lastSegment;
  }

  return {
    id,
    segmentOf,
    offsetAt: (at) => {
      // The index comes first: finding it may replace the lists.
      const segment = segmentOf(at);
      return segmentOffset[segment] as number;
    },
    get segmentAt() {
      return segmentAt;
    },
    get segmentOffset() {
      return segmentOffset;
    },
    get spanDay() {
      return spanDay;
    },
    get spanOffset() {
      return spanOffset;
    },
    spanOf(day) {
      if (day < certainFromDay || day >= certainToDay) cover(day);
      const i = lastSpan;
      if ((spanDay[i] as number) <= day && (i + 1 === spanDay.length || day < (spanDay[i + 1] as number))) return i;
      lastSpan = search(spanDay, day);
      return lastSpan;
    },
    segmentEnd(segment) {
      return segment + 1 < segmentAt.length
        ? (segmentAt[segment + 1] as number)
        : fixed
          ? Number.POSITIVE_INFINITY
          : certainToDay * DAY_MS;
    },
    spanStart(span) {
      return span > 0 ? (spanDay[span] as number) : certainFromDay;
    },
    spanEnd(span) {
      return span + 1 < spanDay.length ? (spanDay[span + 1] as number) : certainToDay;
    },
  };
}

const zones = new Map<string, Zone | null>();

function findZone(id: string): Zone | null {
  const known = zones.get(id);
  if (known !== undefined) return known;
  let zone: Zone | null = null;
  if (isZoneName(id)) {
    try {
      zone = createZone(new Intl.DateTimeFormat("en-US", { timeZone: id }).resolvedOptions().timeZone);
    } catch {
      zone = null;
    }
  }
  // Bounded, because names come from outside.
  if (zones.size > 2000) zones.clear();
  zones.set(id, zone);
  return zone;
}

/** Whether the system knows an IANA zone of that name. */
export function isKnownZone(zone: string): boolean {
  return findZone(zone) !== null;
}

/** The zone's offsets. Throws SpecError where the system does not know it. */
export function getZone(id: string, path = "timezone"): Zone {
  const zone = findZone(id);
  if (!zone) throw specError(path, id, zoneTaken(id));
  return zone;
}

/** Local minus UTC in ms. */
export function offsetAt(zone: string, at: number): number {
  return getZone(zone).offsetAt(at);
}

/** A wall clock reading; `weekday` 0 is Sunday. */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
}

/** What the zone's wall clock shows at an instant (milliseconds are left out). */
export function toLocal(zone: string, at: number): LocalTime {
  const local = at + offsetAt(zone, at);
  const day = Math.floor(local / DAY_MS);
  const seconds = Math.floor((local - day * DAY_MS) / 1000);
  const monthIndex = monthIndexOf(day);
  const year = Math.floor(monthIndex / 12);
  const month = monthIndex - year * 12 + 1;
  return {
    year,
    month,
    day: day - dayOf(year, month, 1) + 1,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    weekday: weekdayOf(day),
  };
}

/** The instants, in order, at which a zone's clock shows `local` (ms as if it were UTC): none in a gap, two where it is repeated. */
export function instantsOf(zone: Zone, local: number): number[] {
  const found: number[] = [];
  const margin = MAX_OFFSET_MS;
  zone.segmentOf(local + margin);
  let segment = zone.segmentOf(local - margin);
  for (; segment < zone.segmentAt.length; segment++) {
    const from = zone.segmentAt[segment] as number;
    if (from > local + margin) break;
    const at = local - (zone.segmentOffset[segment] as number);
    const to = segment + 1 < zone.segmentAt.length ? (zone.segmentAt[segment + 1] as number) : Number.POSITIVE_INFINITY;
    if (at >= from && at < to) found.push(at);
  }
  return found;
}

/** The instants of a local time: none in a gap, two where it is repeated. */
export function fromLocal(
  zone: string,
  local: { year: number; month: number; day: number; hour?: number; minute?: number; second?: number },
): number[] {
  const seconds = (local.hour ?? 0) * 3600 + (local.minute ?? 0) * 60 + (local.second ?? 0);
  return instantsOf(getZone(zone), dayOf(local.year, local.month, local.day) * DAY_MS + seconds * 1000);
}

/** Whether a zone's clock skips or repeats a time of day (ms) on some day of these decades (2000–2050). */
export function meetsClockChange(id: string, time: number): boolean {
  const zone = findZone(id);
  if (zone === null) return false;
  const [from, to] = [Date.UTC(2000, 0, 1), Date.UTC(2050, 0, 1)];
  // Asking may add segments at either end, so their numbers are asked for when both are there.
  zone.segmentOf(from);
  zone.segmentOf(to);
  const last = zone.segmentOf(to);
  for (let i = zone.segmentOf(from) + 1; i <= last; i++) {
    const at = zone.segmentAt[i] as number;
    const [before, after] = [zone.segmentOffset[i - 1] as number, zone.segmentOffset[i] as number];
    const past = time - (at + Math.min(before, after));
    if (past - Math.floor(past / DAY_MS) * DAY_MS < Math.abs(after - before)) return true;
  }
  return false;
}

/** First instant of a local day, also where midnight is skipped; of a day that is skipped whole, the first instant after it. */
export function startOfDay(zone: Zone, day: number): number {
  const local = day * DAY_MS;
  const [first] = instantsOf(zone, local);
  if (first !== undefined) return first;
  zone.segmentOf(local + 2 * DAY_MS);
  let segment = zone.segmentOf(local - 2 * DAY_MS);
  while (segment + 1 < zone.segmentAt.length) {
    segment++;
    const at = zone.segmentAt[segment] as number;
    if (at + (zone.segmentOffset[segment] as number) > local) return at;
  }
  return local - (zone.segmentOffset[segment] as number);
}

/** First instant of the local day `YYYY-MM-DD`. Throws a RangeError where the text is no date. */
export function startOfLocalDay(zone: string, date: string): number {
  const day = parseDate(date);
  if (day === null) throw new RangeError(`a date YYYY-MM-DD is expected; given: ${date.slice(0, 40)}`);
  return startOfDay(getZone(zone), day);
}
