import { availableParallelism, hostname } from "node:os";
import type { LogStream } from "../../../../shared/domain/run.ts";
import type { KnownModule, ModuleVersion, RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome, Takes } from "../../runtime.ts";
import type { StopReason } from "../messages/protocol.ts";
import type { RunnerSpawner } from "../processes/runnerProcess.ts";
import { createChangedFiles } from "./changedFiles.ts";
import { createMemoryRoom } from "./memoryRoom.ts";
import { moduleChanged, spawnFailed } from "./runErrors.ts";
import { createSlot, type RunMessage, type Slot } from "./runnerSlot.ts";
import { createRunQueue, type RunnerKind } from "./runQueue.ts";
import { createStartBackoff } from "./startBackoff.ts";
import { lookAtSlots } from "./watch.ts";

/**
 * Runners of workflow files: started when a file needs one, one run each at a time, kept warm for the next run of the same
 * file, and given back after a while without one. A runner serves one file all its life: what code of a file changes in its
 * process, no other file meets.
 *
 *   a run comes       an idle runner of its file takes it, else it waits
 *   runs wait         another runner of their file is started where those there are would take longer than a start does (none
 *                     yet: at once), a few at a time, and as long as memory bears it; an idle one of another file makes way
 *   a runner dies     another one of its file takes its place
 *   a deadly run      (the one before of its schedule took its runner with it) leaves the others of the file a runner
 */
export interface RunnerPool {
  readonly workers: number;
  readonly busy: number;
  /** Nothing runs or waits. */
  readonly isEmpty: boolean;
  /** Why no runner can be started; null where one can. */
  readonly problem: string | null;
  /** Whether it takes a run beside `claimed` others. */
  takes(claimed: number): Takes;
  run(job: RunJob): void;
  cancel(runId: string, graceMs: number): void;
  /** Looks at running ones (memory, signs of life), and gives back idle ones. */
  look(): Promise<void>;
  /** Nothing more is started; what waits is told as lost, and what runs is stopped. */
  beginStop(graceMs: number): void;
  close(): void;
}

export interface PoolEvents {
  message(job: RunJob, worker: string, message: RunMessage): void;
  log(job: RunJob, at: number, stream: LogStream, text: string): void;
  ended(job: RunJob, outcome: RunOutcome): void;
  roomFreed(): void;
  problemChanged(): void;
  secret(name: string): Promise<string | null> | string | null;
}

export interface RunnerPoolOptions {
  spawnRunner: RunnerSpawner;
  nextMark: () => string;
  /** The most runners; as many as memory bears where left out. */
  size?: number | undefined;
  unresponsiveAfterMs: number;
  timeoutGraceMs: number;
  watchMs: number;
  /** A runner that has had no run for so long is given back. */
  idleMs: number;
  modules: () => readonly KnownModule[];
  refreshModule: (workflowName: string, path: string) => Promise<ModuleVersion | null>;
  events: PoolEvents;
}

/** Its heap's limit cannot be changed afterwards. */
interface Pooled extends RunnerKind {
  slot: Slot;
  idleSince: number;
  busySince: number;
}

/** Runs that wait longer than this for those before them get another runner: about what its start takes. */
const worthAStartMs = 150;
/** How often that is looked at anew while runs wait. */
const rampMs = 40;
/** Where a run has no limit its heap has this one, MiB. */
const unlimitedHeapMb = 4_096;

