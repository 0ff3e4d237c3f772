import { z } from "zod";
import { pathText, SpecError, type SpecIssue, showValue } from "../errors.ts";
import type {
  CalendarEntry,
  CalendarName,
  EventEntry,
  Exclusion,
  ExclusionCalendar,
  FieldValue,
  IntervalEntry,
  ScheduleSpec,
} from "../types.ts";
import { parseDate } from "../zone/civil.ts";
import { zoneTaken } from "../zone/names.ts";
import { isKnownZone } from "../zone/zone.ts";
import { cronZoneOf, parseCron } from "./cron.ts";
import { readDuration } from "./duration.ts";
import { type FieldName, FieldProblem, parseField, takenBy } from "./fields.ts";
import { parseTimeOfDay } from "./timesOfDay.ts";

const MAX_ENTRIES = 200;
const MAX_EXCLUSIONS = 5000;
const MAX_COMMENT = 2000;

/** An object of these fields and no others. */
function fieldsOf<T extends z.ZodRawShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  const error: z.core.$ZodErrorMap = (issue) =>
    issue.code === "unrecognized_keys"
      ? `there is no field of that name here, but ${Object.keys(shape).join(", ")}`
      : undefined;
  return z.strictObject(shape, { error });
}

/** A value of any type, held against the schema that `choose` picks for it, so that an error tells of one form and not of all. */
function pick<T>(choose: (value: unknown) => z.ZodType): z.ZodType<T> {
  return z.unknown().superRefine((value, context) => {
    const result = choose(value).safeParse(value);
    if (result.success) return;
    for (const issue of result.error.issues) {
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys)
          context.addIssue({ code: "custom", message: issue.message, path: [...issue.path, key] });
      } else context.addIssue({ code: "custom", message: issue.message, path: [...issue.path] });
    }
  }) as unknown as z.ZodType<T>;
}

function refused<T>(taken: string): z.ZodType<T> {
  return z.custom<T>(() => false, { message: `${taken} is expected` });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(check: (value: string) => string | null, taken: string): z.ZodType<string> {
  return z.unknown().superRefine((value, context) => {
    const problem = typeof value === "string" ? check(value) : `${taken} is expected`;
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  }) as unknown as z.ZodType<string>;
}

function oneOrMany<T>(one: z.ZodType<T>, max: number, taken: string): z.ZodType<T | readonly T[]> {
  const many = z
    .array(one)
    .min(1, `an empty list never fires; leave it out, or ${taken} is expected`)
    .max(max, `at most ${max} are allowed`);
  return pick((value) => (Array.isArray(value) ? many : one));
}

const fieldValue = (name: FieldName): z.ZodType<FieldValue> =>
  z.unknown().superRefine((value, context) => {
    try {
      parseField(name, value as FieldValue);
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      context.addIssue({ code: "custom", message: `${takenBy(name)} is expected: ${error.message}` });
    }
  }) as unknown as z.ZodType<FieldValue>;

const durationText = (least: number, most: number, taken: string) =>
  text((value) => {
    const read = readDuration(value);
    if ("problem" in read) return read.problem;
    return read.ms < least || read.ms > most ? `${taken} is expected` : null;
  }, taken);

const instantText = text((value) => {
  const ok =
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value));
  return ok && parseDate(value.slice(0, 10)) !== null ? null : "an instant such as 2026-01-01T00:00:00Z is expected";
}, "an instant such as 2026-01-01T00:00:00Z");

const dateString = text(
  (value) => (parseDate(value) === null ? "a local date YYYY-MM-DD is expected" : null),
  "a local date YYYY-MM-DD",
);

const timeOfDay = text(
  (value) => (parseTimeOfDay(value) === null ? "a local time HH:MM or HH:MM:SS is expected" : null),
  "a local time HH:MM or HH:MM:SS",
);

const comment = z.string("a text is expected").max(MAX_COMMENT, `at most ${MAX_COMMENT} characters are allowed`);

const calendarName = z
  .string("a name is expected")
  .min(1, "a name is expected")
  .max(200, "at most 200 characters are allowed");
const MAX_CALENDARS = 20;

const wholeNumber = (max: number) =>
  z
    .int(`a whole number from 1 to ${max} is expected`)
    .min(1, `a whole number from 1 to ${max} is expected`)
    .max(max, `a whole number from 1 to ${max} is expected`);

