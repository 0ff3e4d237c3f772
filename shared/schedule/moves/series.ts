import { compileSpec } from "../matcher/compile.ts";
import { specToCron } from "../texts/convert.ts";
import { parseCron } from "../texts/cron.ts";
import { isInDays, parseDuration } from "../texts/duration.ts";
import { listOf } from "../texts/lists.ts";
import type { CalendarEntry, IntervalEntry, ScheduleSpec, SpecContext } from "../types.ts";
import { getZone, instantsOf, type Zone } from "../zone/zone.ts";
import { moveEntry } from "./entry.ts";
import { occursAt } from "./instants.ts";
import { MoveProblem } from "./problem.ts";

/** What of a spec fires at an instant, moved as a whole. */
export interface MovedSeries {
  spec: ScheduleSpec;
  /** What is moved, alone, before and after; and what stays, null where there is nothing. */
  was: ScheduleSpec;
  moved: ScheduleSpec;
  rest: ScheduleSpec | null;
  /** How far each occurrence goes, in ms of the clock `zone` or, where that is null, of real time. */
  byMs: number;
  zone: Zone | null;
}

type Interval = string | IntervalEntry;

const several = () => new MoveProblem("scope", "this one alone, because several of its entries fire then");

/** The bounds, exclusions and zone of a spec, without what fires. */
function frameOf({ cron: _c, calendar: _e, interval: _i, at: _a, on: _o, ...frame }: ScheduleSpec): ScheduleSpec {
  return frame;
}

function withSources(
  spec: ScheduleSpec,
  sources: Pick<ScheduleSpec, "at" | "on"> & {
    cron: readonly string[];
    calendar: readonly CalendarEntry[];
    interval: readonly Interval[];
  },
): ScheduleSpec {
  const lists = { cron: sources.cron, calendar: sources.calendar, interval: sources.interval };
  return {
    ...frameOf(spec),
    ...(Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as ScheduleSpec),
    ...(sources.at === undefined ? {} : { at: sources.at }),
    ...(sources.on === undefined ? {} : { on: sources.on }),
  };
}

const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, i) => i !== index);

