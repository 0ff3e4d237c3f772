/** What a process has beside its objects, and a workflow may change: its folder and its environment. */
export interface Surroundings {
  /** What there is now is what every run is to find. */
  remember(): void;
  /** Puts back what has been changed. Throws where the folder is gone. */
  restore(): void;
  /** The same, and what was changed past `process.env`: by native code, or by a thread that shares the environment. */
  restoreAll(): void;
}

/**
 * Reading all of the environment takes a fifth of a run of nothing: it is done only after something was written there. So
 * `process.env` is replaced by a proxy that notes writes and passes everything on; to be called before any code of a workflow.
 */
export function watchSurroundings(): Surroundings {
  const env = process.env;
  let isWritten = false;
  process.env = new Proxy(env, {
    set(target, key, value) {
      isWritten = true;
      return Reflect.set(target, key, value);
    },
    defineProperty(target, key, descriptor) {
      isWritten = true;
      return Reflect.defineProperty(target, key, descriptor);
    },
    deleteProperty(target, key) {
      isWritten = true;
      return Reflect.deleteProperty(target, key);
    },
  });
  // Writes to the environment by itself.
  const { loadEnvFile } = process;
  process.loadEnvFile = (path) => {
    isWritten = true;
    if (path === undefined) loadEnvFile();
    else loadEnvFile(path);
  };

  let folder = process.cwd();
  let variables = new Map(Object.entries(env));
  const restoreFolder = (): void => {
    if (process.cwd() !== folder) process.chdir(folder);
  };
  const restoreVariables = (): void => {
    isWritten = false;
    for (const name of Object.keys(env)) if (!variables.has(name)) delete env[name];
    for (const [name, value] of variables) if (env[name] !== value) env[name] = value;
  };
  return {
    remember() {
      folder = process.cwd();
      variables = new Map(Object.entries(env));
      isWritten = false;
    },
    restore() {
      restoreFolder();
      if (isWritten) restoreVariables();
    },
    restoreAll() {
      restoreFolder();
      restoreVariables();
    },
  };
}
