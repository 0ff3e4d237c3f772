import { dirname, resolve } from "node:path";
import { forkedRunners } from "./forkedRunners.ts";
import { createLauncher, type Launcher } from "./launchedRunners.ts";
import { NoSocketFolder } from "./launcherSocket.ts";
import type { RunnerSpawner } from "./runnerProcess.ts";
import { runnerEntry, runnerEnvironment, runnerFlags } from "./runnerProgram.ts";

/** Runners for programs that run in Node itself. `entryPath` is the built runner (`runnerEntry()`). */
export function nodeRunners(entryPath: string = runnerEntry()): RunnerSpawner {
  // Elsewhere a process starts another without copying itself first.
  return process.platform === "linux" ? launchedRunners(entryPath) : forkedRunners(entryPath);
}

let launcher: Launcher | null = null;

function launchedRunners(entryPath: string): RunnerSpawner {
  return (options) => {
    launcher ??= createLauncher(resolve(dirname(runnerEntry()), "launcher.js"));
    try {
      return launcher.launch(entryPath, runnerFlags(options.heapLimitMb), runnerEnvironment(options.mark));
    } catch (error) {
      if (!(error instanceof NoSocketFolder)) throw error;
      // Every folder for temporary files is full or not ours to write in: runs still go on.
      return forkedRunners(entryPath)(options);
    }
  };
}
