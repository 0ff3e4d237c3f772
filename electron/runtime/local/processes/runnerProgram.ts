import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { markVariable } from "../tree/processTree.ts";
import type { RunnerProgram } from "./runnerProcess.ts";

/** What this program was handed for itself: with it a run's code would reach all other runs. */
const notForRuns = ["ALMANAC_REDIS_URL", "ALMANAC_REDIS_URL_FILE", "ALMANAC_SHARED_KEY", "ALMANAC_SHARED_KEY_FILE"];

/** The program's own environment, as far as it may go to what executes runs and to what starts that. */
export function environmentForRuns(): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env, NODE_OPTIONS: "" };
  for (const name of notForRuns) delete env[name];
  return env;
}

/** The same, and the mark. */
export function runnerEnvironment(mark: string): Record<string, string | undefined> {
  return { ...environmentForRuns(), [markVariable]: mark };
}

/** Node's own: a folder in which it keeps what it has compiled. */
export const nodeCompileCacheVariable = "NODE_COMPILE_CACHE";
/** The launcher's: where what is compiled of workflow files is kept. */
export const compileCacheVariable = "ALMANAC_COMPILE_CACHE";

/** Has a process keep what it compiles in `folder`; Node's own part of it where nobody has said otherwise. */
export function withCompileCache(env: Record<string, string | undefined>, folder: string): typeof env {
  return {
    ...env,
    [nodeCompileCacheVariable]: env[nodeCompileCacheVariable] ?? folder,
    [compileCacheVariable]: folder,
  };
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
