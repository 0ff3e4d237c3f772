/** What a process has beside its objects, and a workflow may change: its folder and its environment. */
export interface Surroundings {
  /** What there is now is what every run is to find. */
  remember(): void;
  /** Puts back what has been changed. Throws where the folder is gone. */
  restore(): void;
}

export function createSurroundings(): Surroundings {
  const { env } = process;
  let folder = "";
  let names: string[] = [];
  let values: (string | undefined)[] = [];

  const remember = (): void => {
    folder = process.cwd();
    names = Object.keys(env);
    values = names.map((name) => env[name]);
  };

  /** Looked at after every run: half of the time goes into the names, and `Object.keys` takes twice as long as these do. */
  const isUnchanged = (): boolean => {
    if (Reflect.ownKeys(env).length !== names.length) return false;
    for (let at = 0; at < names.length; at++) if (env[names[at] as string] !== values[at]) return false;
    return true;
  };

  remember();
  return {
    remember,
    restore() {
      if (process.cwd() !== folder) process.chdir(folder);
      if (isUnchanged()) return;
      for (const name of Object.keys(env)) if (!names.includes(name)) delete env[name];
      for (const [at, name] of names.entries()) if (env[name] !== values[at]) env[name] = values[at];
    },
  };
}
