import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TRPCError } from "@trpc/server";
import type { Command } from "commander";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import { owner } from "../api/access/caller.ts";
import { type AlmanacAppOptions, createAlmanacApp } from "../api/app.ts";
import type { AlmanacApp } from "../api/context.ts";
import { createCaller } from "../api/router.ts";
import { defaultDataDir } from "../folders/trusted.ts";
import { type CliIo, printJson } from "./output.ts";

export type Api = ReturnType<typeof createCaller>;

export interface GlobalOptions {
  dataDir?: string;
  json?: boolean;
  /** Files and folders of workflows, where the command takes them. */
  module?: string[];
}

/** Absolute. Throws AppError for an empty name, which is a variable that was not set and not the current folder. */
export function dataDirOf(options: GlobalOptions, env: NodeJS.ProcessEnv): string {
  if (options.dataDir === "") throw invalidField("data-dir", "", "a folder is expected");
  return resolve(options.dataDir ?? (env["ALMANAC_DATA_DIR"] || defaultDataDir(env)));
}

/** The built pages, beside the built command line. */
export const pagesDir = fileURLToPath(new URL("../renderer", import.meta.url));

/** What a command's action works with. */
export interface Session {
  io: CliIo;
  options: GlobalOptions & Record<string, unknown>;
  app: AlmanacApp;
  api: Api;
  /** Prints JSON where it was asked for, else what `print` writes for people. */
  show<T>(value: T, print: (value: T) => void): void;
}

export interface OpenOptions {
  /** What others are told fires here, where it does; `cli` where left out. */
  programName?: "server" | "scheduler";
  /** `engine` takes the lease where nobody has it; `client` only reads and edits. */
  role?: "engine" | "client";
  modulePaths?: string[];
  pollIntervalMs?: number;
  /** Whether workflows of the user's own must be known: reading lists needs none, saving schedules does. */
  loadWorkflows?: boolean;
  /** How long runs may go on when the work is done. */
  graceMs?: number;
  /** What executes runs of this process, whatever the settings say. */
  runtime?: NonNullable<AlmanacAppOptions["runtime"]>;
}

/** Quiet: what goes wrong inside reaches the person as the command's error. */
const logger = (io: CliIo): Pick<Console, "info" | "warn" | "error"> => {
  const write = (...parts: unknown[]): void => {
    const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ");
    io.err.write(`${text}\n`);
  };
  return { info: () => {}, warn: write, error: write };
};

/** Opens the data folder for one command and closes it, whatever happens. */
export async function withApp<T>(
  io: CliIo,
  command: Command,
  open: OpenOptions,
  work: (session: Session) => Promise<T> | T,
): Promise<T> {
  const options = command.optsWithGlobals<Session["options"]>();
  const app = await createAlmanacApp({
    dataDir: dataDirOf(options, io.env),
    programName: open.programName ?? "cli",
    role: open.role ?? "client",
    // By the programs that are there to fire alone: where a folder is gone for the moment, nothing empty takes its place.
    createDatabase: open.programName !== undefined,
    logger: logger(io),
    ...io.processes,
    loadWorkflows: open.loadWorkflows ?? false,
    modulePaths: open.modulePaths ?? options.module ?? [],
    ...(open.runtime === undefined ? {} : { runtime: open.runtime }),
    ...(open.pollIntervalMs === undefined ? {} : { pollIntervalMs: open.pollIntervalMs }),
  });
  try {
    return await work({
      io,
      options,
      app,
      api: createCaller({ app, actor: "cli", caller: owner }),
      show: (value, print) => (options.json === true ? printJson(io, value) : print(value)),
    });
  } finally {
    await app.close(open.graceMs);
  }
}

/** What a call through the router threw, as the AppError inside. */
export function unwrapped(error: unknown): unknown {
  return error instanceof TRPCError && error.cause instanceof AppError ? error.cause : error;
}
