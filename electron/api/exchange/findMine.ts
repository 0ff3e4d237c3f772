import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { FoundFiles } from "../../../shared/api/exchange.ts";

const most = 1_000_000;
const maxFiles = 500;

/** A person's own crontab as its program prints it; null where there is none, or no such program. */
function ownCrontab(): Promise<string | null> {
  return new Promise((done) => {
    execFile("crontab", ["-l"], { timeout: 5000, maxBuffer: most, encoding: "utf8" }, (error, out) =>
      done(error === null && out.trim() !== "" ? out : null),
    );
  });
}

/** The files of a folder that end in one of some ways; none where there is no such folder. */
async function filesIn(folder: string, ends: readonly string[]): Promise<FoundFiles["files"]> {
  const names = await readdir(folder).catch(() => []);
  const files: FoundFiles["files"] = [];
  for (const name of names.filter((one) => ends.some((end) => one.endsWith(end))).slice(0, maxFiles)) {
    const path = join(folder, name);
    const { size } = (await stat(path).catch(() => null)) ?? { size: most };
    const bytes = size < most ? await readFile(path).catch(() => null) : null;
    if (bytes === null) continue;
    const text = bytes.toString("utf8");
    files.push(
      Buffer.from(text).equals(bytes) ? { name: path, text } : { name: path, base64: bytes.toString("base64") },
    );
  }
  return files;
}

/** What this person has scheduled elsewhere on this machine: their crontab, systemd user timers, launchd agents. */
export async function findMine(): Promise<FoundFiles> {
  const files: FoundFiles["files"] = [];
  const looked: string[] = [];
  if (process.platform !== "win32") {
    const crontab = await ownCrontab();
    if (crontab !== null) files.push({ name: "crontab", text: crontab });
    looked.push(crontab === null ? "you have no crontab" : "your crontab");
  }
  if (process.platform === "linux") {
    const folder = join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "systemd", "user");
    const units = await filesIn(folder, [".timer", ".service"]);
    const timers = units.filter(({ name }) => name.endsWith(".timer"));
    if (timers.length > 0) files.push(...units);
    looked.push(timers.length === 0 ? "there are no timers in ~/.config/systemd/user" : "your systemd user timers");
  }
  if (process.platform === "darwin") {
    const agents = await filesIn(join(homedir(), "Library", "LaunchAgents"), [".plist"]);
    files.push(...agents);
    looked.push(agents.length === 0 ? "there are no launch agents of yours" : "your launch agents");
  }
  if (process.platform === "win32")
    looked.push("tasks of Windows are exported by its Task Scheduler, and chosen as files");
  return { files, looked };
}
