import type { RunError } from "../../../../shared/domain/run.ts";
import type { KnownModule, RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";
import { createRawOutput } from "../output/rawOutput.ts";
import { type RunnerExit, type RunnerProcess, type RunnerSpawner, startRunner } from "../processes/runnerProcess.ts";
import type { FromRunner, StopReason } from "../protocol.ts";
import {
  createKnownTree,
  kernelMemoryKills,
  type ProcessEntry,
  recentMemoryKills,
  signal,
  treeOf,
} from "../tree/processTree.ts";

/**
 * One place in the pool: a runner process and the run it has.
 *
 *   starting  the process has not said `ready`, or is loading files ahead of their first run
 *     → idle     it has
 *     → gone     it ended first: could not be started
 *   idle      warm
 *     → busy     given a run
 *     → gone     ended by itself or by us
 *   busy      has a run
 *     → idle     reported the end, nothing of the run left
 *     → gone     died, was killed, or is not to be used again; the run's end is reported first
 *   gone      final; the pool puts a new one in its place
 */
export type SlotState = "starting" | "idle" | "busy" | "gone";

/** What a slot tells its pool. */
export interface SlotEvents {
  message(job: RunJob, message: FromRunner): void;
  log: LogPipeSend;
  ended(job: RunJob, outcome: RunOutcome): void;
  /** The run was given back before any of it ran: its file has changed. */
  moduleChanged(job: RunJob): void;
  idle(): void;
  /** `failedToStart` says why a runner never became ready; `loading`: it ended, or was too slow, while it loaded files ahead. */
  gone(failedToStart: string | null, loading?: boolean): void;
  secret(name: string): Promise<string | null> | string | null;
}
type LogPipeSend = (job: RunJob, at: number, stream: "stdout" | "stderr" | "system", text: string) => void;

const rssCheckedFrom = /heap out of memory|Allocation failed|Array buffer allocation failed.*FATAL/i;

export interface Slot {
  readonly state: SlotState;
  readonly job: RunJob | null;
  readonly process: RunnerProcess;
  readonly mark: string;
  /** What hangs on the runner now; remembered, so that it can be ended also when the runner is gone. */
  lookAtTree(processes: readonly ProcessEntry[]): number[];
  /** Whether its run has started programs. */
  readonly hasTree: boolean;
  run(job: RunJob): void;
  stop(reason: StopReason, graceMs: number): void;
  /** Ends the run as failed with this error, by force. */
  fail(error: RunError): void;
  ping(): void;
  /** When the last sign of life came, and when it was first asked for since. Epoch ms. */
  readonly silentSince: number | null;
  /** Ends the process and what hangs on it. */
  destroy(): void;
}

export interface SlotOptions {
  spawnRunner: RunnerSpawner;
  mark: string;
  heapLimitMb: number;
  /** Between the signal of a timeout and the end by force. */
  timeoutGraceMs: number;
  /** Files to load before the first run; null where there are no files of workflows at all. */
  modules: () => KnownModule[] | null;
  events: SlotEvents;
}

export function createSlot({ spawnRunner, mark, heapLimitMb, timeoutGraceMs, modules, events }: SlotOptions): Slot {
  let state: SlotState = "starting";
  let job: RunJob | null = null;
  let hasTree = false;
  const known = createKnownTree();
  let stopping: { reason: StopReason; deadline: NodeJS.Timeout | null } | null = null;
  /** Decided by us before the process was killed: it explains the exit. */
  let verdict: RunOutcome | null = null;
  let pingedAt: number | null = null;
  let timeout: NodeJS.Timeout | null = null;
  let startNotice: NodeJS.Timeout | null = null;
  let hasStarted = false;
  let exitingWith: number | null = null;
  /** Set while it loads files ahead. */
  let loading: NodeJS.Timeout | null = null;
  /** Printed after a program was started: waits until what that wrote before has been read. */
  let printed: FromRunner[] = [];
  /** The run has said how it ended; what was written before that is still being read. */
  let ending: Extract<FromRunner, { type: "ended" }> | null = null;
  let memoryKills = recentMemoryKills();

  const process_ = startRunner(spawnRunner, { heapLimitMb, mark });
  const raw = createRawOutput(process_);

  const clearTimers = (): void => {
    if (timeout !== null) clearTimeout(timeout);
    if (startNotice !== null) clearTimeout(startNotice);
    startNotice = null;
    if (stopping?.deadline) clearTimeout(stopping.deadline);
    timeout = null;
    stopping = null;
  };

  /** Reports the run's end exactly once. */
  const endRun = (outcome: RunOutcome): void => {
    const ended = job;
    if (ended === null) return;
    clearTimers();
    passPrinted();
    raw.end();
    job = null;
    pingedAt = null;
    events.ended(ended, outcome);
  };

  const passPrinted = (): void => {
    const messages = printed;
    printed = [];
    if (job === null || messages.length === 0) return;
    raw.flush();
    for (const message of messages) events.message(job, message);
  };

  const killAll = (): void => {
    known.end();
    process_.kill();
  };

  const forceEnd = (outcome: RunOutcome): void => {
    if (job === null || verdict !== null || ending !== null) return;
    verdict = outcome;
    killAll();
  };

  const stopOutcome = (reason: StopReason): RunOutcome => {
    const at = Date.now();
    if (reason === "cancelled") return { kind: "cancelled", at };
    if (reason === "shutdown") return { kind: "lost", at, reason: "the program that ran it ended" };
    return { kind: "failed", at, error: timeoutError(job), retryable: true };
  };

  const stop = (reason: StopReason, graceMs: number): void => {
    if (job === null || verdict !== null || ending !== null) return;
    if (stopping?.deadline) clearTimeout(stopping.deadline);
    // The first reason stays; a later call may only shorten the grace.
    const because = stopping?.reason ?? reason;
    stopping = { reason: because, deadline: null };
    if (graceMs <= 0) {
      forceEnd(stopOutcome(because));
      return;
    }
    process_.send({ type: "stop", runId: job.runId, reason: because, graceMs });
    // Reaches programs in the runner's own group also where the runner itself is blocked by one of them.
    if (process_.pid !== undefined) signal(-process_.pid, "SIGTERM");
    stopping.deadline = setTimeout(() => forceEnd(stopOutcome(because)), graceMs);
  };

  const answerSecret = async (id: number, name: string): Promise<void> => {
    try {
      const value = await events.secret(name);
      if (value !== null) raw.hide(value);
      process_.send({ type: "secret", id, value });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      process_.send({ type: "secret", id, value: null, problem });
    }
  };

  const receive = (message: FromRunner): void => {
    pingedAt = null;
    switch (message.type) {
      case "batch": {
        const startsProgram = !hasTree && message.messages.some(({ type }) => type === "spawned");
        for (const one of message.messages) {
          // Printed before the first program: comes before what programs wrote, also where that was read sooner.
          if (startsProgram && !hasTree && job !== null && one.type === "log") events.message(job, one);
          else receive(one);
        }
        return;
      }
      case "started":
        noteStart(message.at);
        return;
      case "ready":
        if (state === "starting") {
          const expected = modules();
          if (expected !== null) process_.send({ type: "prepare", modules: expected });
          if (expected === null || expected.length === 0) becomeIdle();
          else loading = setTimeout(() => process_.kill(), loadAheadMs).unref();
        }
        return;
      case "prepared":
        if (state === "starting") becomeIdle();
        return;
      case "pong":
        return;
      case "secret":
        void answerSecret(message.id, message.name);
        return;
      case "exiting":
        exitingWith = message.code;
        return;
      case "spawned":
        hasTree = true;
        return;
      case "moduleChanged": {
        const given = job;
        if (given === null || verdict !== null) return;
        if (stopping !== null) {
          state = "idle";
          endRun(stopOutcome(stopping.reason));
        } else {
          clearTimers();
          raw.end();
          job = null;
          state = "idle";
          events.moduleChanged(given);
        }
        events.idle();
        return;
      }
      case "ended":
        if (job === null) return;
        ending = message;
        raw.whenRead(finish, true);
        return;
      case "log":
        if (job === null) return;
        if (printed.push(message) > 1) return;
        if (hasTree) raw.whenRead(passPrinted);
        else passPrinted();
        return;
      default:
        if (job !== null) events.message(job, message);
    }
  };
  process_.onMessage(receive);

  const finish = (): void => {
    if (ending === null) return;
    const { outcome: said, reusable: unharmed } = ending;
    ending = null;
    const reusable = unharmed && verdict === null && state === "busy";
    state = reusable ? "idle" : "gone";
    hasTree = false;
    // Also what it left behind under neither its parent nor its mark.
    known.end();
    known.forget();
    endRun(verdict ?? (stopping === null ? said : endOfStopped(said, stopping.reason)));
    if (reusable) events.idle();
    else {
      killAll();
      events.gone(null);
    }
  };

  /** A run that keeps its process busy from the first moment cannot say itself that it has started. */
  const noteStart = (at: number): void => {
    if (startNotice !== null) clearTimeout(startNotice);
    startNotice = null;
    if (job === null || hasStarted) return;
    hasStarted = true;
    events.message(job, { type: "started", at });
  };

  const endOfStopped = (outcome: RunOutcome, reason: StopReason): RunOutcome => {
    // What finished in the moment it was told to stop has finished; what sleeps can go on after a restart.
    const stands = outcome.kind === "completed" || (reason === "shutdown" && outcome.kind === "sleeping");
    return stands ? outcome : stopOutcome(reason);
  };

  process_.onExit((told) => {
    // It had said how its run ended: that stands.
    if (ending !== null) {
      state = "gone";
      return;
    }
    const exit = exitingWith === null ? told : { code: exitingWith, signal: null };
    const before = state;
    state = "gone";
    if (loading !== null) clearTimeout(loading);
    known.end();
    // The pipes may still hold what the process wrote last, and with it the cause.
    void raw.drained().then(() => {
      endRun(verdict ?? (stopping === null ? endByExit(exit) : stopOutcome(stopping.reason)));
      if (before !== "gone") {
        const failedToStart = before === "starting" ? describeExit(exit, raw.stderrTail) : null;
        events.gone(loading === null ? failedToStart : null, loading !== null);
      }
    });
  });

  const becomeIdle = (): void => {
    if (loading !== null) clearTimeout(loading);
    loading = null;
    state = "idle";
    events.idle();
  };

  const endByExit = (exit: RunnerExit): RunOutcome => {
    const at = Date.now();
    const killsNow = kernelMemoryKills();
    const killedForMemory = exit.signal === "SIGKILL" && killsNow !== null && killsNow > (memoryKills ?? killsNow);
    if (killedForMemory || rssCheckedFrom.test(raw.stderrTail)) {
      return { kind: "failed", at, error: outOfMemory(job?.memoryLimitMb ?? heapLimitMb), retryable: true };
    }
    if (exit.signal !== null && lostSignals.has(exit.signal)) {
      return { kind: "lost", at, reason: `its runner was ended from outside (${exit.signal})` };
    }
    const error: RunError = {
      code: exit.error === undefined ? "RUNNER_CRASHED" : "SPAWN_FAILED",
      name: "RunnerCrashed",
      message: `The run's process ended before the run did: ${describeExit(exit, "")}`,
      details: { exitCode: exit.code, signal: exit.signal },
    };
    return { kind: "failed", at, error, retryable: true };
  };

  return {
    get state() {
      return state;
    },
    get job() {
      return job;
    },
    process: process_,
    mark,
    lookAtTree(processes) {
      if (!hasTree || process_.pid === undefined || processes.length === 0) return [];
      const pids = treeOf(process_.pid, mark, processes);
      known.see(processes.filter(({ pid }) => pids.includes(pid)));
      return pids;
    },
    get hasTree() {
      return hasTree;
    },
    get silentSince() {
      return pingedAt;
    },
    run(next) {
      if (state !== "idle") throw new Error(`a runner that is ${state} takes no run`);
      state = "busy";
      job = next;
      verdict = null;
      hasTree = false;
      raw.begin((at, stream, text) => events.log(next, at, stream as "stdout", text));
      memoryKills = recentMemoryKills();
      hasStarted = false;
      const sentAt = Date.now();
      startNotice = setTimeout(() => noteStart(sentAt), silentStartMs);
      process_.send({ type: "run", job: next });
      if (next.timeoutMs !== null) timeout = capped(next.timeoutMs, () => stop("timeout", timeoutGraceMs));
    },
    stop,
    fail: (error) => forceEnd({ kind: "failed", at: Date.now(), error, retryable: true }),
    ping() {
      if (pingedAt !== null) return;
      pingedAt = Date.now();
      process_.send({ type: "ping" });
    },
    destroy() {
      if (state === "busy" || state === "gone") return;
      state = "gone";
      process_.kill();
    },
  };

  /** Timers overflow at 2^31 ms: longer waits go in parts. */
  function capped(ms: number, then: () => void): NodeJS.Timeout {
    const part = Math.min(ms, 2 ** 30);
    return setTimeout(() => {
      if (part >= ms) then();
      else timeout = capped(ms - part, then);
    }, part);
  }
}

/** A runner that has said nothing for so long after it was given a run is taken to be running it. */
const silentStartMs = 250;

/** A file that takes longer is left to the run that needs it: none other waits for it. */
const loadAheadMs = 5_000;

/** Signals that come from outside: a person, a shutdown, the system. Others are the process's own faults. */
const lostSignals = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);

function describeExit({ code, signal: name, error }: RunnerExit, stderr: string): string {
  if (error !== undefined) return error.message;
  const how = name === null ? `exit code ${code}` : `signal ${name}`;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return said === "" ? how : `${how}: ${said.slice(0, 500)}`;
}

function timeoutError(job: RunJob | null): RunError {
  return {
    code: "TIMEOUT",
    name: "Timeout",
    message: `The run took longer than its timeout of ${(job?.timeoutMs ?? 0) / 1000} s`,
    details: { timeoutMs: job?.timeoutMs ?? null },
  };
}

export function outOfMemory(limitMb: number): RunError {
  return {
    code: "OUT_OF_MEMORY",
    name: "OutOfMemory",
    message: `The run needed more memory than its limit of ${limitMb} MiB`,
    details: { memoryLimitMb: limitMb },
  };
}
