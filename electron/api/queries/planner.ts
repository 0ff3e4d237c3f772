import type { ScheduleSummary } from "../../../shared/api/schedules.ts";
import {
  type CompiledSpec,
  compileSpec,
  countBetween,
  countByLocalDay,
  type ExclusionCalendar,
  nextOccurrence,
  occurrencesBetween,
  type ScheduleSpec,
} from "../../../shared/schedule/index.ts";
import type { PlannedSchedule, ReadModel } from "../../storage/reads/readModel.ts";
import { noSchedule } from "./scheduleRow.ts";

const bucketMinutes = 15;
const bucketMs = bucketMinutes * 60_000;
const dayMs = 86_400_000;
/** Of a schedule that has no plan. */
const none = new Uint16Array(dayMs / bucketMs);
/** The longest stretch of arithmetic between two turns of the event loop. */
const sliceMs = 8;
const pageSize = 500;
/** So few schedules are looked up one by one. */
const fewEnough = 100;
/** Compiled specs held at once while planning. */
const sharedAtMost = 500;

/** What active schedules will do, by arithmetic alone. */
export interface Planner {
  /** The next nominal instants of a schedule, ISO. Of a paused one: after its pause, or as if it were resumed now. */
  upcoming(scheduleId: string, count: number): string[];
  /** Occurrences still to come that a person has skipped, ISO. */
  skipped(scheduleId: string): string[];
  next24h(): Promise<ScheduleSummary["next24h"]>;
  /** The first planned firings of these schedules (all where left out), at most `limit`, in order. */
  firings(
    fromAt: number,
    toAt: number,
    limit: number,
    only?: ReadonlySet<string>,
  ): Promise<{ scheduleId: string; name: string; at: number }[]>;
  /**
   * Planned firings over consecutive stretches, `edges[i]` to `edges[i + 1]`: of each schedule listed, in order, or
   * told to `count` where there are more than `perSchedule` of it, or more than `limit` in all.
   */
  between(
    edges: readonly number[],
    options: {
      perSchedule: number;
      limit: number;
      /** Of these alone. */
      only?: ReadonlySet<string> | undefined;
      /** Told each such schedule once, with its firings in each stretch; the numbers are another's after the call. */
      count: (schedule: { scheduleId: string; name: string }, counts: ArrayLike<number>) => void;
      /** Told now and then how much is done, from 0 to 1; what it throws ends the planning. */
      onTurn?: (done: number) => void;
    },
  ): Promise<{ scheduleId: string; name: string; at: number }[]>;
  /** Occurrences of a schedule from `fromAt` to `toAt` (both included) in each of consecutive stretches. */
  spread(scheduleId: string, fromAt: number, toAt: number, edges: readonly number[]): number[];
  /** Occurrences a local day of a schedule's zone, whether past or to come. */
  byDay(scheduleId: string, fromAt: number, toAt: number): { date: string; count: number }[];
}

/** A schedule's counts by bucket. The compiled spec is not kept: ten thousand of them would be tens of megabytes. */
interface Kept {
  /** Changes with an edit of the schedule or a calendar, and with the window. */
  key: string;
  counts: Uint16Array;
}

/**
 * Plans over the read model. `breathe` gives other work its turn: ten thousand schedules are gone through in slices,
 * and what was computed for a schedule is kept until it is edited or the day has moved on.
 */
