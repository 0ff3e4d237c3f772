import { z } from "zod";
import { type ImportFormat, importFormats } from "../../../../shared/api/exchange.ts";
import { createScheduleSchema } from "../../../../shared/api/schedules.ts";
import { errorCodes } from "../../../../shared/domain/errors.ts";
import { exclusionSchema } from "../../../../shared/schedule/index.ts";

/**
 * What the process that reads an import is told, in this order: a request, then the text in parts, then that it ends. It
 * answers with progress, what it has read a few pieces at a time, and last with a result or a refusal.
 */
export type ToReader = { type: "request"; request: ReadRequest } | { type: "part"; text: string } | { type: "end" };

/** A file as a part of the text that follows, so many characters of it. */
export interface SentFile {
  name: string;
  encoding: "text" | "base64";
  length: number;
}

export type ReadRequest =
  | { kind: "schedules"; format: ImportFormat; timezone: string; nowAt: number; files: SentFile[] }
  | { kind: "calendar"; name: string; nowAt: number; files: SentFile[] };

const text = (max: number) => z.string().max(max);
const line = z.strictObject({ file: text(4096), line: z.number().int(), text: text(1000), reason: text(5000) });

/** A schedule as it was read, with what could not be carried over. */
export const readScheduleSchema = z.strictObject({
  input: createScheduleSchema.required({ scheduleId: true }),
  notes: z.array(text(5000)).max(200),
  origin: text(500).nullable(),
  mailTo: text(500).nullable(),
  file: text(4096),
  line: z.number().int().nullable(),
  text: text(1000),
  words: text(20_000),
  next: z.array(z.iso.datetime()).max(3),
});

export const readCalendarSchema = z.strictObject({ name: z.string(), entries: z.array(exclusionSchema).max(500) });

/** Whatever comes from the reader is held against this: it reads what anybody may have written. */
export const fromReaderSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("progress"), done: z.number().min(0), total: z.number().min(0) }),
  z.strictObject({ type: z.literal("schedules"), schedules: z.array(z.unknown()).max(500) }),
  /** Entries of one calendar; those of a long one come in several of these. */
  z.strictObject({ type: z.literal("calendar"), calendar: z.unknown() }),
  z.strictObject({
    type: z.literal("result"),
    formats: z.array(z.enum(importFormats)).max(20),
    skipped: z.array(text(5000)).max(100_000),
    invalid: z.array(line).max(100_000),
  }),
  z.strictObject({
    type: z.literal("refused"),
    code: z.enum(errorCodes),
    message: text(10_000),
    issues: z
      .array(z.strictObject({ path: text(2000), given: z.unknown().optional(), message: text(10_000) }))
      .max(200),
  }),
]);

export type FromReader = z.input<typeof fromReaderSchema>;
export type ReadSchedule = z.output<typeof readScheduleSchema>;