const entryFields = {
  dayOfMonth: fieldValue("dayOfMonth").optional(),
  month: fieldValue("month").optional(),
  dayOfWeek: fieldValue("dayOfWeek").optional(),
  weekOfMonth: fieldValue("weekOfMonth").optional(),
  year: fieldValue("year").optional(),
  businessDay: fieldValue("businessDay").optional(),
  holidays: oneOrMany(calendarName, MAX_CALENDARS, "the name of an exclusion calendar").optional(),
  onHoliday: z.enum(["skip", "before", "after"], '"skip", "before" or "after" is expected').optional(),
  everyWeeks: wholeNumber(520).optional(),
  everyMonths: wholeNumber(1200).optional(),
  from: dateString.optional(),
  hour: fieldValue("hour").optional(),
  minute: fieldValue("minute").optional(),
  second: fieldValue("second").optional(),
  times: z
    .array(timeOfDay, "a list of local times HH:MM or HH:MM:SS is expected")
    .min(1, "at least one local time HH:MM or HH:MM:SS is expected")
    .max(1440, "at most 1440 times are allowed")
    .optional(),
  every: durationText(1000, 86_400_000, "a duration of 1s to 24h, such as 15m").optional(),
  between: z.tuple([timeOfDay, timeOfDay], 'two local times such as ["09:00", "17:00"] are expected').optional(),
  comment: comment.optional(),
};

function checkTimes(entry: CalendarEntry, context: z.RefinementCtx, excludes: boolean): void {
  const clock = (["hour", "minute", "second"] as const).find((name) => entry[name] !== undefined);
  const add = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
  if (entry.times && clock) add(clock, "either times, or hour, minute and second are expected, not both");
  if (entry.times && (entry.every || entry.between))
    add(entry.every ? "every" : "between", "either times, or every with between are expected, not both");
  if (clock && (entry.every || entry.between))
    add(clock, "either every with between, or hour, minute and second are expected, not both");
  if (entry.between && !entry.every && !excludes) add("between", "between goes only with every");
  if (typeof entry.every === "string") {
    const read = readDuration(entry.every);
    if ("ms" in read && read.ms % 1000 !== 0) add("every", "whole seconds are expected");
  }
}

/** Fields that say the days in ways that do not go together. */
function checkDays(entry: CalendarEntry, context: z.RefinementCtx): void {
  const add = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
  if (entry.businessDay !== undefined && entry.dayOfMonth !== undefined)
    add("businessDay", "either businessDay or dayOfMonth is expected, not both");
  if (entry.onHoliday !== undefined && entry.businessDay !== undefined)
    add("onHoliday", "a business day is no holiday: onHoliday goes without businessDay");
  else if (entry.onHoliday !== undefined && entry.holidays === undefined)
    add("onHoliday", "onHoliday needs holidays, the name of an exclusion calendar");
  if (entry.everyWeeks !== undefined && entry.everyMonths !== undefined)
    add("everyMonths", "either everyWeeks or everyMonths is expected, not both");
  const every = (["everyWeeks", "everyMonths"] as const).find((name) => entry[name] !== undefined);
  if (every !== undefined && entry.from === undefined) add(every, `${every} needs from, a date to count from`);
  if (every === undefined && entry.from !== undefined) add("from", "from goes with everyWeeks or everyMonths");
}

const ENTRY_TAKEN = 'an entry such as { "dayOfWeek": "mon-fri", "hour": 9 } is expected';

const dstPolicy = z.enum(["vixie", "literal", "shift"], '"vixie", "literal" or "shift" is expected');

const firingEntry = fieldsOf({ ...entryFields, dst: dstPolicy.optional() }).superRefine((entry, context) => {
  checkTimes(entry as CalendarEntry, context, false);
  checkDays(entry as CalendarEntry, context);
});
const noEntry = refused(ENTRY_TAKEN);

/** One calendar entry. */
export const calendarEntrySchema: z.ZodType<CalendarEntry> = pick((value) => (isObject(value) ? firingEntry : noEntry));

const zoneName = z.string("an IANA time zone such as Europe/Berlin is expected").min(1).max(100);

const excludedEntry = fieldsOf({ ...entryFields, timezone: zoneName.optional() }).superRefine((entry, context) => {
  checkTimes(entry as CalendarEntry, context, true);
  checkDays(entry as CalendarEntry, context);
  if (Object.keys(entry).every((name) => name === "comment" || name === "timezone")) {
    context.addIssue({
      code: "custom",
      message: "at least one field is expected: an empty entry would exclude every day",
    });
  }
});

const excludedRange = fieldsOf({ from: dateString, to: dateString, comment: comment.optional() }).superRefine(
  (range, context) => {
    if (parseDate(String(range.from)) !== null && range.from > range.to)
      context.addIssue({ code: "custom", path: ["to"], message: `a date not before ${range.from} is expected` });
  },
);

