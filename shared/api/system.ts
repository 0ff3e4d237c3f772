import { z } from "zod";
import { passEnvironmentSetting, variablePattern, variableTaken } from "../domain/environment.ts";
import type { LongWait } from "../domain/waiting.ts";
import { workflowMemorySetting } from "../domain/workflow.ts";
import { isKnownZone } from "../schedule/index.ts";
import { baseUrlSetting } from "./notifications.ts";
import { worstFirst } from "./outcomes.ts";
import { runtimeKindSchema } from "./runtime.ts";
import { instantSchema, memorySchema, timeLimitSchema } from "./schedules.ts";
import { feedAddressSchema, publicKeySchema, updateFeedSetting, updateKeySetting, updatesSetting } from "./updates.ts";

/** What the engine is doing, and where. */
export interface SystemStatus {
  /** `owner` fires; `client` shows and edits while another process fires; `stopped` neither. */
  role: "owner" | "client" | "stopped";
  owner: { program: string; pid: number; host: string; heartbeatAt: string } | null;
  /** Why nothing fires although it should; null when all is well. */
  problem: { code: string; message: string } | null;
  /** Null where no run has waited for room for long. */
  waiting: LongWait | null;
  /** How many runs go on, in whichever process. */
  running: number;
  pollIntervalMs: number;
  runtime: {
    kind: "local" | "bullmq";
    state: "starting" | "ready" | "paused" | "degraded" | "stopped";
    message: string | null;
    workers: number;
    busy: number;
  } | null;
  dataDir: string;
  startedAt: string;
  version: string;
  /** IANA zone of the machine. */
  zone: string;
  /** BCP 47, of the machine. */
  locale: string;
  /** False in a browser: what only a desktop has is left out. */
  desktop: boolean;
}

/** A time in which occurrences could not fire, accounted for. */
export interface Downtime {
  downtimeId: number;
  kind: "closed" | "asleep" | "stalled";
  from: string;
  to: string;
  due: number;
  ran: number;
  skipped: number;
  missed: number;
  /** The schedules that missed something in it, most first. */
  perSchedule: { scheduleId: string; name: string; missed: number; from: string; to: string }[];
}

/** A copy of the database that can be gone back to. */
export interface BackupView {
  /** Its file's name in `backups/`. */
  name: string;
  path: string;
  createdAt: string;
  bytes: number;
  /** `rolling`: made as time went by; `other`: put there by somebody; the rest: made before that. */
  reason: "rolling" | "migration" | "import" | "delete" | "restore" | "other";
  /** Null where it cannot be read. */
  holds: { schedules: number; runs: number; newestChangeAt: string | null } | null;
}

/** What going back to a copy would lose. */
export interface RestorePlan {
  backup: BackupView;
  /** False where the database cannot be read: whatever was done after the copy is lost, and the rest is empty. */
  isKnown: boolean;
  /** Schedules that are not in the copy, that are otherwise in it, and that come back with it. */
  lost: { scheduleId: string; name: string }[];
  changed: { scheduleId: string; name: string }[];
  back: { scheduleId: string; name: string }[];
  /** How many runs were made after the copy. */
  runs: number;
  /** Names of what is otherwise, or not at all, in the copy. */
  settings: string[];
  calendars: string[];
}

/** The state of a data folder; `problems` is empty when all is well. */
export interface DoctorReport {
  dataDir: string;
  database: {
    path: string;
    bytes: number;
    schemaVersion: number;
    journalMode: string;
    /** `["ok"]`, or what the check found. */
    integrity: string[];
    foreignKeyViolations: number;
    schedules: number;
    runs: number;
  };
  /** The process that fires, or null. */
  owner: { program: string; pid: number; host: string; heartbeatAt: string } | null;
  runtime: string;
  /** What this machine cannot keep, in sentences. */
  limits: string[];
  /** How many go on now, and how many may. */
  runs: { running: number; runsAtOnce: number };
  versions: Record<string, string>;
  /** Copies of the database, newest first. */
  backups: BackupView[];
  /** Schedules whose counters differ from their rows. */
  countersOff: string[];
  problems: string[];
}

/** A schedule's counters before and after they were rebuilt from its runs. */
export interface Recounted {
  scheduleId: string;
  before: Record<string, number>;
  after: Record<string, number>;
}

/** A copy by its file's name in `backups/`. */
export const backupNameSchema = z.strictObject({ backup: z.string().min(1).max(255) });

export const dismissDowntimeSchema = z.strictObject({ downtimeId: z.number().int() });

const settingValue = z.json().refine((value) => JSON.stringify(value).length <= 65_536, "at most 64 KiB of JSON");
/** Settings that the program itself reads; all others are kept as they are given. */
const knownSettings: Readonly<Record<string, z.ZodType>> = {
  runsAtOnce: z.int().min(1).max(100_000),
  memoryLimitMb: z.int().min(64).max(1_048_576),
  [workflowMemorySetting]: z.record(z.string().min(1).max(200), memorySchema),
  /** How long a run may take whose schedule sets no limit; null is as long as it needs. */
  timeout: timeLimitSchema.nullable(),
  retentionDays: z.int().min(1).max(36_500),
  retentionRunsPerSchedule: z.int().min(1).max(10_000_000),
  runtime: runtimeKindSchema,
  /** Where links in messages lead; null is into the desktop program. */
  [baseUrlSetting]: z
    .url({ protocol: /^https?$/, error: "an address such as https://almanac.example.com, or null" })
    .max(2000)
    .nullable(),
  [updateFeedSetting]: feedAddressSchema.nullable(),
  [updateKeySetting]: publicKeySchema.nullable(),
  [updatesSetting]: z.boolean(),
  [passEnvironmentSetting]: z.array(z.string().max(200).regex(variablePattern, variableTaken)).max(200),
};
export const setSettingSchema = z
  .strictObject({
    key: z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,99}$/, "letters, digits, '.', '_' and '-', at most 100"),
    value: settingValue,
  })
  .superRefine(({ key, value }, ctx) => {
    // A key may be the name of what every object has.
    const known = Object.hasOwn(knownSettings, key) ? knownSettings[key] : undefined;
    for (const issue of known?.safeParse(value).error?.issues ?? []) {
      ctx.addIssue({ code: "custom", path: ["value", ...issue.path], message: issue.message });
    }
  });

const secretNameSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, "letters, digits, '_' and '-', at most 100, starting with a letter or '_'");
export const setSecretSchema = z.strictObject({
  name: secretNameSchema,
  value: z.string().min(1, "a text that is not empty").max(65_536, "at most 64 KiB"),
});
export const deleteSecretSchema = z.strictObject({ name: secretNameSchema });

/** A secret's name; its value never leaves the engine. */
export interface SecretInfo {
  name: string;
  updatedAt: string;
}

export const calendarRangeSchema = z.strictObject({
  from: instantSchema,
  to: instantSchema,
  /** IANA zone whose days are counted by; UTC where left out. */
  zone: z.string().refine(isKnownZone, "an IANA time zone such as Europe/Berlin").optional(),
  /** Of one schedule alone, or of those that match; with a tag, a schedule's own. */
  scheduleId: z.string().max(200).optional(),
  workflowName: z.string().max(200).optional(),
  tag: z.string().max(200).optional(),
  search: z.string().max(500).optional(),
  /** Of runs, and of planned instants, each. */
  limit: z.number().int().min(1).max(20_000).optional(),
});

/** A range by days, as a month draws it. */
export const calendarMonthSchema = calendarRangeSchema.extend({
  /** Of these alone. */
  outcome: z.enum(worstFirst).optional(),
});
