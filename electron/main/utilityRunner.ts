import { utilityProcess } from "electron";
import { type RunnerExit, type RunnerSpawner, runnerEntry } from "../runtime/local/spawner.ts";

/**
 * Runners for the desktop program: Electron's utility processes, because a packaged program cannot run as Node. They
 * end without a signal's name; how a run ended is told by its messages and the exit code alone.
 */
export const spawnUtilityRunner: RunnerSpawner = ({ heapLimitMb, env }) => {
  const child = utilityProcess.fork(runnerEntry(), [], {
    serviceName: "Almanac runner",
    stdio: ["ignore", "pipe", "pipe"],
    execArgv: [`--max-old-space-size=${heapLimitMb}`],
    env: { ...process.env, NODE_OPTIONS: "", ...env },
  });
  let exited = false;
  let killAsked = false;
  const kill = (): void => {
    killAsked = true;
    // `child.kill()` only asks; a runner that is killed may be hung.
    if (child.pid !== undefined && !exited) process.kill(child.pid, "SIGKILL");
  };
  // Killed before the operating system had started it.
  child.on("spawn", () => killAsked && kill());
  return {
    get pid() {
      return child.pid;
    },
    stdout: child.stdout as RunnerStream,
    stderr: child.stderr as RunnerStream,
    send: (message) => {
      if (!exited) child.postMessage(message);
    },
    onMessage: (listener) => child.on("message", listener),
    onExit: (listener) => {
      child.on("exit", (code) => {
        if (exited) return;
        exited = true;
        const exit: RunnerExit = { code, signal: null };
        listener(exit);
      });
    },
    kill,
  };
};

type RunnerStream = ReturnType<RunnerSpawner>["stdout"];
