import { invalidField } from "../../../../../shared/domain/errors.ts";
import type { Exclusion } from "../../../../../shared/schedule/index.ts";
import { type Component, componentsOf } from "./components.ts";
import { beginsByRule, countsFromStart, everlasting, exclusionsOf, type Occurrence } from "./entries.ts";
import { type CalendarEvent, readEvent } from "./events.ts";
import { type Budget, DAY_MS, occurrencesOf, RuleTooLong } from "./recurrence.ts";
import { EventProblem, type IcalTime, inZone } from "./times.ts";
import { createZones } from "./zones.ts";

/** How far ahead of now recurring events that no entry can say are written out. */
const writtenOutYears = 5;
/** As many as an exclusion calendar takes. */
const maxEntries = 5000;
/** Days and times that the rules of one file may go through: a second or two of work. */
const budgetOfFile = 5_000_000;
const maxNotes = 100;
/** Of the years that a calendar field takes. */
const [firstYear, lastYear] = [1900, 9999];

/** An iCalendar file as days and windows that do not fire. */
export interface CalendarFile {
  entries: Exclusion[];
  /** What was left out or could not be taken as it is written, in words. */
  notes: string[];
}

/**
 * Reads a file. Windows keep the zone that they are written in; those without one are in that of whatever schedule names
 * the calendar. Throws AppError where the text is no iCalendar file.
 */
export function readCalendar(
  text: string,
  nowAt: number,
  onProgress: (done: number, total: number) => void = () => {},
): CalendarFile {
  if (!/^\s*BEGIN:VCALENDAR/i.test(text.replace(/^\uFEFF/, "")))
    throw invalidField("text", text.slice(0, 80), "an iCalendar file (BEGIN:VCALENDAR …) is expected");
  const notes: string[] = [];
  const note = (line: number, summary: string, what: string): void => {
    if (notes.length === maxNotes) notes.push("and more like these");
    if (notes.length > maxNotes) return;
    notes.push(`line ${line}${summary === "" ? "" : `, ${JSON.stringify(summary.slice(0, 80))}`}: ${what}`);
  };

  const read = [...componentsOf(text)];
  const timezones = read.flatMap(({ component }) => (component?.name === "vtimezone" ? [component] : []));
  const zoneOf = createZones(timezones, nowAt);
  const events: CalendarEvent[] = [];
  for (const { line, component, problem } of read) {
    if (component === null) note(line, "", `left out: ${problem?.slice(0, 200)}`);
    else if (component.name === "vevent") {
      try {
        events.push(readEvent(component, line, zoneOf));
      } catch (error) {
        if (!(error instanceof EventProblem)) throw error;
        note(line, summaryOf(component), `left out: ${error.message}`);
      }
    }
  }

  const groups = new Map<string, CalendarEvent[]>();
  for (const event of events) {
    const group = groups.get(event.uid);
    if (group === undefined) groups.set(event.uid, [event]);
    else group.push(event);
  }
  const budget: Budget = { left: budgetOfFile };
  const found: Exclusion[] = [];
  let done = 0;
  for (const group of groups.values()) {
    done += group.length;
    if (done % 100 === 0) onProgress(done, events.length);
    const instances = group.filter((event) => event.instance !== null);
    const masters = group.filter((event) => event.instance === null);
    for (const event of group) for (const told of event.notes) note(event.line, event.summary, told);
    for (const event of masters) {
      if (event.cancelled) continue;
      try {
        const own: Exclusion[] = [];
        const told: string[] = [];
        for (const exclusion of exclusionsOfEvent(event, instances, nowAt, budget, (what) => told.push(what))) {
          if (own.push(exclusion) > maxEntries) throw new RuleTooLong();
        }
        found.push(...own);
        for (const what of told) note(event.line, event.summary, what);
      } catch (error) {
        if (!(error instanceof RuleTooLong)) throw error;
        note(
          event.line,
          event.summary,
          "left out: its rule recurs too often; one that recurs daily or less often is accepted",
        );
      }
    }
    // What stands for one of an event that is not in the file stands for itself.
    if (masters.length === 0)
      for (const event of instances) if (!event.cancelled) found.push(...exclusionsOf(occurrence(event)));
  }
  const entries = withoutCopies(found);
  return { entries: fitting(entries, nowAt, notes), notes };
}

