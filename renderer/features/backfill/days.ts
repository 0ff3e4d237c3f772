import type { BackfillDay } from "../../../shared/api/backfills.ts";
import type { ReprocessMode } from "../../../shared/domain/backfill.ts";
import { addDays } from "../../../shared/schedule/index.ts";
import { count } from "../../format/numbers.ts";

/** What stands for a day's occurrences, in the order in which bars and sentences name it. */
export const dayStates = ["completed", "failed", "active", "missed", "skipped", "cancelled", "none"] as const;
export type DayState = (typeof dayStates)[number];
export type DayCounts = Record<DayState, number>;

export const stateWords: Record<DayState, string> = {
  completed: "completed",
  failed: "failed",
  active: "on their way",
  missed: "missed",
  skipped: "skipped",
  cancelled: "cancelled",
  none: "never ran",
};

/** What would run of occurrences in these states; the engine's plan says the same once it is there. */
export function runsOf(counts: DayCounts, reprocess: ReprocessMode): number {
  const holes = counts.missed + counts.skipped + counts.cancelled + counts.none;
  if (reprocess === "none") return holes;
  return holes + counts.failed + (reprocess === "all" ? counts.completed : 0);
}

export interface DaySum extends DayCounts {
  occurrences: number;
}

/** Days added up. */
export function sumDays(days: readonly BackfillDay[]): DaySum {
  const sum: DaySum = {
    occurrences: 0,
    completed: 0,
    failed: 0,
    active: 0,
    missed: 0,
    skipped: 0,
    cancelled: 0,
    none: 0,
  };
  for (const day of days) {
    sum.occurrences += day.occurrences;
    for (const state of dayStates) sum[state] += day[state];
  }
  return sum;
}

/** "3 missed, 20 completed": the states that occur, in order. */
export function statesText(counts: Partial<DayCounts>): string {
  return dayStates
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${count(counts[state] ?? 0)} ${stateWords[state]}`)
    .join(", ");
}

export const monthOf = (date: string): string => date.slice(0, 7);

/** `YYYY-MM`, so many months later. */
export function addMonths(month: string, by: number): string {
  const index = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + by;
  return `${String(Math.floor(index / 12)).padStart(4, "0")}-${String((index % 12) + 1).padStart(2, "0")}`;
}

/** 1 is Monday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/** A month's dates in weeks; null where a week reaches beyond it. */
export function weeksOf(month: string, firstDayOfWeek: number): (string | null)[][] {
  const first = `${month}-01`;
  const lead = (weekdayOf(first) - firstDayOfWeek + 7) % 7;
  const weeks: (string | null)[][] = [];
  for (let date = addDays(first, -lead); monthOf(date) <= month; date = addDays(date, 7)) {
    weeks.push(
      Array.from({ length: 7 }, (_, n) => addDays(date, n)).map((each) => (monthOf(each) === month ? each : null)),
    );
  }
  return weeks;
}

/** The earlier of two dates or months. */
export function earliest(a: string, b: string): string {
  return a < b ? a : b;
}