export function createRunnerPool(options: RunnerPoolOptions): RunnerPool {
  const { spawnRunner, nextMark, size = Number.POSITIVE_INFINITY, timeoutGraceMs, idleMs, modules, events } = options;
  const pooled = new Set<Pooled>();
  const queue = createRunQueue();
  /** How long the last runs of a file took, ms, the latest counting most. */
  const usualMs = new Map<string, number>();
  /** What last ran there took its runner with it: schedules, and workflows run outside one. */
  const deadly = new Set<string>();
  /** Files that have ended the runner which loaded them ahead. */
  const notLoadedAhead = new Set<string>();
  const room = createMemoryRoom(() => [...pooled].flatMap(({ slot }) => slot.process.pid ?? []));
  let phase: "running" | "stopping" = "running";
  let ramp: NodeJS.Timeout | null = null;
  /** Somebody was told that there is no room. */
  let refused = false;

  const slots = (): Slot[] => [...pooled].map(({ slot }) => slot);
  const running = (): number => slots().filter(({ job }) => job !== null).length;
  const mostRunners = (): number => Math.max(1, Math.min(size, pooled.size + room.more()));

  const end = (job: RunJob, outcome: RunOutcome): void => {
    changed.forget(job.runId);
    events.ended(job, outcome);
  };

  const enqueue = (job: RunJob, first = false): void => {
    if (first) queue.unshift(job);
    else queue.push(job);
    serve();
  };

  const changed = createChangedFiles({
    refreshModule: options.refreshModule,
    again: (job) => (phase === "running" ? enqueue(job, true) : end(job, lostAtEnd())),
    unfit: (job) => end(job, { kind: "failed", at: Date.now(), error: moduleChanged(job), retryable: true }),
    cancelled: (job) => end(job, { kind: "cancelled", at: Date.now() }),
  });

  const backoff = createStartBackoff({
    what: "A runner process",
    retry: () => serve(),
    changed: () => events.problemChanged(),
    givenUp(problem) {
      // With no runner left that could take them, waiting ones are told so rather than left waiting.
      if (pooled.size > 0) return;
      const error = spawnFailed(problem);
      for (const job of queue.drain()) end(job, { kind: "failed", at: Date.now(), error, retryable: true });
    },
  });

  const modulesFor = (path: string): KnownModule[] =>
    notLoadedAhead.has(path) ? [] : modules().filter((known) => known.path === path);

  const add = (path: string, limitMb: number | null): void => {
    const slot = createSlot({
      spawnRunner,
      mark: nextMark(),
      heapLimitMb: heapLimit(limitMb),
      timeoutGraceMs,
      modules: () => modulesFor(path),
      events: {
        message: (job, message) => events.message(job, `pid ${slot.process.pid} on ${hostname()}`, message),
        log: events.log,
        ended(job, outcome) {
          const tookMs = performance.now() - mine.busySince;
          usualMs.set(path, ((usualMs.get(path) ?? tookMs) * 3 + tookMs) / 4);
          if (slot.state === "gone") deadly.add(originOf(job));
          else deadly.delete(originOf(job));
          end(job, outcome);
        },
        moduleChanged: (job) => changed.look(job),
        idle() {
          mine.idleSince = performance.now();
          backoff.succeeded();
          serve();
          freed();
        },
        gone(failedToStart, loading = false) {
          if (loading) notLoadedAhead.add(path);
          onGone(mine, failedToStart);
        },
        secret: events.secret,
      },
    });
    const mine: Pooled = { slot, path, limitMb, idleSince: performance.now(), busySince: 0 };
    pooled.add(mine);
  };

  const remove = (one: Pooled): void => {
    pooled.delete(one);
    one.slot.destroy();
  };

  const onGone = (one: Pooled, failedToStart: string | null): void => {
    pooled.delete(one);
    if (phase === "running") {
      if (failedToStart !== null) backoff.failed(failedToStart);
      // The next run of its file is not to wait for a start.
      else if (pooled.size < mostRunners() && !isServed(one.path)) add(one.path, one.limitMb);
      serve();
    }
    freed();
  };

  const isServed = (path: string): boolean => [...pooled].some((one) => one.path === path && one.slot.state !== "busy");

  const freed = (): void => {
    refused = false;
    events.roomFreed();
  };

  /** Whether a deadly run of a file may go now: its runners are all there, and one is left to the others. */
  const deadlyMayGo = (path: string): boolean => {
    const own = [...pooled].filter((one) => one.path === path).map(({ slot }) => slot);
    const whole = own.every(({ state }) => state === "idle" || state === "busy");
    const atWork = own.filter(({ job }) => job !== null && deadly.has(originOf(job))).length;
    return whole && atWork < Math.max(1, own.length - 1);
  };

  const serve = (): void => {
    if (queue.size === 0) return;
    for (const one of pooled) {
      if (one.slot.state !== "idle") continue;
      const mayGo = deadly.size === 0 || deadlyMayGo(one.path);
      const job = queue.take(one, (waiting) => mayGo || !deadly.has(originOf(waiting)));
      if (job === undefined) continue;
      one.busySince = performance.now();
      one.slot.run(job);
    }
    grow();
  };

  /** Starts runners for those that wait. */
  const grow = (): void => {
    if (phase !== "running" || backoff.isWaiting || queue.size === 0) return;
    const isStarting = ({ slot }: Pooled): boolean => slot.state === "starting";
    let mayStart = Math.max(1, availableParallelism()) - [...pooled].filter(isStarting).length;
    for (const { path, limitMb, count } of queue.waiting()) {
      const own = [...pooled].filter((one) => one.path === path && one.limitMb === limitMb);
      let wanted = isWorthAStart(path, own, count) ? count - own.filter(isStarting).length : 0;
      // Until it is known how long they take, one more at a time.
      if (!usualMs.has(path)) wanted = Math.min(wanted, 1);
      for (; wanted > 0; wanted--) {
        if (mayStart-- <= 0 || (pooled.size >= mostRunners() && !makeWay(path, limitMb))) break;
        add(path, limitMb);
      }
    }
    ramp ??= setTimeout(() => {
      ramp = null;
      grow();
    }, rampMs).unref();
  };

  /** Whether so many runs would wait for their runners longer than a start takes. */
  const isWorthAStart = (path: string, own: readonly Pooled[], count: number): boolean => {
    const busy = own.filter(({ slot }) => slot.state === "busy");
    if (busy.length === 0) return own.length === 0;
    const now = performance.now();
    const shortestMs = Math.min(...busy.map(({ busySince }) => now - busySince));
    return (count * Math.max(usualMs.get(path) ?? 0, shortestMs)) / own.length > worthAStartMs;
  };

  /** Gives an idle runner back that this file cannot use, the longest idle first. */
  const makeWay = (path: string, limitMb: number | null): boolean => {
    const idle = [...pooled].filter(
      (one) => one.slot.state === "idle" && (one.path !== path || one.limitMb !== limitMb),
    );
    const [longest] = idle.sort((a, b) => a.idleSince - b.idleSince);
    if (longest !== undefined) remove(longest);
    return longest !== undefined;
  };

  return {
    get workers() {
      return pooled.size;
    },
    get busy() {
      return running() + changed.size;
    },
    get isEmpty() {
      return running() + changed.size + queue.size === 0;
    },
    get problem() {
      return backoff.problem;
    },
    takes(claimed) {
      const most = mostRunners();
      if (running() + changed.size + queue.size + claimed < most) return { ok: true };
      refused = true;
      const message =
        most < size
          ? `Memory bears no more than ${most} ${most === 1 ? "process" : "processes"} for workflow files at once`
          : `All ${most} runner processes are in use`;
      return { ok: false, waitingFor: "room", message };
    },
    run: (job) => enqueue(job),
    cancel(runId, graceMs) {
      const waiting = queue.remove(runId);
      if (waiting !== undefined) end(waiting, { kind: "cancelled", at: Date.now() });
      else if (!changed.cancel(runId)) {
        for (const slot of slots()) if (slot.job?.runId === runId) slot.stop("cancelled", graceMs);
      }
    },
    async look() {
      const now = performance.now();
      for (const one of pooled) if (one.slot.state === "idle" && now - one.idleSince > idleMs) remove(one);
      await lookAtSlots(slots(), options);
      if (refused && room.more() > 0) freed();
    },
    beginStop(graceMs) {
      phase = "stopping";
      backoff.close();
      if (ramp !== null) clearTimeout(ramp);
      for (const job of queue.drain()) end(job, lostAtEnd());
      for (const slot of slots()) slot.stop(shutdown, graceMs);
    },
    close() {
      for (const one of pooled) remove(one);
    },
  };
}

const shutdown: StopReason = "shutdown";
const lostAtEnd = (): RunOutcome => ({ kind: "lost", at: Date.now(), reason: "the program ended first" });
const originOf = (job: RunJob): string => job.scheduleId ?? job.workflowName;

/** The heap's part of a run's memory: buffers, code and the programs it starts need the rest. */
function heapLimit(memoryLimitMb: number | null): number {
  return memoryLimitMb === null ? unlimitedHeapMb : Math.max(64, Math.floor(memoryLimitMb * 0.8));
}
