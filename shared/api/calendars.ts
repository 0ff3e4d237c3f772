import { z } from "zod";
import type { RunStatus, RunTrigger } from "../domain/run.ts";
import type { Omission } from "../domain/schedule.ts";
import type { ExclusionCalendar } from "../schedule/types.ts";

export const calendarNameSchema = z.string().min(1, "a name is taken").max(200, "at most 200 characters are taken");

/** A named exclusion calendar as it is listed. */
export interface StoredExclusionCalendar extends ExclusionCalendar {
  updatedAt: string;
  /** Schedules that name it. */
  usedBy: number;
}

export const importICalSchema = z.strictObject({
  name: calendarNameSchema,
  text: z.string().max(5_000_000, "at most 5 MB"),
});

/** A run in the calendar over all schedules. */
export interface CalendarRun {
  runId: string;
  scheduleId: string | null;
  name: string;
  /** Its nominal instant; of runs by hand, when it was created. */
  at: string;
  startedAt: string | null;
  completedAt: string | null;
  status: RunStatus;
  trigger: RunTrigger;
}

/** A range of the calendar: what ran, what will, and what did not. */
export interface CalendarRange {
  runs: CalendarRun[];
  planned: { scheduleId: string; name: string; at: string }[];
  /** Schedules too frequent to list, by local day of the schedule. */
  plannedCounts: { scheduleId: string; name: string; date: string; count: number }[];
  omissions: Omission[];
  /** True where a limit left something out. */
  truncated: boolean;
}
