import type { RunError } from "../domain/run.ts";

/** A worker program of the distributed runtime as this engine sees it. */
export interface WorkerView {
  workerId: string;
  host: string;
  pid: number;
  /** Of Almanac. */
  version: string;
  /** Of what engine and worker say to each other; only workers of the engine's own take its runs. */
  protocol: number;
  /** How many runs it takes at once, over all its queues. */
  concurrency: number;
  queues: string[];
  /** What it has; `version` is the hash of the files of a workflow, null for built-in ones. `differs`: the engine has another. */
  workflows: { name: string; version: string | null; differs: boolean }[];
  running: { runId: string; workflowName: string; startedAt: string }[];
  startedAt: string;
  lastSeenAt: string;
  /** `late`: not heard of for longer than it should be; `gone`: what it held has been taken from it. */
  state: "online" | "late" | "gone";
  /** Why it is given no runs although it is there; null where it is given some. */
  refused: string | null;
}

/** Whom to look at first: who is there and is given nothing, or was not heard of in time; then by host, as people count. */
export function inOrderOfNeed(workers: readonly WorkerView[]): WorkerView[] {
  const isWell = ({ state, refused }: WorkerView): number => (state === "online" && refused === null ? 1 : 0);
  return [...workers].sort(
    (a, b) => isWell(a) - isWell(b) || a.host.localeCompare(b.host, "en", { numeric: true }) || a.pid - b.pid,
  );
}

/** What waits and runs of one workflow in one queue. */
export interface QueueView {
  queue: string;
  workflowName: string;
  waiting: number;
  active: number;
  /** With BullMQ's own means, a dashboard's: nobody takes from it until it is resumed. `since`: null where Redis does not say. */
  paused: { since: string | null } | null;
}

export interface WorkersView {
  workers: WorkerView[];
  queues: QueueView[];
  /** Why runs wait, all or some of them: a Redis that cannot be used, or a queue that is paused there. Among the notes, too. */
  problem: string | null;
  /** What a person should know: versions that differ, runs that nobody can take, a store that may forget. */
  notes: string[];
}

const mostNamed = 3;

/** Which queues are paused in Redis and what lets them go on, for a person; null where none is. */
export function pausedText(queues: readonly QueueView[]): string | null {
  const paused = queues.flatMap(({ queue, workflowName, paused: state }) => {
    if (state === null) return [];
    const since = state.since === null ? "" : ` (since ${state.since.slice(0, 16).replace("T", " ")} UTC)`;
    return [`the queue ${queue} of ${workflowName}${since}`];
  });
  if (paused.length === 0) return null;
  const [is, whose] = paused.length === 1 ? ["is", "its"] : ["are", "their"];
  const more = paused.length > mostNamed ? ` and ${paused.length - mostNamed} more` : "";
  return `Paused in Redis ${is} ${paused.slice(0, mostNamed).join(", ")}${more}: ${whose} runs wait. Resume on the Workers page, or almanac workers resume, lets them go on`;
}

/** An outcome that came after the run had gone on without it: kept, shown, and never recorded by itself. */
export interface LateResultView {
  id: number;
  runId: string;
  attempt: number;
  /** Which hand-over of the run it belongs to. */
  epoch: number;
  worker: string | null;
  /** ISO 8601 UTC. */
  at: string;
  outcome: {
    kind: "completed" | "failed" | "skipped";
    result: unknown;
    error: RunError | null;
    /** Why it skipped itself. */
    skipReason: string | null;
  };
  /** ISO: when a person put it in the place of the run's own; null where nobody did. */
  takenAt: string | null;
}

/** What a look at a Redis found, for a person who is about to use it. */
export interface RedisReport {
  /** The address without its password. */
  address: string;
  kind: "redis" | "valkey" | "unknown";
  version: string | null;
  evictionPolicy: string | null;
  /** `aof`: each second or better; `snapshots`: now and then; `none`: lost when it ends; null where it may not be asked. */
  persistence: "aof" | "snapshots" | "none" | null;
  usedMemoryBytes: number | null;
  /** Null where there is no limit. */
  maxMemoryBytes: number | null;
  /** The median of a few round trips. */
  latencyMs: number | null;
  /** How far its clock is ahead of this machine's. */
  clockDifferenceMs: number | null;
  /** `refused`: it cannot be used so. */
  problems: { code: RedisProblemCode; refused: boolean; message: string; remedy: string }[];
  refused: boolean;
}

export type RedisProblemCode =
  | "UNREACHABLE"
  | "WRONG_PASSWORD"
  | "NOT_ALLOWED"
  | "NOT_REDIS"
  | "IS_CLUSTER"
  | "IS_SENTINEL"
  | "NO_CLUSTER"
  | "NO_GROUP"
  | "CERTIFICATE"
  | "TLS"
  | "TOO_OLD"
  | "EVICTS"
  | "READ_ONLY"
  | "NO_PERSISTENCE"
  | "SNAPSHOTS_ONLY"
  | "NEARLY_FULL"
  | "SLOW"
  | "CLOCK_DIFFERS";
