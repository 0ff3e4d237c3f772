import { z } from "zod";
import { type Health, type ScheduleGroup, scheduleGroups } from "../domain/health.ts";
import { parseMemory } from "../domain/memory.ts";
import { queuePattern, queueTaken } from "../domain/queue.ts";
import type { Schedule } from "../domain/schedule.ts";
import {
  activityKinds,
  catchupPolicies,
  keepRunsChoices,
  overlapPolicies,
  scheduleStatuses,
} from "../domain/schedule.ts";
import { type NamedSchedule, scheduleSpecSchema } from "../schedule/index.ts";
import { readDuration, readTimeLimit } from "../schedule/texts/duration.ts";
import type { ScheduleSpec } from "../schedule/types.ts";
import { poolNameSchema } from "./pools.ts";
import { ratioWindows, sortKeys } from "./scheduleOrders.ts";
import { workflowInputSchema } from "./workflowInput.ts";

/** Ids: what may stand in a URL, a file name and a command line without quoting. */
export const idSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    "letters, digits, '.', '_' and '-', at most 128, starting with a letter or digit",
  );

/** A duration such as `10s` or `1h30m`. */
export const durationSchema = z.string().superRefine((text, ctx) => {
  const read = readDuration(text);
  if ("problem" in read) ctx.addIssue({ code: "custom", message: read.problem });
});

/** How long a run may take. */
export const timeLimitSchema = z.string().superRefine((text, ctx) => {
  const read = readTimeLimit(text);
  if ("problem" in read) ctx.addIssue({ code: "custom", message: read.problem });
});

/** A size such as `512MiB`; `none`. */
export const memorySchema = z.string().superRefine((text, ctx) => {
  try {
    parseMemory(text);
  } catch (error) {
    ctx.addIssue({ code: "custom", message: error instanceof Error ? error.message : "a size such as 512MiB" });
  }
});

/** An instant: ISO 8601 with a zone; kept as UTC. */
export const instantSchema = z.iso.datetime({ offset: true, error: "an instant such as 2026-01-31T09:00:00Z" });

/** Text that comes back from the database as it went in: no NUL, no half of a surrogate pair. */
const text = (max: number) =>
  z
    .string()
    .max(max, `at most ${max} characters are allowed`)
    .refine((s) => !s.includes("\0"), "text without NUL characters is expected")
    .refine((s) => !/\p{Surrogate}/u.test(s), "text of whole characters is expected (this holds half of one)");

/** Whose workers take a run, such as `gpu`. */
export const queueNameSchema = z.string().regex(queuePattern, queueTaken);

const policies = {
  overlapPolicy: z.enum(overlapPolicies),
  catchup: z.enum(catchupPolicies),
  catchupWindow: durationSchema,
  timeout: timeLimitSchema.nullable(),
  memoryLimit: memorySchema.nullable(),
  keepRuns: z.enum(keepRunsChoices),
  slowAfter: durationSchema.nullable(),
  dueBy: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 06:00")
    .nullable(),
  pools: z.array(poolNameSchema).max(20),
  queue: queueNameSchema.nullable(),
  maxAttempts: z.number().int().min(1).max(100),
  retryDelay: durationSchema,
  maxRuns: z.number().int().min(1).nullable(),
  pauseOnFailure: z.number().int().min(1).max(1000).nullable(),
  recoverOnWorkerLoss: z.boolean(),
  maxRecoveryAttempts: z.number().int().min(0).max(100),
  note: text(10_000).nullable(),
  tags: z.array(text(64).min(1)).max(50),
};

/** Defaults of everything a new schedule may leave out. */
export const scheduleDefaults = {
  input: {} as unknown,
  overlapPolicy: "skip",
  catchup: "none",
  catchupWindow: "7d",
  timeout: null,
  memoryLimit: null,
  keepRuns: "all",
  slowAfter: null,
  dueBy: null,
  pools: [] as string[],
  queue: null,
  maxAttempts: 1,
  retryDelay: "10s",
  maxRuns: null,
  pauseOnFailure: null,
  /** For workflow code that keeps its steps; what keeps none is never done twice unasked (`recoversByDefault`). */
  recoverOnWorkerLoss: true,
  maxRecoveryAttempts: 3,
  note: null,
  tags: [] as string[],
} as const;

