import { z } from "zod";
import { tokenNameSchema } from "./access.ts";
import { idSchema } from "./schedules.ts";

export const createHookSchema = z
  .strictObject({
    name: tokenNameSchema,
    /** What it starts: one of the two. */
    scheduleId: idSchema.optional(),
    workflowName: z.string().min(1).max(200).optional(),
    /** Whether what is posted is the run's input; without it, it is not looked at. */
    takesInput: z.boolean().optional(),
  })
  .refine(({ scheduleId, workflowName }) => (scheduleId === undefined) !== (workflowName === undefined), {
    path: ["scheduleId"],
    message: "a schedule or a workflow: one of the two",
  });
/** A hook by its name. */
export const hookNameSchema = z.strictObject({ name: tokenNameSchema });
/** `input`: what is posted, where it takes any. */
export const testHookSchema = z.strictObject({ name: tokenNameSchema, input: z.unknown().optional() });

/** What starts a run from outside, without its secret. */
export interface HookInfo {
  hookId: string;
  name: string;
  scheduleId: string | null;
  workflowName: string | null;
  takesInput: boolean;
  /** Where it is posted to, at whatever address `serve` has. */
  path: string;
  /** ISO. */
  createdAt: string;
  /** The last call with its secret, and what it came to: the HTTP status, why it was refused, the run that it started. */
  lastUsedAt: string | null;
  lastStatus: number | null;
  lastSaid: string | null;
  lastRunId: string | null;
  /** How many calls have started a run, were refused one, came more often than they may. */
  started: number;
  refused: number;
  limited: number;
  /** Calls without its secret. */
  wrongSecrets: number;
  wrongSecretAt: string | null;
}

/** What a call that tests a hook came to. */
export interface HookTest {
  status: number;
  /** The run that it has started; null where it was refused, and `said` why. */
  runId: string | null;
  said: string;
  tookMs: number;
  /** Where it was posted to. */
  origin: string;
}

/** With its secret, which is shown once. */
export interface CreatedHook extends HookInfo {
  token: string;
}
