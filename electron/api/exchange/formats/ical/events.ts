import type { Component, Property } from "./components.ts";
import type { Frequency, Rule } from "./recurrence.ts";
import { durationOf, EventProblem, type IcalTime, inZone, readTime, timeOf } from "./times.ts";
import type { ZoneOf } from "./zones.ts";

/** One event of a file, or one instance of another that is written anew. */
export interface CalendarEvent {
  uid: string;
  summary: string;
  line: number;
  start: IcalTime;
  /** Ms from its start to its end. */
  lengthMs: number;
  rule: Rule | null;
  extra: readonly { at: number; lengthMs: number | null; isDate: boolean }[];
  except: readonly IcalTime[];
  /** The instance that it stands for. */
  instance: IcalTime | null;
  /** It stands for all later instances too. */
  andFuture: boolean;
  cancelled: boolean;
  /** What could not be taken as it is written. */
  notes: readonly string[];
}

const DAY_MS = 86_400_000;
const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const frequencies = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"];

/** Reads an event. Throws EventProblem where it cannot be taken. */
export function readEvent(component: Component, line: number, zoneOf: ZoneOf): CalendarEvent {
  const notes: string[] = [];
  const told = (note: string): void => {
    if (!notes.includes(note)) notes.push(note);
  };
  const startProperty = component.first("dtstart");
  if (startProperty === undefined) throw new EventProblem("DTSTART is needed");
  const start = timeOf(startProperty, startProperty.values[0], zoneOf, told);
  const instanceProperty = component.first("recurrence-id");
  const rules = component.all("rrule");
  if (rules.length > 1) told("of several rules the first is used");
  return {
    uid: component.text("uid") ?? `line ${line}`,
    summary: (component.text("summary") ?? "").trim().slice(0, 2000),
    line,
    start,
    lengthMs: lengthOf(component, start, zoneOf, told),
    // An instance has no rule of its own, whatever some programs write.
    rule:
      rules[0] === undefined || instanceProperty !== undefined ? null : ruleOf(rules[0].values[0], start, zoneOf, told),
    extra: component.all("rdate").flatMap((property) => extraOf(property, start, zoneOf, told)),
    except: component
      .all("exdate")
      .flatMap((property) => property.values.map((value) => timeOf(property, value, zoneOf, told))),
    instance:
      instanceProperty === undefined ? null : timeOf(instanceProperty, instanceProperty.values[0], zoneOf, told),
    andFuture: String(instanceProperty?.parameters["range"] ?? "").toUpperCase() === "THISANDFUTURE",
    cancelled: component.text("status")?.toUpperCase() === "CANCELLED",
    notes,
  };
}

function lengthOf(component: Component, start: IcalTime, zoneOf: ZoneOf, told: (note: string) => void): number {
  const end = component.first("dtend");
  const duration = component.text("duration");
  const length =
    end !== undefined
      ? inZone(timeOf(end, end.values[0], zoneOf, told), start.zone) - start.at
      : duration !== null
        ? durationOf(duration)
        : 0;
  if (start.isDate) return Math.max(DAY_MS, Math.ceil(length / DAY_MS) * DAY_MS);
  if (length <= 0) told("it has no length, and so leaves nothing out");
  return Math.max(0, length);
}

function extraOf(property: Property, start: IcalTime, zoneOf: ZoneOf, told: (note: string) => void) {
  const tzid = property.parameters["tzid"];
  const read = (value: unknown): IcalTime =>
    readTime("rdate", value, typeof tzid === "string" ? tzid : null, zoneOf, told);
  return property.values.map((value) => {
    const [from, to] = Array.isArray(value) ? value : [value];
    const time = read(from);
    const at = inZone(time, start.zone);
    const lengthMs =
      to === undefined ? null : /^[+-]?P/.test(String(to)) ? durationOf(to) : inZone(read(to), start.zone) - at;
    return { at, lengthMs, isDate: time.isDate };
  });
}

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** A rule of ical.js's. Throws EventProblem. */
function ruleOf(value: unknown, start: IcalTime, zoneOf: ZoneOf, told: (note: string) => void): Rule {
  const parts = value as Record<string, unknown>;
  const freq = String(parts["freq"]);
  if (!frequencies.includes(freq)) throw new EventProblem(`RRULE takes one of FREQ=${frequencies.join(", ")}`);
  const numbers = (name: string, least: number, most: number, negative = false): number[] =>
    listOf(parts[name]).map((one) => {
      const number = Number(one);
      const size = negative ? Math.abs(number) : number;
      if (!Number.isInteger(number) || size < least || size > most)
        throw new EventProblem(`RRULE: ${name.toUpperCase()} takes ${least}–${most}, not ${String(one).slice(0, 20)}`);
      return number;
    });
  const interval = Number(parts["interval"] ?? 1);
  if (!Number.isInteger(interval) || interval < 1)
    throw new EventProblem(`RRULE: INTERVAL takes a whole number from 1, not ${String(parts["interval"])}`);
  return {
    freq: freq as Frequency,
    interval,
    count: parts["count"] === undefined ? null : Number(parts["count"]),
    until: parts["until"] === undefined ? null : untilOf(parts["until"], start, zoneOf, told),
    byMonth: numbers("bymonth", 1, 12),
    byWeekNo: numbers("byweekno", 1, 53, true),
    byYearDay: numbers("byyearday", 1, 366, true),
    byMonthDay: numbers("bymonthday", 1, 31, true),
    byDay: listOf(parts["byday"]).map((one) => {
      const match = /^([+-]?\d+)?([A-Z]{2})$/.exec(String(one));
      const weekday = weekdays.indexOf(match?.[2] ?? "");
      if (weekday < 0)
        throw new EventProblem(`RRULE: BYDAY takes days such as MO or -1FR, not ${String(one).slice(0, 20)}`);
      return { n: Number(match?.[1] ?? 0), weekday };
    }),
    byHour: numbers("byhour", 0, 23),
    byMinute: numbers("byminute", 0, 59),
    bySecond: numbers("bysecond", 0, 60),
    bySetPos: numbers("bysetpos", 1, 366, true),
    // ical.js counts from 1, which is Sunday.
    weekStart: parts["wkst"] === undefined ? 1 : Number(parts["wkst"]) - 1,
  };
}

/** The last moment of a rule, in the local time of its start; a date is the whole of its day. */
function untilOf(value: unknown, start: IcalTime, zoneOf: ZoneOf, told: (note: string) => void): number {
  const until = readTime("until", value, null, zoneOf, told);
  if (until.isDate) return until.at + DAY_MS - 1;
  return start.isDate ? Math.floor(until.at / DAY_MS) * DAY_MS : inZone(until, start.zone);
}
