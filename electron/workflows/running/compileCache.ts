import nodeModule from "node:module";
import { join } from "node:path";
import { compileCacheVariable, nodeCompileCacheVariable } from "../../runtime/local/processes/runnerProgram.ts";

/**
 * What has been compiled in one runner is there for the next one, whose start is then half the work. Only where the launcher
 * has a folder for it that nobody else may enter; the variables that name it are none of a run's.
 */
export interface CompileCache {
  /** Where what a compiler has made of workflow files is kept; null where there is no folder. */
  readonly textsFolder: string | null;
  keep(): void;
}

export function takeCompileCache(env: NodeJS.ProcessEnv = process.env): CompileCache {
  const folder = env[compileCacheVariable];
  if (folder === undefined) return { textsFolder: null, keep: () => undefined };
  delete env[compileCacheVariable];
  const isOurs = env[nodeCompileCacheVariable] === folder;
  if (isOurs) delete env[nodeCompileCacheVariable];
  return {
    textsFolder: join(folder, "texts"),
    keep() {
      // Node itself does so at the end of the process, which is ended by force.
      if (isOurs) nodeModule.flushCompileCache?.();
    },
  };
}