const namedCalendar = fieldsOf({ calendar: calendarName });
const noExclusion = refused("a date YYYY-MM-DD, { from, to }, { calendar } or an entry");

/** A date, a range of dates, an entry, or the name of an exclusion calendar. */
export const exclusionSchema: z.ZodType<Exclusion> = pick((value) => {
  if (typeof value === "string") return dateString;
  if (!isObject(value)) return noExclusion;
  if ("calendar" in value) return namedCalendar;
  const counts = "everyWeeks" in value || "everyMonths" in value;
  return "to" in value || ("from" in value && !counts) ? excludedRange : excludedEntry;
});

/** Adds an issue where an entry is in a zone that this system does not know. */
function checkExcludedZone(entry: unknown, context: z.RefinementCtx, path: readonly (string | number)[]): void {
  if (!isObject(entry) || typeof entry["timezone"] !== "string" || isKnownZone(entry["timezone"])) return;
  context.addIssue({
    code: "custom",
    path: [...path, "timezone"],
    message: zoneTaken(entry["timezone"]),
  });
}

/** A named exclusion calendar. Its entries may not name other calendars. */
export const exclusionCalendarSchema: z.ZodType<ExclusionCalendar> = fieldsOf({
  name: calendarName,
  entries: z
    .array(
      exclusionSchema.superRefine((entry, context) => {
        if (isObject(entry) && "calendar" in entry) {
          context.addIssue({
            code: "custom",
            path: ["calendar"],
            message: "dates, ranges and entries are expected, not another calendar",
          });
        }
        checkExcludedZone(entry, context, []);
        if (isObject(entry) && "holidays" in entry) {
          context.addIssue({
            code: "custom",
            path: ["holidays"],
            message: "an entry of a calendar names no other calendar",
          });
        }
      }),
    )
    .max(MAX_EXCLUSIONS, `at most ${MAX_EXCLUSIONS} are allowed`),
}) as unknown as z.ZodType<ExclusionCalendar>;

const intervalDuration = durationText(1000, Number.POSITIVE_INFINITY, "a duration of at least 1s, such as 5m");

const intervalFields = fieldsOf({
  every: intervalDuration,
  anchor: instantText.optional(),
  from: z.enum(["start", "completion"], '"start" or "completion" is expected').optional(),
});

const intervalEntry: z.ZodType<string | IntervalEntry> = pick((value) =>
  isObject(value) ? intervalFields : intervalDuration,
);

const cronText = text((value) => {
  try {
    parseCron(value, "");
    return null;
  } catch (error) {
    if (error instanceof SpecError) return error.issues[0]?.message.replace(/; given: .*$/s, "") ?? error.message;
    throw error;
  }
}, "a cron expression");

/** A local time that comes once. */
const localTime = text((value) => {
  const ok =
    /^\d{4}-\d{2}-\d{2}T/.test(value) &&
    parseDate(value.slice(0, 10)) !== null &&
    parseTimeOfDay(value.slice(11)) !== null;
  return ok ? null : "a local time such as 2026-12-24T18:00 is expected, without a zone: that is the spec's";
}, "a local time such as 2026-12-24T18:00");

const MAX_AT = 2000;

const EVENT_TAKEN =
  '{ "boot": true }, { "start": true }, { "wake": true } or { "after": { "scheduleId": "backup" } }, each with a "delay" or without,';

const happens = z.literal(true, "true is expected");
const delay = durationText(1000, 31 * 86_400_000, "a duration of 1s to 31d, such as 5m").optional();
const eventFields = {
  boot: fieldsOf({ boot: happens, delay }),
  start: fieldsOf({ start: happens, delay }),
  wake: fieldsOf({ wake: happens, delay }),
  after: fieldsOf({
    delay,
    after: fieldsOf({
      scheduleId: z.string("the id of a schedule is expected").min(1, "the id of a schedule is expected").max(200),
      outcome: z.enum(["completed", "failed", "ended"], '"completed", "failed" or "ended" is expected').optional(),
    }),
  }),
} as const;
const noEvent = refused(EVENT_TAKEN);
const MAX_EVENTS = 20;

const eventEntry: z.ZodType<EventEntry> = pick((value) => {
  const kind = isObject(value)
    ? (Object.keys(eventFields) as (keyof typeof eventFields)[]).find((k) => k in value)
    : undefined;
  return kind === undefined ? noEvent : eventFields[kind];
});

