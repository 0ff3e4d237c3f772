import { parseTimeOfDay } from "../texts/timesOfDay.ts";
import { dateText, dayOf, daysInMonth } from "../zone/civil.ts";
import { fromLocal, isKnownZone } from "../zone/zone.ts";
import { refuseWhen, type WhenContext } from "./dialect.ts";

export const FREQUENCIES = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** `-1FR` is `{ weekday: 5, nth: -1 }`; nth 0 is each. */
export interface ByDay {
  weekday: number;
  nth: number;
}

/** A recurrence rule as RFC 5545 has it, with the local time it begins at. */
export interface Rule {
  freq: Frequency;
  interval: number;
  count: number | null;
  /** Local day and seconds of it, or an instant (epoch ms); null where it never ends. */
  until: { day: number; second: number } | { at: number } | null;
  bySecond: readonly number[];
  byMinute: readonly number[];
  byHour: readonly number[];
  byDay: readonly ByDay[];
  byMonthDay: readonly number[];
  byYearDay: readonly number[];
  byWeekNo: readonly number[];
  byMonth: readonly number[];
  bySetPos: readonly number[];
  /** 0 is Sunday. */
  weekStart: number;
  start: { day: number; second: number };
}

export interface RuleText {
  rule: Rule;
  /** From DTSTART, or the context's. */
  zone: string | undefined;
  /** Whether DTSTART was said. */
  hasStart: boolean;
  exdates: string[];
  /** Local times. */
  rdates: string[];
}

const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** `20270104`, `20270104T090000`, `20270104T080000Z`. */
function readStamp(text: string, given: string): { day: number; second: number; utc: boolean; isDate: boolean } {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/.exec(text);
  const [year, month, date] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  const clock = match?.[4] === undefined ? "00:00:00" : `${match[4]}:${match[5]}:${match[6]}`;
  const time = parseTimeOfDay(clock);
  if (
    match === null ||
    year < 1 ||
    month < 1 ||
    month > 12 ||
    date < 1 ||
    date > daysInMonth(year, month) ||
    time === null
  ) {
    throw refuseWhen(given, `"${text.slice(0, 40)}" is no date of iCalendar, such as 20270104 or 20270104T090000`);
  }
  return {
    day: dayOf(year, month, date),
    second: time / 1000,
    utc: match[7] !== undefined,
    isDate: match[4] === undefined,
  };
}

function localOf(at: number, offset: number): { day: number; second: number } {
  const seconds = Math.floor((at + offset) / 1000);
  const day = Math.floor(seconds / 86_400);
  return { day, second: seconds - day * 86_400 };
}

function numbers(name: string, text: string, min: number, max: number, negative: boolean, given: string): number[] {
  return text.split(",").map((part) => {
    const value = Number(part);
    const size = Math.abs(value);
    if (!/^[+-]?\d{1,3}$/.test(part) || size < min || size > max || (value < 0 && !negative)) {
      throw refuseWhen(
        given,
        `${name} takes ${negative ? `-${max}…-1 and ` : ""}${min}…${max}, not "${part.slice(0, 20)}"`,
      );
    }
    return value;
  });
}

function readRuleParts(text: string, given: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.trim().replace(/;$/, "").split(";")) {
    const match = /^([A-Z-]+)=(.+)$/i.exec(part.trim());
    if (match === null) throw refuseWhen(given, `"${part.slice(0, 40)}" is no part of a rule, such as FREQ=WEEKLY`);
    const name = (match[1] as string).toUpperCase();
    if (parts.has(name)) throw refuseWhen(given, `${name} is said twice`);
    parts.set(name, (match[2] as string).trim().toUpperCase());
  }
  return parts;
}

const KNOWN = new Set([
  ...["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY"],
  ...["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"],
]);

