import type { WorkersView } from "../../../shared/api/workers.ts";
import type { ModuleVersion } from "../../../shared/domain/workflow.ts";
import type { Runtime } from "../runtime.ts";

/** How long things take between engine and workers; tests shorten them. Milliseconds. */
export interface Timings {
  /** A held run is lost when its worker has not renewed it for so long. */
  lockMs: number;
  /** How often a worker renews what it holds, and looks for cancels. */
  renewMs: number;
  /** How often the engine looks at what is held and at what has come in; bells only make it sooner. */
  watchMs: number;
  /** How often workers look for runs where no bell rings. */
  pollMs: number;
  /** A worker that has not been heard of for so long is late. */
  lateMs: number;
  /** A connection on which nothing is answered for so long is made anew. */
  answerMs: number;
  /** Runs wait and a worker that has nothing to do gets none of them for so long: its connection is made anew. */
  idleMs: number;
}

export const usualTimings: Timings = {
  lockMs: 30_000,
  renewMs: 5_000,
  watchMs: 2_000,
  pollMs: 2_000,
  lateMs: 15_000,
  answerMs: 5_000,
  idleMs: 30_000,
};

export interface BullmqRuntimeOptions {
  /** See `parseRedisUrl` for what is taken. */
  redisUrl: string;
  /** Its short name, which runs that are sent there carry: `redisName` of its address. */
  keptAt?: string;
  /** Of the data folder: several may share one Redis. */
  folderId: string;
  /** What people call the folder, for workers that serve several. */
  folderName: string;
  /**
   * Set on the engine and on its workers: with it all that passes through Redis is sealed, and secrets may. Null: runs
   * pass readable, and none is given a secret.
   */
  sharedKey: string | null;
  /** Of Almanac. */
  version: string;
  /** Values of secrets that a run asks for. */
  secret?: (name: string) => Promise<string | null> | string | null;
  /** What the engine has itself of a workflow: null for built-in ones, undefined where it has none of that name. */
  versionOf?: (workflowName: string) => ModuleVersion["hash"] | null | undefined;
  /** What it has, for workers to compare theirs with. */
  workflows?: () => { name: string; version: string | null }[];
  logger?: Pick<Console, "info" | "warn" | "error">;
  timings?: Partial<Timings>;
}

/** Runs go to workers on any machine; the engine stays the only writer of the database. */
export interface BullmqRuntime extends Runtime {
  readonly kind: "bullmq";
  /** As it was seen last; `stateChanged` follows where it changes. */
  workers(): WorkersView;
}
