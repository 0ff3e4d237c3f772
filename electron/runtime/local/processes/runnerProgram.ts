import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { markVariable } from "../tree/processTree.ts";
import type { RunnerProgram } from "./runnerProcess.ts";

/** The program's own, and the mark. */
export function runnerEnvironment(mark: string): Record<string, string | undefined> {
  return { ...process.env, NODE_OPTIONS: "", [markVariable]: mark };
}

/** V8's limits in a runner. Young objects get little room: a flood of output is all garbage, and would fill it. */
export function runnerFlags(heapLimitMb: number): string[] {
  return [`--max-old-space-size=${heapLimitMb}`, "--max-semi-space-size=4"];
}

/** A built program that runs runs or starts those that do, found from the built programs as well as from the sources. */
export function runnerEntry(program: RunnerProgram | "launcher" = "runner"): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const file = `${program}.js`;
  // Beside the built programs' shared chunks; from the sources, and from what else is built, below the checkout.
  const candidates = [resolve(here, "../runner", file)];
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    candidates.push(resolve(folder, "dist/runner", file));
  }
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? file;
}
