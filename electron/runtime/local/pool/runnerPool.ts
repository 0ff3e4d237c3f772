import { availableParallelism, hostname } from "node:os";
import type { LogStream } from "../../../../shared/domain/run.ts";
import type { KnownModule, ModuleVersion, RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome, Takes } from "../../runtime.ts";
import type { StopReason } from "../messages/protocol.ts";
import type { RunnerSpawner } from "../processes/runnerProcess.ts";
import { createChangedFiles } from "./changedFiles.ts";
import { createDeadlyRuns } from "./deadlyRuns.ts";
import { createGrowth } from "./growth.ts";
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
 *   a run            becomes      when
 *   waits            given out    an idle runner of its kind (file and limit of memory) is there; a deadly one: see deadlyRuns
 *                    over         it is cancelled; starts fail and no runner is left (startBackoff); the pool stops
 *   given out        over         its runner says so, or is gone
 *                    waits        its runner gives it back, unfit for it since the run before
 *                    looked at    its runner gives it back: its file has changed (changedFiles)
 *   looked at        waits        the file still defines its workflow: before the others of its kind
 *                    over         it does not, or it is cancelled, or the pool stops
 *
 *   a runner         becomes      when
 *   (none)           starting     runs wait and are worth it (growth), a few at a time and as long as memory bears it (memoryRoom)
 *                                 or one of its file is gone and left none free: the next run is not to wait for a start
 *                                 or it is the only one of a busy file (growth): it may be gone with any run
 *   idle             given back   it had no run for `idleMs`, but for the second one of a busy file, or a run of another kind
 *                                 needs its place: the longest idle first
 *
 * What becomes of a started one is the slot's (runnerSlot). A pool that stops starts nothing more.
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
  secret(name: string, runId: string): Promise<string | null> | string | null;
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
  /** When its run started, by the run's own clock: epoch ms. */
  startedAt: number | null;
  /** Its name for people. */
  readonly worker: string;
}

/** How often that is looked at anew while runs wait. */
const rampMs = 40;
/** Where a run has no limit its heap has this one, MiB. */
const unlimitedHeapMb = 4_096;

