import { parseField } from "../texts/fields.ts";
import { isOverMidnight } from "../texts/timesOfDay.ts";
import type { CalendarEntry, Exclusion, FieldValue, ScheduleSpec } from "../types.ts";
import { DAY_MS, dateText, parseDate, weekdayOf } from "../zone/civil.ts";
import { isZoneAbbreviation, zoneTaken } from "../zone/names.ts";
import { getZone } from "../zone/zone.ts";
import { inZone, type Reader, type Reading, refuseWhen, type WhenContext } from "./dialect.ts";
import { readEvents } from "./events.ts";
import { NoSuchDate, readPhrase, type Said } from "./phrases.ts";
import { FULL_DAYS, ORDINALS, UNIT_TEXT, Words, wordsOf } from "./vocabulary.ts";

/** The local date and time of an instant, as `YYYY-MM-DDTHH:MM:SS`. */
function localText(at: number, zone: string): string {
  const local = at + getZone(zone).offsetAt(at);
  return new Date(local).toISOString().slice(0, 19).replace(/:00$/, "");
}

/** Words such as "every 5 minutes", "weekdays at 9:00", "in 20 minutes", and for events: "at boot", "after backup". */
export const readWords: Reader = (text, context) => {
  try {
    const read = readEvents(text, (times) => readTimes(times, context));
    return read === null ? readTimes(text, context) : { ...read, spec: inZone(read.spec, context.timezone) };
  } catch (error) {
    if (error instanceof NoSuchDate) throw refuseWhen(text, error.message);
    throw error;
  }
};

function readTimes(text: string, context: WhenContext): Reading {
  const said: Said = {};
  const words = new Words(wordsOf(text));
  const today = /^(today|tomorrow)$/.exec(words.peek() ?? "")?.[1];
  if (today !== undefined) {
    words.take();
    const at = presentOf(context, text) + (today === "tomorrow" ? DAY_MS : 0);
    said.dates = [localText(at, context.timezone ?? "UTC").slice(0, 10)];
  }
  const notes: string[] = [];
  const exclude: Exclusion[] = [];
  while (!words.done) {
    if (readPhrase(words, said)) continue;
    if (startsException(words)) {
      exclude.push(...readException(words, said, text, context, notes));
      continue;
    }
    const word = words.peek() ?? "";
    if (word === "at" && /^\d|^$/.test(words.peek(1) ?? "")) throw refuseWhen(text, notATime(words.peek(1)));
    if (isZoneAbbreviation(word)) throw refuseWhen(text, zoneTaken(word));
    if (word === "in" && /^[a-z]/.test(words.peek(1) ?? "") && words.peek(1) !== "the") {
      throw refuseWhen(
        text,
        `no time zone is named after "${words.peek(1)?.slice(0, 40)}"; IANA's name of one is expected, such as Europe/Berlin, or its city`,
      );
    }
    if (/holidays?$/.test(word)) throw refuseWhen(text, whichHolidays);
    throw refuseWhen(
      text,
      `"${word.slice(0, 40)}" is not understood; cron, another program's text, or words such as "every 5 minutes", "weekdays at 9:00" or "first monday of the month at 18:00" are expected`,
    );
  }
  const read = build(said, text, { ...context, ...(said.zone === undefined ? {} : { timezone: said.zone }) });
  return {
    spec: exclude.length === 0 ? read.spec : { ...read.spec, exclude },
    notes: [...read.notes, ...notes],
  };
}

const startsException = (words: Words): boolean =>
  words.skip("except") ||
  words.skip("excluding") ||
  words.skip("but", "not") ||
  words.skip("not", "on") ||
  words.skip("without");

const whichHolidays =
  'which days are holidays is said by an exclusion calendar: leave the holidays out here, and put that calendar at "Except", in a spec as exclude: [{ "calendar": "…" }]';

/** What may stand in an exception; anything else said behind it is said of the whole. */
const dayKeys: readonly (keyof Said)[] = ["weekdays", "nth", "monthDays", "months", "dates"];

