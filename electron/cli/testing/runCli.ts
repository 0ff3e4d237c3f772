import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isHostBusy, runHosted } from "./hostedCli.ts";

/** The built command line. */
export const cliProgram = fileURLToPath(new URL("../../../dist/cli/cli.js", import.meta.url));

export interface CliResult {
  code: number | null;
  out: string;
  err: string;
  /** Standard output as JSON. */
  json: <T = Record<string, unknown>>() => T;
  /** Standard error's `error`. */
  error: () => { code: string; message: string; path: string | null };
}

export interface RunOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** A program that runs it, with its arguments. */
  under?: readonly string[];
  signal?: { name: NodeJS.Signals; when: (out: string, err: string) => boolean };
}

const resultOf = (code: number | null, out: string, err: string): CliResult => ({
  code,
  out,
  err,
  json: <T>() => JSON.parse(out) as T,
  error: () => JSON.parse(err.trim().split("\n").at(-1) ?? "").error,
});

/** Runs a command: in a process that stays where it needs nothing of its own, else as the built program. */
export async function runCli(args: readonly string[], options?: RunOptions): Promise<CliResult> {
  if (options !== undefined || isHostBusy()) return runProgram(args, options);
  const { code, out, err } = await runHosted(args);
  return resultOf(code, out, err);
}

/** Runs the built command line. */
export function runProgram(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const [command, ...rest] = [...(options.under ?? []), process.execPath, cliProgram, ...args];
    const child = spawn(command as string, rest, {
      env: { ...process.env, TZ: "UTC", NO_COLOR: "1", ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    // Once: what it prints as it ends would have it told again, when it does not listen any more.
    let isTold = false;
    const look = (): void => {
      if (isTold || options.signal?.when(out, err) !== true) return;
      isTold = true;
      child.kill(options.signal.name);
    };
    child.stdout.on("data", (chunk) => {
      out += String(chunk);
      look();
    });
    child.stderr.on("data", (chunk) => {
      err += String(chunk);
      look();
    });
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
    child.on("error", reject);
    child.on("close", (code) => resolve(resultOf(code, out, err)));
  });
}
