import { type ChildProcess, spawn } from "node:child_process";
import { cliProgram } from "./runCli.ts";

/** A program of the command line that goes on until it is told to end; ended by force with the test that has it. */
export interface RunningCli extends AsyncDisposable {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Its code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Resolves when it has written this, on either stream; rejects with all that it wrote where it ends before. */
  says(text: string): Promise<void>;
  /** Its lines of JSON on standard output, so far. */
  events(): Record<string, unknown>[];
  /** Asks it to end, and resolves with its code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export function startCli(args: readonly string[], env: Record<string, string> = {}): RunningCli {
  const child = spawn(process.execPath, [cliProgram, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TZ: "UTC", NO_COLOR: "1", ALMANAC_REDIS_URL: "", ALMANAC_SHARED_KEY: "", ...env },
  });
  let [out, err] = ["", ""];
  const looks = new Set<() => void>();
  const heard = (): void => {
    for (const look of looks) look();
  };
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
    heard();
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
    heard();
  });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    says: (text) =>
      new Promise((done, failed) => {
        const look = (): void => {
          if (!(out + err).includes(text)) return;
          looks.delete(look);
          done();
        };
        looks.add(look);
        look();
        void ended.then((code) => failed(new Error(`it ended with ${code} and had said ${out}${err}`)));
      }),
    events: () =>
      out
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    end(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
