import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const unitName = "almanac.service";

/**
 * One part of `ExecStart=`, as systemd reads it: `%` is its own, and so are quotes and backslashes; `$` is, but not in the
 * name of the program.
 */
const quoted = (part: string, index: number): string => {
  const escaped = part
    .replace(/[\\"]/g, "\\$&")
    .replaceAll("%", "%%")
    .replace(/[\n\r\t]/g, (character) => ({ "\n": "\\n", "\r": "\\r", "\t": "\\t" })[character] ?? "");
  return `"${index === 0 ? escaped : escaped.replaceAll("$", "$$$$")}"`;
};

/** A unit of the person's own systemd that fires a data folder's schedules without any window. */
export const serviceUnit = (command: readonly string[]): string =>
  [
    "[Unit]",
    "Description=Almanac fires schedules",
    "",
    "[Service]",
    `ExecStart=${command.map(quoted).join(" ")}`,
    "Restart=on-failure",
    "RestartSec=5",
    // Runs have ten seconds to end before they are marked as interrupted.
    "TimeoutStopSec=30",
    "KillMode=mixed",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");

/** Where the person's own units are. */
export const unitFile = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "systemd/user", unitName);

const call = (command: string, ...args: string[]): Promise<string> =>
  new Promise((done, failed) => {
    execFile(command, args, { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error === null) done(stdout.trim());
      else failed(new Error(stderr.trim() || error.message));
    });
  });

/**
 * Has systemd run `command` from every login on, or no longer. Resolves to what people still have to know, or null; rejects,
 * with nothing left behind, where there is no systemd of theirs.
 */
export async function setService(enabled: boolean, command: readonly string[]): Promise<string | null> {
  const file = unitFile();
  if (!enabled) {
    // What is not there need not be stopped.
    await call("systemctl", "--user", "disable", "--now", unitName).catch(() => undefined);
    rmSync(file, { force: true });
    await call("systemctl", "--user", "daemon-reload").catch(() => undefined);
    return null;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, serviceUnit(command), { mode: 0o644 });
  try {
    await call("systemctl", "--user", "daemon-reload");
    await call("systemctl", "--user", "enable", "--now", unitName);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
  const user = userInfo().username;
  const lingers = await call("loginctl", "show-user", user, "--property=Linger", "--value").catch(() => "");
  return lingers === "yes"
    ? null
    : `It fires while you are logged in. To have it fire from the machine's start on, run this once in a terminal: loginctl enable-linger ${user}`;
}
