import { compileSpec } from "../matcher/compile.ts";
import { countBetween, occurrencesBetween } from "../matcher/occurrences.ts";
import { listOf } from "../texts/lists.ts";
import type { IntervalEntry, ScheduleSpec, SpecContext } from "../types.ts";
import { DAY_MS } from "../zone/civil.ts";
import { instantsOf } from "../zone/zone.ts";
import { excludedSeconds, occursAt, withInstants, withoutInstants } from "./instants.ts";
import { MoveProblem } from "./problem.ts";
import { type MovedSeries, shiftSeries } from "./series.ts";

/** What is moved with an occurrence: nothing else, what comes after it, or all that is still to come. */
export const moveScopes = ["this", "later", "all"] as const;
export type MoveScope = (typeof moveScopes)[number];

/** An occurrence that is still to come, and where to (epoch ms, a whole second). */
export interface Move {
  scheduledTime: number;
  to: number;
  scope: MoveScope;
}

/**
 * The spec in which an occurrence is moved. Every occurrence to come then comes once, at its old time or at its new one:
 * none is lost because its new time has passed, and none that has come comes again. What lies after `doneAt` is to come,
 * also where that is before `now`, since jitter may hold it back. Throws MoveProblem.
 */
export function moveOccurrence(
  spec: ScheduleSpec,
  context: SpecContext,
  move: Move,
  now: number,
  doneAt = now,
): ScheduleSpec {
  const { scheduledTime: from, to, scope } = move;
  const compiled = compileSpec(spec, context);
  if (from <= now || !occursAt(compiled, from))
    throw new MoveProblem("scheduledTime", "an occurrence that is still to come");
  if (to <= now || to % 1000 !== 0) throw new MoveProblem("to", "a time that is still to come, of whole seconds");
  if (to < compiled.startAt || to >= compiled.endAt)
    throw new MoveProblem("to", "a time between the first and the last that may fire");
  if (occursAt(compiled, to)) throw new MoveProblem("to", "a time at which it does not fire anyway");
  return scope === "this" ? moveOne(spec, context, from, to) : moveSeries(spec, context, move, now, doneAt);
}

const excluded = () => new MoveProblem("to", "a time that is not excluded, and that the clock shows once");

function moveOne(spec: ScheduleSpec, context: SpecContext, from: number, to: number): ScheduleSpec {
  const before = compileSpec(spec, context);
  if (before.followsCompletion && !occursAt(compileSpec(withoutCompletion(spec), context), from))
    throw new MoveProblem(
      "scheduledTime",
      "an occurrence with a time of its own; this one counts from the end of a run",
    );
  const moved = withInstants(withoutInstants(spec, context, [from]), context, [to]);
  const after = compileSpec(moved, context);
  // All the others stay: between these two, and on either side of them.
  const marks = [
    Math.min(from, to) - 3 * DAY_MS,
    Math.min(from, to),
    Math.max(from, to),
    Math.max(from, to) + 3 * DAY_MS,
  ];
  const stay = [0, 1, 2].every((i) => {
    const [low, high] = [(marks[i] as number) + (i === 0 ? 0 : 1), marks[i + 1] as number];
    return countBetween(before, low, high) === countBetween(after, low, high);
  });
  // What the clock shows twice may fire twice: as many as before, yet others.
  const near = [from, to].every((at) => {
    const [was, is] = [before, after].map((compiled) =>
      occurrencesBetween(compiled, at - slackMs, at + slackMs + 1).filter((other) => other !== from && other !== to),
    );
    return String(was) === String(is);
  });
  if (!stay || !near || occursAt(after, from) || !occursAt(after, to)) throw excluded();
  return moved;
}

/** The spec without what waits for runs to end; nothing else of it changes. */
function withoutCompletion(spec: ScheduleSpec): ScheduleSpec {
  const { interval, ...rest } = spec;
  const timed = listOf<string | IntervalEntry>(interval).filter(
    (entry) => typeof entry === "string" || entry.from !== "completion",
  );
  return { ...rest, interval: timed };
}

