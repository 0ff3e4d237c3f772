import { constants } from "node:os";
import type { Readable } from "node:stream";
import { utilityProcess } from "electron";
import type { RunnerExit, RunnerSpawner } from "../../runtime/local/processes/runnerProcess.ts";
import { runnerEntry, runnerEnvironment, runnerFlags } from "../../runtime/local/processes/runnerProgram.ts";
import { killMarked, killTree } from "../../runtime/local/tree/processTree.ts";

/**
 * Runners for the desktop program: Electron's utility processes, because a packaged program cannot run as Node. They
 * end without a signal's name: its number stands for the exit code, and a runner that exits by itself says so before.
 */
export const spawnUtilityRunner: RunnerSpawner = ({ program, heapLimitMb, mark }) => {
  const child = utilityProcess.fork(runnerEntry(program), [], {
    serviceName: program === "runner" ? "Almanac runner" : "Almanac commands",
    stdio: ["ignore", "pipe", "pipe"],
    execArgv: runnerFlags(heapLimitMb),
    env: runnerEnvironment(mark),
  });
  let exited = false;
  let killAsked = false;
  const kill = (): void => {
    killAsked = true;
    killTree(child.pid, mark);
    // `child.kill()` only asks; a runner that is killed may be hung.
    if (child.pid !== undefined && !exited) process.kill(child.pid, "SIGKILL");
  };
  // Killed before the operating system had started it.
  child.on("spawn", () => killAsked && kill());
  return {
    get pid() {
      return child.pid;
    },
    onOutput: (listener) => {
      for (const name of ["stdout", "stderr"] as const) {
        const source = child[name] as Readable | null;
        if (source !== null) listener(name, source);
      }
    },
    send: (message) => {
      if (!exited) child.postMessage(message);
    },
    onMessage: (listener) => void child.on("message", listener),
    onExit: (listener) => {
      child.on("exit", (code) => {
        if (exited) return;
        exited = true;
        const signal = signalOf(code);
        const exit: RunnerExit = { code: signal === null ? code : null, signal };
        void killMarked(mark).then(() => listener(exit));
      });
    },
    kill,
  };
};

function signalOf(code: number): string | null {
  if (process.platform === "win32" || code === 0) return null;
  return Object.entries(constants.signals).find(([, number]) => number === code)?.[0] ?? null;
}
