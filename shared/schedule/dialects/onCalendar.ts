import { WEEKDAY_NAMES } from "../texts/fields.ts";
import type { CalendarEntry, FieldValue, ScheduleSpec } from "../types.ts";
import { parseDate } from "../zone/civil.ts";
import { isKnownZone } from "../zone/zone.ts";
import { clockText, inZone, type Reader, refuseWhen } from "./dialect.ts";

/** systemd's names for common expressions. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  minutely: "*-*-* *:*:00",
  hourly: "*-*-* *:00:00",
  daily: "*-*-* 00:00:00",
  monthly: "*-*-01 00:00:00",
  weekly: "Mon *-*-* 00:00:00",
  yearly: "*-01-01 00:00:00",
  annually: "*-01-01 00:00:00",
  anually: "*-01-01 00:00:00",
  quarterly: "*-01,04,07,10-01 00:00:00",
  semiannually: "*-01,07-01 00:00:00",
  "semi-annually": "*-01,07-01 00:00:00",
  biannually: "*-01,07-01 00:00:00",
  "bi-annually": "*-01,07-01 00:00:00",
};

export function isShorthand(text: string): boolean {
  return Object.hasOwn(SHORTHANDS, text.trim().toLowerCase());
}

function shorthand(word: string): string[] {
  const name = word.toLowerCase();
  return Object.hasOwn(SHORTHANDS, name) ? (SHORTHANDS[name] as string).split(" ") : [word];
}

interface Part {
  name: string;
  min: number;
  max: number;
}

const YEAR: Part = { name: "year", min: 1970, max: 2199 };
const MONTH: Part = { name: "month", min: 1, max: 12 };
const DAY: Part = { name: "day", min: 1, max: 31 };
const LAST_DAY: Part = { name: "day from the end of the month", min: 1, max: 28 };
const HOUR: Part = { name: "hour", min: 0, max: 23 };
const MINUTE: Part = { name: "minute", min: 0, max: 59 };
const SECOND: Part = { name: "second", min: 0, max: 59 };

/** An item of a component: one value, a range, or either repeated. */
interface Item {
  from: number;
  to: number | null;
  step: number | null;
}

/** The items of a component; null for `*`. Throws SpecError naming it. */
function readItems(part: Part, text: string, given: string): Item[] | null {
  if (text === "*") return null;
  const refuse = (why: string) =>
    refuseWhen(
      given,
      `the ${part.name} of OnCalendar takes *, ${part.min}–${part.max}, lists, 1..5 and 0/15, not "${text.slice(0, 40)}" (${why})`,
    );
  return text.split(",").map((item) => {
    if (/\d\.\d/.test(item)) throw refuse("parts of a second cannot be said");
    const match = /^(\d{1,4})(?:\.\.(\d{1,4}))?(?:\/(\d{1,4}))?$/.exec(item);
    if (match === null) throw refuse(`"${item.slice(0, 20)}" is not understood`);
    const value = (digits: string) => {
      const number = Number(digits);
      const read = part === YEAR && number < 100 ? number + (number < 70 ? 2000 : 1900) : number;
      if (read < part.min || read > part.max) throw refuse(`${digits} is out of range`);
      return read;
    };
    const from = value(match[1] as string);
    const to = match[2] === undefined ? null : value(match[2]);
    const step = match[3] === undefined ? null : Number(match[3]);
    if (to !== null && from > to) throw refuse(`${item} runs backwards`);
    if (step === 0) throw refuse("a step of 0 never moves on");
    // As systemd has it, a step has to come up at least once.
    const room = part === LAST_DAY && to === null ? from - part.min : (to ?? part.max) - from;
    if (step !== null && step > room) throw refuse(`nothing lies ${step} further than ${from}`);
    return { from, to, step };
  });
}

const single = (items: readonly Item[] | null): number | null =>
  items?.length === 1 && items[0]?.to === null && items[0].step === null ? items[0].from : null;

/** A component as a field of an entry. */
function fieldOf(part: Part, items: readonly Item[] | null): FieldValue {
  if (items === null) return "*";
  const one = single(items);
  if (one !== null) return one;
  return items
    .map(({ from, to, step }) => {
      if (to === null && step === null) return String(from);
      if (to === null && from === part.min && part !== YEAR) return `*/${step}`;
      return `${from}-${to ?? part.max}${step === null || step === 1 ? "" : `/${step}`}`;
    })
    .join(",");
}

/** Days counted from the end of the month, as our own negative numbers. */
function daysFromEnd(items: readonly Item[]): FieldValue {
  const days = new Set<number>();
  for (const { from, to, step } of items) {
    // Dates run towards the end of the month, so numbers run down.
    const [high, low] = to === null ? [from, step === null ? from : 1] : [to, from];
    for (let back = high; back >= low; back -= step ?? 1) days.add(-back);
  }
  const list = [...days].sort((a, b) => a - b);
  return list.length === 1 ? (list[0] === -1 ? "L" : (list[0] as number)) : list;
}

function readWeekdays(text: string, given: string): FieldValue | null {
  const days: number[] = [];
  const full = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  // Monday first, as systemd counts: a range does not go over Sunday.
  const indexOf = (name: string) => {
    const lower = name.toLowerCase();
    const index = Math.max(WEEKDAY_NAMES.indexOf(lower), full.indexOf(lower));
    if (index < 0) throw refuseWhen(given, `"${name.slice(0, 20)}" is no weekday that OnCalendar takes`);
    return (index + 6) % 7;
  };
  for (const item of text.replace(/,$/, "").split(",")) {
    const [first, last, more] = item.split(/\.\.|-/);
    if (first === undefined || more !== undefined) throw refuseWhen(given, `"${item}" is no range of weekdays`);
    const [from, to] = [indexOf(first), indexOf(last ?? first)];
    if (from > to) throw refuseWhen(given, `the range ${item} runs backwards: OnCalendar's weeks begin on Monday`);
    for (let day = from; day <= to; day++) days.push((day + 1) % 7);
  }
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  if (sorted.length === 7) return null;
  if (sorted.join("") === "12345") return "mon-fri";
  return sorted.length === 1 ? (sorted[0] as number) : sorted;
}

