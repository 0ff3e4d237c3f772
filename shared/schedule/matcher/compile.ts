import { parseCron } from "../texts/cron.ts";
import { isInDays, parseDuration } from "../texts/duration.ts";
import { listOf, nameOf } from "../texts/lists.ts";
import { compileTimes, hasFixedTimes, parseTimeOfDay } from "../texts/timesOfDay.ts";
import type {
  CalendarEntry,
  CalendarName,
  DstPolicy,
  Exclusion,
  IntervalEntry,
  ScheduleSpec,
  SpecContext,
} from "../types.ts";
import { DAY_MS, END_AT, FIRST_AT, parseDate } from "../zone/civil.ts";
import { getZone, instantsOf, type Zone } from "../zone/zone.ts";
import { otherDaysRule } from "./businessDays.ts";
import { createCalendarSource, type Source } from "./calendarSource.ts";
import { compileDays, daysOfCalendar, resolveExclusions, sortExclusions } from "./compileDays.ts";
import { anyDayRule, datesDayRule, everyDaysRule } from "./dayRules.ts";
import type { TimedRule } from "./dayTable.ts";
import { withoutElsewhere } from "./elsewhere.ts";
import { createExclusions, type Exclusions } from "./exclusions.ts";
import { createIntervalSource } from "./intervalSource.ts";
import { createUnionCount } from "./unionCount.ts";

/** A spec ready for arithmetic. Made by compileSpec; holds caches, no state. */
export interface CompiledSpec {
  readonly spec: ScheduleSpec;
  readonly context: SpecContext;
  readonly zone: Zone;
  /** Each has its occurrences; the spec's are their union. */
  readonly sources: readonly Source[];
  /** How many occurrences the sources have between them from an instant to another (left out). */
  readonly count: (fromAt: number, toAt: number) => number;
  /** First instant that may fire; -Infinity where there is no bound. */
  readonly startAt: number;
  /** First instant that may not fire any more; Infinity where there is no bound. */
  readonly endAt: number;
  readonly jitterMs: number;
  /** Whether occurrences depend on when the last run ended. */
  readonly followsCompletion: boolean;
}

function movesOf(dst: DstPolicy, fixed: boolean): TimedRule["moves"] {
  if (dst === "shift") return "shift";
  return dst === "vixie" && fixed ? "end" : null;
}

/** Entries that share their times, and fire on the days of any of them, are one rule. */
function compileEntries(
  entries: readonly CalendarEntry[],
  dst: DstPolicy,
  context: SpecContext,
  path: string,
): TimedRule {
  const [first] = entries as readonly [CalendarEntry];
  return {
    days: anyDayRule(entries.map((entry) => compileDays(entry, context, path))),
    times: compileTimes(first),
    moves: movesOf(first.dst ?? dst, hasFixedTimes(first)),
  };
}

/** The zone that an exclusion is written in, where that is not the given one. */
function otherZoneOf(exclusion: Exclusion, zone: Zone): Zone | null {
  if (typeof exclusion === "string" || !("timezone" in exclusion) || exclusion.timezone === undefined) return null;
  const own = getZone(exclusion.timezone);
  return own === zone ? null : own;
}

/** What is excluded by the clocks of other zones than a source's own, a zone each. */
function compileElsewhere(zone: Zone, list: readonly Exclusion[], context: SpecContext): Exclusions[] {
  const byZone = new Map<Zone, Exclusion[]>();
  for (const exclusion of list) {
    const other = otherZoneOf(exclusion, zone);
    if (other !== null) byZone.set(other, [...(byZone.get(other) ?? []), exclusion]);
  }
  return [...byZone].flatMap(([other, own]) => {
    const { wholeDays, windowRules } = sortExclusions(own, context);
    return createExclusions(other, wholeDays, windowRules) ?? [];
  });
}

function compileExclusions(
  zone: Zone,
  spec: ScheduleSpec,
  excluded: readonly Exclusion[],
  context: SpecContext,
): Exclusions | null {
  const inZone = excluded.filter((exclusion) => otherZoneOf(exclusion, zone) === null);
  const { wholeDays, windowRules } = sortExclusions(inZone, context);
  const names = listOf<CalendarName>(spec.onlyOn);
  if (names.length > 0) {
    const path = (i: number) => (Array.isArray(spec.onlyOn) ? `onlyOn[${i}]` : "onlyOn");
    wholeDays.push(otherDaysRule(names.flatMap((name, i) => daysOfCalendar(nameOf(name), context, path(i)))));
  }
  return createExclusions(zone, wholeDays, windowRules);
}

/** Single times: those at one time of day are one rule. */
function compileAt(at: readonly string[], dst: DstPolicy): TimedRule[] {
  const daysByTime = new Map<number, number[]>();
  for (const text of at) {
    const time = parseTimeOfDay(text.slice(11)) as number;
    const days = daysByTime.get(time) ?? [];
    days.push(parseDate(text.slice(0, 10)) as number);
    daysByTime.set(time, days);
  }
  return [...daysByTime].map(([time, days]) => ({
    days: datesDayRule(days),
    times: Int32Array.of(time),
    moves: movesOf(dst, true),
  }));
}

