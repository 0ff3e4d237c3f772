import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { World } from "./world.ts";

const program = fileURLToPath(new URL("../../../dist/cli/cli.js", import.meta.url));

/** The real command line with its runner processes; all it starts carries the mark. `under` is a program to run it under. */
export async function scheduler(
  world: World,
  mark: string,
  env: Record<string, string> = {},
  under: readonly string[] = [],
): Promise<{ kill(signal: NodeJS.Signals): Promise<void> }> {
  const command = [...under, process.execPath, program, "--data-dir", world.dataDir, "scheduler", "run"];
  const child = spawn(command[0] ?? "", command.slice(1), {
    env: { ...process.env, ...env, FAULT_MARK: mark },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((done) => void child.on("exit", () => done()));
  await new Promise<void>((ready) => {
    child.stderr.on("data", (chunk) => {
      if (/firing \d+ schedule/.test(String(chunk))) ready();
    });
    void ended.then(ready);
  });
  return {
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** Nothing that a program started is left five seconds after it. */
export async function expectGone(mark: string): Promise<void> {
  for (let waited = 0; marked(mark).length > 0 && waited < 5000; waited += 100) await delay(100);
  expect(marked(mark)).toEqual([]);
}

/** Processes that carry a mark in their environment. */
function marked(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/environ`, "utf8").includes(`FAULT_MARK=${mark}`) &&
        !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
      );
    } catch {
      return false;
    }
  });
}

/** A command that tells the witness when it starts and ends. */
export const witnessing = (world: World, work: string): string => {
  const line = (word: string): string =>
    `echo "${word} $ALMANAC_SCHEDULE_ID $ALMANAC_SCHEDULED_TIME $ALMANAC_RUN_ID $ALMANAC_ATTEMPT $$ $(date +%s%3N)" >> '${world.witness}'`;
  return `${line("START")}; ${work}; ${line("END")}`;
};

/** Makes a schedule of a shell command, by the command line. */
export function create(world: World, id: string, command: string, ...more: string[]): void {
  const when = more.some((arg) => arg === "--cron" || arg === "--every") ? [] : ["--every", "1s"];
  const args = ["--id", id, "--workflow", "shell.command", "--input", JSON.stringify({ command }), ...when, ...more];
  // As a program that fires does, and the command line alone does not.
  world.open().close();
  const made = spawnSync(process.execPath, [program, "--data-dir", world.dataDir, "schedules", "create", ...args]);
  if (made.status !== 0) throw new Error(String(made.stderr));
}
