import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { markVariable } from "../../runtime/local/tree/processTree.ts";

/**
 * Sees to it that every program which code in this process starts carries the runner's mark, also one that is given an
 * environment of its own, and tells when the first is started. Without a mark it could not be found again once it has
 * left its parent.
 */
export function watchChildPrograms(mark: string, started: () => void): void {
  type Spawn = (this: unknown, options: { envPairs?: string[] }) => unknown;
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: Spawn };
  const spawn = prototype.spawn;
  const pair = `${markVariable}=${mark}`;
  prototype.spawn = function (options) {
    started();
    if (Array.isArray(options?.envPairs)) {
      options.envPairs = [...options.envPairs.filter((other) => !other.startsWith(`${markVariable}=`)), pair];
    }
    return spawn.call(this, options);
  };

  type Options = { env?: NodeJS.ProcessEnv };
  const marked = (options: Options | undefined): Options | undefined =>
    options?.env === undefined ? options : { ...options, env: { ...options.env, [markVariable]: mark } };
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) {
    const original = childProcess[name] as (...args: unknown[]) => unknown;
    const wrapped = (...args: unknown[]): unknown => {
      started();
      const last = args.length - 1;
      const options = args[last];
      if (last > 0 && typeof options === "object" && options !== null && !Array.isArray(options))
        args[last] = marked(options);
      return original(...args);
    };
    Object.assign(childProcess, { [name]: wrapped });
  }
  syncBuiltinESMExports();
}
