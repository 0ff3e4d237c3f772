import { availableParallelism, hostname } from "node:os";
import type { LogStream } from "../../../shared/domain/run.ts";
import type { KnownModule, ModuleVersion, RunJob } from "../../../shared/domain/workflow.ts";
import type { RunOutcome, Runtime, RuntimeListener, RuntimeState, Takes } from "../runtime.ts";
import { hung, moduleChanged, outOfMemory, spawnFailed } from "./pool/runErrors.ts";
import { createSlot, type RunMessage, type Slot } from "./pool/runnerSlot.ts";
import type { RunnerSpawner } from "./processes/runnerProcess.ts";
import { createMark, killOrphans, listProcessesInTurns, memoryMb } from "./tree/processTree.ts";
import { type Reaper, startReaper } from "./tree/reaper.ts";

export interface LocalRuntimeOptions {
  spawnRunner: RunnerSpawner;
  /** Runner processes, one run each; half the cores where left out, but four: most runs wait for something, and must not hold up the others. */
  size?: number;
  /** Memory of a run with all programs it starts, MiB, where the run itself names none. */
  memoryLimitMb?: number;
  /** A run that has kept its process from answering for so long has failed as hung. */
  unresponsiveAfterMs?: number;
  /** Between the signal that a run has timed out and its end by force. */
  timeoutGraceMs?: number;
  /** How often running ones are looked at (memory, signs of life). */
  watchMs?: number;
  /** Values of secrets that runs ask for. */
  secret?: (name: string) => Promise<string | null> | string | null;
  /** The files of workflows. A new runner loads those that ran last here, so that no run has to wait for that. */
  modules?: () => readonly KnownModule[];
  /** Looks at a changed file again; what it is now where it still defines the workflow, else null. */
  refreshModule?: (workflowName: string, path: string) => Promise<ModuleVersion | null>;
}

export const defaultMemoryLimitMb = 512;
export const defaultPoolSize = (): number => Math.max(4, Math.floor(availableParallelism() / 2));

/** More files than these are loaded by the first run that needs them. */
const mostLoadedAhead = 8;

/** How long no runner is tried again where starts fail: by how often in a row they have. */
const restartDelaysMs = [0, 200, 1_000, 30_000] as const;