export function createRunnerPool(options: RunnerPoolOptions): RunnerPool {
  const { spawnRunner, nextMark, size = Number.POSITIVE_INFINITY, timeoutGraceMs, idleMs, modules, events } = options;
  const pooled = new Set<Pooled>();
  const queue = createRunQueue();
  const growth = createGrowth();
  const deadly = createDeadlyRuns();
  /** Files that have ended the runner which loaded them ahead. */
  const notLoadedAhead = new Set<string>();
  const room = createMemoryRoom(() => slots().map(({ process: { pid } }) => pid));
  let phase: "running" | "stopping" = "running";
  let ramp: NodeJS.Timeout | null = null;
  /** Somebody was told that there is no room. */
  let refused = false;

  const slots = (): Slot[] => [...pooled].map(({ slot }) => slot);
  const slotsOf = (path: string): Slot[] => [...pooled].filter((one) => one.path === path).map(({ slot }) => slot);
  const running = (): number => {
    let count = 0;
    for (const { slot } of pooled) if (slot.job !== null) count++;
    return count;
  };
  const mostRunners = (): number => Math.max(1, Math.min(size, room.most()));

  const end = (job: RunJob, outcome: RunOutcome): void => {
    changed.forget(job.runId);
    events.ended(job, outcome);
  };

  const enqueue = (job: RunJob, first = false): void => {
    if (first) queue.unshift(job);
    else queue.push(job);
    serve(job);
  };

  /** Nothing of it has run: it goes before the others. */
  const again = (job: RunJob): void => (phase === "running" ? enqueue(job, true) : end(job, lostAtEnd()));

  const changed = createChangedFiles({
    refreshModule: options.refreshModule,
    again,
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
    let worker: string | null = null;
    const slot = createSlot({
      spawnRunner,
      mark: nextMark(),
      heapLimitMb: heapLimit(limitMb),
      timeoutGraceMs,
      modules: () => modulesFor(path),
      events: {
        message(job, message) {
          if (message.type === "started") mine.startedAt = message.at;
          events.message(job, mine.worker, message);
        },
        log: events.log,
        ended(job, outcome) {
          growth.took(path, ownMs(mine, outcome.at));
          deadly.ended(job, slot.state === "gone");
          end(job, outcome);
        },
        moduleChanged: (job) => changed.look(job),
        unfit(before, given) {
          deadly.ended(before, true);
          if (given !== null) again(given);
        },
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
    const mine: Pooled = {
      slot,
      path,
      limitMb,
      idleSince: performance.now(),
      busySince: 0,
      startedAt: null,
      get worker() {
        worker ??= `pid ${slot.process.pid} on ${hostname()}`;
        return worker;
      },
    };
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
      // The next run of its file is not to wait for a start; nor for the one that takes its last runner with it.
      else if (pooled.size < mostRunners() && (!isServed(one.path) || (!deadly.isEmpty && isAlone(one.path))))
        add(one.path, one.limitMb);
      else keepSecond(one);
      serve();
      grow();
    }
    freed();
  };

  const isServed = (path: string): boolean => slotsOf(path).some(({ state }) => state !== "busy");

  const isAlone = (path: string): boolean => slotsOf(path).length < 2;

  /** Any run may take its runner with it; where runs come fast, others would wait for the start of the next. */
  const keepSecond = ({ path, limitMb }: RunnerKind): void => {
    const isWanted = phase === "running" && !backoff.isWaiting && isAlone(path) && growth.isBusy(path);
    if (isWanted && pooled.size < mostRunners()) add(path, limitMb);
  };

  const freed = (): void => {
    refused = false;
    events.roomFreed();
  };

  /** Gives out what waits. `come`: the last of it. */
  const serve = (come?: RunJob): void => {
    if (queue.size === 0) return;
    for (const one of pooled) {
      if (one.slot.state !== "idle") continue;
      const mayGo = deadly.isEmpty || deadly.mayGo(slotsOf(one.path));
      const job = queue.take(one, (waiting) => mayGo || !deadly.has(waiting));
      if (job === undefined) continue;
      one.busySince = performance.now();
      one.startedAt = null;
      one.slot.run(job);
      if (queue.size === 0) return;
    }
    // Else looked at when its time comes: not for each run of a backlog.
    if (ramp === null || (come !== undefined && !hasRunner(come))) grow();
  };

  const hasRunner = ({ modulePath, memoryLimitMb }: RunJob): boolean => {
    for (const { path, limitMb } of pooled) if (path === modulePath && limitMb === memoryLimitMb) return true;
    return false;
  };

  /** Starts runners for those that wait. */
  const grow = (): void => {
    if (phase !== "running" || backoff.isWaiting || queue.size === 0) return;
    let mayStart = Math.max(1, availableParallelism()) - slots().filter(({ state }) => state === "starting").length;
    for (const { path, limitMb, count } of queue.waiting()) {
      const own = [...pooled].filter((one) => one.path === path && one.limitMb === limitMb);
      const there = own.map(({ slot, busySince }) => ({ state: slot.state, busySince, pid: slot.process.pid }));
      let wanted = growth.wanted(path, there, count);
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
    run(job) {
      const path = job.modulePath ?? "";
      growth.came(path);
      enqueue(job);
      keepSecond({ path, limitMb: job.memoryLimitMb });
    },
    cancel(runId, graceMs) {
      const waiting = queue.remove(runId);
      if (waiting !== undefined) end(waiting, { kind: "cancelled", at: Date.now() });
      else if (!changed.cancel(runId)) {
        for (const slot of slots()) if (slot.job?.runId === runId) slot.stop("cancelled", graceMs);
      }
    },
    async look() {
      const now = performance.now();
      for (const one of pooled) {
        const isSecond = growth.isBusy(one.path) && slotsOf(one.path).length <= 2;
        if (one.slot.state === "idle" && now - one.idleSince > idleMs && !isSecond) remove(one);
      }
      await lookAtSlots(slots(), options);
      if (refused && pooled.size < room.most()) freed();
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

/** How long a run took by its own clock, which counts none of the waiting for this process; never more than it was out. */
function ownMs({ busySince, startedAt }: Pooled, endedAt: number): number {
  const outMs = performance.now() - busySince;
  return startedAt === null ? outMs : Math.min(outMs, Math.max(0, endedAt - startedAt));
}

/** The heap's part of a run's memory: buffers, code and the programs it starts need the rest. */
function heapLimit(memoryLimitMb: number | null): number {
  return memoryLimitMb === null ? unlimitedHeapMb : Math.max(64, Math.floor(memoryLimitMb * 0.8));
}
