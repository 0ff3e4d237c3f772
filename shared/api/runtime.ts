import { z } from "zod";

export const runtimeKinds = ["local", "bullmq"] as const;
export type RuntimeKind = (typeof runtimeKinds)[number];
export const runtimeKindSchema = z.enum(runtimeKinds);

/** What executes runs, as it is chosen for a data folder. */
export interface RuntimeChoice {
  runtime: RuntimeKind;
  /** The address of Redis without its password; null where none is kept. */
  redis: string | null;
  /** What the process that fires, or this one, was started with (`--runtime`): it holds until that ends; null where the settings hold. */
  startedWith: RuntimeKind | null;
  /** Why what was chosen is not in use; null where it is. */
  problem: string | null;
  /** Whose key seals what goes over Redis: this program was given one, one is kept with the secrets, or null: there is none. */
  sharedKey: "given" | "kept" | null;
}

// The engine reads addresses and names them in its errors without their passwords: a schema here would show them.
export const testRedisSchema = z.strictObject({
  /** The one that is kept where left out. */
  redis: z.string().optional(),
});
export const sharedKeySchema = z.strictObject({
  /** Null takes it away. What it holds is looked at by whoever keeps it: a schema's error would show it. */
  key: z.string().nullable(),
});
export const chooseRuntimeSchema = z.strictObject({
  runtime: runtimeKindSchema,
  /** The one that is kept where left out. */
  redis: z.string().optional(),
});
/** Which paused queues go on: all of them, or those of a name or a workflow. */
export const resumeQueuesSchema = z.strictObject({
  queue: z.string().max(100).optional(),
  workflowName: z.string().max(500).optional(),
});
