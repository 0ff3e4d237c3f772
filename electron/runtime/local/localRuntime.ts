import { workflowOf } from "../../../shared/domain/queue.ts";
import type { KnownModule, ModuleVersion, RunJob } from "../../../shared/domain/workflow.ts";
import type { Runtime, RuntimeListener, RuntimeState, Takes } from "../runtime.ts";
import { createCommandHost } from "./commands/commandHost.ts";
import { createRunnerPool } from "./pool/runnerPool.ts";
import type { RunMessage } from "./pool/runnerSlot.ts";
import type { RunnerSpawner } from "./processes/runnerProcess.ts";
import { createMark, killOrphans } from "./tree/processTree.ts";
import { type Reaper, startReaper } from "./tree/reaper.ts";

export interface LocalRuntimeOptions {
  spawnRunner: RunnerSpawner;
  /** Whether a workflow is built in: those are run by the command host, all others by runners of their files. */
  isBuiltin: (workflowName: string) => boolean;
  /** The most runners of workflow files; as many as memory bears where left out. */
  size?: number;
  /** A run that has kept its process from answering for so long has failed as hung. */
  unresponsiveAfterMs?: number;
  /** Between the signal that a run has timed out and its end by force. */
  timeoutGraceMs?: number;
  /** How often running ones are looked at (memory, signs of life). */
  watchMs?: number;
  /** A runner that has had no run for so long is given back. */
  idleMs?: number;
  /** Values of secrets that runs ask for; `runId` is who asks. */
  secret?: (name: string, runId: string) => Promise<string | null> | string | null;
  /** The files of workflows. A new runner loads its own before it takes a run. */
  modules?: () => readonly KnownModule[];
  /** Looks at a changed file again; what it is now where it still defines the workflow, else null. */
  refreshModule?: (workflowName: string, path: string) => Promise<ModuleVersion | null>;
}

/** The runtime of one machine: a host for built-in workflows, and runners of workflow files. */
export function createLocalRuntime({
  spawnRunner,
  isBuiltin,
  size,
  unresponsiveAfterMs = 5 * 60_000,
  timeoutGraceMs = 4_000,
  watchMs = 1_000,
  idleMs = 60_000,
  secret = () => null,
  modules = () => [],
  refreshModule = async () => null,
}: LocalRuntimeOptions): Runtime {
  let listener: RuntimeListener | null = null;
  let phase: "new" | "running" | "stopping" | "stopped" = "new";
  const mark = createMark();
  let reaper: Reaper | null = null;
  let spawned = 0;
  let watch: NodeJS.Timeout | null = null;
  let looking = false;
  const whenEmpty: (() => void)[] = [];

  const nextMark = (): string => `${mark}.${spawned++}`;
  const pass = (job: RunJob, worker: string, message: RunMessage): void => {
    if (message.type === "started") listener?.started(job.runId, job.epoch, message.at, worker);
    else if (message.type === "step") listener?.step(job.runId, job.epoch, message.step);
    else listener?.log(job.runId, job.epoch, message.at, message.stream, message.text);
  };
  const events = {
    message: pass,
    ended(job: RunJob, outcome: Parameters<RuntimeListener["ended"]>[2]) {
      listener?.ended(job.runId, job.epoch, outcome);
      settle();
    },
    problemChanged: () => listener?.stateChanged(),
    secret,
  };
  const host = createCommandHost({ spawnRunner, nextMark, timeoutGraceMs, events });
  const pool = createRunnerPool({
    spawnRunner,
    nextMark,
    size,
    unresponsiveAfterMs,
    timeoutGraceMs,
    watchMs,
    idleMs,
    modules,
    refreshModule,
    events: {
      ...events,
      log: (job, at, stream, text) => listener?.log(job.runId, job.epoch, at, stream, text),
      roomFreed() {
        if (phase === "running") listener?.roomFreed();
        settle();
      },
    },
  });

  const isEmpty = (): boolean => host.busy === 0 && pool.isEmpty;
  const settle = (): void => {
    if (isEmpty()) for (const done of whenEmpty.splice(0)) done();
  };

  const look = async (): Promise<void> => {
    // Held until the last run has ended: the program lives as long as its runs.
    if (isEmpty()) watch?.unref();
    if (isEmpty() && pool.workers === 0 && watch !== null) {
      clearInterval(watch);
      watch = null;
    }
    if (looking) return;
    looking = true;
    try {
      host.look();
      await pool.look();
    } finally {
      looking = false;
    }
  };

  const takes: Runtime["takes"] = ({ workflowName }, claimed): Takes => {
    if (phase !== "running") return { ok: false, waitingFor: "runtime", message: "The local runtime is not running" };
    if (isBuiltin(workflowName)) return { ok: true };
    let ofFiles = 0;
    for (const [place, count] of claimed) if (!isBuiltin(workflowOf(place))) ofFiles += count;
    return pool.takes(ofFiles);
  };

  return {
    kind: "local",
    keepsRuns: false,
    async start(heard) {
      if (phase !== "new") throw new Error("a runtime starts once");
      listener = heard;
      phase = "running";
      killOrphans();
      reaper = startReaper(mark);
    },
    takes,
    dispatch(job) {
      if (phase !== "running") {
        listener?.ended(job.runId, job.epoch, {
          kind: "lost",
          at: Date.now(),
          reason: "the runtime is not running",
        });
        return;
      }
      if (job.modulePath === null) host.run(job);
      else pool.run(job);
      watch ??= setInterval(() => void look(), watchMs);
      watch.ref();
    },
    cancel(runId, graceMs) {
      if (!host.stop(runId, "cancelled", graceMs)) pool.cancel(runId, graceMs);
    },
    state(): RuntimeState {
      const problem = host.problem ?? pool.problem;
      const state =
        phase === "new" ? "starting" : phase !== "running" ? "stopped" : problem === null ? "ready" : "degraded";
      return {
        kind: "local",
        state,
        message: problem,
        workers: pool.workers + (host.isUp ? 1 : 0),
        busy: pool.busy + host.busy,
      };
    },
    async stop(graceMs) {
      if (phase === "stopped") return;
      phase = "stopping";
      host.stopAll("shutdown", graceMs);
      pool.beginStop(graceMs);
      if (!isEmpty()) await new Promise<void>((done) => whenEmpty.push(done));
      if (watch !== null) clearInterval(watch);
      watch = null;
      host.close();
      pool.close();
      reaper?.close();
      phase = "stopped";
    },
  };
}
