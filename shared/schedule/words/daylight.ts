import { type CompiledSpec, compileSpec } from "../matcher/compile.ts";
import { nextOccurrence, occurrencesBetween } from "../matcher/occurrences.ts";
import { parseCron } from "../texts/cron.ts";
import { isInDays } from "../texts/duration.ts";
import { listOf } from "../texts/lists.ts";
import { hasFixedTimes, timeOfDayText } from "../texts/timesOfDay.ts";
import type { CalendarEntry, DstPolicy, IntervalEntry, ScheduleSpec, SpecContext } from "../types.ts";
import { DAY_MS, dateText } from "../zone/civil.ts";
import { getZone, type Zone } from "../zone/zone.ts";

/** What one clock change does to a spec. */
export interface DaylightNote {
  /** Local date of the change, `YYYY-MM-DD`. */
  date: string;
  /** `gap`: local times are skipped; `overlap`: they occur twice. */
  kind: "gap" | "overlap";
  /** The instant of the change, epoch ms. */
  at: number;
  offsetBeforeMs: number;
  offsetAfterMs: number;
  /** A sentence saying what becomes of the spec's runs. */
  text: string;
  /** Occurrences that the change moves (gap) or whose local time occurs twice (overlap), epoch ms. */
  affected: number[];
}

/** An entry as if the zone's clock never changed: its local times are instants of UTC. */
interface Nominal {
  compiled: CompiledSpec;
  dst: DstPolicy;
  /** Whether it fires at the first of two readings alone, and is moved out of gaps. */
  once: boolean;
}

/** What each clock change from `fromAt` (included) to `toAt` (not) does to a spec. */
export function daylightNotes(compiled: CompiledSpec, fromAt: number, toAt: number): DaylightNote[] {
  const { spec, context, zone } = compiled;
  const nominals = nominalEntries(spec, context, zone);
  const notes: DaylightNote[] = [];
  // Asked for the last first: asking may add segments.
  zone.segmentOf(toAt);
  for (let segment = zone.segmentOf(fromAt - 1) + 1; segment < zone.segmentAt.length; segment++) {
    const at = zone.segmentAt[segment] as number;
    if (at >= toAt) break;
    const offsetBeforeMs = zone.segmentOffset[segment - 1] as number;
    const offsetAfterMs = zone.segmentOffset[segment] as number;
    const change = { at, offsetBeforeMs, offsetAfterMs };
    const local = at + Math.min(offsetBeforeMs, offsetAfterMs);
    const kind = offsetAfterMs > offsetBeforeMs ? "gap" : "overlap";
    const { words, affected } = kind === "gap" ? gapEffect(nominals, change) : overlapEffect(nominals, change);
    const window = `${clock(local)}–${clock(local + Math.abs(offsetAfterMs - offsetBeforeMs))}`;
    notes.push({
      date: dateText(Math.floor(local / DAY_MS)),
      kind,
      ...change,
      text: `${kind === "gap" ? `The clock skips ${window}` : `The clock shows ${window} twice`}: ${words}.`,
      // Bounds and exclusions may take away what the change alone would give.
      affected: [...new Set(affected)]
        .filter((instant) => nextOccurrence(compiled, instant - 1) === instant)
        .sort((a, b) => a - b),
    });
  }
  return notes;
}

interface Change {
  at: number;
  offsetBeforeMs: number;
  offsetAfterMs: number;
}

function clock(local: number): string {
  return timeOfDayText(local - Math.floor(local / DAY_MS) * DAY_MS);
}

