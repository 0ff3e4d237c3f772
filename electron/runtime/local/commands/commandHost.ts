import { hostname } from "node:os";
import type { RunJob } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";
import { createConduct } from "../messages/conduct.ts";
import { ProtocolError } from "../messages/fromRunner.ts";
import { type FromHost, parseFromHost, type ToHost } from "../messages/hostProtocol.ts";
import type { StopReason } from "../messages/protocol.ts";
import { createRawOutput, type RawOutput } from "../output/rawOutput.ts";
import { describeExit } from "../pool/exitCause.ts";
import { spawnFailed } from "../pool/runErrors.ts";
import type { RunMessage } from "../pool/runnerSlot.ts";
import { createStartBackoff } from "../pool/startBackoff.ts";
import { type RunnerExit, type RunnerProcess, type RunnerSpawner, startRunner } from "../processes/runnerProcess.ts";
import { createHostedRun, type HostedRun } from "./hostedRun.ts";

/**
 * The command host as the program sees it: one process for all runs of built-in workflows.
 *
 *   none      nothing has asked for it yet; a run starts it
 *     → starting
 *   starting  the process has not said `ready`; runs wait
 *     → up       it has, and is given them
 *     → failed   it ended first
 *   up        takes runs, any number
 *     → starting it ended: its runs are told as lost, and none is run again here; another one is started at once
 *   failed    another start is tried after a while (→ starting); after three in a row waiting runs are told that it fails
 *   closed    final
 */
export interface CommandHost {
  /** How many runs it has. */
  readonly busy: number;
  /** Whether there is a process, or one is being started. */
  readonly isUp: boolean;
  /** Why it cannot be started; null where it can. */
  readonly problem: string | null;
  run(job: RunJob): void;
  /** False where it has no such run. */
  stop(runId: string, reason: StopReason, graceMs: number): boolean;
  stopAll(reason: StopReason, graceMs: number): void;
  /** Asks for a sign of life; a host that has given none for long is ended, and with it its runs. */
  look(): void;
  /** Its process is ended; it has no runs any more. */
  close(): void;
}

export interface CommandHostEvents {
  message(job: RunJob, worker: string, message: RunMessage): void;
  ended(job: RunJob, outcome: RunOutcome): void;
  /** Whether it can be started has changed. */
  problemChanged(): void;
  secret(name: string, runId: string): Promise<string | null> | string | null;
}

export interface CommandHostOptions {
  spawnRunner: RunnerSpawner;
  /** The mark of the next process. */
  nextMark: () => string;
  timeoutGraceMs: number;
  events: CommandHostEvents;
}

/** It holds tails of output, nothing large. */
const heapLimitMb = 512;
/** Looks without a sign of life after which it is taken to hang. Our own code waits, it does not compute. */
const mostSilentLooks = 30;

export function createCommandHost({ spawnRunner, nextMark, timeoutGraceMs, events }: CommandHostOptions): CommandHost {
  const runs = new Map<string, HostedRun>();
  let host: { process: RunnerProcess<ToHost>; raw: RawOutput; ready: boolean } | null = null;
  let closed = false;
  let silentLooks = 0;

  const backoff = createStartBackoff({
    what: "The process for commands",
    retry: () => start(),
    changed: () => events.problemChanged(),
    givenUp(problem) {
      const error = spawnFailed(problem);
      for (const run of [...runs.values()]) run.end({ kind: "failed", at: Date.now(), error, retryable: true });
    },
  });

  const start = (): void => {
    if (closed || host !== null || backoff.isWaiting) return;
    const process_ = startRunner<ToHost>(spawnRunner, { program: "commandHost", heapLimitMb, mark: nextMark() });
    const mine = { process: process_, raw: createRawOutput(process_), ready: false };
    host = mine;
    silentLooks = 0;
    const conduct = createConduct();
    const breakOff = (): void => process_.kill();
    process_.onMessage((value) => {
      if (host !== mine) return;
      try {
        for (const message of parseFromHost(value)) hear(mine, message, conduct);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        breakOff();
      }
    }, breakOff);
    process_.onExit((exit) => void mine.raw.drained().then(() => gone(mine, exit)));
  };

  const hear = (mine: NonNullable<typeof host>, message: FromHost, conduct: ReturnType<typeof createConduct>): void => {
    silentLooks = 0;
    switch (message.type) {
      case "ready":
        conduct.check(message);
        mine.ready = true;
        backoff.succeeded();
        for (const run of runs.values()) run.give(mine.process);
        return;
      case "pong":
        return;
      case "secret":
        void answerSecret(mine.process, message.id, message.name, message.runId);
        return;
      case "run":
        runs.get(message.runId)?.hear(message.message);
        return;
    }
  };

  const answerSecret = async (
    process_: RunnerProcess<ToHost>,
    id: number,
    name: string,
    runId: string,
  ): Promise<void> => {
    try {
      process_.send({ type: "secret", id, value: await events.secret(name, runId) });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      process_.send({ type: "secret", id, value: null, problem });
    }
  };

  const gone = (mine: NonNullable<typeof host>, exit: RunnerExit): void => {
    if (host !== mine) return;
    host = null;
    const how = describeExit(exit, mine.raw.stderrTail);
    if (!mine.ready) {
      backoff.failed(how);
      return;
    }
    const reason = `the process that runs commands ended (${how})`;
    for (const run of [...runs.values()]) run.end({ kind: "lost", at: Date.now(), reason });
    start();
  };

  return {
    get busy() {
      return runs.size;
    },
    get isUp() {
      return host !== null;
    },
    get problem() {
      return backoff.problem;
    },
    run(job) {
      const run = createHostedRun({
        job,
        timeoutGraceMs,
        message: (message) => events.message(job, `pid ${host?.process.pid} on ${hostname()}`, message),
        ended(outcome) {
          runs.delete(job.runId);
          events.ended(job, outcome);
        },
        broken: () => host?.process.kill(),
      });
      runs.set(job.runId, run);
      start();
      if (host?.ready === true) run.give(host.process);
    },
    stop(runId, reason, graceMs) {
      const run = runs.get(runId);
      run?.stop(reason, graceMs);
      return run !== undefined;
    },
    stopAll(reason, graceMs) {
      for (const run of [...runs.values()]) run.stop(reason, graceMs);
    },
    look() {
      if (host?.ready !== true || runs.size === 0) return;
      if (++silentLooks > mostSilentLooks) host.process.kill();
      else host.process.send({ type: "ping" });
    },
    close() {
      closed = true;
      backoff.close();
      host?.process.kill();
      host = null;
    },
  };
}
