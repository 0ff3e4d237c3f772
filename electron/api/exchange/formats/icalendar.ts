import ICAL from "ical.js";
import { AppError, invalidField } from "../../../../shared/domain/errors.ts";
import type { CalendarEntry, Exclusion, ExclusionCalendar } from "../../../../shared/schedule/index.ts";

/** How far ahead of now recurring events that no entry can say are written out. */
const expandedYears = 5;
const maxEntries = 5000;
/** Candidates that the rules of one file may try: a day each for 80 years, or a second or two of work. */
const maxCandidates = 30_000;

const two = (value: number): string => String(value).padStart(2, "0");
const dateOf = (time: ICAL.Time): string => `${time.year}-${two(time.month)}-${two(time.day)}`;
const timeOf = (time: ICAL.Time): string => `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;

function dayBefore(time: ICAL.Time): ICAL.Time {
  const day = time.clone();
  day.adjust(-1, 0, 0, 0);
  return day;
}

/** The last second of an event: its end is not part of it, but the last time of a window is. */
function lastSecond(end: ICAL.Time): string {
  const last = end.clone();
  last.adjust(0, 0, 0, -1);
  return timeOf(last);
}

/** A window of one day, in the local time that the event is written in. */
function windowOn(day: ICAL.Time, from: string, to: string, comment: string | undefined): CalendarEntry {
  return {
    year: day.year,
    month: day.month,
    dayOfMonth: day.day,
    between: [from, to],
    ...(comment === undefined ? {} : { comment }),
  };
}

/** One occurrence of an event as days and windows. The end of an event is not part of it. */
function exclusionsOf(start: ICAL.Time, end: ICAL.Time, comment: string | undefined): Exclusion[] {
  if (start.isDate) {
    const last = end.compare(start) > 0 ? dayBefore(end) : start;
    const [from, to] = [dateOf(start), dateOf(last)];
    if (from === to && comment === undefined) return [from];
    return [{ from, to, ...(comment === undefined ? {} : { comment }) }];
  }
  if (end.compare(start) <= 0) return [];
  if (dateOf(start) === dateOf(end)) return [windowOn(start, timeOf(start), lastSecond(end), comment)];
  const exclusions: Exclusion[] = [windowOn(start, timeOf(start), "23:59:59", comment)];
  const first = start.clone();
  first.adjust(1, 0, 0, 0);
  const last = dayBefore(end);
  if (dateOf(first) <= dateOf(last)) exclusions.push({ from: dateOf(first), to: dateOf(last) });
  if (timeOf(end) !== "00:00:00") exclusions.push(windowOn(end, "00:00:00", lastSecond(end), comment));
  return exclusions;
}

/** A day that comes every year for ever, said once. */
function everyYear(event: ICAL.Event, comment: string | undefined): CalendarEntry | null {
  const rule = event.component.getFirstPropertyValue("rrule");
  if (!(rule instanceof ICAL.Recur) || rule.freq !== "YEARLY" || !event.startDate.isDate) return null;
  const plain = rule.interval === 1 && !rule.until && !rule.count && Object.keys(rule.parts).length === 0;
  const oneDay = event.duration.toSeconds() <= 86_400;
  const exceptions = event.component.getFirstProperty("exdate") !== null;
  if (!plain || !oneDay || exceptions) return null;
  const { month, day } = event.startDate;
  return { month, dayOfMonth: day, ...(comment === undefined ? {} : { comment }) };
}

function* occurrencesOf(event: ICAL.Event, nowYear: number): Generator<{ start: ICAL.Time; end: ICAL.Time }> {
  if (!event.isRecurring()) {
    yield { start: event.startDate, end: event.endDate };
    return;
  }
  const iterator = event.iterator();
  for (let start = iterator.next(); start && start.year <= nowYear + expandedYears; start = iterator.next()) {
    if (start.year < nowYear - 1) continue;
    const end = start.clone();
    end.addDuration(event.duration);
    yield { start, end };
  }
}

/** Ends a rule that looks for its next date for ever, or begins so long ago that nobody would wait for it. */
class RuleTooLong extends Error {}

/** Candidates left for the file that is being read. */
let candidatesLeft = 0;

// ical.js looks on without a limit where the parts of a rule contradict; every candidate passes through here.
const rules = ICAL.RecurIterator.prototype as unknown as { check_contracting_rules(): boolean };
const fits = rules.check_contracting_rules;
rules.check_contracting_rules = function bounded(): boolean {
  candidatesLeft -= 1;
  if (candidatesLeft < 0) throw new RuleTooLong();
  return fits.call(this);
};

function refusedEvent(event: ICAL.Component, error: unknown): AppError {
  const why =
    error instanceof RuleTooLong
      ? "its rule has no end of dates to try; one that recurs daily or less often, of the last decades, is taken"
      : `an event that can be read is taken: ${(error instanceof Error ? error.message : String(error)).slice(0, 200)}`;
  return invalidField("text", event.toString().slice(0, 200), why);
}

/**
 * The days and windows of an iCalendar file. Times of day are taken as they are written, because an exclusion calendar
 * is in the zone of whatever schedule names it. Throws AppError where the text is no such file.
 */
export function readICalendar(name: string, text: string, nowAt: number): ExclusionCalendar {
  let root: ICAL.Component;
  try {
    root = new ICAL.Component(ICAL.parse(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidField(
      "text",
      text.slice(0, 80),
      `an iCalendar file (BEGIN:VCALENDAR …) is taken: ${why.slice(0, 200)}`,
    );
  }
  const entries: Exclusion[] = [];
  const nowYear = new Date(nowAt).getUTCFullYear();
  candidatesLeft = maxCandidates;
  for (const component of root.getAllSubcomponents("vevent")) {
    try {
      for (const exclusion of exclusionsOfEvent(component, nowYear)) {
        entries.push(exclusion);
        if (entries.length > maxEntries) throw tooMany();
      }
    } catch (error) {
      throw error instanceof AppError ? error : refusedEvent(component, error);
    }
  }
  return { name, entries };
}

function* exclusionsOfEvent(component: ICAL.Component, nowYear: number): Generator<Exclusion> {
  const event = new ICAL.Event(component);
  if (event.startDate === null) return;
  const summary = event.summary?.trim();
  const comment = summary ? summary.slice(0, 2000) : undefined;
  const yearly = everyYear(event, comment);
  if (yearly !== null) {
    yield yearly;
    return;
  }
  for (const { start, end } of occurrencesOf(event, nowYear)) yield* exclusionsOf(start, end, comment);
}

function tooMany(): AppError {
  return new AppError("INVALID_INPUT", `text: at most ${maxEntries} days and windows are taken; this file holds more`, {
    issues: [{ path: "text", message: `at most ${maxEntries} days and windows` }],
  });
}

/** Firings as an iCalendar file, one event each. Instants are epoch ms. */
export function writeICalendar(
  firings: readonly { scheduleId: string; name: string; at: number }[],
  specTexts: ReadonlyMap<string, string>,
  nowAt: number,
): string {
  const calendar = new ICAL.Component("vcalendar");
  calendar.updatePropertyWithValue("version", "2.0");
  calendar.updatePropertyWithValue("prodid", "-//Almanac//Almanac//EN");
  const utc = (at: number): ICAL.Time => ICAL.Time.fromJSDate(new Date(at), true);
  for (const { scheduleId, name, at } of firings) {
    const event = new ICAL.Component("vevent");
    event.updatePropertyWithValue("uid", `${scheduleId}-${at}@almanac`);
    event.updatePropertyWithValue("dtstamp", utc(nowAt));
    event.updatePropertyWithValue("dtstart", utc(at));
    event.updatePropertyWithValue("summary", name);
    event.updatePropertyWithValue("description", specTexts.get(scheduleId) ?? "");
    event.updatePropertyWithValue("transp", "TRANSPARENT");
    calendar.addSubcomponent(event);
  }
  return `${calendar.toString()}\r\n`;
}
