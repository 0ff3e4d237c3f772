import type { MemoryLimitBy } from "../../../../shared/domain/workflow.ts";
import type { RunOutcome } from "../../runtime.ts";
import type { RunnerExit } from "../processes/runnerProcess.ts";
import { kernelMemoryKills } from "../tree/processTree.ts";
import { outOfMemory } from "./runErrors.ts";

/** What is known when a runner has ended under its run. */
export interface ExitTraces {
  exit: RunnerExit;
  /** The end of its standard error. */
  stderrTail: string;
  /** What `recentMemoryKills` said when the run began. */
  memoryKillsBefore: number | null;
  limitMb: number;
  /** Null where nobody has set one. */
  limitBy: MemoryLimitBy | null;
}

/** Signals that come from outside: a person, a shutdown, the system. Others are the process's own faults. */
const lostSignals = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);
const heapIsFull = /heap out of memory|Allocation failed|Array buffer allocation failed.*FATAL/i;

/**
 *   the kernel has killed for memory since, or V8 says so   failed, OUT_OF_MEMORY
 *   a signal from outside                                   lost
 *   never started                                           failed, SPAWN_FAILED
 *   anything else                                           failed, RUNNER_CRASHED
 */
export function outcomeOfExit({ exit, stderrTail, memoryKillsBefore, limitMb, limitBy }: ExitTraces): RunOutcome {
  const at = Date.now();
  const killsNow = kernelMemoryKills();
  const killedForMemory = exit.signal === "SIGKILL" && killsNow !== null && killsNow > (memoryKillsBefore ?? killsNow);
  if (killedForMemory || heapIsFull.test(stderrTail)) {
    return { kind: "failed", at, error: outOfMemory(limitMb, limitBy), retryable: true };
  }
  if (exit.signal !== null && lostSignals.has(exit.signal)) {
    return { kind: "lost", at, reason: `its runner was ended from outside (${exit.signal})` };
  }
  return {
    kind: "failed",
    at,
    error: {
      code: exit.error === undefined ? "RUNNER_CRASHED" : "SPAWN_FAILED",
      name: "RunnerCrashed",
      message: `The run's process ended before the run did: ${describeExit(exit, "")}`,
      details: { exitCode: exit.code, signal: exit.signal },
    },
    retryable: true,
  };
}

export function describeExit({ code, signal: name, error }: RunnerExit, stderr: string): string {
  if (error !== undefined) return error.message;
  const how = name === null ? `exit code ${code}` : `signal ${name}`;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return said === "" ? how : `${how}: ${said.slice(0, 500)}`;
}