export function createPlanner(options: { reads: ReadModel; now: () => number; breathe: () => Promise<void> }): Planner {
  const { reads, now, breathe } = options;
  const kept = new Map<string, Kept>();

  function compile(schedule: PlannedSchedule, calendars: ReadonlyMap<string, ExclusionCalendar>): CompiledSpec | null {
    try {
      return compileSpec(JSON.parse(schedule.specText) as ScheduleSpec, {
        anchorAt: schedule.anchorAt,
        lastCompletedAt: schedule.lastCompletedAt,
        calendars,
      });
    } catch {
      // A spec that needs a zone or calendar that is gone has no plan; its own page says why.
      return null;
    }
  }

  /** Compiles for many schedules in turn: of those with the same cron or calendar spec, once. */
  function sharingCompiler(calendars: ReadonlyMap<string, ExclusionCalendar>) {
    const compiled = new Map<string, CompiledSpec | null>();
    return (schedule: PlannedSchedule): CompiledSpec | null => {
      // An interval counts from the schedule's own anchor.
      if (schedule.specText.includes('"interval"')) return compile(schedule, calendars);
      const known = compiled.get(schedule.specText);
      if (known !== undefined) return known;
      if (compiled.size >= sharedAtMost) compiled.clear();
      const own = compile(schedule, calendars);
      compiled.set(schedule.specText, own);
      return own;
    };
  }

  interface Calendars {
    /** Changes with any edit of an exclusion calendar. */
    stamp: string;
    byName: Map<string, ExclusionCalendar>;
  }

  function readCalendars(): Calendars {
    const stored = reads.exclusionCalendars();
    return {
      stamp: stored.map(({ name, updatedAt }) => `${name}@${updatedAt}`).join(),
      byName: new Map(stored.map((calendar) => [calendar.name, calendar])),
    };
  }

  /** All active schedules, or those of `only`, a page at a time and in slices of time. */
  async function* plannedSchedules(only?: ReadonlySet<string>): AsyncGenerator<PlannedSchedule> {
    if (only !== undefined && only.size <= fewEnough) {
      for (const id of reads.scheduleIds("active", [...only])) {
        const schedule = reads.plannedOne(id);
        if (schedule !== undefined) yield schedule;
      }
      return;
    }
    let since = now();
    let after = "";
    for (;;) {
      const page = reads.planned(after, pageSize);
      for (const schedule of page) {
        if (only?.has(schedule.scheduleId) !== false) yield schedule;
        if (now() - since >= sliceMs) {
          await breathe();
          since = now();
        }
      }
      if (page.length < pageSize) return;
      after = page.at(-1)?.scheduleId ?? "";
    }
  }

  /** Firings from the next one on, less those that were skipped by hand; `maxRuns` may end them. */
  function firings(
    schedule: PlannedSchedule,
    compiled: CompiledSpec,
    skips: readonly number[],
    fromAt: number,
    toAt: number,
    limit: number,
  ): number[] {
    if (schedule.nextRunAt === null) return [];
    const from = Math.max(fromAt, schedule.nextRunAt);
    if (from >= toAt) return [];
    const left = schedule.remainingRuns ?? Number.POSITIVE_INFINITY;
    const before =
      left === Number.POSITIVE_INFINITY
        ? 0
        : countBetween(compiled, schedule.nextRunAt, from) - skips.filter((at) => at < from).length;
    // After a completion-bound interval's next firing nothing is known yet.
    const known = compiled.followsCompletion ? Math.min(toAt, schedule.nextRunAt + 1) : toAt;
    const most = Math.max(0, Math.min(limit, left - before));
    if (skips.length === 0) return occurrencesBetween(compiled, from, known, most);
    const skipped = new Set(skips);
    const kept = occurrencesBetween(compiled, from, known, most + skips.length).filter((at) => !skipped.has(at));
    return kept.length > most ? kept.slice(0, most) : kept;
  }

  type Skips = ReadonlyMap<string, readonly number[]>;

  /** Occurrences from a schedule's next one on that were skipped by hand: those before it are done with. */
  function skipsOf(
    { scheduleId, nextRunAt }: PlannedSchedule,
    compiled: CompiledSpec,
    byHand: Skips,
  ): readonly number[] {
    const own = byHand.get(scheduleId);
    if (own === undefined || nextRunAt === null) return [];
    // Since an edit they may be occurrences no more.
    return own.filter((at) => at > nextRunAt && occurrencesBetween(compiled, at, at + 1, 1).length > 0);
  }

  function bucketCounts(
    schedule: PlannedSchedule,
    compiled: CompiledSpec,
    skips: readonly number[],
    fromAt: number,
  ): Uint16Array {
    const counts = new Uint16Array(dayMs / bucketMs);
    for (const at of firings(schedule, compiled, skips, fromAt, fromAt + dayMs, Number.POSITIVE_INFINITY)) {
      const bucket = Math.floor((at - fromAt) / bucketMs);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return counts;
  }

  /** Counts a schedule's firings by bucket; of those with the same spec that are due next at the same time, once. */
  function sharingCounts({ stamp, byName }: Calendars, fromAt: number): (schedule: PlannedSchedule) => Uint16Array {
    const compileShared = sharingCompiler(byName);
    const alike = new WeakMap<CompiledSpec, { nextRunAt: number | null; counts: Uint16Array }>();
    const byHand = reads.skippedByHand();
    return (schedule) => {
      const { scheduleId, revision, anchorAt, nextRunAt, remainingRuns } = schedule;
      const key = `${revision} ${anchorAt} ${stamp} ${fromAt} ${byHand.get(scheduleId)?.join() ?? ""}`;
      const found = kept.get(scheduleId);
      if (found?.key === key) return found.counts;
      const compiled = compileShared(schedule);
      if (compiled === null) return none;
      // A limited number of runs is a schedule's own, and so is what was skipped of it.
      const skips = skipsOf(schedule, compiled, byHand);
      const shared = remainingRuns === null && skips.length === 0;
      const known = shared ? alike.get(compiled) : undefined;
      const counts = known?.nextRunAt === nextRunAt ? known.counts : bucketCounts(schedule, compiled, skips, fromAt);
      if (shared) alike.set(compiled, { nextRunAt, counts });
      // Counts stay right while the next run moves inside them; a limited number of runs and one that waits do not.
      if (remainingRuns === null && !compiled.followsCompletion) kept.set(scheduleId, { key, counts });
      return counts;
    };
  }

  let running: Promise<ScheduleSummary["next24h"]> | undefined;
  let last: { strip: ScheduleSummary["next24h"]; at: number; tookMs: number } | undefined;

  async function countNext24h(): Promise<ScheduleSummary["next24h"]> {
    const startedAt = now();
    const fromAt = Math.floor(startedAt / bucketMs) * bucketMs;
    const countsOf = sharingCounts(readCalendars(), fromAt);
    const counts = new Uint32Array(dayMs / bucketMs);
    const frequent = { schedules: 0, counts: new Uint32Array(dayMs / bucketMs) };
    const seen = new Set<string>();
    for await (const schedule of plannedSchedules()) {
      seen.add(schedule.scheduleId);
      const own = countsOf(schedule);
      let total = 0;
      for (const value of own) total += value;
      const isFrequent = total > counts.length;
      if (isFrequent) frequent.schedules += 1;
      const into = isFrequent ? frequent.counts : counts;
      for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + (own[i] as number);
    }
    for (const id of kept.keys()) if (!seen.has(id)) kept.delete(id);
    const strip = {
      from: new Date(fromAt).toISOString(),
      bucketMinutes,
      counts: [...counts],
      frequent: { schedules: frequent.schedules, counts: [...frequent.counts] },
    };
    last = { strip, at: startedAt, tookMs: now() - startedAt };
    return strip;
  }

  function scheduleToPlan(scheduleId: string): { schedule: PlannedSchedule; compiled: CompiledSpec | null } {
    const schedule = reads.plannedOne(scheduleId);
    if (schedule === undefined) throw noSchedule(scheduleId);
    return { schedule, compiled: compile(schedule, readCalendars().byName) };
  }

  return {
    upcoming(scheduleId, count) {
      const { schedule, compiled } = scheduleToPlan(scheduleId);
      const left = Math.min(count, schedule.remainingRuns ?? count);
      if (compiled === null || schedule.ended || left <= 0) return [];
      const times: number[] = [];
      const skipped = new Set(reads.skippedByHandOf(scheduleId));
      let at = schedule.nextRunAt ?? nextOccurrence(compiled, Math.max(now(), (schedule.pausedUntilAt ?? 0) - 1));
      while (at !== null && times.length < left) {
        if (!skipped.has(at)) times.push(at);
        at = compiled.followsCompletion ? null : nextOccurrence(compiled, at);
      }
      return times.map((time) => new Date(time).toISOString());
    },

    skipped(scheduleId) {
      const { compiled } = scheduleToPlan(scheduleId);
      if (compiled === null) return [];
      return reads
        .skippedByHandOf(scheduleId)
        .filter((at) => at > now() && occurrencesBetween(compiled, at, at + 1, 1).length > 0)
        .map((at) => new Date(at).toISOString());
    },

    next24h() {
      // Of ten thousand schedules the strip hardly changes with one, so little of the time goes into it.
      if (last !== undefined && now() - last.at < Math.min(5000, last.tookMs * 20)) return Promise.resolve(last.strip);
      running ??= countNext24h().finally(() => {
        running = undefined;
      });
      return running;
    },

    async firings(fromAt, toAt, limit, only) {
      const compileShared = sharingCompiler(readCalendars().byName);
      const byHand = reads.skippedByHand();
      let found: { scheduleId: string; name: string; at: number }[] = [];
      const earliest = () => {
        found.sort((a, b) => a.at - b.at);
        found = found.slice(0, limit);
      };
      for await (const schedule of plannedSchedules(only)) {
        const { scheduleId, name } = schedule;
        const compiled = compileShared(schedule);
        if (compiled === null) continue;
        const skips = skipsOf(schedule, compiled, byHand);
        for (const at of firings(schedule, compiled, skips, fromAt, toAt, limit)) found.push({ scheduleId, name, at });
        if (found.length > 4 * limit) earliest();
      }
      earliest();
      return found;
    },

    async between(edges, { perSchedule, limit, only, count, onTurn }) {
      const compileShared = sharingCompiler(readCalendars().byName);
      const byHand = reads.skippedByHand();
      const { active } = reads.counts();
      let seen = 0;
      const [fromAt, toAt] = [edges[0] ?? 0, edges.at(-1) ?? 0];
      const stretches = edges.length - 1;
      const listed: { scheduleId: string; name: string; at: number }[] = [];
      /** How often a spec fires in each whole stretch, as far as one of the schedules that share it was counted. */
      const wholeStretches = new WeakMap<CompiledSpec, number[]>();
      /** Of schedules with the same spec most are due next at the same time, and so fire alike. */
      const alike = new WeakMap<CompiledSpec, { nextRunAt: number; counts: Uint32Array; sum: number }>();
      const countStretches = (compiled: CompiledSpec, nextRunAt: number): Uint32Array => {
        const known = alike.get(compiled);
        if (known?.nextRunAt === nextRunAt) return known.counts;
        const whole = wholeStretches.get(compiled) ?? [];
        wholeStretches.set(compiled, whole);
        const counts = new Uint32Array(stretches);
        for (let index = 0; index < stretches; index++) {
          const [begins, ends] = [edges[index] as number, edges[index + 1] as number];
          if (ends <= nextRunAt) continue;
          if (begins >= nextRunAt) whole[index] ??= countBetween(compiled, begins, ends);
          counts[index] = begins >= nextRunAt ? (whole[index] as number) : countBetween(compiled, nextRunAt, ends);
        }
        alike.set(compiled, { nextRunAt, counts, sum: counts.reduce((sum, each) => sum + each, 0) });
        return counts;
      };
      /** No more than a schedule has, as far as is known without going through its firings. */
      const atLeast = (compiled: CompiledSpec, nextRunAt: number): number => {
        const known = alike.get(compiled);
        if (known?.nextRunAt === nextRunAt) return known.sum;
        const whole = wholeStretches.get(compiled) ?? [];
        return whole.reduce((sum, each, index) => ((edges[index] as number) >= nextRunAt ? sum + each : sum), 0);
      };
      for await (const schedule of plannedSchedules(only)) {
        const { scheduleId, name, nextRunAt } = schedule;
        if (++seen % 100 === 0) onTurn?.(Math.min(1, seen / active));
        if (nextRunAt === null || nextRunAt >= toAt) continue;
        const compiled = compileShared(schedule);
        if (compiled === null) continue;
        const room = Math.max(0, Math.min(perSchedule, limit - listed.length));
        // What ends or waits is known by its firings alone.
        const bounded = schedule.remainingRuns !== null || compiled.followsCompletion;
        const few = bounded ? Number.POSITIVE_INFINITY : Math.max(room, stretches * 4);
        const skips = skipsOf(schedule, compiled, byHand);
        const countKept = (): Uint32Array => {
          const shared = countStretches(compiled, nextRunAt);
          return skips.length === 0 ? shared : withoutSkipped(shared, edges, skips);
        };
        if (!bounded && atLeast(compiled, nextRunAt) > few) {
          count(schedule, countKept());
          continue;
        }
        const times = firings(schedule, compiled, skips, fromAt, toAt, few + 1);
        if (times.length <= room) {
          for (const at of times) listed.push({ scheduleId, name, at });
        } else if (times.length <= few) {
          const counts = new Uint32Array(stretches);
          let index = 0;
          for (const at of times) {
            while (at >= (edges[index + 1] as number)) index++;
            counts[index] = (counts[index] as number) + 1;
          }
          count(schedule, counts);
        } else count(schedule, countKept());
      }
      return listed.sort((a, b) => a.at - b.at);
    },

    spread(scheduleId, fromAt, toAt, edges) {
      const { compiled } = scheduleToPlan(scheduleId);
      return edges
        .slice(1)
        .map((to, i) =>
          compiled === null ? 0 : countBetween(compiled, Math.max(edges[i] ?? 0, fromAt), Math.min(to, toAt + 1)),
        );
    },

    byDay(scheduleId, fromAt, toAt) {
      const { compiled } = scheduleToPlan(scheduleId);
      return compiled === null ? [] : countByLocalDay(compiled, fromAt, toAt);
    },
  };
}

/** Counts of consecutive stretches less the occurrences that were skipped; those given are other schedules', too. */
function withoutSkipped(counts: Uint32Array, edges: readonly number[], skips: readonly number[]): Uint32Array {
  const own = counts.slice();
  let index = 0;
  for (const at of skips) {
    if (at < (edges[0] ?? 0)) continue;
    while (index < own.length && at >= (edges[index + 1] as number)) index++;
    if (index === own.length) break;
    own[index] = (own[index] as number) - 1;
  }
  return own;
}
