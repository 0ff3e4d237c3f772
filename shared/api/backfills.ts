import { z } from "zod";
import { backfillOrders, backfillStatuses, reprocessModes } from "../domain/backfill.ts";
import { overlapPolicies } from "../domain/schedule.ts";
import { idSchema, instantSchema } from "./schedules.ts";
import { workflowInputSchema } from "./workflowInput.ts";

const plan = {
  scheduleId: idSchema,
  from: instantSchema,
  to: instantSchema,
  reprocess: z.enum(reprocessModes).optional(),
  order: z.enum(backfillOrders).optional(),
  /** Instants that were unticked. */
  excluded: z.array(instantSchema).max(100_000).optional(),
};

export const planBackfillSchema = z.strictObject({
  ...plan,
  /** Page of items. */
  limit: z.number().int().min(0).max(5000).optional(),
  offset: z.number().int().min(0).optional(),
});
export type PlanBackfillInput = z.input<typeof planBackfillSchema>;

export const createBackfillSchema = z.strictObject({
  ...plan,
  concurrency: z.number().int().min(1).max(1000).optional(),
  overlapPolicy: z.enum(overlapPolicies).optional(),
  maxFailures: z.number().int().min(1).nullable().optional(),
  input: workflowInputSchema.optional(),
  /** Says yes to more than 1,000 runs. */
  confirmed: z.boolean().optional(),
});
/** The range of a backfill (`from` is included, `to` is not) and how its runs are made. */
export type CreateBackfillInput = z.input<typeof createBackfillSchema>;

export const listBackfillsSchema = z.strictObject({
  scheduleId: idSchema.optional(),
  status: z.enum(backfillStatuses).optional(),
  limit: z.number().int().min(1).max(1000).optional(),
  offset: z.number().int().min(0).optional(),
});

export const backfillIdSchema = z.strictObject({ backfillId: z.string().min(1).max(100) });
export const cancelBackfillSchema = z.strictObject({
  backfillId: z.string().min(1).max(100),
  /** What becomes of running ones. */
  running: z.enum(["finish", "cancel"]),
});
export const setBackfillSchema = z.strictObject({
  backfillId: z.string().min(1).max(100),
  concurrency: z.number().int().min(1).max(1000).optional(),
  maxFailures: z.number().int().min(1).nullable().optional(),
});

/** A day of the backfill calendar: occurrences by what exists for them. */
export interface BackfillDay {
  date: string;
  /** Midnight of that local day and of the next. ISO. */
  from: string;
  to: string;
  occurrences: number;
  completed: number;
  failed: number;
  missed: number;
  skipped: number;
  cancelled: number;
  active: number;
  none: number;
}
export const backfillDaysSchema = z.strictObject({ scheduleId: idSchema, from: instantSchema, to: instantSchema });

/** A range offered in one click. */
export interface BackfillPreset {
  key: string;
  label: string;
  from: string;
  to: string;
  /** Holes (missed, skipped, cancelled, never run) in it. */
  holes: number;
}
