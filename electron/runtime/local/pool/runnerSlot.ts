import type { LogStream, RunError } from "../../../../shared/domain/run.ts";
import type { KnownModule, RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";
import { createConduct } from "../messages/conduct.ts";
import { ProtocolError, parseFromRunner } from "../messages/fromRunner.ts";
import type { FromRunner, StopReason, ToRunner } from "../messages/protocol.ts";
import { createRawOutput } from "../output/rawOutput.ts";
import { type RunnerProcess, type RunnerSpawner, startRunner } from "../processes/runnerProcess.ts";
import { createKnownTree, type ProcessEntry, recentMemoryKills, signal, treeOf } from "../tree/processTree.ts";
import { describeExit, outcomeOfExit } from "./exitCause.ts";
import { startLongTimer } from "./longTimer.ts";
import { createOutputOrder } from "./outputOrder.ts";
import { protocolBroken } from "./runErrors.ts";
import { createStopping, outcomeOfStopped, stopOutcome } from "./stopping.ts";

/**
 * One place in the pool: a runner process and the run it has.
 *
 *   starting  the process has not said `ready`, or is loading files ahead of their first run
 *     → idle     it has loaded them
 *     → gone     it ended first: could not be started, or (ended while it loaded, or loaded too long) its files are not to be
 *                loaded ahead
 *   idle      warm
 *     → busy     given a run
 *     → gone     ended by itself, by us (`destroy`), or for what it sent
 *   busy      has a run
 *     → idle     reported the end, and seems fit for another run
 *     → idle     gave the run back before any of it ran: its file has changed
 *     → gone     died, was killed, or is not to be used again; the run's end is reported first
 *   idle, busy   → gone     says that its last run has left it unfit, before any of the next one ran: that is given back
 *   gone      final; the pool puts a new one in its place where one is needed
 *
 * How its run ended is told once. The first of these that holds decides:
 *
 *   we ended it by force (verdict)                      as that said: out of memory, hung, RUNNER_PROTOCOL, its grace is over
 *   it was told to stop, and it or its process ended    as stopped (stopping.ts); what it had finished stays finished
 *   it said how it ended                                as it said, though its process ends before all is read
 *   its process ended                                   by what is known of the exit (exitCause.ts)
 *
 * Whatever comes from the process is parsed, and may come only when its turn is: anything else ends the process, and the
 * run that it has fails with RUNNER_PROTOCOL.
 */
export type SlotState = "starting" | "idle" | "busy" | "gone";

/** What a slot tells its pool. */
export interface SlotEvents {
  message(job: RunJob, message: RunMessage): void;
  log(job: RunJob, at: number, stream: LogStream, text: string): void;
  ended(job: RunJob, outcome: RunOutcome): void;
  /** The run was given back before any of it ran: its file has changed. */
  moduleChanged(job: RunJob): void;
  /** The run before has left the runner unfit, before any of `given` ran; `gone` follows. */
  unfit(before: RunJob, given: RunJob | null): void;
  idle(): void;
  /** `failedToStart` says why a runner never became ready; `loading`: it ended, or was too slow, while it loaded files ahead. */
  gone(failedToStart: string | null, loading?: boolean): void;
  secret(name: string, runId: string): Promise<string | null> | string | null;
}

type Message = Exclude<FromRunner, { type: "batch" }>;
/** What is passed on about a run. */
export type RunMessage = Extract<FromRunner, { type: "started" | "step" | "log" }>;

export interface Slot {
  readonly state: SlotState;
  readonly job: RunJob | null;
  readonly process: RunnerProcess<ToRunner>;
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
  /** How often a sign of life was asked for since the last one came. */
  readonly silentLooks: number;
  /** Ends the process and what hangs on it. */
  destroy(): void;
}

export interface SlotOptions {
  spawnRunner: RunnerSpawner;
  mark: string;
  heapLimitMb: number;
  /** Between the signal of a timeout and the end by force. */
  timeoutGraceMs: number;
  /** Files to load before the first run. */
  modules: () => KnownModule[];
  events: SlotEvents;
}

/** A runner that has said nothing for so long after it was given a run is taken to be running it. */
const silentStartMs = 250;
/** A file that takes longer is left to the run that needs it: none other waits for it. */
const loadAheadMs = 5_000;

export function createSlot({ spawnRunner, mark, heapLimitMb, timeoutGraceMs, modules, events }: SlotOptions): Slot {
  let state: SlotState = "starting";
  let job: RunJob | null = null;
  let last: RunJob | null = null;
  let hasTree = false;
  let hasStarted = false;
  /** It has sent what it may not: nothing of it is heard any more. */
  let broken = false;
  /** Decided by us before the process was killed: it explains the exit. */
  let verdict: RunOutcome | null = null;
  /** The run has said how it ended; what was written before that is still being read. */
  let ending: Extract<FromRunner, { type: "ended" }> | null = null;
  let exitingWith: number | null = null;
  let silentLooks = 0;
  let memoryKills = recentMemoryKills();
  let timeout: { cancel(): void } | null = null;
  let startNotice: NodeJS.Timeout | null = null;
  /** Set while it loads files ahead. */
  let loading: NodeJS.Timeout | null = null;

  const process_ = startRunner<ToRunner>(spawnRunner, { program: "runner", heapLimitMb, mark });
  const known = createKnownTree();
  const conduct = createConduct();
  const raw = createRawOutput(process_);
  const order = createOutputOrder(raw, (message) => job !== null && events.message(job, message));
  const stopping = createStopping({
    ask(reason, graceMs) {
      process_.send({ type: "stop", runId: job?.runId ?? "", reason, graceMs });
      // Reaches programs in the runner's own group also where the runner itself is blocked by one of them.
      if (process_.pid !== undefined) signal(-process_.pid, "SIGTERM");
    },
    force: (reason) => forceEnd(stopOutcome(reason, job)),
  });

  const clearTimers = (): void => {
    timeout?.cancel();
    timeout = null;
    if (startNotice !== null) clearTimeout(startNotice);
    startNotice = null;
    stopping.clear();
  };

  /** Reports the run's end exactly once. */
  const endRun = (outcome: RunOutcome): void => {
    const ended = job;
    if (ended === null) return;
    clearTimers();
    order.flush();
    raw.end();
    job = null;
    last = ended;
    silentLooks = 0;
    events.ended(ended, outcome);
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

  const breakOff = (problem: string): void => {
    if (broken) return;
    broken = true;
    forceEnd({ kind: "failed", at: Date.now(), error: protocolBroken(problem), retryable: true });
    // Also where it has no run, or one that has ended: what it is worth is no longer known.
    if (verdict === null) process_.kill();
  };

  const answerSecret = async (id: number, name: string): Promise<void> => {
    try {
      const value = await events.secret(name, job?.runId ?? "");
      if (value !== null) raw.hide(value);
      process_.send({ type: "secret", id, value });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      process_.send({ type: "secret", id, value: null, problem });
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

  const becomeReady = (): void => {
    conduct.preparing();
    process_.send({ type: "prepare", modules: modules() });
    loading = setTimeout(() => process_.kill(), loadAheadMs).unref();
  };

  const becomeIdle = (): void => {
    if (loading !== null) clearTimeout(loading);
    loading = null;
    state = "idle";
    events.idle();
  };

  const giveBack = (): void => {
    const given = job;
    if (given === null || verdict !== null) return;
    state = "idle";
    const { reason } = stopping;
    if (reason !== null) {
      endRun(stopOutcome(reason, given));
    } else {
      clearTimers();
      raw.end();
      job = null;
      events.moduleChanged(given);
    }
    events.idle();
  };

  /** What it is to end with is still being read, or it waits, or has just been given the next run. */
  const leaveUnfit = (): void => {
    if (ending !== null) {
      ending = { ...ending, reusable: false };
      return;
    }
    if (verdict !== null || last === null) return;
    let given = job;
    state = "gone";
    const { reason } = stopping;
    if (given !== null && reason !== null) {
      endRun(stopOutcome(reason, given));
      given = null;
    } else {
      clearTimers();
      raw.end();
      job = null;
    }
    events.unfit(last, given);
    killAll();
    events.gone(null);
  };

  const finish = (): void => {
    if (ending === null) return;
    const { outcome: said, reusable: unharmed } = ending;
    ending = null;
    const reusable = unharmed && !broken && verdict === null && state === "busy";
    state = reusable ? "idle" : "gone";
    hasTree = false;
    // Also what it left behind under neither its parent nor its mark.
    known.end();
    known.forget();
    const { reason } = stopping;
    endRun(verdict ?? (reason === null ? said : outcomeOfStopped(said, reason, job)));
    if (reusable) events.idle();
    else {
      killAll();
      events.gone(null);
    }
  };

  const hear = (message: Message, startsProgram: boolean): void => {
    conduct.check(message);
    silentLooks = 0;
    switch (message.type) {
      case "ready":
        becomeReady();
        return;
      case "prepared":
        becomeIdle();
        return;
      case "started":
        noteStart(message.at);
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
      case "moduleChanged":
        giveBack();
        return;
      case "unfit":
        leaveUnfit();
        return;
      case "ended":
        if (job === null) return;
        ending = message;
        raw.whenRead(finish, true);
        return;
      case "log":
        if (job === null) return;
        // Printed before the first program: comes before what programs wrote, also where that was read sooner.
        if (startsProgram && !hasTree) events.message(job, message);
        else order.print(message, hasTree);
        return;
      case "step":
        if (job !== null) events.message(job, message);
        return;
    }
  };

  process_.onMessage((value) => {
    if (broken || state === "gone") return;
    try {
      const message = parseFromRunner(value);
      const messages = message.type === "batch" ? message.messages : [message];
      const startsProgram = !hasTree && messages.some(({ type }) => type === "spawned");
      for (const one of messages as Message[]) hear(one, startsProgram);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      breakOff(error.message);
    }
  }, breakOff);

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
      const { reason } = stopping;
      const { stderrTail } = raw;
      const limitMb = job?.memoryLimitMb ?? heapLimitMb;
      const limitBy = job === null || job.memoryLimitMb === null ? null : job.memoryLimitBy;
      const traces = { exit, stderrTail, memoryKillsBefore: memoryKills, limitMb, limitBy };
      const byExit = (): RunOutcome => outcomeOfExit(traces);
      endRun(verdict ?? (reason === null ? byExit() : stopOutcome(reason, job)));
      if (before === "gone") return;
      const failedToStart = before === "starting" ? describeExit(exit, stderrTail) : null;
      events.gone(loading === null ? failedToStart : null, loading !== null);
    });
  });

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
    get silentLooks() {
      return silentLooks;
    },
    run(next) {
      if (state !== "idle") throw new Error(`a runner that is ${state} takes no run`);
      state = "busy";
      job = next;
      verdict = null;
      hasTree = false;
      hasStarted = false;
      memoryKills = recentMemoryKills();
      raw.begin((at, stream, text) => events.log(next, at, stream, text));
      const sentAt = Date.now();
      startNotice = setTimeout(() => noteStart(sentAt), silentStartMs);
      conduct.given();
      process_.send({ type: "run", job: next });
      if (next.timeoutMs !== null) {
        timeout = startLongTimer(next.timeoutMs, () => {
          if (job !== null && verdict === null && ending === null) stopping.begin("timeout", timeoutGraceMs);
        });
      }
    },
    stop(reason, graceMs) {
      if (job !== null && verdict === null && ending === null) stopping.begin(reason, graceMs);
    },
    fail: (error) => forceEnd({ kind: "failed", at: Date.now(), error, retryable: true }),
    ping() {
      if (silentLooks++ > 0) return;
      conduct.pinged();
      process_.send({ type: "ping" });
    },
    destroy() {
      if (state === "busy" || state === "gone") return;
      state = "gone";
      process_.kill();
    },
  };
}