/** `except weekends and december`: the days that are left out, each of a list by itself. */
function readException(
  words: Words,
  said: Said,
  text: string,
  context: WhenContext,
  notes: string[],
): readonly Exclusion[] {
  const exclude: Exclusion[] = [];
  let days: Said = {};
  const isEmpty = () => Object.keys(days).length === 0;
  const end = () => {
    if (isEmpty()) return;
    const { dates, ...others } = days;
    if (dates !== undefined) exclude.push(...dates.map((date) => date.slice(0, 10)));
    const entry = daysOf(others, text, context, notes);
    // A month by itself is all of its days here, and not its first.
    if (others.months !== undefined && others.monthDays === undefined) delete entry.dayOfMonth;
    if (Object.keys(others).length > 0) exclude.push(entry);
    days = {};
  };
  words.skip("for");
  words.skip("during");
  while (!words.done) {
    if (words.skip(",")) {
      end();
      continue;
    }
    const some = ["on", "public", "bank", "company", "national", "the"];
    const next = [0, 1, 2, 3].map((ahead) => words.peek(ahead) ?? "").find((word) => !some.includes(word)) ?? "";
    if (/^holidays?$/.test(next)) throw refuseWhen(text, whichHolidays);
    const phrase: Said = {};
    if (!readPhrase(words, phrase)) break;
    const isDays = Object.keys(phrase).every((key) => dayKeys.includes(key as keyof Said));
    if (isDays) Object.assign(days, phrase);
    else
      Object.assign(
        said,
        phrase,
        phrase.times === undefined ? {} : { times: [...(said.times ?? []), ...phrase.times] },
      );
  }
  end();
  if (exclude.length === 0) {
    throw refuseWhen(text, 'days follow "except", such as weekends, december, the 1st or 2026-12-24');
  }
  return exclude;
}

/** `undefined` where nothing comes after `at`. */
const notATime = (given: string | undefined): string =>
  `at ${given === undefined ? "which time" : `"${given.slice(0, 40)}"`}? A time of day such as 9:00, 14:45, 9am or noon follows "at"`;

function presentOf({ now }: WhenContext, text: string): number {
  if (now === undefined)
    throw refuseWhen(text, "it counts from the present, which is not told here; a date such as 2026-12-24 is expected");
  return now;
}

/** A date may be said with its weekday, and with nothing that repeats. */
function checkDates({ dates = [], weekdays, ...said }: Said, text: string): void {
  for (const date of dates) {
    const day = weekdayOf(parseDate(date.slice(0, 10)) as number);
    if (weekdays !== undefined && !parseField("dayOfWeek", weekdays).values.includes(day)) {
      throw refuseWhen(text, `${date.slice(0, 10)} is a ${FULL_DAYS[day]}`);
    }
  }
  if (said.every ?? said.nth ?? said.alternate ?? said.monthDays ?? said.months ?? said.between ?? said.daily) {
    throw refuseWhen(text, "a date comes once, and nothing that repeats goes with it");
  }
}

