import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { RunFailure } from "../running/failures.ts";
import { runContext } from "../sdk/context.ts";
import { runStorage } from "../sdk/runScope.ts";
import { tailText } from "./tailText.ts";
import { runEnvironment } from "./templates.ts";

/** A program to run to its end. */
export interface Program {
  file: string;
  args: readonly string[];
  cwd: string | undefined;
  env: Readonly<Record<string, string>>;
  stdin: string | undefined;
  acceptedExitCodes: readonly number[];
  /** Windows: the arguments are one text that must reach the program as it is. */
  verbatim?: boolean;
}

/** The end of a program. */
export interface ProgramResult {
  exitCode: number;
  durationMs: number;
  /** The end of what it wrote, at most 16,384 characters each. */
  stdout: string;
  stderr: string;
}

/**
 * Runs a program in a process group of its own, its output going to the run's log as it comes.
 * @throws RunFailure EXIT_CODE or SPAWN_FAILED
 */
export async function runProgram(program: Program): Promise<ProgramResult> {
  const { signal } = runContext();
  const scope = runStorage.getStore();
  checkFolder(program.cwd);
  signal.throwIfAborted();
  const startedAt = performance.now();
  const child = spawn(program.file, [...program.args], {
    cwd: program.cwd ?? homedir(),
    env: { ...process.env, ...runEnvironment(), ...program.env },
    detached: process.platform !== "win32",
    stdio: [program.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    windowsVerbatimArguments: program.verbatim ?? false,
    windowsHide: true,
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(program.stdin);
  const tails = { stdout: tailText(), stderr: tailText() };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.on("data", (chunk: Buffer) => {
      tails[stream].push(chunk);
      scope?.write(stream, chunk);
    });
  }
  const [exitCode, exitSignal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(cannotStart(program, error)));
    // Not "close": a process left behind may hold the pipes open for ever.
    child.on("exit", (code, name) => {
      const settle = setTimeout(() => resolve([code, name]), 300);
      child.on("close", () => {
        clearTimeout(settle);
        resolve([code, name]);
      });
    });
  });
  child.stdout?.destroy();
  child.stderr?.destroy();
  signal.throwIfAborted();
  const result = {
    durationMs: Math.round(performance.now() - startedAt),
    stdout: tails.stdout.end(),
    stderr: tails.stderr.end(),
  };
  if (exitCode === null || !program.acceptedExitCodes.includes(exitCode)) {
    const how = exitCode === null ? `was ended by ${exitSignal}` : `ended with exit code ${exitCode}`;
    const said = result.stderr.trim().split("\n").at(-1) ?? "";
    throw new RunFailure("EXIT_CODE", `The command ${how}${said === "" ? "" : `: ${said.slice(0, 500)}`}`, {
      retryable: true,
      details: { exitCode, signal: exitSignal, ...result },
    });
  }
  return { exitCode, ...result };
}

function checkFolder(cwd: string | undefined): void {
  if (cwd === undefined) return;
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new RunFailure("INVALID_INPUT", `input.cwd: there is no folder ${JSON.stringify(cwd)}`, { retryable: true });
}

function cannotStart({ file }: Program, error: NodeJS.ErrnoException): RunFailure {
  const why =
    error.code === "ENOENT"
      ? "it is not found; give its full path or put its folder on the PATH"
      : error.code === "EACCES"
        ? "it may not be executed (chmod +x)"
        : error.message;
  return new RunFailure("SPAWN_FAILED", `${JSON.stringify(file)} could not be started: ${why}`, {
    retryable: true,
    details: { file, code: error.code ?? null },
  });
}
