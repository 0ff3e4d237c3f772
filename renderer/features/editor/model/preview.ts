import { SpecError, type SpecIssue } from "../../../../shared/schedule/errors.ts";
import { type CompiledSpec, compileSpec } from "../../../../shared/schedule/matcher/compile.ts";
import { whyNeverFires } from "../../../../shared/schedule/matcher/neverFires.ts";
import { countBetween, countByLocalDay, nextOccurrence } from "../../../../shared/schedule/matcher/occurrences.ts";
import { listOf } from "../../../../shared/schedule/texts/lists.ts";
import { parseSpec } from "../../../../shared/schedule/texts/spec.ts";
import type { CalendarEntry, IntervalEntry, ScheduleSpec, SpecContext } from "../../../../shared/schedule/types.ts";
import { type DaylightNote, daylightNotes } from "../../../../shared/schedule/words/daylight.ts";
import { describeSpec, type NameOfSchedule } from "../../../../shared/schedule/words/describe.ts";
import { isKnownZone, startOfLocalDay } from "../../../../shared/schedule/zone/zone.ts";

/** What a draft would do, computed anew at every keystroke. */
export interface Preview {
  /** Null where the spec is refused or something it names is not there; `issues` says why. */
  compiled: CompiledSpec | null;
  /** There are no entries yet. */
  isEmpty: boolean;
  /** What is wrong, by path of the spec: refusals, and the fields that contradict each other. */
  issues: readonly SpecIssue[];
  /** It fires by events alone. */
  byEvents: boolean;
  /** Why it has no run to come, where it is a spec and has none. */
  neverFires: string | null;
  /** The spec in words; null where it is refused. */
  sentence: string | null;
  /** The zone is one that this system does not know: times are shown in UTC. */
  unknownZone: string | null;
  /** The zone the times are shown in. */
  zone: string;
  /** The next runs, epoch ms: later than now. */
  next: readonly number[];
  /** It has an interval whose phase begins now: a schedule that is created now runs at once, before the next ones. */
  beginsNow: boolean;
  /** Runs of each local day of the year that has any, and runs that exclusions take away. */
  days: ReadonlyMap<string, DayCount>;
  runsInYear: number;
  /** Of the year, from now on. */
  runsLeft: number;
  /** Clock changes in the year. */
  notes: readonly DaylightNote[];
}

export interface DayCount {
  runs: number;
  removed: number;
}

const SHOWN_RUNS = 10;

/** First and end instant of a year in a zone. */
export function yearSpan(zone: string, year: number): [from: number, to: number] {
  const date = (y: number) => startOfLocalDay(zone, `${String(y).padStart(4, "0")}-01-01`);
  return [date(year), date(year + 1)];
}

function refused(issues: readonly SpecIssue[], spec: ScheduleSpec): Preview {
  const unknownZone = unknownZoneOf(spec);
  return {
    compiled: null,
    isEmpty: isEmpty(spec),
    byEvents: false,
    issues: issues.map((issue) => ({ ...issue, message: inWords(issue.message, issue.given) })),
    neverFires: null,
    sentence: null,
    unknownZone,
    zone: unknownZone === null ? (spec.timezone ?? "UTC") : "UTC",
    next: [],
    beginsNow: false,
    days: new Map(),
    runsInYear: 0,
    runsLeft: 0,
    notes: [],
  };
}

const isEmpty = (spec: ScheduleSpec): boolean =>
  [spec.cron, spec.interval, spec.calendar, spec.at, spec.on].every((entries) => entries === undefined);

/** What fires by events alone: nobody knows when. */
const isByEvents = (spec: ScheduleSpec): boolean =>
  spec.on !== undefined && isEmpty({ ...spec, on: undefined } as ScheduleSpec);

const unknownZoneOf = (spec: ScheduleSpec): string | null =>
  typeof spec.timezone === "string" && !isKnownZone(spec.timezone) ? spec.timezone : null;

/** The preview of a spec seen from `now` (epoch ms), with the counts of one year. */
export function previewOf(
  input: ScheduleSpec,
  context: SpecContext,
  now: number,
  year: number,
  nameOf?: NameOfSchedule,
): Preview {
  try {
    const spec = parseSpec(input, { unknownZone: "keep" });
    const unknownZone = unknownZoneOf(spec);
    // An unknown zone is kept in the draft; the arithmetic needs one that exists.
    const known = unknownZone === null ? spec : { ...spec, timezone: "UTC" };
    const zone = known.timezone ?? "UTC";
    const compiled = compileSpec(known, context);
    const [from, to] = yearSpan(zone, year);
    const days = countDays(compiled, known, context, from, to);
    const never = whyNeverFires(compiled, now);
    return {
      compiled,
      isEmpty: false,
      byEvents: isByEvents(spec),
      issues: never === null ? deadEntries(spec) : contradictions(never),
      neverFires: never === null ? null : inWords(never.message),
      sentence: describeSpec(spec, { zone: false, ...(nameOf === undefined ? {} : { nameOf }) }),
      unknownZone,
      zone,
      next: nextRuns(compiled, now, SHOWN_RUNS),
      beginsNow: context.anchorAt === now && firesAtAnchor(known, context),
      days: days.counts,
      runsInYear: days.total,
      runsLeft: now <= from ? days.total : now >= to ? 0 : countBetween(compiled, now, to),
      notes: daylightNotes(compiled, from, to),
    };
  } catch (error) {
    if (error instanceof SpecError) return refused(error.issues, input);
    throw error;
  }
}