const summaryOf = (component: Component): string => component.text("summary") ?? "";

const occurrence = (event: CalendarEvent, at = event.start.at, lengthMs = event.lengthMs): Occurrence => ({
  at,
  lengthMs,
  isDate: event.start.isDate,
  zone: event.start.zone,
  comment: event.summary,
});

/** Whether a time names an occurrence that begins at `at`: in any zone, or by its day alone. */
function names(time: IcalTime, at: number, start: IcalTime): boolean {
  if (time.isDate || start.isDate) return Math.floor(time.at / DAY_MS) === Math.floor(at / DAY_MS);
  return inZone(time, start.zone) === at;
}

const yearOf = (at: number): number => new Date(at).getUTCFullYear();

function* exclusionsOfEvent(
  event: CalendarEvent,
  instances: readonly CalendarEvent[],
  nowAt: number,
  budget: Budget,
  told: (note: string) => void,
): Generator<Exclusion> {
  const { rule, start, except } = event;
  if (rule === null) {
    yield* replaced([start.at], event, instances);
    yield* extras(event, instances);
    return;
  }
  const nowYear = yearOf(nowAt);
  const horizon = Date.UTC(nowYear + writtenOutYears + 1, 0, 1);
  const sinceAt = Date.UTC(nowYear - 1, 0, 1);
  const endless = rule.count === null && (rule.until === null || rule.until >= horizon);
  if (endless) {
    const special = specialYears(event, instances, nowYear);
    const since = special.has(yearOf(start.at)) ? yearOf(start.at) : firstYear;
    const years = yearsWithout(special, since, rule.until === null ? lastYear : yearOf(rule.until), {
      every: rule.freq === "YEARLY" ? rule.interval : 1,
      from: yearOf(start.at),
    });
    // What begins in one of these years and ends in another would be of both, or of neither.
    const isBounded = special.size > 0 && event.lengthMs > DAY_MS && (except.length > 0 || instances.length > 0);
    const entries = isBounded || instances.some((one) => one.andFuture) ? null : everlasting(event, years);
    if (entries !== null) {
      yield* entries;
      for (const year of [...special].sort((a, b) => a - b)) {
        const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];
        if (to > sinceAt) yield* replaced(occurrencesOf(rule, start.at, from, to, budget), event, instances);
      }
      yield* extras(event, instances);
      return;
    }
    told(`its days are written out up to ${nowYear + writtenOutYears}-12-31: no entry can say its rule`);
  }
  yield* replaced(
    occurrencesOf(rule, start.at, sinceAt, endless ? horizon : Number.MAX_SAFE_INTEGER, budget),
    event,
    instances,
  );
  yield* extras(event, instances);
}

/** Days beside those of a rule, but for those that are taken out. */
function* extras(event: CalendarEvent, instances: readonly CalendarEvent[]): Generator<Exclusion> {
  for (const { at, lengthMs, isDate } of event.extra) {
    if (event.except.some((time) => names(time, at, event.start))) continue;
    if (instances.some((one) => one.instance !== null && names(one.instance, at, event.start))) continue;
    const whole = isDate && !event.start.isDate ? { isDate: true, lengthMs: DAY_MS, zone: null } : {};
    yield* exclusionsOf({ ...occurrence(event, at, lengthMs ?? event.lengthMs), ...whole });
  }
}

