import { dirname } from "node:path";
import { getTsconfig, type TsConfigJson } from "get-tsconfig";

/** What holds for the files under a folder. */
export interface Tsconfig {
  path: string;
  compilerOptions: NonNullable<TsConfigJson["compilerOptions"]>;
}

/** The `tsconfig.json` of the file's folder or the nearest one above it; null where there is none, or it cannot be read. */
export function tsconfigOf(file: string): Tsconfig | null {
  try {
    const found = getTsconfig(dirname(file));
    return found === null ? null : { path: found.path, compilerOptions: found.config.compilerOptions ?? {} };
  } catch {
    // What is wrong with it is for the editor to say: a workflow may need nothing of it.
    return null;
  }
}
