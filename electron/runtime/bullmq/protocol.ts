import { z } from "zod";
import { queuePattern } from "../../../shared/domain/queue.ts";
import type { LogStream, StepRecord } from "../../../shared/domain/run.ts";
import type { RunJob } from "../../../shared/domain/workflow.ts";
import { instant, outcome, step } from "../local/messages/fromRunner.ts";
import type { RunOutcome } from "../runtime.ts";

/** Changes with what engine and workers say to each other; they take no runs of another. */
export const PROTOCOL = 2;

/** A result above this goes beside its receipt. */
export const INLINE_RESULT_BYTES = 64 * 1024;
/** How long Redis keeps what nobody has fetched (logs, results), and the ids of what was recorded. */
export const KEPT_MS = 7 * 24 * 3_600_000;
export const RECORDED_MS = 24 * 3_600_000;
export const MOST_RECORDED = 50_000;

/** One hand-over of a run: what it is called in Redis. A finished job's id is refused, so that sending twice is nothing. */
export const jobIdOf = ({ runId, epoch }: { runId: string; epoch: number }): string => `${runId}_${epoch}`;

/** Null for what is no id of ours. */
export function handOverOf(jobId: string): { runId: string; epoch: number } | null {
  const at = jobId.lastIndexOf("_");
  const epoch = Number(jobId.slice(at + 1));
  return at < 1 || !Number.isSafeInteger(epoch) || epoch < 1 ? null : { runId: jobId.slice(0, at), epoch };
}

/** BullMQ's queue for a workflow in a queue: a BullMQ worker takes any job of its queue, and ours only what they have. */
export const queueNameOf = (queue: string, workflowName: string): string =>
  `${queue}.${encodeURIComponent(workflowName)}`;

/** Null for what is no name of ours. */
export function placeOfQueue(name: string): { queue: string; workflowName: string } | null {
  const at = name.indexOf(".");
  const queue = name.slice(0, at);
  if (at < 1 || !queuePattern.test(queue)) return null;
  try {
    return { queue, workflowName: decodeURIComponent(name.slice(at + 1)) };
  } catch {
    return null;
  }
}

/** All data folders that use this Redis: id to what `folderRecord` says. */
export const FOLDERS_KEY = "almanac:folders";

/** The keys of one folder: all of one slot, so that scripts may use them together in a Cluster. */
export function keysOf(folderId: string) {
  const prefix = `{almanac:${folderId}}`;
  const of = (name: string): string => `${prefix}:-${name}`;
  return {
    /** BullMQ's. */
    prefix,
    job: (queueName: string, jobId: string): string => `${prefix}:${queueName}:${jobId}`,
    list: (queueName: string, name: "wait" | "paused" | "active" | "completed" | "failed"): string =>
      `${prefix}:${queueName}:${name}`,
    /** BullMQ's, of a queue: whether it is paused; and what became of its jobs lately. */
    meta: (queueName: string): string => `${prefix}:${queueName}:meta`,
    events: (queueName: string): string => `${prefix}:${queueName}:events`,
    /** Names of BullMQ queues that something was sent to. */
    queues: of("queues"),
    /** Worker id to what `workerRecord` says; and to when it was last heard of, by Redis's clock. */
    workers: of("workers"),
    seen: of("seen"),
    /** Job id to the grace of a run that is to stop. */
    cancels: of("cancels"),
    /** Job id to an outcome whose job is not its worker's any more. */
    returned: of("returned"),
    /** What was recorded, oldest first. */
    recorded: of("recorded"),
    /** Requests for secrets. */
    asks: of("asks"),
    answer: (nonce: string): string => of(`answer:${nonce}`),
    /** What a worker has said of a job and nobody has recorded yet: start, steps, log. */
    said: (jobId: string): string => of(`said:${jobId}`),
    result: (jobId: string): string => of(`result:${jobId}`),
    /** Finished steps of a run, whichever hand-over made them. */
    steps: (runId: string): string => of(`steps:${runId}`),
    /** Bells: what they say is only where to look. */
    engineBell: of("for-engine"),
    workerBell: of("for-workers"),
  };
}
export type Keys = ReturnType<typeof keysOf>;

