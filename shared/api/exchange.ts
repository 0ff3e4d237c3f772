import { z } from "zod";
import { idSchema } from "./schedules.ts";

export const exportSchema = z.strictObject({
  format: z.enum(["json", "yaml"]),
  scheduleIds: z.array(idSchema).max(100_000).optional(),
});

/** A longer text is not read at all. */
export const MAX_IMPORT_BYTES = 5_000_000;

export const importSchema = z.strictObject({
  /** JSON, YAML or a crontab. */
  text: z.string().max(MAX_IMPORT_BYTES, `at most ${MAX_IMPORT_BYTES / 1_000_000} MB`),
  format: z.enum(["auto", "json", "yaml", "crontab"]).optional(),
  /** Zone of crontab lines that name none; `UTC` where left out. */
  timezone: z.string().max(100).optional(),
  /** Says what would happen and writes nothing. */
  dryRun: z.boolean().optional(),
  /** Leaves out the lines of a crontab that cannot be taken, in place of refusing them all. */
  skipInvalid: z.boolean().optional(),
});

/** What an import does with one schedule or exclusion calendar. */
export interface ImportItem {
  kind: "schedule" | "calendar";
  id: string;
  name: string;
  action: "create" | "update" | "unchanged";
  /** Fields that differ from what is stored. */
  changes: { field: string; from: unknown; to: unknown }[];
  /** What could not be carried over exactly, in words. */
  notes: string[];
}

export interface InvalidLine {
  /** From 1 on. */
  line: number;
  text: string;
  reason: string;
}

/** How far an import is: steps of a number that grows no more. */
export interface ImportProgress {
  done: number;
  total: number;
}

export interface ImportReport {
  items: ImportItem[];
  /** Lines that have no counterpart here, in words. */
  skipped: string[];
  /** Lines of a crontab that cannot be taken. */
  invalid: InvalidLine[];
  created: number;
  updated: number;
  unchanged: number;
  /** False for a dry run. */
  written: boolean;
  /** Ended before its end: told is what has been written until then. */
  stopped: boolean;
}

export const icalSchema = z.strictObject({
  scheduleIds: z.array(idSchema).max(10_000).optional(),
  /** From now. */
  days: z.number().int().min(1).max(366),
});