/** The spec whose series that fires at `from` fires at `to` instead, and in the same way ever after and before. Throws MoveProblem. */
export function shiftSeries(spec: ScheduleSpec, context: SpecContext, from: number, to: number): MovedSeries {
  const frame = frameOf(spec);
  const fires = (part: ScheduleSpec) => occursAt(compileSpec({ ...frame, ...part }, context), from);
  const cron = listOf(spec.cron);
  const calendar = listOf<CalendarEntry>(spec.calendar);
  const interval = listOf<Interval>(spec.interval);
  const found = [
    ...cron.flatMap((text, i) => (fires({ cron: text }) ? [{ kind: "cron" as const, i }] : [])),
    ...calendar.flatMap((entry, i) => (fires({ calendar: entry }) ? [{ kind: "calendar" as const, i }] : [])),
    ...interval.flatMap((entry, i) => (fires({ interval: entry }) ? [{ kind: "interval" as const, i }] : [])),
    ...(spec.at !== undefined && fires({ at: spec.at }) ? [{ kind: "at" as const, i: 0 }] : []),
  ];
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) throw several();
  if (only.kind === "at") throw new MoveProblem("scope", "this one alone, because it comes once");
  const kept = { cron, calendar, interval, at: spec.at, on: spec.on };
  const result = (
    sources: Partial<typeof kept>,
    parts: Record<"was" | "moved", ScheduleSpec>,
    others: Partial<typeof kept>,
  ) => {
    const { on: _, ...rest } = withSources(spec, { ...kept, ...others });
    return {
      spec: withSources(spec, { ...kept, ...sources }),
      was: { ...frame, ...parts.was },
      moved: { ...frame, ...parts.moved },
      rest: Object.keys(rest).length === Object.keys(frame).length ? null : rest,
    };
  };

  if (only.kind === "interval") {
    const entry = interval[only.i] as Interval;
    const own = shiftInterval(entry, spec, context, from, to);
    // A new phase is written down; so are those of the others, which an edit would begin anew.
    const others = without(listOf<Interval>(withPhases(spec, context.anchorAt).interval), only.i);
    const parts = { was: { interval: entry }, moved: { interval: own.entry } };
    const list = [...others.slice(0, only.i), own.entry, ...others.slice(only.i)];
    return { ...result({ interval: list }, parts, { interval: others }), byMs: own.byMs, zone: own.zone };
  }

  const dst = spec.dst ?? "vixie";
  if (only.kind === "calendar") {
    const zone = getZone(spec.timezone ?? "UTC");
    const { entries, byMs } = moveEntry(calendar[only.i] as CalendarEntry, zone, from, to);
    const list = [...calendar.slice(0, only.i), ...entries, ...calendar.slice(only.i + 1)];
    const parts = { was: { calendar: calendar[only.i] as CalendarEntry }, moved: { calendar: entries } };
    return { ...result({ calendar: list }, parts, { calendar: without(calendar, only.i) }), byMs, zone };
  }

  const text = cron[only.i] as string;
  const expression = parseCron(text);
  const timezone = expression.timezone ?? spec.timezone ?? "UTC";
  const zone = getZone(timezone);
  const own = expression.entries.filter((entry) => fires({ calendar: entry, timezone }));
  const [entry] = own;
  if (entry === undefined || own.length > 1) throw several();
  const { entries, byMs } = moveEntry(entry, zone, from, to);
  const all = [...expression.entries.filter((other) => other !== entry), ...entries];
  const written = specToCron({ calendar: all, timezone, dst });
  if (written.lost.length === 0) {
    const prefix = expression.timezone === undefined ? "" : `CRON_TZ=${expression.timezone} `;
    const texts = written.cron.map((one) => `${prefix}${one}`);
    const list = [...cron.slice(0, only.i), ...texts, ...cron.slice(only.i + 1)];
    const parts = { was: { cron: text }, moved: { cron: texts } };
    return { ...result({ cron: list }, parts, { cron: without(cron, only.i) }), byMs, zone };
  }
  if (expression.timezone !== undefined)
    throw new MoveProblem("scope", "this one alone, because cron cannot say the rest in a zone of its own");
  const others = { cron: without(cron, only.i) };
  const parts = { was: { cron: text }, moved: { calendar: all } };
  return { ...result({ ...others, calendar: [...calendar, ...all] }, parts, others), byMs, zone };
}

/** The spec with the phase of each interval written down, where it would follow from when it was made. */
export function withPhases(spec: ScheduleSpec, anchorAt: number): ScheduleSpec {
  if (spec.interval === undefined || spec.startAt) return spec;
  const anchor = new Date(anchorAt).toISOString();
  const interval = listOf<Interval>(spec.interval).map((entry) =>
    typeof entry === "string" ? { every: entry, anchor } : { anchor, ...entry },
  );
  return { ...spec, interval };
}

/** An interval with another phase, by the shortest way there. */
function shiftInterval(given: Interval, spec: ScheduleSpec, context: SpecContext, from: number, to: number) {
  const entry: IntervalEntry = typeof given === "string" ? { every: given } : given;
  if (entry.from === "completion")
    throw new MoveProblem(
      "scheduledTime",
      "an occurrence with a time of its own; this one counts from the end of a run",
    );
  const everyMs = parseDuration(entry.every);
  const written = entry.anchor ?? spec.startAt ?? null;
  const anchorAt = written === null ? context.anchorAt : Date.parse(written);
  if (!isInDays(entry.every)) {
    const byMs = (to - from) % everyMs;
    return { entry: { ...entry, anchor: new Date(anchorAt + byMs).toISOString() }, byMs, zone: null };
  }
  const zone = getZone(spec.timezone ?? "UTC");
  const localOf = (at: number) => at + zone.offsetAt(at);
  const byMs = (localOf(to) - localOf(from)) % everyMs;
  const [phaseAt, again] = instantsOf(zone, localOf(anchorAt) + byMs);
  if ((localOf(from) - localOf(anchorAt)) % everyMs !== 0 || phaseAt === undefined || again !== undefined)
    throw new MoveProblem("scope", "this one alone, because the clock changes then");
  return { entry: { ...entry, anchor: new Date(phaseAt).toISOString() }, byMs, zone };
}
