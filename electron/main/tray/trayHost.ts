import { execFile } from "node:child_process";

/** Programs that ask the session's bus, one of which every desktop has; each prints `true` where there is a host. */
const watcher = "org.kde.StatusNotifierWatcher";
const property = "IsStatusNotifierHostRegistered";
const questions: readonly (readonly string[])[] = [
  ["busctl", "--user", "get-property", watcher, "/StatusNotifierWatcher", watcher, property],
  [
    ...["gdbus", "call", "--session", "--dest", watcher, "--object-path", "/StatusNotifierWatcher"],
    ...["--method", "org.freedesktop.DBus.Properties.Get", watcher, property],
  ],
  [
    ...["dbus-send", "--session", "--print-reply", `--dest=${watcher}`, "/StatusNotifierWatcher"],
    ...["org.freedesktop.DBus.Properties.Get", `string:${watcher}`, `string:${property}`],
  ],
];
const timeoutMs = 2_000;

/** What a program printed; null where there is no such program, "" where it failed. */
type Run = (command: string, args: readonly string[]) => Promise<string | null>;

const run: Run = (command, args) =>
  new Promise((done) => {
    execFile(command, [...args], { timeout: timeoutMs }, (error, stdout) => {
      if (error === null) done(stdout);
      else done((error as NodeJS.ErrnoException).code === "ENOENT" ? null : "");
    });
  });

/**
 * Whether anything shows icons in a tray. On Linux that is a program of the desktop, which many have not: there a window
 * that went to the tray would be gone. Where nobody can be asked, there is none.
 */
export async function hasTrayHost(platform: NodeJS.Platform = process.platform, ask: Run = run): Promise<boolean> {
  if (platform !== "linux") return true;
  for (const [command = "", ...args] of questions) {
    const answer = await ask(command, args);
    if (answer !== null) return /\btrue\b/.test(answer);
  }
  return false;
}
