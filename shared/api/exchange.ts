import { z } from "zod";
import { scheduleSpecSchema } from "../schedule/index.ts";
import type { ScheduleSpec } from "../schedule/types.ts";
import { createScheduleSchema, idSchema } from "./schedules.ts";

export const exportSchema = z.strictObject({
  format: z.enum(["json", "yaml"]),
  scheduleIds: z.array(idSchema).max(100_000).optional(),
});

/** A longer text is not read at all. */
export const MAX_IMPORT_BYTES = 5_000_000;

/** Whose files are taken; `auto` finds out. `json` and `yaml` are our own, and what is found out to be another's. */
export const importFormats = [
  "auto",
  "json",
  "yaml",
  "crontab",
  "systemd",
  "launchd",
  "taskscheduler",
  "kubernetes",
  "github",
] as const;
export type ImportFormat = (typeof importFormats)[number];

const tooLong = `at most ${MAX_IMPORT_BYTES / 1_000_000} MB`;
/** Made by whoever imports. */
const undoId = z.string().min(1).max(100);
const fileName = z.string().max(4096, "at most 4096 characters are allowed");
const importFileSchema = z.union([
  z.strictObject({ name: fileName, text: z.string().max(MAX_IMPORT_BYTES, tooLong) }),
  /** What is no text in UTF-8. */
  z.strictObject({ name: fileName, base64: z.string().max(Math.ceil((MAX_IMPORT_BYTES * 4) / 3) + 4, tooLong) }),
]);
export type ImportFileInput = z.input<typeof importFileSchema>;

/** What a person has scheduled by other programs of this machine. */
export interface FoundFiles {
  files: ImportFileInput[];
  /** Where was looked, and what was there, in words. */
  looked: string[];
}

/** What a person decides about one schedule of a review. */
const decisionSchema = z.strictObject({
  skip: z.boolean().optional(),
  scheduleId: idSchema.optional(),
  name: createScheduleSchema.shape.name,
  spec: scheduleSpecSchema.optional(),
  input: createScheduleSchema.shape.input,
});
export type ImportDecision = z.input<typeof decisionSchema>;

export const importSchema = z
  .strictObject({
    /** One file without a name; or `files`. */
    text: z.string().max(MAX_IMPORT_BYTES, tooLong).optional(),
    files: z.array(importFileSchema).min(1).max(1000).optional(),
    format: z.enum(importFormats).optional(),
    /** Zone of what names none; that of the machine where left out. */
    timezone: z.string().max(100).optional(),
    /** Says what would happen and writes nothing. */
    dryRun: z.boolean().optional(),
    /** Leaves out what cannot be taken, in place of refusing all of it. */
    skipInvalid: z.boolean().optional(),
    /** Makes rules that tell of failures by mail of what a crontab's `MAILTO` says; see `ImportReport.mail`. */
    mailRules: z.boolean().optional(),
    /** By which what it writes can be taken back, as long as its lines stand in the history; made up where left out. */
    undoId: undoId.optional(),
    /** By the key of a review's item. */
    decisions: z.record(z.string().max(200), decisionSchema).optional(),
  })
  .refine(({ text, files }) => (text === undefined) !== (files === undefined), "either text or files are expected")
  .refine(
    ({ files = [] }) =>
      files.reduce((sum, file) => sum + ("text" in file ? file.text.length : (file.base64.length * 3) / 4), 0) <=
      MAX_IMPORT_BYTES,
    { message: `${tooLong} in all`, path: ["files"] },
  );

/** What an import does with one schedule or exclusion calendar. */
export interface ImportItem {
  kind: "schedule" | "calendar";
  /** By which it is decided about: its id before any decision. */
  key: string;
  id: string;
  name: string;
  action: "create" | "update" | "unchanged";
  /** Fields that differ from what is stored. */
  changes: { field: string; from: unknown; to: unknown }[];
  /** What could not be carried over exactly, in words. */
  notes: string[];
  /** Of a schedule; null of a calendar. */
  schedule: ImportedSchedule | null;
}

/** What a review shows of a schedule. */
export interface ImportedSchedule {
  /** Empty where it is not known. */
  file: string;
  line: number | null;
  workflowName: string;
  input: unknown;
  spec: ScheduleSpec;
  /** The spec in words. */
  words: string;
  timezone: string;
  /** The next three occurrences. */
  next: string[];
}

export interface InvalidLine {
  /** Empty where it is not known. */
  file: string;
  /** From 1 on; 0 where the file has none. */
  line: number;
  text: string;
  reason: string;
}

/** A rule that an import can make of `MAILTO`. */
export interface MailOffer {
  /** As the crontab says it. */
  mailTo: string;
  /** How many of the import's schedules it is for. */
  schedules: number;
  /** Names of the e-mail channels that would tell; none where there is no such channel. */
  channels: string[];
  /** What the rule is called. */
  rule: string;
}

/** How far an import is: steps of a number that grows no more. */
export interface ImportProgress {
  done: number;
  total: number;
}

export interface ImportReport {
  /** Whose files they are. */
  formats: ImportFormat[];
  /** Zone of what names none. */
  timezone: string;
  items: ImportItem[];
  /** What has no counterpart here, in words. */
  skipped: string[];
  /** What cannot be taken. */
  invalid: InvalidLine[];
  /** What could be made of `MAILTO`, and with `mailRules` is. */
  mail: MailOffer[];
  /** Rules of notifications that were made, changed or removed for `mail`. */
  rules: number;
  created: number;
  updated: number;
  unchanged: number;
  /** False for a dry run. */
  written: boolean;
  /** By which it can be undone; null where nothing was to be written. */
  undoId: string | null;
  /** Ended before its end: told is what has been written until then. */
  stopped: boolean;
}

export const undoImportSchema = z.strictObject({ undoId });

/** What an import has written that can be undone. */
export interface ImportedBefore {
  at: string;
  actor: string;
  /** Schedules that it made. */
  created: number;
  /** Schedules that it changed. */
  updated: number;
  calendars: number;
  /** Rules of notifications that it made, changed or removed. */
  rules: number;
}

export const listImportsSchema = z.strictObject({
  /** At most so many, the newest. */
  limit: z.number().int().min(1).max(100).optional(),
});

/** One of the imports that can be undone. */
export interface ImportListed extends ImportedBefore {
  undoId: string;
}

/** What became of an import that was undone. */
export interface ImportUndone {
  /** Schedules that it had created. Each can be restored. */
  deleted: number;
  /** Schedules that are again as they were before it. */
  changedBack: number;
  /** Exclusion calendars that are again as they were before it, or gone. */
  calendars: number;
  /** Rules of notifications that are again as they were before it, or gone. */
  rules: number;
  /** What stays as it is, and why, in words. */
  kept: { kind: ImportItem["kind"] | "rule"; id: string; name: string; why: string }[];
}

export const icalSchema = z.strictObject({
  scheduleIds: z.array(idSchema).max(10_000).optional(),
  /** From now. */
  days: z.number().int().min(1).max(366),
});