/** Occurrences with what stands in their place, and without those that are taken out. */
function* replaced(
  found: Iterable<number>,
  event: CalendarEvent,
  instances: readonly CalendarEvent[],
): Generator<Exclusion> {
  for (const at of found) {
    if (event.except.some((time) => names(time, at, event.start))) continue;
    const own = instances.find((one) => one.instance !== null && names(one.instance, at, event.start));
    if (own !== undefined) {
      if (!own.cancelled) yield* exclusionsOf(occurrence(own));
      continue;
    }
    const moved = movedFrom(at, event, instances);
    if (moved === null) yield* exclusionsOf(occurrence(event, at));
    else if (!moved.cancelled) {
      const shift = moved.start.at - (moved.instance === null ? 0 : inZone(moved.instance, event.start.zone));
      yield* exclusionsOf(occurrence(moved, at + shift));
    }
  }
}

/** The last change of an instance "and all that follow" that holds for an occurrence. */
function movedFrom(at: number, event: CalendarEvent, instances: readonly CalendarEvent[]): CalendarEvent | null {
  let last: CalendarEvent | null = null;
  for (const one of instances) {
    if (!one.andFuture || one.instance === null || inZone(one.instance, event.start.zone) > at) continue;
    if (last?.instance == null || last.instance.at < one.instance.at) last = one;
  }
  return last;
}

/** Years in which an endless rule is not what its entry says: it begins or ends in them, or an instance is another. */
function specialYears(event: CalendarEvent, instances: readonly CalendarEvent[], nowYear: number): Set<number> {
  const years = new Set<number>();
  const add = (at: number): void => {
    if (yearOf(at) >= nowYear - 1) years.add(yearOf(at));
  };
  // What counts from its first day holds for none before.
  if (event.rule === null || !countsFromStart(event.rule) || !beginsByRule(event)) add(event.start.at);
  for (const time of event.except) add(inZone(time, event.start.zone));
  for (const { instance } of instances) if (instance !== null) add(inZone(instance, event.start.zone));
  if (event.rule?.until != null) add(event.rule.until);
  return years;
}

/**
 * The years from one to another but for some, as a calendar field says them: all, or each so many counted from one. Null
 * where that is every year there is.
 */
function yearsWithout(
  special: ReadonlySet<number>,
  first: number,
  last: number,
  step: { every: number; from: number },
): string | null {
  const { every } = step;
  if (special.size === 0 && first === firstYear && last === lastYear && every === 1) return null;
  const parts: string[] = [];
  const add = (from: number, to: number): void => {
    const begins = from + ((((step.from - from) % every) + every) % every);
    if (begins > to) return;
    if (begins + every > to) parts.push(String(begins));
    else parts.push(every === 1 ? `${begins}-${to}` : `${begins}-${to}/${every}`);
  };
  let from = first;
  for (const year of [...[...special].sort((a, b) => a - b), last + 1]) {
    add(from, year - 1);
    from = year + 1;
  }
  return parts.join(",");
}

function withoutCopies(entries: readonly Exclusion[]): Exclusion[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** First day of an entry that ends; null of one that repeats. */
function firstDateOf(entry: Exclusion): string | null {
  if (typeof entry === "string") return entry;
  if ("to" in entry) return entry.from;
  if (!("year" in entry) || typeof entry.year !== "number" || typeof entry.dayOfMonth !== "number") return null;
  const two = (value: unknown): string => String(value).padStart(2, "0");
  return `${entry.year}-${two(entry.month)}-${two(entry.dayOfMonth)}`;
}

/** Of more than a calendar takes: first those of the past go, then those that are furthest ahead, and that is said. */
function fitting(entries: Exclusion[], nowAt: number, notes: string[]): Exclusion[] {
  if (entries.length <= maxEntries) return entries;
  const today = new Date(nowAt - DAY_MS).toISOString().slice(0, 10);
  const ahead = entries.filter((entry) => (firstDateOf(entry) ?? today) >= today);
  notes.unshift(`of ${entries.length} days and windows ${entries.length - ahead.length} of the past are left out`);
  if (ahead.length <= maxEntries) return ahead;
  const dated = ahead.map((entry) => ({ entry, date: firstDateOf(entry) ?? "" }));
  dated.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  const kept = dated.slice(0, maxEntries);
  notes.unshift(`only the first ${maxEntries} days and windows are used, up to ${kept.at(-1)?.date}`);
  return kept.map(({ entry }) => entry);
}
