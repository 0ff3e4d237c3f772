/**
 * The spec of a schedule ("when") in the form that is stored, sent and edited.
 * Validation is in spec.ts (zod), arithmetic in occurrences.ts. Instants are ISO 8601 with `Z` here and
 * epoch milliseconds everywhere a function takes or returns one.
 */

/** A calendar field: a number, a list, or text in cron's field syntax (`"1-5"`, `"*\/2"`, `"mon-fri"`, `"L"`, `"15W"`). */
export type FieldValue = number | string | readonly (number | string)[];

/** What happens at local times that daylight saving skips or repeats. */
export type DstPolicy = "vixie" | "literal" | "shift";

/** Fields that choose days; one left out means "any". */
export interface DayFields {
  dayOfMonth?: FieldValue;
  month?: FieldValue;
  dayOfWeek?: FieldValue;
  weekOfMonth?: FieldValue;
  year?: FieldValue;
  /** In place of `dayOfMonth`: `1` is the month's first business day (Monday to Friday, less `holidays`), `-1` its last. */
  businessDay?: FieldValue;
  /** Exclusion calendars whose whole days are holidays: one name or several. */
  holidays?: string | readonly string[];
  /** What becomes of a date that is a holiday: none, or the business day before or after in its place; `skip` where left out. */
  onHoliday?: "skip" | "before" | "after";
  /** Each so many weeks (from Monday) or months, counted from the one of `from`; none before that day. */
  everyWeeks?: number;
  everyMonths?: number;
  /** A local date `YYYY-MM-DD`. */
  from?: string;
}

/** One calendar entry: every given field must match. Times are `hour`/`minute`/`second` (default 0), or `times`, or `every` (with `between`). */
export interface CalendarEntry extends DayFields {
  hour?: FieldValue;
  minute?: FieldValue;
  second?: FieldValue;
  /** Local times of day, `HH:MM` or `HH:MM:SS`. */
  times?: readonly string[];
  /** A duration such as `15m`: every so long inside `between`, counted from its first time. */
  every?: string;
  /**
   * First and last local time of day, both included; default the whole day. With the first after the last it goes over
   * midnight: of each day that the entry chooses, the hours until the last time and those from the first.
   */
  between?: readonly [string, string];
  /** In place of the spec's, for this entry alone; an exclusion has none. */
  dst?: DstPolicy;
  comment?: string;
}

/** Every so long. Without an anchor the phase is the schedule's own (creation, or `startAt`). */
export interface IntervalEntry {
  every: string;
  anchor?: string;
  /** `start` keeps the phase exactly; `completion` waits the interval after each run ends. */
  from?: "start" | "completion";
}

/** How a run of another schedule has to end; `ended` is in any way. */
export type AfterOutcome = "completed" | "failed" | "ended";

/**
 * What is not a time: the first start of an engine after the machine's start, each start of an engine, each waking of the
 * machine, or the end of another schedule's run (`completed` where no outcome is given). `delay` is a duration: so long
 * after the event (of `boot`: after the machine's own start) it fires.
 */
export type EventEntry = (
  | { boot: true }
  | { start: true }
  | { wake: true }
  | { after: { scheduleId: string; outcome?: AfterOutcome } }
) & { delay?: string };

/** An entry that does not fire; `timezone` is the IANA zone of its days and times where that is not the schedule's own. */
export type ExcludedEntry = CalendarEntry & { timezone?: string };

/** A day or entry that does not fire: a local date `YYYY-MM-DD`, an inclusive range of dates, an entry, or a named exclusion calendar. */
export type Exclusion = string | { from: string; to: string; comment?: string } | { calendar: string } | ExcludedEntry;

/** An exclusion calendar by its name. */
export type CalendarName = string | { calendar: string };

/** When a schedule fires: the union of its cron, interval and calendar entries, single times (`at`) and events (`on`), less its exclusions, within its bounds. */
export interface ScheduleSpec {
  cron?: string | readonly string[];
  interval?: string | IntervalEntry | readonly (string | IntervalEntry)[];
  calendar?: CalendarEntry | readonly CalendarEntry[];
  /** Local times `YYYY-MM-DDTHH:MM[:SS]`, each of which comes once. */
  at?: string | readonly string[];
  /** Events, each of which is one occurrence; none is made up for. */
  on?: EventEntry | readonly EventEntry[];
  exclude?: Exclusion | readonly Exclusion[];
  /** Exclusion calendars of whose whole days one has to be: nothing fires on any other. */
  onlyOn?: CalendarName | readonly CalendarName[];
  /** IANA zone; `UTC` where left out. */
  timezone?: string;
  dst?: DstPolicy;
  /** First instant that may fire (included). */
  startAt?: string | null;
  /** First instant that may not fire any more. */
  endAt?: string | null;
  /** Duration; each firing is delayed by a stable hash, from 0 to this. */
  jitter?: string;
}

/** A named set of days or windows that do not fire, which many schedules may name in `exclude`. Entries that name no zone are in the schedule's own. */
export interface ExclusionCalendar {
  name: string;
  entries: readonly Exclusion[];
}

/** What a spec needs from outside to become instants. */
export interface SpecContext {
  /** Phase of intervals without an anchor, epoch ms. */
  anchorAt: number;
  /** When the last run ended, epoch ms: only `from: "completion"` asks for it. */
  lastCompletedAt?: number | null;
  /** Exclusion calendars by name; a spec that names another does not compile. */
  calendars?: ReadonlyMap<string, ExclusionCalendar>;
}