export const createScheduleSchema = z.strictObject({
  /** Made from the name where left out. */
  scheduleId: idSchema.optional(),
  name: text(200).min(1).optional(),
  workflowName: text(200).min(1),
  spec: scheduleSpecSchema,
  input: workflowInputSchema.optional(),
  ...z.object(policies).partial().shape,
  paused: z.boolean().optional(),
});
/** A new schedule: its workflow and its spec have to be given, the rest has defaults. */
export type CreateScheduleInput = z.input<typeof createScheduleSchema>;

export const updateScheduleSchema = z.strictObject({
  scheduleId: idSchema,
  /** The revision the edit began from; an older one is refused with CONFLICT. */
  revision: z.number().int().optional(),
  name: text(200).min(1).optional(),
  workflowName: text(200).min(1).optional(),
  spec: scheduleSpecSchema.optional(),
  input: workflowInputSchema.optional(),
  ...z.object(policies).partial().shape,
});
/** Changes of a schedule; what is left out stays. */
export type UpdateScheduleInput = z.input<typeof updateScheduleSchema>;

export const listSchedulesSchema = z.strictObject({
  status: z.enum(scheduleStatuses).optional(),
  workflowName: z.string().optional(),
  tag: z.string().optional(),
  /** Only schedules in this condition. */
  condition: z.enum(["attention", "running", "failing", "missed"]).optional(),
  /** With `sort: "need"`: groups that are left out of the rows, though not of the counts. */
  collapsed: z.array(z.enum(scheduleGroups)).max(scheduleGroups.length).optional(),
  search: z.string().max(500).optional(),
  /** `need`: what needs attention first, then what runs, what is next, paused and ended ones; `match`: what fits the search best first. */
  sort: z.enum([...sortKeys, "match"]).optional(),
  descending: z.boolean().optional(),
  ratioWindow: z.enum(ratioWindows).optional(),
  limit: z.number().int().min(1).max(1000).optional(),
  offset: z.number().int().min(0).optional(),
});
/** Which schedules a list is of. */
export const scheduleFilterSchema = listSchedulesSchema.pick({
  status: true,
  workflowName: true,
  tag: true,
  condition: true,
  search: true,
});
/** Which schedules, in which order, and which page of them. */
export type ListSchedulesInput = z.input<typeof listSchedulesSchema>;

/** One of the last outcomes in a row's strip, oldest first. */
export interface OutcomeMark {
  runId: string | null;
  outcome:
    | "completed"
    /** Completed, with something to look at. */
    | "warning"
    | "failed"
    | "running"
    | "missed"
    | "skipped"
    | "cancelled"
    | "interrupted"
    | "waiting";
  /** ISO. */
  at: string;
  backfilled: boolean;
  /** For a missed or skipped range: how many. */
  count: number;
}

/** Success ratio over a window: `completed of (completed + failed)`. */
export interface SuccessRatio {
  completed: number;
  counted: number;
  window: (typeof ratioWindows)[number];
}

/** A schedule with what its page shows beside it. */
export interface ScheduleRow extends Schedule {
  /** The spec in words. */
  specText: string;
  /** IANA name of the zone that its spec is in. */
  timezone: string;
  ratio: SuccessRatio;
  outcomes: OutcomeMark[];
  health: Health;
  /** ISO: since when its longest run goes on; null where none does. */
  runningSince: string | null;
  /** ISO: since when a live run of it waits for room; null where none does. */
  queuedSince: string | null;
  /** Missed occurrences that nothing has filled yet, and their range. */
  holes: { count: number; from: string; to: string } | null;
  /** Phase of intervals without an anchor, epoch ms. */
  anchorAt: number;
  /** The schedules that it comes after. */
  follows: FollowedSchedule[];
}

/** What stands in a row of the schedule list, and nothing else: a list is asked for at each key of a search. */
export interface ListedSchedule
  extends Pick<
    ScheduleRow,
    | "scheduleId"
    | "name"
    | "workflowName"
    | "status"
    | "tags"
    | "note"
    | "specText"
    | "timezone"
    | "nextRunTime"
    | "lastRunAt"
    | "pausedUntil"
    | "pausedBy"
    | "consecutiveFailures"
    | "bufferedCount"
    | "runningRunIds"
    | "waitingFor"
    | "runningSince"
    | "queuedSince"
    | "ratio"
    | "health"
    | "holes"
    | "follows"
  > {
  /** Events start it. */
  onEvents: boolean;
  /** The last outcomes, see outcomeStrip.ts. */
  strip: string;
}