interface DateFields {
  year: readonly Item[] | null;
  month: readonly Item[] | null;
  day: readonly Item[] | null;
  fromEnd: boolean;
}

function readDate(text: string, given: string): DateFields {
  const fromEnd = text.includes("~");
  const parts = text.split(/[-~]/);
  // The tilde stands before the day alone.
  if (parts.length < 2 || parts.length > 3 || (fromEnd && text.lastIndexOf("~") < text.lastIndexOf("-"))) {
    throw refuseWhen(given, `"${text.slice(0, 40)}" is no date that OnCalendar takes, such as *-*-01 or Mon *-12-24`);
  }
  if (text.split("~").length > 2) throw refuseWhen(given, "~ stands before the day alone");
  const [day, month, year] = parts.reverse() as [string, string, string | undefined];
  return {
    year: year === undefined ? null : readItems(YEAR, year, given),
    month: readItems(MONTH, month, given),
    day: readItems(fromEnd ? LAST_DAY : DAY, day, given),
    fromEnd,
  };
}

/** Seven days of a month beside weekdays, said as that week of the month. */
function asWeek(entry: CalendarEntry): CalendarEntry {
  const { dayOfMonth, ...rest } = entry;
  if (entry.dayOfWeek === undefined || dayOfMonth === undefined) return entry;
  const week = ["1-7", "8-14", "15-21", "22-28", "29-31"].indexOf(String(dayOfMonth));
  if (week >= 0) return { ...rest, weekOfMonth: week + 1 };
  return String(dayOfMonth) === "-7,-6,-5,-4,-3,-2,-1" ? { ...rest, weekOfMonth: -1 } : entry;
}

/** systemd's OnCalendar, in full but for parts of a second. What the clock skips does not run, as in systemd. */
export const readOnCalendar: Reader = (text, { timezone }) => {
  const given = text;
  const unix = /^@(\d{1,11})$/.exec(text.trim());
  if (unix !== null) {
    const at = new Date(Number(unix[1]) * 1000).toISOString();
    return { spec: { at: at.slice(0, 19), timezone: "UTC" }, notes: [] };
  }
  const words = text.trim().split(/\s+/);
  let zone: string | undefined;
  const last = words.at(-1) as string;
  if (words.length > 1 && /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(last) && !isWeekdays(last)) {
    if (!isKnownZone(last)) throw refuseWhen(given, `"${last}" is no IANA time zone that this system knows`);
    zone = words.pop();
  }
  const written = words.length === 1 ? shorthand(words[0] as string) : words;
  const rest = [...written];
  const weekdays = /^[A-Za-z]/.test(rest[0] as string) ? readWeekdays(rest.shift() as string, given) : null;
  const date = rest[0] !== undefined && !rest[0].includes(":") ? readDate(rest.shift() as string, given) : null;
  const time = rest.shift();
  if (rest.length > 0)
    throw refuseWhen(
      given,
      `"${rest.join(" ").slice(0, 40)}" is left over: OnCalendar takes weekdays, a date, a time and a zone`,
    );
  const clock = time === undefined ? ["0", "0", "0"] : time.split(":");
  if (clock.length < 2 || clock.length > 3)
    throw refuseWhen(given, `"${time}" is no time that OnCalendar takes, such as 04:30 or *:0/15`);
  const hour = readItems(HOUR, clock[0] as string, given);
  const minute = readItems(MINUTE, clock[1] as string, given);
  const second = readItems(SECOND, clock[2] ?? "0", given);
  const wholeYear = date?.year ?? null;
  const entry: CalendarEntry = {
    ...(weekdays === null ? {} : { dayOfWeek: weekdays }),
    ...(wholeYear === null ? {} : { year: fieldOf(YEAR, wholeYear) }),
    ...(date?.month ? { month: fieldOf(MONTH, date.month) } : {}),
    ...(date?.day ? { dayOfMonth: date.fromEnd ? daysFromEnd(date.day) : fieldOf(DAY, date.day) } : {}),
    hour: fieldOf(HOUR, hour),
    minute: fieldOf(MINUTE, minute),
    ...(single(second) === 0 ? {} : { second: fieldOf(SECOND, second) }),
  };
  const own = zone ?? timezone;
  const parts = [wholeYear, date?.month ?? null, date?.fromEnd ? null : (date?.day ?? null), hour, minute, second].map(
    single,
  );
  if (weekdays === null && parts.every((part) => part !== null)) {
    // Every part is one value: it comes once.
    const [year, month, day, ...time] = parts as number[];
    const two = (part: number | undefined) => String(part).padStart(2, "0");
    const at = `${year}-${two(month)}-${two(day)}T${clockText(time[0] as number, time[1] as number, time[2])}`;
    if (parseDate(at.slice(0, 10)) !== null) return { spec: { ...inZone({ at }, own), ...literalIn(own) }, notes: [] };
  }
  return { spec: { ...inZone({ calendar: asWeek(entry) }, own), ...literalIn(own) }, notes: [] };
};

const literalIn = (zone: string | undefined): Pick<ScheduleSpec, "dst"> =>
  zone === undefined || zone === "UTC" ? {} : { dst: "literal" };

function isWeekdays(text: string): boolean {
  return /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) && !text.includes("/");
}
