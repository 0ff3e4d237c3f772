import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the desktop program was started with. */
export interface StartOptions {
  /** Absolute; undefined is the program's own folder. */
  dataDir: string | undefined;
  /** Start in the tray, as at login. */
  hidden: boolean;
}

/**
 * What follows `--command-line --`: the arguments of the command line, where the program was started as that (by the
 * installed `almanac`); undefined where it is the desktop program. Chromium reads nothing after the two dashes.
 */
export function commandLineArgs(args: readonly string[]): string[] | undefined {
  const dashes = args.indexOf("--");
  return dashes > 0 && args[dashes - 1] === "--command-line" ? args.slice(dashes + 1) : undefined;
}

/** Reads the program's own options among those of Electron and Chromium, which are none of its business. */
export function startOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { "data-dir": { type: "string" }, hidden: { type: "boolean" } },
    strict: false,
    allowPositionals: true,
  });
  const dataDir = typeof values["data-dir"] === "string" ? values["data-dir"] : env["ALMANAC_DATA_DIR"];
  return { dataDir: dataDir ? resolve(dataDir) : undefined, hidden: values["hidden"] === true };
}
