import type { RunError } from "../../../../shared/domain/run.ts";
import type { RunJob } from "../../../../shared/domain/workflow.ts";

/** Errors of runs that the runtime finds, not the run itself. */

export function timeoutError(timeoutMs: number | null): RunError {
  return {
    code: "TIMEOUT",
    name: "Timeout",
    message: `The run took longer than its timeout of ${(timeoutMs ?? 0) / 1000} s`,
    details: { timeoutMs },
  };
}

export function outOfMemory(limitMb: number): RunError {
  return {
    code: "OUT_OF_MEMORY",
    name: "OutOfMemory",
    message: `The run needed more memory than its limit of ${limitMb} MiB (the setting "memory limit" of its schedule or workflow, else of Settings)`,
    details: { memoryLimitMb: limitMb },
  };
}

export function hung(afterMs: number): RunError {
  return {
    code: "RUNNER_HUNG",
    name: "RunnerHung",
    message: `The run has kept its process busy for ${afterMs / 1000} s without letting it answer`,
    details: { unresponsiveMs: afterMs },
  };
}

/** `problem`: what came, as in "sent PROBLEM". */
export function protocolBroken(problem: string): RunError {
  return {
    code: "RUNNER_PROTOCOL",
    name: "RunnerProtocol",
    message: `The run's process sent ${problem}. Its channels to Almanac (process.send, process.parentPort, file descriptor 3) are not for workflows to write on`,
  };
}

export function moduleChanged({ modulePath, workflowName }: RunJob): RunError {
  return {
    code: "WORKFLOW_LOAD_FAILED",
    name: "ModuleChanged",
    message: `${modulePath} has changed and no longer offers the workflow ${workflowName}; its load error is on the Workflows page`,
    details: { path: modulePath },
  };
}

export function spawnFailed(message: string): RunError {
  return { code: "SPAWN_FAILED", name: "SpawnFailed", message };
}