/** The runtime of one machine: a pool of warm runner processes. */
export function createLocalRuntime({
  spawnRunner,
  size = defaultPoolSize(),
  memoryLimitMb = defaultMemoryLimitMb,
  unresponsiveAfterMs = 5 * 60_000,
  timeoutGraceMs = 4_000,
  watchMs = 1_000,
  secret = () => null,
  modules = () => [],
  refreshModule = async () => null,
}: LocalRuntimeOptions): Runtime {
  let listener: RuntimeListener | null = null;
  let phase: "new" | "running" | "stopping" | "stopped" = "new";
  const mark = createMark();
  let reaper: Reaper | null = null;
  let spawned = 0;
  let failedStarts = 0;
  let startProblem: string | null = null;
  let restart: NodeJS.Timeout | null = null;
  let watch: NodeJS.Timeout | null = null;
  let looking = false;
  const slots = new Set<Slot>();
  /** The limit each runner was started with: its heap's cannot be changed afterwards. */
  const limits = new WeakMap<Slot, number>();
  let currentLimitMb = memoryLimitMb;
  /** Taken but not yet with a runner. */
  const queue: RunJob[] = [];
  /** Runs whose changed file is being looked at. */
  const refreshing = new Map<string, { cancelled: boolean }>();
  /** Runs that were sent once more after their file had changed. */
  const refreshed = new Set<string>();
  /** What last ran there took its runner with it: schedules, and workflows run outside one. */
  const deadly = new Set<string>();
  const whenEmpty: (() => void)[] = [];
  /** Of files of workflows, the last used first. */
  const recentPaths: string[] = [];
  /** Not after a file has ended the runner that loaded it: each next one would end as well. */
  let loadsAhead = true;

  const busyCount = (): number => [...slots].filter((slot) => slot.job !== null).length + refreshing.size;

  const report = (job: RunJob, outcome: RunOutcome): void => {
    refreshed.delete(job.runId);
    listener?.ended(job.runId, job.attempt, outcome);
  };

  const expectedModules = (): KnownModule[] | null => {
    const known = modules();
    if (known.length === 0) return null;
    return loadsAhead ? known.filter(({ path }) => recentPaths.includes(path)) : [];
  };

  const noteUse = (path: string): void => {
    const at = recentPaths.indexOf(path);
    if (at === 0) return;
    if (at > 0) recentPaths.splice(at, 1);
    recentPaths.unshift(path);
    if (recentPaths.length > mostLoadedAhead) recentPaths.pop();
  };

  const addSlot = (): void => {
    const events = {
      message: (job: RunJob, message: RunMessage) => onMessage(slot, job, message),
      log: (job: RunJob, at: number, stream: LogStream, text: string) =>
        listener?.log(job.runId, job.attempt, at, stream, text),
      ended: (job: RunJob, outcome: RunOutcome) => {
        if (job.modulePath !== null) noteUse(job.modulePath);
        if (slot.state === "gone") deadly.add(originOf(job));
        else deadly.delete(originOf(job));
        report(job, outcome);
      },
      moduleChanged: (job: RunJob) => void refresh(job),
      idle: () => {
        failedStarts = 0;
        if (startProblem !== null) {
          startProblem = null;
          listener?.stateChanged();
        }
        onIdle();
      },
      gone: (failedToStart: string | null, loading = false) => {
        if (loading) loadsAhead = false;
        onGone(slot, failedToStart);
      },
      secret,
    };
    const slot = createSlot({
      spawnRunner,
      mark: `${mark}.${spawned++}`,
      heapLimitMb: heapLimit(currentLimitMb),
      timeoutGraceMs,
      modules: expectedModules,
      events,
    });
    slots.add(slot);
    limits.set(slot, currentLimitMb);
  };

  const fill = (): void => {
    if (phase !== "running" || restart !== null) return;
    while (slots.size < size) addSlot();
  };

  const room = (): number => (phase === "running" ? Math.max(0, size - busyCount() - queue.length) : 0);

  const onIdle = (): void => {
    serve();
    if (room() > 0) listener?.roomFreed();
    settle();
  };

  const onGone = (slot: Slot, failedToStart: string | null): void => {
    slots.delete(slot);
    if (phase !== "running") {
      settle();
      return;
    }
    if (failedToStart === null) {
      fill();
    } else {
      // Those that fail together fail for one cause.
      if (restart === null) failedStarts++;
      startProblem = `A runner process could not be started: ${failedToStart}`;
      listener?.stateChanged();
      const delay = restartDelaysMs[Math.min(failedStarts, restartDelaysMs.length - 1)] ?? 30_000;
      restart ??= setTimeout(() => {
        restart = null;
        fill();
      }, delay);
      // With no runner left that could take them, waiting ones are told so rather than left waiting.
      if (failedStarts >= 3 && slots.size === 0) {
        for (const job of queue.splice(0)) {
          report(job, { kind: "failed", at: Date.now(), error: spawnFailed(startProblem), retryable: true });
        }
      }
      serve();
    }
    listener?.roomFreed();
    settle();
  };

  /** The first of the queue that may go now. A deadly one waits for a whole pool and leaves a runner to others: it must not take them all. */
  const nextJob = (): RunJob | undefined => {
    const all = [...slots];
    const whole = all.every((slot) => slot.state === "idle" || slot.state === "busy");
    const atWork = all.filter(({ job }) => job !== null && deadly.has(originOf(job))).length;
    const roomForDeadly = whole && atWork < Math.max(1, size - 1);
    return queue.find((job) => roomForDeadly || !deadly.has(originOf(job)));
  };

  const serve = (): void => {
    for (const slot of slots) {
      if (slot.state !== "idle") continue;
      const job = nextJob();
      if (job === undefined) break;
      const limitMb = job.memoryLimitMb ?? memoryLimitMb;
      if (limits.get(slot) === limitMb) {
        queue.splice(queue.indexOf(job), 1);
        slot.run(job);
      } else {
        // The limit has been changed in the settings: this runner makes way for one that has it.
        currentLimitMb = limitMb;
        slots.delete(slot);
        slot.destroy();
        addSlot();
      }
    }
    // Held until the last run has ended: the program lives as long as its runs.
    if (watch === null && busyCount() + queue.length > 0) {
      watch = setInterval(() => void look(), watchMs);
    }
  };

  /** Looks at running ones; ends itself when there are none. */
  const look = async (): Promise<void> => {
    if (busyCount() + queue.length === 0 && watch !== null) {
      clearInterval(watch);
      watch = null;
      return;
    }
    if (looking) return;
    looking = true;
    // Once for all of them, and only where one has started programs.
    const processes = [...slots].some(({ hasTree }) => hasTree) ? await listProcessesInTurns() : [];
    looking = false;
    for (const slot of slots) {
      const { job, process: runner } = slot;
      if (job === null) continue;
      const limitMb = job.memoryLimitMb ?? memoryLimitMb;
      const usedMb = runner.pid === undefined ? null : memoryMb([runner.pid, ...slot.lookAtTree(processes)]);
      if (usedMb !== null && usedMb > limitMb) slot.fail(outOfMemory(limitMb));
      else if (slot.silentSince !== null && Date.now() - slot.silentSince > unresponsiveAfterMs)
        slot.fail(hung(unresponsiveAfterMs));
      else slot.ping();
    }
  };

  const onMessage = (slot: Slot, job: RunJob, message: RunMessage): void => {
    switch (message.type) {
      case "started":
        listener?.started(job.runId, job.attempt, message.at, `pid ${slot.process.pid} on ${hostname()}`);
        return;
      case "step":
        listener?.step(job.runId, job.attempt, message.step);
        return;
      case "log":
        listener?.log(job.runId, job.attempt, message.at, message.stream, message.text);
        return;
    }
  };

  /** The file changed since it was looked at: has it looked at again, and sends the run once more where it still fits. */
  const refresh = async (job: RunJob): Promise<void> => {
    const held = { cancelled: false };
    refreshing.set(job.runId, held);
    const again = !refreshed.has(job.runId) && job.modulePath !== null;
    const module = again ? await refreshModule(job.workflowName, job.modulePath ?? "").catch(() => null) : null;
    refreshing.delete(job.runId);
    if (held.cancelled) {
      report(job, { kind: "cancelled", at: Date.now() });
    } else if (module === null || phase !== "running") {
      report(job, { kind: "failed", at: Date.now(), error: moduleChanged(job), retryable: true });
    } else {
      refreshed.add(job.runId);
      queue.unshift({ ...job, module });
      serve();
    }
    settle();
  };

  const settle = (): void => {
    if (busyCount() > 0 || queue.length > 0) return;
    for (const done of whenEmpty.splice(0)) done();
  };

  const takes = (claimed: ReadonlyMap<string, number>): Takes => {
    let taken = 0;
    for (const count of claimed.values()) taken += count;
    if (room() > taken) return { ok: true };
    return phase === "running"
      ? { ok: false, waitingFor: "room", message: `All ${size} runner processes are in use` }
      : { ok: false, waitingFor: "runtime", message: "The local runtime is not running" };
  };

  return {
    kind: "local",
    async start(heard) {
      if (phase !== "new") throw new Error("a runtime starts once");
      listener = heard;
      phase = "running";
      killOrphans();
      reaper = startReaper(mark);
      fill();
    },
    takes: (_workflowName, claimed) => takes(claimed),
    dispatch(job) {
      if (phase !== "running") {
        report(job, { kind: "lost", at: Date.now(), reason: "the runtime is not running" });
        return;
      }
      queue.push(job);
      serve();
    },
    cancel(runId, graceMs) {
      const waiting = queue.findIndex((job) => job.runId === runId);
      if (waiting >= 0) {
        for (const job of queue.splice(waiting, 1)) report(job, { kind: "cancelled", at: Date.now() });
        settle();
        return;
      }
      const held = refreshing.get(runId);
      if (held !== undefined) held.cancelled = true;
      for (const slot of slots) if (slot.job?.runId === runId) slot.stop("cancelled", graceMs);
    },
    activeRunIds: async () => new Set(),
    state(): RuntimeState {
      const state =
        phase === "new" ? "starting" : phase !== "running" ? "stopped" : startProblem === null ? "ready" : "degraded";
      return { kind: "local", state, message: startProblem, workers: slots.size, busy: busyCount() };
    },
    async stop(graceMs) {
      if (phase === "stopped") return;
      phase = "stopping";
      if (restart !== null) clearTimeout(restart);
      for (const job of queue.splice(0))
        report(job, { kind: "lost", at: Date.now(), reason: "the program ended first" });
      for (const slot of slots) slot.stop("shutdown", graceMs);
      if (busyCount() > 0) await new Promise<void>((done) => whenEmpty.push(done));
      if (watch !== null) clearInterval(watch);
      watch = null;
      for (const slot of slots) slot.destroy();
      slots.clear();
      reaper?.close();
      phase = "stopped";
    },
  };
}

const originOf = (job: RunJob): string => job.scheduleId ?? job.workflowName;

/** The heap's part of a run's memory: buffers, code and the programs it starts need the rest. */
function heapLimit(memoryLimitMb: number): number {
  return Math.max(64, Math.floor(memoryLimitMb * 0.8));
}
