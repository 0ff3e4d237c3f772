import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { limitRate } from "../../../runtime/local/output/rawOutput.ts";
import { RunFailure, RunSkipped } from "../../running/failures.ts";
import { runContext } from "../../sdk/context.ts";
import { type ProgramExit, runStorage } from "../../sdk/runScope.ts";
import { readFrom, type SystemPipe, takePipe, writeTo } from "./pipes.ts";
import { tailText } from "./tailText.ts";
import { createOutputDecoder } from "./textDecoder.ts";

/** A program to run to its end. */
export interface Program {
  file: string;
  args: readonly string[];
  /** A folder that is there: `commandSettings` has looked. */
  cwd: string;
  /** Its whole environment. */
  env: Readonly<Record<string, string>>;
  stdin: string | undefined;
  /** `together`: both streams through one pipe, in the exact order of writing, as `stdout`. */
  output: "together" | "separate";
  encoding: string;
  acceptedExitCodes: readonly number[];
  /** Success with something to look at; nothing to do. */
  warningExitCodes: readonly number[];
  skippedExitCodes: readonly number[];
  /** Ends with what it started, or leaves that running: it is not waited for, and what it still writes is lost. */
  leaveRunning: boolean;
  /** What may have been the cause where it fails. */
  hint?: string | null;
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

type Stream = "stdout" | "stderr";

/** After its end a program's output is read until nothing has come for so long; others may hold its pipes open. */
const quietMs = 300;
/** However much the others write. */
const longestReadMs = 5_000;

/**
 * Runs a program in a process group of its own, its output going to the run's log as it comes.
 * @throws RunFailure EXIT_CODE or SPAWN_FAILED; RunSkipped
 */
export async function runProgram(program: Program): Promise<ProgramResult> {
  const { signal } = runContext();
  const { ended, sources, startedAt } = await start(program);
  const tails = { stdout: tailText(), stderr: tailText() };
  const scope = runStorage.getStore();
  const locale = program.env["LC_ALL"] ?? program.env["LC_CTYPE"] ?? program.env["LANG"];
  const reads = sources.map(({ stream, source }) => {
    const decoder = createOutputDecoder(program.encoding, locale);
    const pass = (text: string): void => {
      if (text === "") return;
      tails[stream].push(text);
      scope?.write(stream, text);
    };
    source.on("data", (chunk: Buffer) => pass(decoder.push(chunk)));
    // Other commands run in the same process.
    limitRate(source);
    return { source, end: () => pass(decoder.end()) };
  });
  const [exitCode, exitSignal] = await ended.catch((error: NodeJS.ErrnoException) => {
    for (const { source } of reads) source.destroy();
    throw cannotStart(program, error);
  });
  await allRead(reads.map(({ source }) => source));
  for (const { source, end } of reads) {
    if (program.leaveRunning) leaveTo(source);
    else source.destroy();
    end();
  }
  signal.throwIfAborted();
  const result = {
    durationMs: Math.round(performance.now() - startedAt),
    stdout: tails.stdout.end(),
    stderr: tails.stderr.end(),
  };
  const is = (codes: readonly number[]): boolean => exitCode !== null && codes.includes(exitCode);
  if (is(program.skippedExitCodes)) throw new RunSkipped(endText(program, exitCode, exitSignal, result));
  if (is(program.warningExitCodes)) scope?.warn(endText(program, exitCode, exitSignal, result));
  else if (!is(program.acceptedExitCodes)) {
    const hint = program.hint ? ` (${program.hint})` : "";
    throw new RunFailure("EXIT_CODE", `${endText(program, exitCode, exitSignal, result)}${hint}`, {
      retryable: true,
      details: { exitCode, signal: exitSignal, ...result },
    });
  }
  return { exitCode: exitCode ?? 0, ...result };
}

interface Started {
  /** Rejects where it could not be started. */
  ended: Promise<ProgramExit>;
  sources: { stream: Stream; source: Readable }[];
  startedAt: number;
}

async function start(program: Program): Promise<Started> {
  const streams: Stream[] = program.output === "together" ? ["stdout"] : ["stdout", "stderr"];
  const pipes: (SystemPipe | null)[] = [];
  for (const _ of streams) pipes.push(await takePipe());
  const input = program.stdin === undefined ? null : await takePipe();
  const outputs = pipes.map((pipe) => pipe?.writeFd ?? ("pipe" as const));
  const readers = pipes.map((pipe) => (pipe === null ? null : readFrom(pipe)));
  const closing = [...pipes.map((pipe) => pipe?.writeFd), input?.readFd];
  const writer: Writable | null = input === null ? null : writeTo(input);
  try {
    // Cancelled while the pipes were made.
    runContext().signal.throwIfAborted();
    const startedAt = performance.now();
    const stdio = {
      stdin: program.stdin === undefined ? ("ignore" as const) : (input?.readFd ?? ("pipe" as const)),
      stdout: outputs[0] ?? "pipe",
      stderr: outputs[1] ?? outputs[0] ?? "pipe",
    };
    const cheap = startCheaply(program, stdio);
    const child = cheap === null ? spawnByNode(program, stdio) : null;
    const ended = cheap ?? endOf(child as ChildProcess);
    const stdin = writer ?? child?.stdin;
    stdin?.on("error", () => undefined);
    stdin?.end(program.stdin);
    ended.finally(() => stdin?.destroy()).catch(() => undefined);
    const sources: Started["sources"] = streams.flatMap((stream, at) => {
      const source = readers[at] ?? child?.[stream] ?? null;
      return source === null ? [] : [{ stream, source }];
    });
    // Without a pipe that two streams can share.
    if (program.output === "together" && child !== null && child.stderr !== null)
      sources.push({ stream: "stdout", source: child.stderr });
    for (const { source } of sources) source.on("error", () => undefined);
    return { ended, sources, startedAt };
  } catch (error) {
    for (const reader of readers) reader?.destroy();
    writer?.destroy();
    if (error instanceof Error && "code" in error) throw cannotStart(program, error as NodeJS.ErrnoException);
    throw error;
  } finally {
    for (const fd of closing) if (fd !== undefined) closeSync(fd);
  }
}

interface Stdio {
  stdin: number | "ignore" | "pipe";
  stdout: number | "pipe";
  stderr: number | "pipe";
}

/** By what its host has for it, where all its streams are pipes of the system's own; null where that does not work. */
function startCheaply(
  { file, args, cwd, env }: Program,
  { stdin, stdout, stderr }: Stdio,
): Promise<ProgramExit> | null {
  if (stdin === "pipe" || stdout === "pipe" || stderr === "pipe") return null;
  const descriptors = { stdin: stdin === "ignore" ? null : stdin, stdout, stderr };
  return runStorage.getStore()?.startProgram?.({ file, args, cwd, env, ...descriptors }) ?? null;
}

function spawnByNode(program: Program, { stdin, stdout, stderr }: Stdio): ChildProcess {
  return spawn(program.file, [...program.args], {
    cwd: program.cwd,
    env: program.env,
    detached: process.platform !== "win32",
    stdio: [stdin, stdout, stderr],
    windowsVerbatimArguments: program.verbatim ?? false,
    windowsHide: true,
  });
}

function endOf(child: ChildProcess): Promise<ProgramExit> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // Not "close": a process left behind may hold the pipes open for ever.
    child.on("exit", (code, name) => resolve([code, name]));
  });
}

