import { z } from "zod";
import type { RunStatus, RunTrigger } from "../domain/run.ts";
import type { Omission } from "../domain/schedule.ts";
import type { ExcludedEntry, ExclusionCalendar } from "../schedule/types.ts";
import { MAX_IMPORT_BYTES } from "./exchange.ts";
import type { Outcome } from "./outcomes.ts";

export const calendarNameSchema = z
  .string()
  .min(1, "a name is expected")
  .max(200, "at most 200 characters are allowed");

/** A named exclusion calendar as it is listed. */
export interface StoredExclusionCalendar extends ExclusionCalendar {
  updatedAt: string;
  /** Schedules that name it. */
  usedBy: number;
}

/** As it is listed, with where it is read from again each day. */
export interface ListedExclusionCalendar extends StoredExclusionCalendar {
  source: {
    url: string;
    /** When it was last read whole. */
    readAt: string | null;
    /** When that was last tried. */
    triedAt: string | null;
    /** Why the last try failed, in words: it stays as it was then. */
    problem: string | null;
  } | null;
}

export const followCalendarSchema = z.strictObject({
  name: calendarNameSchema,
  url: z.string().min(1, "an address is expected").max(2000, "at most 2000 characters are allowed"),
});

export const importICalSchema = z.strictObject({
  name: calendarNameSchema,
  text: z.string().max(MAX_IMPORT_BYTES, `at most ${MAX_IMPORT_BYTES / 1_000_000} MB`),
});

/** An iCalendar file as an exclusion calendar, not saved. */
export interface CalendarFileReading extends ExclusionCalendar {
  /** What was left out or could not be taken as it is written, in words. */
  notes: string[];
}

const dateSchema = z.iso.date({ error: "a date such as 2026-12-24 is expected" });

export const calendarContentsSchema = z.strictObject({
  name: calendarNameSchema,
  /** Both included. */
  from: dateSchema.optional(),
  to: dateSchema.optional(),
});

/** What an exclusion calendar leaves out. */
export interface CalendarContents {
  /** Whole local days. */
  dates: string[];
  /** Stretches of local time, the end left out; without a zone they are in that of each schedule. */
  windows: { from: string; to: string; timezone?: string }[];
  /** What repeats. */
  rules: ExcludedEntry[];
}

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

/** Occurrences of a schedule in one stretch of a range: what would be too much to list one by one. */
export interface CalendarCount {
  /** Null, as the name: of all schedules together that go beyond the range's limit. */
  scheduleId: string | null;
  name: string | null;
  /** Where the stretch begins. */
  at: string;
  outcome: RunStatus | Omission["kind"] | "planned";
  count: number;
}

/** A range of the calendar: what ran, what will, and what did not. Nothing of it stands both in a list and in `counts`. */
export interface CalendarRange {
  runs: CalendarRun[];
  planned: { scheduleId: string; name: string; at: string }[];
  /** Single occurrences that did not run. */
  omissions: (Omission & { name: string })[];
  counts: CalendarCount[];
  /** Schedules of which some is listed or counted by itself, and the rest only among that of all together. */
  partly: number;
  /** How long a stretch of `counts` is; a whole local day is 1440, whatever its clock does. */
  stretchMinutes: number;
}

/** What one schedule does in a day, or one workflow that was run by hand. */
export interface CalendarDayEntry {
  /** Null where it was run by hand. */
  scheduleId: string | null;
  name: string;
  /** The worst that became of any of them, and of how many it did. */
  outcome: Outcome;
  worst: number;
  count: number;
  /** The first of those that are `listed`; where none is, where the day begins. */
  at: string;
  listed: boolean;
  /** Of the only one there is: its run, and the range whose backfill fills it where it did not run. */
  runId: string | null;
  hole: { from: string; to: string } | null;
}

/** A day of the month over all schedules. */
export interface CalendarDay {
  /** `YYYY-MM-DD`, the reader's own. */
  date: string;
  counts: Partial<Record<Outcome, number>>;
  /** How many schedules have anything in it. */
  schedules: number;
  /** Those that come first: what went wrong, what has a time of its own, the rarest first, what happens often. */
  entries: CalendarDayEntry[];
  /** The instant that most schedules share; null where no three do. */
  collision: { at: string; schedules: number; names: string[] } | null;
}

export interface CalendarMonth {
  days: CalendarDay[];
}

/**
 * What a page that reads a range is told: how much is done, from 0 to 1, and in the end what it asked for. Long
 * lists are told in parts before that.
 */
export type CalendarReading<T = CalendarRange> = { done: number } | { part: Partial<T> } | { range: T };