function build(said: Said, text: string, context: WhenContext): Reading {
  const notes: string[] = [];
  const zone = context.timezone ?? "UTC";
  const spec = (when: ScheduleSpec): Reading => ({ spec: inZone(when, context.timezone), notes });
  if (said.after !== undefined) return spec({ at: localText(presentOf(context, text) + said.after, zone) });
  const times = said.times === undefined ? undefined : [...new Set(said.times)].sort();
  if (said.dates !== undefined) {
    checkDates(said, text);
    const at = said.dates.flatMap((date) =>
      date.includes("T") ? [date] : (times ?? ["00:00"]).map((time) => `${date}T${time}`),
    );
    if (times === undefined && said.dates.some((date) => !date.includes("T")))
      notes.push("No time is said: 00:00 is used.");
    return spec({ at: at.length === 1 ? (at[0] as string) : at });
  }
  const { every } = said;
  const days = daysOf(said, text, context, notes);
  const bound = Object.keys(days).length > 0;
  if (every !== undefined && (every.unit === "second" || every.unit === "minute" || every.unit === "hour")) {
    if (times !== undefined)
      throw refuseWhen(text, `every ${every.count} ${every.unit}s and times of day do not go together`);
    const duration = `${every.count}${UNIT_TEXT[every.unit]}`;
    if (!bound && said.between === undefined) return spec({ interval: duration });
    const { between } = said;
    // Of every night it is the same on whichever day the hours after midnight are counted.
    if (bound && between !== undefined && isOverMidnight(between))
      notes.push(
        `The window goes over midnight: of each of these days it means 00:00 to ${between[1]} and ${between[0]} to 24:00.`,
      );
    return spec({ calendar: { ...days, every: duration, ...(between === undefined ? {} : { between }) } });
  }
  if (said.between !== undefined)
    throw refuseWhen(
      text,
      "between two times goes with every so many minutes, such as every 15 minutes between 9:00 and 17:00",
    );
  const dayless = !bound && said.daily !== true && every === undefined;
  if (dayless && times === undefined) throw refuseWhen(text, "it says neither days nor times");
  if (
    every !== undefined &&
    !bound &&
    (every.unit === "day" || every.unit === "week") &&
    (every.count > 1 || times === undefined)
  ) {
    if (times === undefined) return spec({ interval: `${every.count}${UNIT_TEXT[every.unit]}` });
    if (times.length > 1) throw refuseWhen(text, `every ${every.count} ${every.unit}s takes one time of day`);
    const date = said.from ?? localText(presentOf(context, text), zone).slice(0, 10);
    const local = (parseDate(date) as number) * DAY_MS + Date.parse(`1970-01-01T${times[0]}Z`);
    const anchor = new Date(local - getZone(zone).offsetAt(local)).toISOString().replace(".000Z", "Z");
    return spec({ interval: { every: `${every.count}${UNIT_TEXT[every.unit]}`, anchor } });
  }
  if (every !== undefined && !bound)
    throw refuseWhen(
      text,
      `on which day of the ${every.unit}? Such as "${every.unit}ly on ${every.unit === "week" ? "monday" : "the 1st"} at 9:00"`,
    );
  if (times === undefined) notes.push("No time is said: 00:00 is used.");
  return spec({ calendar: { ...days, times: times ?? ["00:00"] } });
}

/** The first day from a date on that is one of the weekdays. */
function firstDay(date: string, weekdays: FieldValue | undefined): string {
  const days = weekdays === undefined ? [] : parseField("dayOfWeek", weekdays).values;
  let day = parseDate(date) as number;
  while (days.length > 0 && !days.includes(weekdayOf(day))) day++;
  return dateText(day);
}

/** The day fields of an entry. */
function daysOf(said: Said, text: string, context: WhenContext, notes: string[]): CalendarEntry {
  const { every, nth, weekdays, alternate } = said;
  const days: CalendarEntry = {};
  const one = (list: readonly (number | string)[]): FieldValue =>
    list.length === 1 ? (list[0] as number | string) : list;
  if (said.months !== undefined) days.month = said.months;
  if (nth?.of === "business") days.businessDay = one(nth.weeks);
  else if (nth?.of === "day") days.dayOfMonth = one(nth.weeks.map((week) => (week < 0 ? "L" : week)));
  else if (nth !== undefined) days.weekOfMonth = one(nth.weeks);
  if (weekdays !== undefined) days.dayOfWeek = weekdays;
  if (said.monthDays !== undefined) days.dayOfMonth = one(said.monthDays);
  const count = alternate ?? (every?.unit === "week" || every?.unit === "month" ? every.count : 1);
  const chosen = weekdays !== undefined || said.monthDays !== undefined || nth !== undefined;
  if (count > 1 && chosen) {
    const from =
      said.from ?? firstDay(localText(presentOf(context, text), context.timezone ?? "UTC").slice(0, 10), weekdays);
    if (alternate === undefined && every?.unit === "month") days.everyMonths = count;
    else days.everyWeeks = count;
    days.from = from;
    if (said.from === undefined) notes.push(`Counted from ${from}.`);
    if (alternate !== undefined && alternate <= 5) {
      const week = ORDINALS[alternate] as string;
      notes.push(
        `"every ${week}" is read as each ${alternate} weeks; the ${week} of each month is said as "the ${week} ${FULL_DAYS[Number(weekdays)] ?? "day"} of the month".`,
      );
    }
  }
  if (said.months !== undefined && !chosen) days.dayOfMonth = 1;
  return days;
}