/** A program that goes on may go on writing: without a reader it would be ended by that. */
function leaveTo(source: Readable): void {
  source.removeAllListeners("data").resume();
  if (source instanceof Socket) source.unref();
}

/** Resolves when the streams have ended, or the program's own output has surely been read. */
function allRead(sources: readonly Readable[]): Promise<void> {
  return new Promise((done) => {
    let open = 0;
    const end = (): void => {
      clearTimeout(quiet);
      clearTimeout(longest);
      for (const source of sources) source.off("data", heard);
      done();
    };
    const heard = (): void => void quiet.refresh();
    const quiet = setTimeout(end, quietMs);
    const longest = setTimeout(end, longestReadMs);
    for (const source of sources) {
      if (source.readableEnded || source.closed) continue;
      open++;
      source.on("data", heard);
      source.once("close", () => {
        if (--open === 0) end();
      });
    }
    if (open === 0) end();
  });
}

function endText(
  { output }: Program,
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  { stdout, stderr }: Pick<ProgramResult, "stdout" | "stderr">,
): string {
  const how = exitCode === null ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
  const said = (output === "together" ? stdout : stderr).trim().split("\n").at(-1) ?? "";
  return `The command ${how}${said === "" ? "" : `: ${said.slice(0, 500)}`}`;
}

function cannotStart({ file }: Pick<Program, "file">, error: NodeJS.ErrnoException): RunFailure {
  const isPath = /[/\\]/.test(file);
  const why =
    error.code === "ENOENT" && isPath && statSync(file, { throwIfNoEntry: false }) !== undefined
      ? "it is there, but what it needs to start (its interpreter or loader) is not"
      : error.code === "ENOENT"
        ? "it is not found; give its full path or put its folder on the PATH"
        : error.code === "EACCES"
          ? "it may not be executed (chmod +x)"
          : error.code === "E2BIG"
            ? "its arguments and environment are longer than the system takes"
            : error.code === "ENOEXEC"
              ? "it is no program, and its first line names none (#!)"
              : error.message;
  return new RunFailure("SPAWN_FAILED", `${JSON.stringify(file)} could not be started: ${why}`, {
    retryable: true,
    details: { file, code: error.code ?? null },
  });
}
