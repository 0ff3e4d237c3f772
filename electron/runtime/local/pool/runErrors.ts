import type { RunError } from "../../../../shared/domain/run.ts";
import type { MemoryLimitBy, RunJob } from "../../../../shared/domain/workflow.ts";

/** Errors of runs that the runtime finds, not the run itself. */

export function timeoutError(timeoutMs: number | null): RunError {
  return {
    code: "TIMEOUT",
    name: "Timeout",
    message: `The run took longer than its timeout of ${(timeoutMs ?? 0) / 1000} s`,
    details: { timeoutMs },
  };
}

/** `null`: nobody has set a limit; what was full is the heap that a runner then has. */
export function outOfMemory(limitMb: number, by: MemoryLimitBy | null): RunError {
  return {
    code: "OUT_OF_MEMORY",
    name: "OutOfMemory",
    message: `The run needed more memory than ${by === null ? `the ${limitMb} MiB that JavaScript has where there is no limit` : `its limit of ${limitMb} MiB (${setBy[by]})`}`,
    details: { memoryLimitMb: limitMb, ...(by === null ? {} : { memoryLimitBy: by }) },
  };
}

const setBy: Readonly<Record<MemoryLimitBy, string>> = {
  schedule: 'the "Memory" of its schedule, memoryLimit',
  workflow: 'the "Memory" of its workflow on the Workflows page, which `workflows update` changes',
  code: "memoryLimit in its workflow's code; the Workflows page and a schedule go before it",
  settings: '"Memory of workflow code" in Settings, memoryLimitMb; a workflow or a schedule may have its own',
};

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