function compileInterval(
  entry: string | IntervalEntry,
  spec: ScheduleSpec,
  context: SpecContext,
  zone: Zone,
  dst: DstPolicy,
): { rule: TimedRule; alone?: number } | { everyMs: number; anchorAt: number; firstAt: number } {
  const { every, anchor, from } =
    typeof entry === "string" ? { every: entry, anchor: undefined, from: undefined } : entry;
  const everyMs = parseDuration(every);
  const written = anchor ?? spec.startAt ?? null;
  let anchorAt = written === null ? context.anchorAt : Date.parse(written);
  // What the user wrote is the first occurrence; the moment of creation only gives the phase, so that the past can be backfilled.
  let firstAt = written === null ? Number.NEGATIVE_INFINITY : anchorAt;
  if (from === "completion") {
    firstAt = anchorAt;
    if (context.lastCompletedAt !== undefined && context.lastCompletedAt !== null) {
      anchorAt = context.lastCompletedAt;
      firstAt = anchorAt + 1;
    }
  }
  if (!isInDays(every)) return { everyMs, anchorAt, firstAt };
  const local = anchorAt + zone.offsetAt(anchorAt);
  const day = Math.floor(local / DAY_MS);
  // An anchor on the second copy of a repeated hour is the first occurrence all the same, not the copy before it.
  const alone = firstAt === anchorAt && (instantsOf(zone, local)[0] as number) < anchorAt;
  const fromDay = firstAt === Number.NEGATIVE_INFINITY ? firstAt : firstAt > anchorAt || alone ? day + 1 : day;
  return {
    rule: {
      days: everyDaysRule(day, everyMs / DAY_MS, fromDay),
      times: Int32Array.of(local - day * DAY_MS),
      moves: movesOf(dst, true),
    },
    ...(alone ? { alone: anchorAt } : {}),
  };
}

/** Compiles a valid spec. Throws SpecError where it needs something that is not there: a zone, an exclusion calendar. */
export function compileSpec(spec: ScheduleSpec, context: SpecContext): CompiledSpec {
  const zone = getZone(spec.timezone ?? "UTC");
  const dst = spec.dst ?? "vixie";
  const excluded = resolveExclusions(spec, context);
  const exclusions = compileExclusions(zone, spec, excluded, context);
  const rules: TimedRule[] = [];
  const elsewhere = new Map<Zone, TimedRule[]>();
  const intervals: Source[] = [];
  listOf(spec.cron).forEach((expression, i) => {
    const path = Array.isArray(spec.cron) ? `cron[${i}]` : "cron";
    const { entries, timezone } = parseCron(expression, path);
    const rule = compileEntries(entries, dst, context, path);
    const cronZone = timezone === undefined ? zone : getZone(timezone, path);
    if (cronZone === zone) rules.push(rule);
    else elsewhere.set(cronZone, [...(elsewhere.get(cronZone) ?? []), rule]);
  });
  listOf<CalendarEntry>(spec.calendar).forEach((entry, i) => {
    const path = Array.isArray(spec.calendar) ? `calendar[${i}]` : "calendar";
    rules.push(compileEntries([entry], dst, context, path));
  });
  rules.push(...compileAt(listOf(spec.at), dst));
  for (const entry of listOf<string | IntervalEntry>(spec.interval)) {
    const compiled = compileInterval(entry, spec, context, zone, dst);
    if ("rule" in compiled) {
      rules.push(compiled.rule);
      // So long an interval comes once.
      if (compiled.alone !== undefined) {
        const once = { everyMs: END_AT - FIRST_AT, anchorAt: compiled.alone, firstAt: compiled.alone };
        intervals.push(createIntervalSource({ ...once, zone, exclusions }));
      }
    } else intervals.push(createIntervalSource({ ...compiled, zone, exclusions }));
  }
  const calendar = rules.length > 0 ? createCalendarSource({ zone, rules, exclusions }) : null;
  const sources: Source[] = calendar ? [calendar] : [];
  for (const [cronZone, cronRules] of elsewhere) {
    sources.push(
      createCalendarSource({
        zone: cronZone,
        rules: cronRules,
        exclusions: compileExclusions(cronZone, spec, excluded, context),
      }),
    );
  }
  sources.push(...intervals);
  const zones = [...(calendar ? [zone] : []), ...elsewhere.keys(), ...intervals.map(() => zone)];
  sources.forEach((source, i) => {
    sources[i] = compileElsewhere(zones[i] as Zone, excluded, context).reduce(withoutElsewhere, source);
  });
  return {
    spec,
    context,
    zone,
    sources,
    count: sources.length === 1 ? (sources[0] as Source).count : createUnionCount(sources),
    startAt: spec.startAt ? Date.parse(spec.startAt) : Number.NEGATIVE_INFINITY,
    endAt: spec.endAt ? Date.parse(spec.endAt) : Number.POSITIVE_INFINITY,
    jitterMs: spec.jitter === undefined ? 0 : parseDuration(spec.jitter),
    followsCompletion: listOf<string | IntervalEntry>(spec.interval).some(
      (e) => typeof e !== "string" && e.from === "completion",
    ),
  };
}
