import childProcess, { type ChildProcess } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { leftVariable, markVariable } from "../../runtime/local/tree/processTree.ts";

export interface ChildProgramsWatch {
  /** A program is about to be started; what it is to find in its environment. */
  starting(): Readonly<Record<string, string>>;
  /** It has been, or it could not be and has no id. Not told of those that are waited for at once (`spawnSync`). */
  started?(child: ChildProcess): void;
}

/**
 * Sees to it that every program which code in this process starts carries its run's mark, also one that is given an
 * environment of its own, and tells when one is started.
 */
export function watchChildPrograms({ starting, started }: ChildProgramsWatch): void {
  type Spawn = (this: unknown, options: { envPairs?: string[] }) => unknown;
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: Spawn };
  const spawn = prototype.spawn;
  const ours = [`${markVariable}=`, `${leftVariable}=`];
  prototype.spawn = function (options) {
    const variables = starting();
    if (Array.isArray(options?.envPairs)) {
      const others = options.envPairs.filter((pair) => !ours.some((name) => pair.startsWith(name)));
      options.envPairs = [...others, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
    }
    const result = spawn.call(this, options);
    started?.(this as ChildProcess);
    return result;
  };

  type Options = { env?: NodeJS.ProcessEnv };
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) {
    const original = childProcess[name] as (...args: unknown[]) => unknown;
    const wrapped = (...args: unknown[]): unknown => {
      const variables = starting();
      const last = args.length - 1;
      const options = args[last] as Options | undefined;
      if (
        last > 0 &&
        typeof options === "object" &&
        options !== null &&
        !Array.isArray(options) &&
        options.env !== undefined
      )
        args[last] = { ...options, env: { ...options.env, ...variables } };
      return original(...args);
    };
    Object.assign(childProcess, { [name]: wrapped });
  }
  syncBuiltinESMExports();
}
