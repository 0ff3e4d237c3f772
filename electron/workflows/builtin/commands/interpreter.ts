import { closeSync, existsSync, lstatSync, openSync, readlinkSync, readSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import which from "which";
import { RunFailure } from "../../running/failures.ts";

/** What runs a file that does not say so itself. */
export const interpreters: Readonly<Record<string, readonly string[]>> = {
  ".sh": ["/bin/sh"],
  ".bash": ["bash"],
  ".zsh": ["zsh"],
  ".py": ["python3"],
  ".js": ["node"],
  ".mjs": ["node"],
  ".cjs": ["node"],
  ".ts": ["node"],
  ".rb": ["ruby"],
  ".pl": ["perl"],
  ".php": ["php"],
  ".r": ["Rscript"],
  ".ps1": ["pwsh", "-NoProfile", "-NonInteractive", "-File"],
};

/** How a script is started: the program with what stands before the file; empty where the file is a program itself. */
export interface Interpreter {
  program: readonly string[];
  /** What the script says about its lines, where its shell will not read them well. */
  warning: string | null;
}

/**
 * By what a file is run: the program that its first line names (`#!`), else the one of its ending.
 * @throws RunFailure INVALID_INPUT where there is no such file; SPAWN_FAILED where what runs it is missing
 */
export function interpreterOf(
  file: string,
  env: Readonly<Record<string, string>>,
  given: string | undefined,
): Interpreter {
  checkFile(file);
  const { words, isCrlf } = firstLine(file);
  if (given !== undefined) {
    checkProgram(given, env, "given as input.interpreter");
    return { program: [given], warning: isCrlf ? warningOf(file, given) : null };
  }
  const program = words ?? interpreters[extname(file).toLowerCase()] ?? [];
  const asked = words === null ? program[0] : askedFor(words);
  const because =
    words === null ? `files that end in ${extname(file)} are run with it` : `the first line of ${file} names it`;
  if (asked !== undefined) checkProgram(asked, env, because);
  return {
    program: process.platform === "win32" && words !== null ? portable(words) : program,
    warning: isCrlf && asked !== undefined ? warningOf(file, asked) : null,
  };
}

function warningOf(file: string, program: string): string | null {
  const name = basename(program);
  if (!shells.test(name)) return null;
  return `${basename(file)} has Windows line ends (CRLF), which ${name} takes as part of each line; save it with LF`;
}

/** @throws RunFailure SPAWN_FAILED; `because` says why it is needed */
export function checkProgram(program: string, env: Readonly<Record<string, string>>, because: string): void {
  const isPath = /[/\\]/.test(program);
  if (isPath ? existsSync(program) || process.platform === "win32" : findOnPath(program, env) !== null) return;
  const target = isPath ? danglingTarget(program) : null;
  const why =
    target !== null
      ? `it is a link to ${target}, which is not there`
      : isPath
        ? "it is not there"
        : "it is not found on the PATH of the command";
  throw new RunFailure("SPAWN_FAILED", `The interpreter ${program} is missing: ${why} (${because})`, {
    retryable: true,
    details: { missing: "interpreter", file: program },
  });
}

export function findOnPath(program: string, env: Readonly<Record<string, string>>): string | null {
  return which.sync(program, { nothrow: true, path: env["PATH"] ?? env["Path"] ?? "/usr/bin:/bin" });
}

/**
 * The words of a file's `#!` line as the system reads them: the program, and the rest as one argument (macOS: each word
 * one). Null where it has none.
 */
export function shebangWords(line: string, splits: boolean = process.platform === "darwin"): string[] | null {
  const [, program, rest = ""] = /^\ufeff?#![ \t]*(\S+)[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (program === undefined) return null;
  return [program, ...(rest === "" ? [] : splits ? rest.split(/[ \t]+/) : [rest])];
}

/** What a `#!` line needs in the end: what `env` is to find, where it asks that. */
export function askedFor(words: readonly string[]): string | undefined {
  const [program = "", ...rest] = words;
  if (basename(program) !== "env") return program;
  const asked = rest.join(" ").replace(/^-[a-zA-Z]*S\s*|^--split-string[= ]/, "");
  const word = asked
    .replace(/(^|\s)(-u|--unset|-C|--chdir)\s+\S+/g, " ")
    .split(/\s+/)
    .find((one) => one !== "" && !one.startsWith("-") && !one.includes("="));
  // What is quoted or made of variables, env alone can tell.
  return word !== undefined && /^[\w@%+:,./-]+$/.test(word) ? word : program;
}

const shells = /^(ba|da|a|k|z|fi)?sh$/;
const longestLine = 4_096;

function firstLine(file: string): { words: string[] | null; isCrlf: boolean } {
  const start = Buffer.alloc(longestLine);
  const fd = openSync(file, "r");
  try {
    const [line = "", ...more] = start.toString("utf8", 0, readSync(fd, start, 0, longestLine, 0)).split("\n");
    return { words: shebangWords(line.replace(/\r$/, "")), isCrlf: more.length > 0 && line.endsWith("\r") };
  } finally {
    closeSync(fd);
  }
}

/** Windows knows no `#!`: the program by its name alone. */
function portable(words: readonly string[]): string[] {
  const asked = askedFor(words) ?? "";
  return [existsSync(asked) ? asked : basename(asked), ...(asked === words[0] ? words.slice(1) : [])];
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() === true) return;
  const target = danglingTarget(file);
  const what =
    target !== null
      ? `${JSON.stringify(file)} is a link to ${target}, which is not there`
      : found?.isDirectory() === true
        ? `${JSON.stringify(file)} is a folder`
        : `there is no file ${JSON.stringify(file)}`;
  throw new RunFailure("INVALID_INPUT", `input.file: ${what}`, { retryable: true });
}

function danglingTarget(path: string): string | null {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() !== true || existsSync(path)) return null;
  return readlinkSync(path);
}
