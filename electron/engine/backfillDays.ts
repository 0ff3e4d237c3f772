import type { z } from "zod";
import type { BackfillDay, BackfillPreset, backfillDaysSchema } from "../../shared/api/backfills.ts";
import { invalidField } from "../../shared/domain/errors.ts";
import { addDays, startOfLocalDay, toLocal } from "../../shared/schedule/index.ts";
import type { BackfillStore } from "../storage/backfills.ts";
import { countByStretch, summarise } from "./backfillPlan.ts";
import { iso, resolveSchedule } from "./backfillRequest.ts";

/** A calendar shows a year; more is a mistake. */
const MOST_DAYS = 400;
const DAY_MS = 86_400_000;
/** Downtimes that are looked at for a preset. */
const DOWNTIMES = 20;
const DOWNTIMES_SHOWN = 3;

const dateOf = (zone: string, at: number): string => {
  const { year, month, day } = toLocal(zone, at);
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
};

/** What the interface's calendar shows of a schedule's past, and the ranges it offers. */
export function createBackfillDays({ store, now }: { store: BackfillStore; now: () => number }) {
  return {
    /** Local days of the schedule's zone that touch a range, up to now, with what stands for their occurrences. */
    days(input: z.input<typeof backfillDaysSchema>): BackfillDay[] {
      const { compiled, occurrences, history } = resolveSchedule(store, input.scheduleId);
      const zone = compiled.spec.timezone ?? "UTC";
      const from = Date.parse(input.from);
      const nowAt = now();
      const to = Math.min(Date.parse(input.to), nowAt);
      if (from > Date.parse(input.to)) throw invalidField("from", input.from, `an instant before to (${input.to})`);
      if (to - from > MOST_DAYS * DAY_MS) throw invalidField("to", input.to, `at most ${MOST_DAYS} days after from`);
      const dates: string[] = [];
      const startsAt: number[] = [];
      if (from < to) {
        for (let date = dateOf(zone, from); ; date = addDays(date, 1)) {
          const startAt = startOfLocalDay(zone, date);
          startsAt.push(startAt >= to ? Math.min(startAt, nowAt) : startAt);
          if (startAt >= to) break;
          dates.push(date);
        }
      }
      return countByStretch(occurrences, history, startsAt).map(({ total, counts }, index) => ({
        date: dates[index] as string,
        from: iso(startOfLocalDay(zone, dates[index] as string)),
        to: iso(startOfLocalDay(zone, addDays(dates[index] as string, 1))),
        occurrences: total,
        ...counts,
      }));
    },

    /** Ranges worth filling, each with its holes: every hole since the last success, while away, yesterday, the last 7 days. */
    presets(scheduleId: string): BackfillPreset[] {
      const { schedule, compiled, occurrences, history } = resolveSchedule(store, scheduleId);
      const zone = compiled.spec.timezone ?? "UTC";
      const nowAt = now();
      const holes = (from: number, to: number): number =>
        summarise(occurrences, history, { from, to, reprocess: "none", excluded: new Set() }).count;
      const preset = (key: string, label: string, from: number, to: number): BackfillPreset => ({
        key,
        label,
        from: iso(from),
        to: iso(to),
        holes: from < to ? holes(from, to) : 0,
      });

      const presets: BackfillPreset[] = [];
      const since = firstHole(schedule.id, schedule.created_at, nowAt);
      if (since !== null) presets.push(preset("holes", "Every hole since the last success", since, nowAt));

      const away = store.downtimes(DOWNTIMES).flatMap(({ kind, fromAt, toAt }) => {
        const label =
          kind === "asleep"
            ? "While asleep"
            : kind === "closed"
              ? "While Almanac was closed"
              : "While Almanac was held up";
        const found = preset(`downtime-${fromAt}`, label, fromAt, Math.min(toAt, nowAt));
        return found.holes > 0 ? [found] : [];
      });
      presets.push(...away.slice(0, DOWNTIMES_SHOWN));

      const today = dateOf(zone, nowAt);
      const startOf = (days: number): number => startOfLocalDay(zone, addDays(today, days));
      presets.push(preset("yesterday", "Yesterday", startOf(-1), startOf(0)));
      presets.push(preset("last-7-days", "Last 7 days", startOf(-7), nowAt));
      return presets;

      /**
       * Where the oldest hole that is on record begins, or where the schedule's runs end. A success after a gap does not
       * hide the gap: the "last success" is the last one before the first hole.
       */
      function firstHole(id: string, createdAt: number, until: number): number | null {
        for (const range of store.omitted(id, 0, until)) {
          const to = Math.min(range.lastAt + 1, until);
          const { first } = summarise(occurrences, history, {
            from: range.firstAt,
            to,
            reprocess: "none",
            excluded: new Set(),
          });
          if (range.kind === "missed" && first !== null) return first;
        }
        const lastSuccess = store.lastSuccessBefore(id, until);
        const from = occurrences.next(lastSuccess ?? createdAt - 1);
        return from !== null && from < until ? from : null;
      }
    },
  };
}