/** A schedule that another comes after; one that is gone starts it no more. */
export interface FollowedSchedule extends NamedSchedule {
  gone: boolean;
}

export interface ScheduleListPage<Row = ScheduleRow> {
  rows: Row[];
  /** How many match in all, those of collapsed groups left out. */
  total: number;
  /** With `sort: "need"`: the groups that have any, in order, collapsed ones too. */
  groups?: { group: ScheduleGroup; count: number }[];
}

/** The tiles above the list. */
export interface ScheduleSummary {
  active: number;
  paused: number;
  ended: number;
  /** What a list by need has under its first heading. */
  attention: number;
  running: number;
  failing: number;
  missed: number;
  /**
   * Occurrences in each 15 minutes of the next 24 hours, from `from`. Schedules that fire more often than once in such a
   * stretch are `frequent` and not among them: they would hide what is rare.
   */
  next24h: { from: string; bucketMinutes: number; counts: number[]; frequent: { schedules: number; counts: number[] } };
  tags: string[];
  workflows: string[];
}

export const triggerScheduleSchema = z.strictObject({
  scheduleId: idSchema,
  input: workflowInputSchema.optional(),
  /** Starts it although a run is active and the policy is `skip`. */
  force: z.boolean().optional(),
  /** The scheduled time that the run is told: as if it had fired then. Not in the future. */
  asOf: instantSchema.optional(),
});

export const pauseScheduleSchema = z.strictObject({
  scheduleId: idSchema,
  note: text(10_000).optional(),
  until: instantSchema.optional(),
});

export const skipNextSchema = z.strictObject({ scheduleId: idSchema, scheduledTime: instantSchema });

export const bulkSchema = z.strictObject({
  scheduleIds: z.array(idSchema).min(1).max(100_000),
  action: z.enum(["pause", "resume", "delete", "restore", "add_tag", "remove_tag"]),
  tag: text(64).min(1).optional(),
  note: text(10_000).optional(),
  /** `delete`: also where others come after one of them, which start no more. */
  confirmed: z.boolean().optional(),
});

/** A day of the year heat map, in the schedule's zone. */
export interface HeatDay {
  date: string;
  planned: number;
  completed: number;
  failed: number;
  missed: number;
  skipped: number;
  cancelled: number;
  running: number;
  backfilled: number;
}

export const scheduleIdSchema = z.strictObject({ scheduleId: idSchema });
/** `confirmed`: also where others come after it, which start no more. */
export const deleteScheduleSchema = z.strictObject({ scheduleId: idSchema, confirmed: z.boolean().optional() });
export const upcomingSchema = z.strictObject({ scheduleId: idSchema, count: z.number().int().min(1).max(1000) });
/** What fires next over all schedules: so far ahead, so many at most. */
export const upcomingOfAllSchema = z.strictObject({
  hours: z
    .number()
    .int()
    .min(1)
    .max(24 * 366),
  limit: z.number().int().min(1).max(10_000),
});
/** What a history is asked for; `skipped_by_hand` are those of `skipped` that somebody asked for. */
export const activityFilters = [...activityKinds, "skipped_by_hand"] as const;
export type ActivityFilter = (typeof activityFilters)[number];

export const activitySchema = z.strictObject({
  scheduleId: idSchema.optional(),
  limit: z.number().int().min(1).max(1000).optional(),
  /** Only events older than this one. */
  before: z.number().int().optional(),
  /** Of a schedule: only these kinds. */
  kinds: z.array(z.enum(activityFilters)).min(1).max(activityFilters.length).optional(),
});
export const omissionsSchema = z.strictObject({
  scheduleId: idSchema,
  limit: z.number().int().min(1).max(10_000).optional(),
});
export const heatmapSchema = z.strictObject({ scheduleId: idSchema, year: z.number().int().min(1970).max(2200) });
export const trendSchema = z.strictObject({
  scheduleId: idSchema,
  limit: z.number().int().min(1).max(1000).optional(),
});
export const specsSchema = z.strictObject({ exclude: idSchema.optional() });

/** One point of a schedule's duration trend, oldest first. */
export interface TrendPoint {
  runId: string;
  scheduledTime: string | null;
  startedAt: string;
  durationMs: number;
  status: "completed" | "failed";
}

/** What the editor needs to see which other schedules fire at the same times. */
export interface ScheduleSpecRow {
  scheduleId: string;
  name: string;
  spec: ScheduleSpec;
  /** Phase of intervals without an anchor, epoch ms. */
  anchorAt: number;
}
