import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Writable } from "node:stream";

/**
 * A shell that sleeps on a pipe from this program. However the program ends, the kernel closes the pipe; the shell then
 * ends every process that carries the program's mark. It covers what runners cannot clean up themselves: one that loops
 * for ever, or was itself ended by force. Linux only, where marks can be read.
 */
const script = `
trap '' INT TERM HUP
while read -r ignored; do :; done
for look in 1 2 3 4 5 6; do
  found=$(grep -la -- "ALMANAC_RUNNER=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3)
  [ -z "$found" ] && exit 0
  # Runners notice the same and end their programs in order first.
  sleep 0.5
  [ "$look" -ge 3 ] && kill -9 $found 2>/dev/null
done
`;

export interface Reaper {
  /** Lets it look once more and end. */
  close(): void;
}

export function startReaper(mark: string): Reaper | null {
  if (process.platform !== "linux") return null;
  const environment: NodeJS.ProcessEnv = { PATH: process.env["PATH"] };
  let child: ChildProcessByStdio<Writable, null, null>;
  try {
    child = spawn("/bin/sh", ["-c", script, "almanac-reaper", mark], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: environment,
    });
  } catch {
    // No memory for it. Without it there is one safety net less; runners still watch their parent themselves.
    return null;
  }
  // The same where there is no shell.
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  (child.stdin as typeof child.stdin & { unref?: () => void }).unref?.();
  return { close: () => child.stdin.end() };
}