/** More single times and exclusions than this are nothing a person would keep. */
const mostSingles = 100;
const mostLooked = 20_000;
/** A clock changes by no more. */
const slackMs = 3 * 3_600_000;
/** So far ahead it is looked whether what is moved meets what stays. */
const aheadMs = 400 * DAY_MS;

function moveSeries(spec: ScheduleSpec, context: SpecContext, move: Move, now: number, doneAt: number): ScheduleSpec {
  const series = shiftSeries(spec, context, move.scheduledTime, move.to);
  const before = compileSpec(spec, context);
  const after = compileSpec(series.spec, context);
  refuseMeetings(spec, series, context, now);

  // What comes before `first` keeps its time, and so does what would have had to come already.
  const first = move.scope === "all" ? doneAt + 1 : move.scheduledTime;
  const end = Math.max(first, now) + Math.abs(series.byMs) + slackMs;
  const begin = doneAt + 1;
  if (countBetween(before, begin, end) + countBetween(after, begin, end) > mostLooked) throw tooMany();
  const old = occurrencesBetween(before, begin, end);
  const fresh = occurrencesBetween(after, begin, end);
  const [wasOld, isFresh] = [new Set(old), new Set(fresh)];
  const kept = old.filter((at) => !isFresh.has(at) && (at < first || placeOf(series, at, 1) <= now));
  // What was moved by itself or left out stays so: the place that the series gives it now is empty, too.
  const empty = excludedSeconds(spec)
    .filter((at) => at >= first && firesAlone(series.was, context, at))
    .map((at) => placeOf(series, at, 1))
    .filter((at) => occursAt(after, at) && !occursAt(before, at));
  const isDropped = (at: number) => at <= now || placeOf(series, at, -1) < first || empty.includes(at);
  const dropped = fresh.filter((at) => !wasOld.has(at) && isDropped(at));
  const out = [...new Set([...dropped, ...empty])];
  if (kept.length + out.length > mostSingles) throw tooMany();
  let moved = series.spec;
  if (out.length > 0) moved = withoutInstants(moved, context, out);
  if (kept.length > 0) moved = withInstants(moved, context, kept);

  const gone = new Set(dropped);
  const wanted = [...fresh.filter((at) => !gone.has(at)), ...kept].sort((a, b) => a - b);
  const got = compileSpec(moved, context);
  const isRight = occurrencesBetween(got, begin, end).every((at, i) => at === wanted[i]);
  if (!isRight || countBetween(got, begin, end) !== wanted.length || !occursAt(got, move.to)) throw excluded();
  return moved;
}

/** Whether a series would fire at an instant but for the exclusion of that very second. */
const firesAlone = (series: ScheduleSpec, context: SpecContext, at: number): boolean =>
  withInstants(series, context, [at]).at === undefined;

const tooMany = () =>
  new MoveProblem(
    "scope",
    `this one alone or all, because more than ${mostSingles} others would keep their time before it`,
  );

/** Where the clock stands so far from an instant (ms): the moved occurrence's place, or the place it came from. */
function placeOf({ zone, byMs }: MovedSeries, at: number, sign: 1 | -1): number {
  if (zone === null) return at + sign * byMs;
  const local = at + zone.offsetAt(at) + sign * byMs;
  return instantsOf(zone, local)[0] ?? at + sign * byMs;
}

/** Two occurrences at one instant are one: a move that makes them meet would lose the other. */
function refuseMeetings(spec: ScheduleSpec, series: MovedSeries, context: SpecContext, now: number): void {
  const { was, moved, rest } = series;
  if (rest === null) return;
  const count = (of: ScheduleSpec) => countBetween(compileSpec(of, context), now + 1, now + aheadMs);
  const others = count(rest);
  if (count(moved) + others - count(series.spec) > count(was) + others - count(spec))
    throw new MoveProblem("to", "a time at which no other entry of it fires");
}