const calendarRef = pick<CalendarName>((value) => (isObject(value) ? namedCalendar : calendarName));

const exclusionList = z.array(exclusionSchema).max(MAX_EXCLUSIONS, `at most ${MAX_EXCLUSIONS} are allowed`);

const specShape = {
  cron: oneOrMany(cronText, MAX_ENTRIES, "a cron expression").optional(),
  interval: oneOrMany(intervalEntry, MAX_ENTRIES, "a duration such as 5m").optional(),
  calendar: oneOrMany(calendarEntrySchema, MAX_ENTRIES, ENTRY_TAKEN).optional(),
  at: oneOrMany(localTime, MAX_AT, "a local time such as 2026-12-24T18:00").optional(),
  on: oneOrMany(eventEntry, MAX_EVENTS, EVENT_TAKEN).optional(),
  exclude: pick<Exclusion | readonly Exclusion[]>((value) =>
    Array.isArray(value) ? exclusionList : exclusionSchema,
  ).optional(),
  onlyOn: oneOrMany(calendarRef, MAX_CALENDARS, "the name of an exclusion calendar").optional(),
  timezone: z.string("an IANA time zone such as Europe/Berlin is expected").min(1).max(100).optional(),
  dst: dstPolicy.optional(),
  startAt: instantText.nullable().optional(),
  endAt: instantText.nullable().optional(),
  jitter: durationText(0, 31 * 86_400_000, "a duration of at most 31d, such as 30s").optional(),
};

/** What says when; the rest only bounds it. */
const WHEN = ["cron", "interval", "calendar", "at", "on"] as const;

function createSpecSchema(unknownZone: "refuse" | "keep"): z.ZodType<ScheduleSpec> {
  const shape = fieldsOf(specShape).superRefine((spec, context) => {
    if (WHEN.every((name) => spec[name] === undefined)) {
      context.addIssue({ code: "custom", message: "at least one of cron, interval, calendar, at and on is expected" });
    }
    if (isText(spec.startAt) && isText(spec.endAt) && Date.parse(spec.endAt) <= Date.parse(spec.startAt)) {
      context.addIssue({ code: "custom", path: ["endAt"], message: "an instant after startAt is expected" });
    }
    if (unknownZone === "refuse" && spec.timezone !== undefined && !isKnownZone(spec.timezone)) {
      context.addIssue({
        code: "custom",
        path: ["timezone"],
        message: zoneTaken(spec.timezone),
      });
    }
    if (unknownZone === "refuse") {
      checkCronZones(spec.cron, context);
      const { exclude } = spec;
      if (!Array.isArray(exclude)) checkExcludedZone(exclude, context, ["exclude"]);
      else for (const [i, entry] of exclude.entries()) checkExcludedZone(entry, context, ["exclude", i]);
    }
  });
  const noSpec = refused('a spec such as { "cron": "0 9 * * 1-5" }');
  return pick((value) => (isObject(value) ? shape : noSpec));
}

function checkCronZones(cron: string | readonly string[] | undefined, context: z.RefinementCtx): void {
  const list = Array.isArray(cron) ? (cron as readonly string[]) : cron === undefined ? [] : [cron as string];
  list.forEach((expression, i) => {
    const timezone = cronZoneOf(expression);
    if (timezone !== undefined && !isKnownZone(timezone)) {
      context.addIssue({
        code: "custom",
        path: Array.isArray(cron) ? ["cron", i] : ["cron"],
        message: `for CRON_TZ=${timezone} ${zoneTaken(timezone)}`,
      });
    }
  });
}

/** A spec; its issues carry the paths and say what would be taken. */
export const scheduleSpecSchema = createSpecSchema("refuse");
const keepingSchema = createSpecSchema("keep");

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** The issues of a failed parse of `input`, each with the value that was given and, in its message, what would be taken. */
export function toSpecIssues(error: z.ZodError, input: unknown): SpecIssue[] {
  return error.issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => {
      const given = valueAt(input, path);
      return { path: pathText(path), given, message: `${issue.message}; given: ${showValue(given)}` };
    });
  });
}

/** Reads a spec as written by a user or as stored. Throws SpecError. `unknownZone: "keep"` takes zones that this system does not know, for stored specs. */
export function parseSpec(input: unknown, options: { unknownZone?: "refuse" | "keep" } = {}): ScheduleSpec {
  const result = (options.unknownZone === "keep" ? keepingSchema : scheduleSpecSchema).safeParse(input);
  if (!result.success) throw new SpecError(toSpecIssues(result.error, input));
  return result.data;
}