/** Reads `RRULE:…` with the lines beside it, or the rule alone. `offsetAt` gives a zone's offset in ms. Throws SpecError naming the part. */
export function readRuleText(
  given: string,
  context: WhenContext,
  offsetAt: (zone: string, at: number) => number,
): RuleText {
  const lines = given
    .replace(/\r?\n[ \t]/g, "")
    .split(/\r?\n|\s+(?=(?:RRULE|DTSTART|EXDATE|RDATE)[:;])/i)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  let zone = context.timezone;
  let start: Rule["start"] | null = null;
  let rule: string | null = null;
  const exdates: string[] = [];
  const rdates: string[] = [];
  const stamps: { name: string; value: string; tzid: string | undefined }[] = [];
  for (const line of lines) {
    const bare = /^FREQ=/i.test(line) ? ["", "RRULE", "", line] : /^([A-Z]+)((?:;[^:]*)?):(.*)$/i.exec(line);
    if (bare === null)
      throw refuseWhen(
        given,
        `"${line.slice(0, 40)}" is no line of a rule; RRULE, DTSTART, RDATE and EXDATE are expected`,
      );
    const [, name, parameters, value] = bare as [string, string, string, string];
    const kind = name.toUpperCase();
    if (kind === "RRULE") {
      if (rule !== null) throw refuseWhen(given, "one RRULE is expected");
      rule = value;
    } else if (["DTSTART", "EXDATE", "RDATE"].includes(kind)) {
      stamps.push({ name: kind, value, tzid: /TZID="?([^";:]+)/i.exec(parameters)?.[1] });
    } else throw refuseWhen(given, `${kind} is not taken: only RRULE, DTSTART, RDATE and EXDATE are`);
  }
  if (rule === null) throw refuseWhen(given, "a rule is expected, such as RRULE:FREQ=WEEKLY;BYDAY=MO");
  const dtstart = stamps.find(({ name }) => name === "DTSTART");
  if (dtstart !== undefined) {
    const stamp = readStamp(dtstart.value, given);
    if (dtstart.tzid !== undefined) {
      if (!isKnownZone(dtstart.tzid))
        throw refuseWhen(given, `"${dtstart.tzid}" is no IANA time zone that this system knows`);
      zone = dtstart.tzid;
    } else if (stamp.utc) zone = "UTC";
    start = { day: stamp.day, second: stamp.second };
  }
  const local = (stamp: ReturnType<typeof readStamp>) => {
    if (!stamp.utc) return stamp;
    const at = (stamp.day * 86_400 + stamp.second) * 1000;
    return { ...stamp, ...localOf(at, offsetAt(zone ?? "UTC", at)) };
  };
  for (const { name, value } of stamps) {
    if (name === "DTSTART") continue;
    for (const part of value.split(",")) {
      const stamp = local(readStamp(part, given));
      const clock = new Date(stamp.second * 1000).toISOString().slice(11, 19);
      if (name === "EXDATE") exdates.push(dateText(stamp.day));
      else
        rdates.push(
          `${dateText(stamp.day)}T${stamp.isDate && start ? new Date(start.second * 1000).toISOString().slice(11, 19) : clock}`,
        );
    }
  }
  const parts = readRuleParts(rule, given);
  for (const name of parts.keys()) if (!KNOWN.has(name)) throw refuseWhen(given, `${name} cannot be said`);
  const freq = FREQUENCIES.find((name) => name === parts.get("FREQ"));
  if (freq === undefined)
    throw refuseWhen(given, `FREQ takes ${FREQUENCIES.join(", ")}, not "${parts.get("FREQ") ?? ""}"`);
  if (start === null) {
    if (context.now === undefined)
      throw refuseWhen(given, "it has no DTSTART, and the present is not told: a rule counts from one of them");
    const now = localOf(context.now, offsetAt(zone ?? "UTC", context.now));
    start = { day: now.day, second: now.second - (now.second % 60) };
  }
  const list = (name: string, min: number, max: number, negative = false) =>
    parts.has(name) ? numbers(name, parts.get(name) as string, min, max, negative, given) : [];
  const positive = (name: string): number | null => {
    const text = parts.get(name);
    if (text === undefined) return null;
    if (!/^\d{1,6}$/.test(text) || Number(text) < 1)
      throw refuseWhen(given, `${name} takes a whole number of at least 1, not "${text.slice(0, 20)}"`);
    return Number(text);
  };
  const byDay = (parts.get("BYDAY") ?? "")
    .split(",")
    .filter((part) => part !== "")
    .map((part): ByDay => {
      const match = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/.exec(part);
      const nth = Number(match?.[1] ?? 0);
      if (match === null || Math.abs(nth) > 53 || (match[1] !== undefined && nth === 0))
        throw refuseWhen(given, `BYDAY takes MO, 2TU or -1FR, not "${part.slice(0, 20)}"`);
      return { weekday: WEEKDAYS.indexOf(match[2] as string), nth };
    });
  if (byDay.some(({ nth }) => nth !== 0) && freq !== "MONTHLY" && freq !== "YEARLY")
    throw refuseWhen(given, "BYDAY takes a number only where FREQ is MONTHLY or YEARLY");
  const wkst = parts.get("WKST") ?? "MO";
  if (!WEEKDAYS.includes(wkst))
    throw refuseWhen(given, `WKST takes ${WEEKDAYS.join(", ")}, not "${wkst.slice(0, 20)}"`);
  const count = positive("COUNT");
  const untilText = parts.get("UNTIL");
  if (count !== null && untilText !== undefined) throw refuseWhen(given, "either COUNT or UNTIL is expected, not both");
  let until: Rule["until"] = null;
  if (untilText !== undefined) {
    const stamp = readStamp(untilText, given);
    // A date alone means the whole of that day.
    if (stamp.utc) until = { at: (stamp.day * 86_400 + stamp.second) * 1000 };
    else until = { day: stamp.day, second: stamp.isDate ? 86_399 : stamp.second };
  }
  return {
    rule: {
      freq,
      interval: positive("INTERVAL") ?? 1,
      count,
      until,
      bySecond: list("BYSECOND", 0, 59),
      byMinute: list("BYMINUTE", 0, 59),
      byHour: list("BYHOUR", 0, 23),
      byDay,
      byMonthDay: list("BYMONTHDAY", 1, 31, true),
      byYearDay: list("BYYEARDAY", 1, 366, true),
      byWeekNo: list("BYWEEKNO", 1, 53, true),
      byMonth: list("BYMONTH", 1, 12),
      bySetPos: list("BYSETPOS", 1, 366, true),
      weekStart: WEEKDAYS.indexOf(wkst),
      start,
    },
    zone,
    hasStart: dtstart !== undefined,
    exdates,
    rdates,
  };
}

/** The first instant of a local day and second in a zone; where the clock skips it, the one it would be without the change. */
export function instantOfLocal(
  zone: string,
  { day, second }: { day: number; second: number },
  offsetAt: (zone: string, at: number) => number,
): number {
  const date = new Date(day * 86_400_000);
  const local = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), second };
  const at = (day * 86_400 + second) * 1000;
  return fromLocal(zone, local)[0] ?? at - offsetAt(zone, at - 86_400_000);
}