/** Intervals in real time take no notice of the clock, so they are not among the entries. */
function nominalEntries(spec: ScheduleSpec, context: SpecContext, zone: Zone): Nominal[] {
  const base: ScheduleSpec = { timezone: "UTC", ...(spec.exclude === undefined ? {} : { exclude: spec.exclude }) };
  const ofEntries = (entries: readonly CalendarEntry[]): Nominal => {
    const [first] = entries as readonly [CalendarEntry];
    const dst = first.dst ?? spec.dst ?? "vixie";
    const once = dst === "shift" || (dst === "vixie" && hasFixedTimes(first));
    return { compiled: compileSpec({ ...base, calendar: entries }, context), dst, once };
  };
  const nominals: Nominal[] = [];
  for (const expression of listOf(spec.cron)) {
    const { entries, timezone } = parseCron(expression);
    // Another zone's clock changes on other days.
    if (timezone === undefined || getZone(timezone) === zone) nominals.push(ofEntries(entries));
  }
  for (const entry of listOf<CalendarEntry>(spec.calendar)) nominals.push(ofEntries([entry]));
  const at = listOf(spec.at);
  if (at.length > 0) {
    const dst = spec.dst ?? "vixie";
    nominals.push({ compiled: compileSpec({ ...base, at }, context), dst, once: dst !== "literal" });
  }
  for (const entry of listOf<string | IntervalEntry>(spec.interval)) {
    const { every, anchor } = typeof entry === "string" ? { every: entry, anchor: undefined } : entry;
    if (!isInDays(every)) continue;
    const written = anchor ?? spec.startAt;
    const anchorAt = written ? Date.parse(written) : context.anchorAt;
    const localAnchor = new Date(anchorAt + zone.offsetAt(anchorAt)).toISOString();
    nominals.push({
      compiled: compileSpec({ ...base, interval: { every, anchor: localAnchor } }, context),
      dst: spec.dst ?? "vixie",
      once: spec.dst !== "literal",
    });
  }
  return nominals;
}

function timesWords(locals: readonly number[]): string {
  const times = [...new Set(locals)].sort((a, b) => a - b).map(clock);
  if (times.length <= 3)
    return times.length < 2 ? times.join("") : `${times.slice(0, -1).join(", ")} and ${times.at(-1)}`;
  return `${times.length} times from ${times[0]} to ${times.at(-1)}`;
}

const NOTHING = "no run falls in it";

function gapEffect(nominals: readonly Nominal[], change: Change): { words: string; affected: number[] } {
  const from = change.at + change.offsetBeforeMs;
  const to = change.at + change.offsetAfterMs;
  const toEnd: number[] = [];
  const later: number[] = [];
  const dropped: number[] = [];
  for (const { compiled, dst, once } of nominals) {
    const skipped = occurrencesBetween(compiled, from, to);
    (dst === "shift" ? later : once ? toEnd : dropped).push(...skipped);
  }
  const runs = (list: readonly number[]) => `${timesWords(list)} ${new Set(list).size === 1 ? "runs" : "run"}`;
  const words: string[] = [];
  if (toEnd.length > 0) words.push(`${runs(toEnd)} at ${clock(to)} instead`);
  if (later.length > 0)
    words.push(`${runs(later)} at ${timesWords(later.map((local) => local + (to - from)))} instead`);
  if (dropped.length > 0) words.push(`${timesWords(dropped)} ${new Set(dropped).size === 1 ? "does" : "do"} not run`);
  const affected = [...toEnd.map(() => change.at), ...later.map((local) => local - change.offsetBeforeMs)];
  return { words: words.join("; ") || NOTHING, affected };
}

function overlapEffect(nominals: readonly Nominal[], change: Change): { words: string; affected: number[] } {
  const from = change.at + change.offsetAfterMs;
  const to = change.at + change.offsetBeforeMs;
  const once: number[] = [];
  const twice: number[] = [];
  for (const nominal of nominals) {
    const repeated = occurrencesBetween(nominal.compiled, from, to);
    (nominal.once ? once : twice).push(...repeated);
  }
  const words: string[] = [];
  if (once.length > 0)
    words.push(`${timesWords(once)} ${new Set(once).size === 1 ? "runs" : "run"} once, at the first`);
  if (twice.length > 0) words.push(`${timesWords(twice)} ${new Set(twice).size === 1 ? "runs" : "run"} both times`);
  const affected = [
    ...once.map((local) => local - change.offsetBeforeMs),
    ...twice.flatMap((local) => [local - change.offsetBeforeMs, local - change.offsetAfterMs]),
  ];
  return { words: words.join("; ") || NOTHING, affected };
}
