import { type CompiledSpec, compileSpec } from "../matcher/compile.ts";
import { occurrencesBetween } from "../matcher/occurrences.ts";
import { cronZoneOf } from "../texts/cron.ts";
import { listOf } from "../texts/lists.ts";
import { parseTimeOfDay, timeOfDayText } from "../texts/timesOfDay.ts";
import type { ExcludedEntry, Exclusion, ScheduleSpec, SpecContext } from "../types.ts";
import { DAY_MS, dateOf, dateText, dayOf } from "../zone/civil.ts";
import { getZone, instantsOf } from "../zone/zone.ts";

/** Whether a spec fires at an instant. */
export function occursAt(compiled: CompiledSpec, at: number): boolean {
  return occurrencesBetween(compiled, at, at + 1, 1).length > 0;
}

const zoneOf = (spec: ScheduleSpec) => getZone(spec.timezone ?? "UTC");

/** Day and whole seconds of day of a wall clock reading (ms as if it were UTC). */
function reading(local: number): { day: number; time: number } {
  const day = Math.floor(local / DAY_MS);
  return { day, time: Math.floor((local - day * DAY_MS) / 1000) * 1000 };
}

/** An instant as `at` says it: a local time of the spec's zone. */
function singleTime(spec: ScheduleSpec, at: number): string {
  const { day, time } = reading(at + zoneOf(spec).offsetAt(at));
  return `${dateText(day)}T${timeOfDayText(time)}`;
}

/** The second of an instant as an exclusion: by the schedule's own clock, or in UTC where that clock would not say which second is meant. */
function excludedSecond(spec: ScheduleSpec, at: number): ExcludedEntry {
  const zone = zoneOf(spec);
  const local = at + zone.offsetAt(at);
  const isPlain = instantsOf(zone, local).length === 1 && listOf(spec.cron).every((text) => !cronZoneOf(text));
  const { day, time } = reading(isPlain ? local : at);
  return { ...dateOf(day), times: [timeOfDayText(time)], ...(isPlain ? {} : { timezone: "UTC" }) };
}

/** The instants that a spec excludes one by one: of occurrences that were moved or left out by themselves. */
export function excludedSeconds(spec: ScheduleSpec): number[] {
  return listOf<Exclusion>(spec.exclude).flatMap((one) => {
    if (typeof one !== "object" || !("times" in one) || one.times?.length !== 1) return [];
    const { times, timezone, ...date } = one as ExcludedEntry & { times: readonly string[] };
    const { year, month, dayOfMonth, ...more } = date as Record<string, unknown>;
    if (Object.keys(more).length > 0 || [year, month, dayOfMonth].some((part) => typeof part !== "number")) return [];
    const time = parseTimeOfDay(times[0] ?? "");
    if (time === null) return [];
    const local = dayOf(Number(year), Number(month), Number(dayOfMonth)) * DAY_MS + time;
    return instantsOf(timezone === undefined ? zoneOf(spec) : getZone(timezone), local);
  });
}

const isSame = (a: ExcludedEntry, b: Exclusion): boolean =>
  typeof b === "object" &&
  Object.keys(b).length === Object.keys(a).length &&
  Object.entries(a).every(([key, value]) => String(value) === String((b as Record<string, unknown>)[key]));

/** The spec with another list in a field; an empty one is left out. */
function withList<K extends "at" | "exclude">(
  spec: ScheduleSpec,
  field: K,
  list: ScheduleSpec[K] & readonly unknown[],
) {
  const { [field]: _, ...rest } = spec;
  return (list.length === 0 ? rest : { ...rest, [field]: list }) as ScheduleSpec;
}

/** The spec without what it fires at these instants: its single times go, of everything else these seconds are excluded. */
export function withoutInstants(spec: ScheduleSpec, context: SpecContext, instants: readonly number[]): ScheduleSpec {
  const [zone, before] = [zoneOf(spec), compileSpec(spec, context)];
  // A single time may fire each time the clock shows it: it stays for the other one.
  const isOnlyTime = (at: number) =>
    instantsOf(zone, at + zone.offsetAt(at)).every((shown) => instants.includes(shown) || !occursAt(before, shown));
  const texts = new Set(instants.filter(isOnlyTime).map((at) => singleTime(spec, at)));
  const isGone = (text: string) => texts.has(text.endsWith(":00") && text.length > 16 ? text.slice(0, 16) : text);
  const rest = withList(
    spec,
    "at",
    listOf(spec.at).filter((text) => !isGone(text)),
  );
  const compiled = compileSpec(rest, context);
  const left = instants.filter((at) => occursAt(compiled, at));
  if (left.length === 0) return rest;
  return withList(rest, "exclude", [...listOf<Exclusion>(spec.exclude), ...left.map((at) => excludedSecond(spec, at))]);
}

/** The spec that fires at these instants, too: by what it says anyway where only their exclusion was in the way, else as single times. */
export function withInstants(spec: ScheduleSpec, context: SpecContext, instants: readonly number[]): ScheduleSpec {
  const seconds = instants.map((at) => excludedSecond(spec, at));
  const open = withList(
    spec,
    "exclude",
    listOf<Exclusion>(spec.exclude).filter((one) => !seconds.some((second) => isSame(second, one))),
  );
  const compiled = compileSpec(open, context);
  const lacking = instants.filter((at) => !occursAt(compiled, at)).map((at) => singleTime(spec, at));
  return lacking.length === 0 ? open : withList(open, "at", [...listOf(spec.at), ...lacking].sort());
}
