import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { ErrorCode, FieldIssue } from "../../shared/domain/errors.ts";
import { toAppError } from "../api/errors.ts";
import { withCommon } from "./command.ts";
import { addBackfills } from "./commands/backfills.ts";
import { addCalendars } from "./commands/calendars.ts";
import { addDiagnostics } from "./commands/diagnostics.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addExchange } from "./commands/exchange.ts";
import { addFolders } from "./commands/folders.ts";
import { addHooks } from "./commands/hooks.ts";
import { addMcp } from "./commands/mcp.ts";
import { addNotifications } from "./commands/notifications.ts";
import { addPools } from "./commands/pools.ts";
import { addRuns } from "./commands/runs.ts";
import { addScheduler } from "./commands/scheduler.ts";
import { addSchedules } from "./commands/schedules.ts";
import { addSecrets } from "./commands/secrets.ts";
import { addServe } from "./commands/serve.ts";
import { addSettings } from "./commands/settings.ts";
import { addSpec } from "./commands/spec.ts";
import { addTokens } from "./commands/tokens.ts";
import { addUpcoming } from "./commands/upcoming.ts";
import { addWorker } from "./commands/worker.ts";
import { addWorkers } from "./commands/workers.ts";
import { addWorkflows } from "./commands/workflows.ts";
import { unwrapped } from "./context.ts";
import { type CliIo, inert } from "./output.ts";
import { hidePassword, type RuntimeOptions } from "./runtimeOptions.ts";

/** 2 where the input has to change, 1 where it failed although the input was right. */
export const exitCodes: Record<ErrorCode, 1 | 2> = {
  INVALID_INPUT: 2,
  INVALID_SPEC: 2,
  NEVER_FIRES: 2,
  NOT_FOUND: 2,
  ALREADY_EXISTS: 2,
  UNKNOWN_WORKFLOW: 2,
  EMPTY_RANGE: 2,
  CONFIRMATION_REQUIRED: 2,
  CONFLICT: 1,
  ILLEGAL_TRANSITION: 1,
  OVERLAP: 1,
  WORKFLOW_LOAD_FAILED: 1,
  RUNTIME_UNAVAILABLE: 1,
  NOT_OWNER: 1,
  DATABASE_NEWER: 1,
  DATABASE_DAMAGED: 1,
  DATABASE_UNAVAILABLE: 1,
  DISK_FULL: 1,
  TIMEOUT: 1,
  UNAUTHORIZED: 1,
  FORBIDDEN: 1,
  TOO_MANY_REQUESTS: 1,
  INTERNAL: 1,
};

/** How a command reaches the process it runs in. `processes`: how this program starts others, where it is no Node. */
const ioOfProcess = (processes: CliIo["processes"] = {}): CliIo => ({
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  processes,
});

/** All commands with their options; nothing is run before it is told to parse. */
export function createProgram(io: CliIo = ioOfProcess()): Command {
  const program = new Command("almanac");
  withCommon(
    program
      .description("Schedules work, sees that it ran, repairs what did not.")
      .version(packageJson.version, "--version", "print the version"),
    [
      'schedules create --id tick --workflow shell.command --every 1m --input \'{"command":"date"}\'',
      "scheduler run",
      "serve",
    ],
  );
  addServe(program, io);
  addScheduler(program, io);
  addSchedules(program, io);
  addBackfills(program, io);
  addRuns(program, io);
  addWorkflows(program, io);
  addWorker(program, io);
  addWorkers(program, io);
  addSecrets(program, io);
  addTokens(program, io);
  addSettings(program, io);
  addPools(program, io);
  addNotifications(program, io);
  addHooks(program, io);
  addMcp(program, io);
  addFolders(program, io);
  addSpec(program, io);
  addUpcoming(program, io);
  addCalendars(program, io);
  addExchange(program, io);
  addDoctor(program, io);
  addDiagnostics(program, io);
  program.hook("preAction", (_program, command) => hidePassword(command.opts<RuntimeOptions>().redis, io.err));
  return program;
}

/** Subcommands inherit these only where they are set before they are made, so all are gone through. */
function prepare(command: Command, io: CliIo, json: boolean): void {
  command.exitOverride().showHelpAfterError("(--help shows what is accepted, with examples)");
  command.configureOutput({
    writeOut: (text) => void io.out.write(text),
    writeErr: (text) => void (json || io.err.write(text)),
  });
  for (const child of command.commands) prepare(child, io, json);
}

function printError(
  io: CliIo,
  json: boolean,
  error: { code: string; message: string; path: string | null; issues?: readonly FieldIssue[] },
): void {
  const { issues = [], ...told } = error;
  const all = issues.length > 1 ? { issues: issues.map(({ path, message }) => ({ path, message })) } : {};
  io.err.write(json ? `${JSON.stringify({ error: { ...told, ...all } })}\n` : `error: ${inert(error.message)}\n`);
}

function failWith(io: CliIo, json: boolean, thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return 0;
    const message = thrown.message.replace(/^error: /, "").replaceAll("\n", " ");
    if (json) printError(io, true, { code: "INVALID_INPUT", message, path: optionIn(message) });
    return 2;
  }
  const error = toAppError(unwrapped(thrown));
  const { code, message, issues } = error;
  printError(io, json, { code, message, path: issues[0]?.path ?? null, issues });
  if (!json) for (const issue of error.issues.slice(3)) io.err.write(`  ${inert(`${issue.path}: ${issue.message}`)}\n`);
  return exitCodes[error.code];
}

/** `poll-interval` out of commander's sentence about an option or argument. */
function optionIn(message: string): string | null {
  const option = /--([a-z][a-z-]*)/.exec(message)?.[1] ?? /argument '([\w-]+)'/.exec(message)?.[1];
  return option ?? null;
}

/** Runs one command and resolves with its exit code; what it writes may still be on its way. */
export async function runCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const json = argv.includes("--json");
  const program = createProgram(io);
  prepare(program, io, json);
  return program.parseAsync([...argv], { from: "user" }).then(
    () => Number(process.exitCode ?? 0),
    (error: unknown) => failWith(io, json, error),
  );
}

/**
 * Runs one command and resolves with its exit code, once what it wrote is out. `processes`: how this program starts others,
 * where it is no Node.
 */
export async function runCommandLine(argv: readonly string[], processes: CliIo["processes"] = {}): Promise<number> {
  // A reader that went away (`| head`) is no fault of the command's.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const code = await runCommand(argv, ioOfProcess(processes));
  await new Promise<void>((done) => process.stdout.write("", () => process.stderr.write("", () => done())));
  return code;
}
