import { forkedRunners } from "./forkedRunners.ts";
import { createLauncher, type Launcher } from "./launchedRunners.ts";
import { NoSocketFolder } from "./launcherSocket.ts";
import type { RunnerSpawner } from "./runnerProcess.ts";
import { runnerEntry, runnerEnvironment, runnerFlags } from "./runnerProgram.ts";

/** Runners for programs that run in Node itself. */
export function nodeRunners(): RunnerSpawner {
  // Elsewhere a process starts another without copying itself first.
  return process.platform === "linux" ? launchedRunner : forkedRunners();
}

let launcher: Launcher | null = null;

const launchedRunner: RunnerSpawner = (options) => {
  launcher ??= createLauncher(runnerEntry("launcher"));
  try {
    const { program, heapLimitMb, mark } = options;
    return launcher.launch(runnerEntry(program), runnerFlags(heapLimitMb), runnerEnvironment(mark));
  } catch (error) {
    if (!(error instanceof NoSocketFolder)) throw error;
    // Every folder for temporary files is full or not ours to write in: runs still go on.
    return forkedRunners()(options);
  }
};
