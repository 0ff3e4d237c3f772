import { z } from "zod";
import type { MemoryLimitBy, WorkflowInfo, WorkflowLoadError } from "../domain/workflow.ts";
import { memorySchema, type OutcomeMark } from "./schedules.ts";
import { workflowInputSchema } from "./workflowInput.ts";

export const runWorkflowSchema = z.strictObject({
  name: z.string().min(1).max(200),
  input: workflowInputSchema.optional(),
});

/** `memoryLimit`: of its runs whose schedule sets none; null is what its code says, else Settings. */
export const updateWorkflowSchema = z.strictObject({
  name: z.string().min(1).max(200),
  memoryLimit: memorySchema.nullable(),
});

export const workflowPathsSchema = z.strictObject({
  paths: z
    .array(
      z
        .string()
        .min(1, "a folder or file")
        .max(4096)
        .refine((path) => !path.includes("\0"), "a path without NUL characters"),
    )
    .max(100),
});

export interface WorkflowRow extends WorkflowInfo {
  schedules: { scheduleId: string; name: string }[];
  /** Newest last. */
  lastRuns: OutcomeMark[];
  /** What its runs may take whose schedule says nothing (`512MiB`, `none`), and who has set it. */
  memory: { limit: string; by: Exclude<MemoryLimitBy, "schedule"> };
}

export interface WorkflowsPage {
  workflows: WorkflowRow[];
  errors: WorkflowLoadError[];
  /** Folders and files that are loaded. */
  paths: string[];
}
