import type { z } from "zod";
import type { BackfillDay, BackfillPreset, backfillDaysSchema } from "../../../../shared/api/backfills.ts";
import { invalidField } from "../../../../shared/domain/errors.ts";
import { addDays, startOfLocalDay, toLocal } from "../../../../shared/schedule/index.ts";
import type { BackfillStore } from "../../../storage/tables/backfills.ts";
import type { InTurns } from "../../turns.ts";
import { countByStretch, type PlanSummary, summarise } from "./plan.ts";
import { iso, pastUntil, resolveSchedule } from "./request.ts";

/** A calendar shows a year; more is a mistake. */
const MOST_DAYS = 400;
const DAY_MS = 86_400_000;
/** Downtimes that are looked at for a preset. */
const DOWNTIMES = 20;
const DOWNTIMES_SHOWN = 3;

const awayLabels = {
  asleep: "While asleep",
  closed: "While Almanac was closed",
  stalled: "While Almanac was held up",
};

const dateOf = (zone: string, at: number): string => {
  const { year, month, day } = toLocal(zone, at);
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
};

export interface BackfillDaysOptions {
  store: BackfillStore;
  now: () => number;
  /** Does long work a turn at a time. */
  turns: <T>(work: InTurns<T>) => Promise<T>;
}

/** What the interface's calendar shows of a schedule's past, and the ranges it offers. */
export function createBackfillDays({ store, now, turns }: BackfillDaysOptions) {
  return {
    /** Local days of the schedule's zone that touch a range, up to now, with what stands for their occurrences. */
    async days(input: z.input<typeof backfillDaysSchema>): Promise<BackfillDay[]> {
      const { schedule, compiled, occurrences, history } = resolveSchedule(store, input.scheduleId);
      const zone = compiled.spec.timezone ?? "UTC";
      const from = Date.parse(input.from);
      const until = pastUntil(schedule, now());
      const to = Math.min(Date.parse(input.to), until);
      if (from > Date.parse(input.to)) throw invalidField("from", input.from, `an instant before to (${input.to})`);
      if (to - from > MOST_DAYS * DAY_MS) throw invalidField("to", input.to, `at most ${MOST_DAYS} days after from`);
      const dates: string[] = [];
      const startsAt: number[] = [];
      if (from < to) {
        for (let date = dateOf(zone, from); ; date = addDays(date, 1)) {
          const startAt = startOfLocalDay(zone, date);
          startsAt.push(startAt >= to ? Math.min(startAt, until) : startAt);
          if (startAt >= to) break;
          dates.push(date);
        }
      }
      return (await turns(countByStretch(occurrences, history, startsAt))).map(({ total, counts }, index) => ({
        date: dates[index] as string,
        from: iso(startOfLocalDay(zone, dates[index] as string)),
        to: iso(startOfLocalDay(zone, addDays(dates[index] as string, 1))),
        occurrences: total,
        ...counts,
      }));
    },

    /** Ranges worth filling, each with its holes: every hole since the last success, while away, yesterday, the last 7 days, today included. */
    async presets(scheduleId: string): Promise<BackfillPreset[]> {
      const { schedule, compiled, occurrences, history } = resolveSchedule(store, scheduleId);
      const zone = compiled.spec.timezone ?? "UTC";
      const nowAt = pastUntil(schedule, now());
      const summary = (from: number, to: number): Promise<PlanSummary> =>
        turns(summarise(occurrences, history, { from, to, reprocess: "none", excluded: new Set() }));
      const preset = async (key: string, label: string, from: number, to: number): Promise<BackfillPreset> => ({
        key,
        label,
        from: iso(from),
        to: iso(to),
        holes: from < to ? (await summary(from, to)).count : 0,
      });

      /**
       * Where the oldest missed occurrence that nothing has filled is, else what follows the last success. A success
       * after a gap does not hide the gap: the "last success" is the last one before the first hole.
       */
      const firstHole = async (): Promise<number | null> => {
        for (const range of store.omitted(schedule.id, 0, nowAt)) {
          if (range.kind !== "missed") continue;
          const { first } = await summary(range.firstAt, Math.min(range.lastAt + 1, nowAt));
          if (first !== null) return first;
        }
        return occurrences.next(store.lastSuccessBefore(schedule.id, nowAt) ?? schedule.created_at - 1);
      };

      const presets: BackfillPreset[] = [];
      const since = await firstHole();
      if (since !== null && since < nowAt) {
        const hasSucceeded = store.lastSuccessBefore(schedule.id, nowAt) !== null;
        const label = hasSucceeded ? "Every hole since the last success" : "Every hole so far";
        const found = await preset("holes", label, since, nowAt);
        // "No holes" since a success that never came says nothing.
        if (hasSucceeded || found.holes > 0) presets.push(found);
      }
      let shown = 0;
      for (const { kind, fromAt, toAt } of store.downtimes(DOWNTIMES)) {
        if (shown === DOWNTIMES_SHOWN) break;
        const found = await preset(`downtime-${fromAt}`, awayLabels[kind], fromAt, Math.min(toAt, nowAt));
        if (found.holes === 0) continue;
        shown += 1;
        presets.push(found);
      }
      const today = dateOf(zone, nowAt);
      const startOf = (days: number): number => startOfLocalDay(zone, addDays(today, days));
      presets.push(await preset("yesterday", "Yesterday", startOf(-1), startOf(0)));
      presets.push(await preset("last-7-days", "Last 7 days", startOf(-6), nowAt));
      return presets;
    },
  };
}
