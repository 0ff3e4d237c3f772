import { z } from "zod";
import type { AttemptRecord, Run, RunStatus, StepRecord } from "../domain/run.ts";
import { runStatuses, runTriggers } from "../domain/run.ts";
import { idSchema, instantSchema } from "./schedules.ts";
import type { LateResultView } from "./workers.ts";

export const listRunsSchema = z.strictObject({
  scheduleId: idSchema.optional(),
  backfillId: z.string().optional(),
  workflowName: z.string().optional(),
  status: z.enum(runStatuses).optional(),
  /** Only those that run, or wait for room to. */
  active: z.boolean().optional(),
  trigger: z.enum(runTriggers).optional(),
  /** By creation, from included, to not. */
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  /** By the instant they were scheduled for, else by creation; from included, to not. */
  scheduledFrom: instantSchema.optional(),
  scheduledTo: instantSchema.optional(),
  /** `newest` where left out: by creation, or by the scheduled time within a backfill. */
  order: z.enum(["newest", "oldest"]).optional(),
  limit: z.number().int().min(1).max(1000).optional(),
  /** `nextCursor` of the page before, in the same order. */
  cursor: z.string().optional(),
});
export type ListRunsInput = z.input<typeof listRunsSchema>;

export const runIdSchema = z.strictObject({ runId: z.string().min(1).max(100) });
export const retryRunSchema = z.strictObject({
  runId: z.string().min(1).max(100),
  /** With what its schedule has now (workflow, input, timeout, attempts) in the place of what the run took from it. */
  asScheduleIs: z.boolean().optional(),
});
export const cancelRunSchema = z.strictObject({
  runId: z.string().min(1).max(100),
  graceMs: z.number().int().min(0).max(3_600_000).optional(),
});
export const takeResultSchema = z.strictObject({
  runId: z.string().min(1).max(100),
  /** Which of its late results; the last where left out. */
  lateResultId: z.number().int().optional(),
});
export const runLogsSchema = z.strictObject({
  runId: z.string().min(1).max(100),
  /** Only chunks after this sequence. */
  after: z.number().int().optional(),
  limit: z.number().int().min(1).max(10_000).optional(),
});

export const runGridSchema = z.strictObject({ scheduleId: idSchema, limit: z.number().int().min(1).max(100) });

/** A run as a column of the run grid: how long it took, and what became of its attempts and steps. Times are ISO. */
export interface RunColumn {
  run: RunRow;
  /** All attempts, the last one too. */
  attempts: { attempt: number; status: RunStatus }[];
  steps: { name: string; status: StepRecord["status"]; durationMs: number | null }[];
}

/** A run in a list, with what its schedule is called (null without one). */
export interface RunRow extends Run {
  scheduleName: string | null;
  /** Its schedule has another workflow, input, timeout or number of attempts now than this run took from it. */
  scheduleChanged: boolean;
}

export interface RunPage {
  rows: RunRow[];
  /** `cursor` of the next page; null on the last. */
  nextCursor: string | null;
}

export interface RunDetail extends RunRow {
  /** Outcomes that came when it had gone on without them, oldest first. */
  lateResults: LateResultView[];
  /** The attempts before the last, which is the run's own. */
  attempts: AttemptRecord[];
  steps: StepRecord[];
}
