import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { type Database, openDatabase } from "../../storage/opening/database.ts";
import { sqliteCode } from "../../storage/sqlite.ts";
import { createEngine } from "../engine.ts";
import { createTestCatalogue } from "../testing/testCatalogue.ts";
import type { ProgramOptions } from "./program.ts";

/** Full counts take minutes to hours; everyday ones seconds. ALMANAC_FAULT_COUNT caps how often a fault is tried. */
export const soak = process.env["ALMANAC_SOAK"] === "1";
const most = Number(process.env["ALMANAC_FAULT_COUNT"] ?? Number.POSITIVE_INFINITY);
export const count = (everyday: number, full: number): number => Math.min(soak ? full : everyday, most);

/** Chance that can be repeated: the seed is printed by each test that uses it. */
export function createRandom(seed = Number(process.env["ALMANAC_SEED"] ?? Date.now() % 1_000_000_007)) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { seed, next, between: (from: number, to: number): number => from + next() * (to - from) };
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
let built: Promise<string> | null = null;

/** The fault program as one file, made of today's sources. */
export function buildProgram(): Promise<string> {
  built ??= (async () => {
    const outDir = mkdtempSync(join(root, ".cache", "faults-"));
    process.on("exit", () => rmSync(outDir, { recursive: true, force: true }));
    await build({
      configFile: false,
      root,
      logLevel: "error",
      publicDir: false,
      build: {
        ssr: true,
        outDir,
        minify: false,
        target: "node20",
        rolldownOptions: {
          input: { program: join(root, "electron/engine/faults/program.ts") },
          output: { format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
        },
      },
    });
    return join(outDir, "program.js");
  })();
  return built;
}

export interface Program {
  child: ChildProcess;
  pid: number;
  /** What it has said so far. */
  said: Record<string, unknown>[];
  stderr: () => string;
  /** Resolves with the first thing said that fits, from the beginning on; rejects when it ends first or after `ms`. */
  says(what: (said: Record<string, unknown>) => boolean, ms?: number): Promise<Record<string, unknown>>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  ended: Promise<number | null>;
}

let started = 0;

/** Starts the fault program; `under` is a program to run it under, such as strace with its arguments. */
export async function start(
  options: ProgramOptions,
  under: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Program> {
  const file = await buildProgram();
  const optionsFile = `${options.witness}.options-${started++}.json`;
  writeFileSync(optionsFile, JSON.stringify(options));
  const [command = process.execPath, ...rest] = [...under, process.execPath, file, optionsFile];
  const child = spawn(command, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, ...env },
  });
  const said: Record<string, unknown>[] = [];
  let [buffer, stderr] = ["", ""];
  let listeners: (() => void)[] = [];
  const wake = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", (chunk) => {
    buffer += String(chunk);
    const lines = buffer.split("\n");
    buffer = lines.pop() ?? "";
    for (const line of lines) said.push(JSON.parse(line) as Record<string, unknown>);
    wake();
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  let over = false;
  const ended = new Promise<number | null>((done) => {
    child.on("close", (code) => {
      over = true;
      wake();
      done(code);
    });
  });
  return {
    child,
    pid: child.pid ?? 0,
    said,
    stderr: () => stderr,
    ended,
    says: (what, ms = 20_000) =>
      new Promise((resolve, reject) => {
        const settle = (end: () => void): void => {
          clearTimeout(timer);
          listeners = listeners.filter((listener) => listener !== look);
          end();
        };
        const look = (): void => {
          const found = said.find(what);
          if (found !== undefined) settle(() => resolve(found));
          else if (over)
            settle(() =>
              reject(new Error(`it ended first; it said ${JSON.stringify(said.slice(-3))}, ${stderr.slice(-2000)}`)),
            );
        };
        const timer = setTimeout(
          () =>
            settle(() =>
              reject(new Error(`not said within ${ms} ms; ${JSON.stringify(said.slice(-3))} ${stderr.slice(-2000)}`)),
            ),
          ms,
        );
        listeners.push(look);
        look();
      }),
    async kill(signal = "SIGKILL") {
      // Its group: what it runs under must not leave it behind.
      if (!over && child.pid !== undefined) process.kill(-child.pid, signal);
      await ended;
    },
  };
}

/** A data folder and a witness file outside of it. */
export interface World extends AsyncDisposable {
  dir: string;
  dataDir: string;
  witness: string;
  start(options?: Partial<ProgramOptions>, under?: readonly string[], env?: Record<string, string>): Promise<Program>;
  lines(): WitnessLine[];
  /** Opens the database for a look; close it. */
  open(): Database;
  /** An engine that fires nothing, for its commands. */
  client<T>(work: (engine: ReturnType<typeof createEngine>, database: Database) => T): T;
}

/** Epoch ms, or ISO as commands are told it. */
const instantOf = (text = "null"): number | null =>
  text === "null" ? null : /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);

export interface WitnessLine {
  word: "START" | "END";
  scheduleId: string;
  scheduledAt: number | null;
  runId: string;
  attempt: number;
  pid: number;
  at: number;
}

export function createWorld(dataDir?: string): World {
  const dir = mkdtempSync(join(tmpdir(), "almanac-fault-"));
  const witness = join(dir, "witness");
  closeSync(openSync(witness, "a"));
  const programs: Program[] = [];
  const folder = dataDir ?? join(dir, "data");
  const world: World = {
    dir,
    dataDir: folder,
    witness,
    async start(options = {}, under = [], env = {}) {
      const program = await start({ dataDir: folder, witness, ...options }, under, env);
      programs.push(program);
      return program;
    },
    lines: () =>
      (existsSync(witness) ? readFileSync(witness, "utf8") : "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [word, scheduleId = "", scheduledAt, runId = "", attempt, pid, at] = line.split(" ");
          return {
            word: word as "START" | "END",
            scheduleId,
            scheduledAt: instantOf(scheduledAt),
            runId,
            attempt: Number(attempt),
            pid: Number(pid),
            at: Number(at),
          };
        }),
    open: () => openDatabase({ dataDir: folder }),
    client(work) {
      const database = openDatabase({ dataDir: folder });
      try {
        return work(
          createEngine({
            database,
            runtime: null,
            catalogue: createTestCatalogue(["witness"]),
            programName: "checker",
          }),
          database,
        );
      } finally {
        database.close();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const program of programs) await program.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** A lock that a stopped process holds on the file ends with the process alone, so it is stopped while it holds none. */
export async function stopBetweenWrites(world: World, { child }: Program): Promise<void> {
  for (;;) {
    child.kill("SIGSTOP");
    await delay(50);
    const isFree = world.client((_, { sql, transaction }) => {
      sql.pragma("busy_timeout = 100");
      try {
        transaction(() => {});
        return true;
      } catch (error) {
        if (sqliteCode(error) !== "SQLITE_BUSY") throw error;
        return false;
      }
    });
    if (isFree) return;
    child.kill("SIGCONT");
    await delay(100);
  }
}
