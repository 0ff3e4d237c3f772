import { existsSync } from "node:fs";

/** Goes to the folder where the command was typed, which paths on it are meant from: npm moves to the package's own. */
export function enterTypedFolder(): void {
  const typedIn = process.env["INIT_CWD"];
  if (typedIn !== undefined && existsSync(typedIn)) process.chdir(typedIn);
}

/**
 * Asks this process to end once the shell that npm started it in is gone. npm hands a request to end to that shell
 * alone, which would leave an engine behind that nobody sees.
 */
export function endWithNpm(): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const shell = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(looking);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  looking.unref();
}