/** Whether an interval without a phase of its own fires at the instant that it gets for one. */
function firesAtAnchor(spec: ScheduleSpec, context: SpecContext): boolean {
  const interval = listOf<string | IntervalEntry>(spec.interval).filter(
    (entry) => typeof entry === "string" || entry.anchor === undefined,
  );
  if (interval.length === 0 || spec.startAt) return false;
  const { cron: _cron, calendar: _calendar, at: _at, on: _on, ...rest } = spec;
  const { anchorAt } = context;
  return nextOccurrence(compileSpec({ ...rest, interval }, context), anchorAt - 1) === anchorAt;
}

const fieldWords: Readonly<Record<string, string>> = {
  dayOfMonth: "days of the month",
  dayOfWeek: "weekdays",
  weekOfMonth: "weeks of the month",
  month: "months",
  year: "years",
};

/** A message of the matcher as a sentence beside its field: what was given stands there already. */
function inWords(message: string, given?: unknown): string {
  if (message.startsWith("the name of an exclusion calendar that exists")) {
    return `There is no exclusion calendar "${given}": take it out, or make one of that name.`;
  }
  const words = message
    .replace(/; given: .*$/s, "")
    .replace(
      /calendar(?:\[\d+\])?\.(dayOfMonth|dayOfWeek|weekOfMonth|month|year)/g,
      (_, field: string) => fieldWords[field] ?? field,
    )
    .replace(/, (?=[^,]* never match together)/, " and ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The fields that leave nothing to fire, each told which others it contradicts. */
function contradictions(never: { message: string; paths: readonly string[] }): SpecIssue[] {
  return never.paths.map((path) => {
    const entry = path.replace(/\.[^.]*$/, "");
    const others = never.paths
      .filter((other) => other !== path && other.startsWith(`${entry}.`))
      .flatMap((other) => fieldWords[other.slice(entry.length + 1)] ?? []);
    const message = others.length === 0 ? inWords(never.message) : `Never together with these ${others.join(" and ")}.`;
    return { path, given: undefined, message };
  });
}

/** Of many entries so many are looked at, so that a keystroke stays quick. */
const MAX_JUDGED = 100;
const dayFields = ["dayOfMonth", "month", "dayOfWeek", "weekOfMonth", "year"] as const;

/** The fields of entries that never fire by themselves, although others of the spec do. */
function deadEntries(spec: ScheduleSpec): SpecIssue[] {
  if (!Array.isArray(spec.calendar)) return [];
  return spec.calendar.slice(0, MAX_JUDGED).flatMap((entry: CalendarEntry, index) => {
    // One field alone always matches some day.
    const days = Object.fromEntries(
      dayFields.flatMap((name) => (entry[name] === undefined ? [] : [[name, entry[name]]])),
    );
    if (Object.keys(days).length < 2) return [];
    const never = whyNeverFires(compileSpec({ calendar: days }, { anchorAt: 0 }));
    if (never === null) return [];
    return contradictions({
      ...never,
      paths: never.paths.map((path) => path.replace(/^calendar/, `calendar[${index}]`)),
    });
  });
}

/** The next `count` occurrences strictly after an instant; of a spec that waits for the end of each run, only the first is known. */
export function nextRuns(compiled: CompiledSpec, after: number, count: number): number[] {
  const times: number[] = [];
  let at = nextOccurrence(compiled, after);
  while (at !== null && times.length < count) {
    times.push(at);
    at = nextOccurrence(compiled, at);
  }
  return times;
}

function countDays(
  compiled: CompiledSpec,
  spec: ScheduleSpec,
  context: SpecContext,
  from: number,
  to: number,
): { counts: Map<string, DayCount>; total: number } {
  const counts = new Map<string, DayCount>();
  let total = 0;
  for (const { date, count } of countByLocalDay(compiled, from, to)) {
    counts.set(date, { runs: count, removed: 0 });
    total += count;
  }
  if (spec.exclude !== undefined) {
    const { exclude: _exclude, ...everything } = spec;
    for (const { date, count } of countByLocalDay(compileSpec(everything, context), from, to)) {
      const runs = counts.get(date)?.runs ?? 0;
      if (count > runs) counts.set(date, { runs, removed: count - runs });
    }
  }
  return { counts, total };
}
