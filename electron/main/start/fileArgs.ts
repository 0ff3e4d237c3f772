import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

// Loaded before Electron is ready, which waits for nothing: so it needs nothing that takes time to load.

/** Of files that are opened with the program: what it can import. */
const importable = /(^|[\\/])crontab$|\.(ics|timer|service|plist|xml|json|ya?ml|crontab|cron)$/i;
const mostFiles = 200;

/**
 * The files among a program's arguments, as absolute paths: paths or `file:` addresses whose name is of a kind that can be
 * imported. `folder` is where the program was started.
 */
export function filesIn(args: readonly string[], folder: string): string[] {
  const paths = args.flatMap((arg) => {
    if (arg.startsWith("-")) return [];
    if (!/^[a-z][a-z\d+.-]+:/i.test(arg)) return [resolve(folder, arg)];
    try {
      return arg.startsWith("file:") ? [fileURLToPath(arg)] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(paths)].filter((path) => importable.test(path)).slice(0, mostFiles);
}
