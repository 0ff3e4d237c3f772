import { z } from "zod";
import type { WorkflowInfo, WorkflowLoadError } from "../domain/workflow.ts";
import type { OutcomeMark } from "./schedules.ts";
import { workflowInputSchema } from "./workflowInput.ts";

export const runWorkflowSchema = z.strictObject({
  name: z.string().min(1).max(200),
  input: workflowInputSchema.optional(),
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
}

export interface WorkflowsPage {
  workflows: WorkflowRow[];
  errors: WorkflowLoadError[];
  /** Folders and files that are loaded. */
  paths: string[];
}
