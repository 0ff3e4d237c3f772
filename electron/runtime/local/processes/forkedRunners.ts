import { fork } from "node:child_process";
import type { Socket } from "node:net";
import type { FromRunner } from "../protocol.ts";
import { killMarked, killTree } from "../tree/processTree.ts";
import type { RunnerExit, RunnerSpawner } from "./runnerProcess.ts";
import { runnerEnvironment, runnerFlags } from "./runnerProgram.ts";

/** Runners that the program forks itself, where it is their parent and sees to their ends. */
export function forkedRunners(entryPath: string): RunnerSpawner {
  return ({ heapLimitMb, mark }) => {
    const child = fork(entryPath, [], {
      // Its own session: a Ctrl-C in the terminal reaches the program, which then ends its runners in order.
      detached: true,
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: runnerFlags(heapLimitMb),
      env: runnerEnvironment(mark),
    });
    // A program that ends must not be kept by its warm runners.
    child.unref();
    child.channel?.unref();
    for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
    let exited = false;
    return {
      get pid() {
        return child.pid;
      },
      onOutput: (listener) => {
        for (const name of ["stdout", "stderr"] as const) if (child[name] !== null) listener(name, child[name]);
      },
      send: (message) => {
        if (!exited && child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => child.on("message", (message) => listener(message as FromRunner)),
      onExit: (listener) => {
        const once = (exit: RunnerExit): void => {
          if (exited) return;
          exited = true;
          void killMarked(mark).then(() => listener(exit));
        };
        child.on("exit", (code, signal) => once({ code, signal }));
        child.on("error", (error) => {
          if (child.pid === undefined) once({ code: null, signal: null, error });
        });
      },
      kill() {
        // The tree first: once the runner is gone, what hangs on it by its parent's id alone cannot be found.
        killTree(child.pid, mark);
        child.kill("SIGKILL");
      },
    };
  };
}
