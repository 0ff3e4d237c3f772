import { z } from "zod";
import { readMemory } from "../../../../shared/domain/memory.ts";
import { queuePattern } from "../../../../shared/domain/queue.ts";
import { runErrorCodes } from "../../../../shared/domain/run.ts";
import { notJsonData } from "./jsonData.ts";
import type { FromRunner } from "./protocol.ts";

/** What came was no message of a runner, or none that it may send now: code that runs there writes to its channels as it likes. */
export class ProtocolError extends Error {}

const longestLog = 4 * 1024 * 1024;
const mostInBatch = 1_000;
const latest = 8_640_000_000_000_000;

const text = (longest: number) => z.string().max(longest);
const count = z.int().min(0);
/** Epoch ms, within what a date can hold. */
export const instant = z.int().min(0).max(latest);
const data = z.unknown().superRefine((value, ctx) => {
  const problem = value === undefined ? null : notJsonData(value);
  if (problem !== null) ctx.addIssue({ code: "custom", message: problem });
});

const error = z.strictObject({
  code: z.enum(runErrorCodes),
  name: text(1_000),
  message: text(40_000),
  stack: text(80_000).optional(),
  details: z
    .record(text(1_000), z.unknown())
    .superRefine((value, ctx) => {
      const problem = notJsonData(value);
      if (problem !== null) ctx.addIssue({ code: "custom", message: problem });
    })
    .optional(),
});

/** What a runner may say of a run's end; it cannot be lost by its own word. */
export const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("completed"), at: instant, result: data, warning: text(4_000).optional() }),
  z.strictObject({ kind: z.literal("skipped"), at: instant, reason: text(4_000) }),
  z.strictObject({ kind: z.literal("failed"), at: instant, error, retryable: z.boolean() }),
  z.strictObject({ kind: z.literal("cancelled"), at: instant }),
  z.strictObject({ kind: z.literal("sleeping"), at: instant, wakeAt: instant }),
]);

export const step = z.strictObject({
  key: text(400),
  name: text(200),
  sequence: count,
  status: z.enum(["running", "completed", "failed", "sleeping"]),
  attempt: count,
  result: data.optional(),
  error: error.nullish(),
  wakeAt: instant.nullish(),
  startedAt: instant,
  completedAt: instant.nullable(),
});

const loadError = z.strictObject({
  path: text(40_000),
  line: count.nullable(),
  column: count.nullable(),
  message: text(40_000),
  stack: text(80_000).nullable(),
});
const jsonObject = z.record(z.string(), z.unknown()).superRefine((value, ctx) => {
  const problem = notJsonData(value);
  if (problem !== null) ctx.addIssue({ code: "custom", message: problem });
});
const inspection = z.strictObject({
  hash: text(1_000),
  files: z.array(text(40_000)).max(100_000),
  workflows: z
    .array(
      z.strictObject({
        name: text(128),
        description: text(100_000),
        inputSchema: jsonObject.nullable(),
        defaults: jsonObject,
        declaration: jsonObject.nullable(),
        stepNames: z.array(text(400)).max(100_000),
        queue: text(50).regex(queuePattern).nullable(),
        durable: z.boolean().optional(),
        memoryLimit: text(100)
          .refine((size) => readMemory(size) !== null)
          .nullable(),
      }),
    )
    .max(10_000),
  error: loadError.nullable(),
});

const started = z.strictObject({ type: z.literal("started"), at: instant });
const stepMessage = z.strictObject({ type: z.literal("step"), step });
const log = z.strictObject({
  type: z.literal("log"),
  at: instant,
  stream: z.enum(["stdout", "stderr", "log", "system"]),
  text: text(longestLog),
});
const ended = z.strictObject({ type: z.literal("ended"), outcome, reusable: z.boolean() });

/** What the command host says of one of its runs. */
export const hostedMessage = z.discriminatedUnion("type", [started, stepMessage, log, ended]);

const singles = [
  started,
  stepMessage,
  log,
  ended,
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({ type: z.literal("prepared") }),
  z.strictObject({ type: z.literal("spawned") }),
  z.strictObject({ type: z.literal("moduleChanged") }),
  z.strictObject({ type: z.literal("unfit") }),
  z.strictObject({ type: z.literal("pong") }),
  z.strictObject({ type: z.literal("exiting"), code: z.int() }),
  z.strictObject({ type: z.literal("secret"), id: count, name: text(1_000) }),
  z.strictObject({ type: z.literal("inspected"), inspection }),
] as const;
// By its type alone: a union that tries one after the other would check a batch as a single one first.
const schema = z.discriminatedUnion("type", [
  ...singles,
  z.strictObject({
    type: z.literal("batch"),
    messages: z.array(z.discriminatedUnion("type", singles)).max(mostInBatch),
  }),
]);

/**
 * A message of a runner, checked in every part.
 * @throws ProtocolError where it is none
 */
export function parseFromRunner(value: unknown): FromRunner {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as FromRunner;
  throw new ProtocolError(`a message that is none of a runner's: ${shown(value)}`);
}

/** The beginning of what came, for the error that the run gets. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return Array.isArray(value) ? "a list" : String(value).slice(0, 100);
  }
  const { type } = value as { type?: unknown };
  return typeof type === "string" ? `of type ${JSON.stringify(type.slice(0, 100))}` : "without a type";
}