const name = z.string().max(500);
const streams = ["stdout", "stderr", "log", "system"] as const satisfies readonly LogStream[];

export const folderRecord = z.object({
  name,
  protocol: z.int(),
  version: name,
  /** The short name of its key: what is sealed can be read by those alone that have the same. Null: nothing is. */
  key: name.nullable(),
  /** Which version of each workflow the engine has. */
  workflows: z.array(z.object({ name, version: name.nullable() })).max(100_000),
  seenAt: instant,
});
export type FolderRecord = z.infer<typeof folderRecord>;

export const workerRecord = z.object({
  workerId: name,
  host: name,
  pid: z.int().min(0),
  version: name,
  protocol: z.int(),
  concurrency: z.int().min(1).max(100_000),
  queues: z.array(name).max(1_000),
  workflows: z.array(z.object({ name, version: name.nullable() })).max(100_000),
  running: z.array(z.object({ jobId: name, workflowName: name, startedAt: instant })).max(100_000),
  startedAt: instant,
  draining: z.boolean(),
  /** By its own clock. */
  now: instant,
  /** It has a key, and this short name of it is the engine's too where the keys are the same. */
  key: name.nullable(),
});
export type WorkerRecord = z.infer<typeof workerRecord>;

const said = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("started"), at: instant, worker: name }),
  z.object({ kind: z.literal("step"), step }),
  z.object({
    kind: z.literal("log"),
    at: instant,
    stream: z.enum(streams),
    text: z.string().max(4 * 1024 * 1024),
    offset: z.int().min(0).optional(),
  }),
]);
export type Said =
  | { kind: "started"; at: number; worker: string }
  | { kind: "step"; step: StepRecord }
  /** `offset`: where in the run's whole log it begins, bytes. */
  | { kind: "log"; at: number; stream: LogStream; text: string; offset?: number | undefined };

const lost = z.object({ kind: z.literal("lost"), at: instant, reason: z.string().max(4_000) });
const finished = z.object({
  outcome: z.union([outcome, lost]),
  attempt: z.int().min(1),
  worker: name,
  said: z.array(said).max(10_000).optional(),
});
/** How a hand-over ended, who executed it, and what was said last. */
export interface Finished {
  outcome: RunOutcome;
  attempt: number;
  worker: string;
  said?: Said[];
}

/** What stands in a completed job: the outcome, or that it lies beside it. */
export const receipt = z.union([z.object({ finished: z.string() }), z.object({ beside: z.literal(true) })]);
export const returned = z.object({ queueName: name, finished: z.string() });
export const ask = z.object({ jobId: name, nonce: z.string().max(100), sealed: z.string().max(10_000) });
export const asked = z.object({ name: z.string().max(1_000) });
export const answered = z.object({ value: z.string().nullable(), problem: z.string().optional() });

/** Whether anything is a job as an engine of this protocol sends it. */
const job = z.object({
  runId: z.string().min(1).max(200),
  scheduleId: name.nullable(),
  workflowName: z.string().min(1).max(500),
  queue: z.string().regex(queuePattern),
  modulePath: z.string().nullable(),
  module: z.object({ hash: name, files: z.array(z.string()) }).nullable(),
  input: z.unknown(),
  scheduledAt: z.int().nullable(),
  timezone: name,
  attempt: z.int().min(1),
  epoch: z.int().min(1),
  timeoutMs: z.number().nullable(),
  memoryLimitMb: z.number().nullable(),
  memoryLimitBy: z.string().nullable(),
  passEnvironment: z.array(z.string()),
  steps: z.array(step),
  durable: z.boolean().optional(),
  logBytes: z.int().min(0).optional(),
});
/** What is sent: the job, and which version of its workflow the engine has. */
const sent = z.object({ job, version: name.nullable() });

// The schemas are strict about what matters; the types name what follows from them.
export const parseSent = (value: unknown): { job: RunJob; version: string | null } =>
  sent.parse(value) as { job: RunJob; version: string | null };
export const parseStep = (value: unknown): StepRecord => step.parse(value) as StepRecord;
export const parseSaid = (value: unknown): Said => said.parse(value) as Said;
export const parseFinished = (value: unknown): Finished => finished.parse(value) as Finished;
