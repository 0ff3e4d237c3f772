import { dirname, resolve } from "node:path";
import { forkedRunners } from "./forkedRunners.ts";
import { createLauncher, type Launcher } from "./launchedRunners.ts";
import type { RunnerSpawner } from "./runnerProcess.ts";
import { runnerEntry, runnerEnvironment, runnerFlags } from "./runnerProgram.ts";

/** Runners for programs that run in Node itself. `entryPath` is the built runner (`runnerEntry()`). */
export function nodeRunners(entryPath: string = runnerEntry()): RunnerSpawner {
  // Elsewhere a process starts another without copying itself first.
  return process.platform === "linux" ? launchedRunners(entryPath) : forkedRunners(entryPath);
}

let launcher: Launcher | null = null;

function launchedRunners(entryPath: string): RunnerSpawner {
  return ({ heapLimitMb, mark }) => {
    launcher ??= createLauncher(resolve(dirname(runnerEntry()), "launcher.js"));
    return launcher.launch(entryPath, runnerFlags(heapLimitMb), runnerEnvironment(mark));
  };
}
