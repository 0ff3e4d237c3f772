import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ToReader } from "./readerProtocol.ts";

/** A process that reads one import, however it was started: `child_process.fork` in Node programs, `utilityProcess` in Electron. */
export interface ReaderProcess {
  /** Undefined until the operating system has started it. */
  readonly pid: number | undefined;
  /** Sending to a process that has ended does nothing. */
  send(message: ToReader): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once; `error` where it could not be started. */
  onExit(listener: (exit: { code: number | null; signal: string | null; error?: Error }) => void): void;
  /** Whether it keeps its program from ending by itself, as one that reads does. */
  hold(held: boolean): void;
  /** Ends it at once and by force. */
  kill(): void;
}

export type ReaderSpawner = () => ReaderProcess;

/**
 * V8's limit on its heap, MiB. It stands below what the process may hold in all: text and buffers come on top, and a heap
 * that is full is told more plainly than a process that is killed.
 */
const heapLimitMb = 384;

export const readerFlags = (): string[] => [`--max-old-space-size=${heapLimitMb}`];

/** What reads files of others is told nothing of its program's surroundings. */
export const readerEnvironment = (): Record<string, string> => ({ TZ: "UTC" });

/** The built reader program, found from the built programs as well as from the sources. */
export function readerEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [resolve(here, "../reader/reader.js"), resolve(here, "../../../../dist/reader/reader.js")];
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? "reader.js";
}

/** For programs that run in Node itself. */
export const forkReader: ReaderSpawner = () => {
  const child = fork(readerEntry(), [], {
    // A Ctrl-C in the terminal is the program's to answer.
    detached: true,
    serialization: "json",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: readerFlags(),
    env: readerEnvironment(),
  });
  let ended = false;
  return {
    get pid() {
      return child.pid;
    },
    send: (message) => {
      if (!ended && child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => child.on("message", listener),
    onExit: (listener) => {
      const once = (exit: { code: number | null; signal: string | null; error?: Error }): void => {
        if (ended) return;
        ended = true;
        listener(exit);
      };
      // What it had sent is read by then: its channel closes with it.
      child.on("close", (code, signal) => once({ code, signal }));
      child.on("error", (error) => {
        if (child.pid === undefined) once({ code: null, signal: null, error });
      });
    },
    hold(held) {
      const how = held ? "ref" : "unref";
      child[how]();
      child.channel?.[how]();
    },
    kill: () => void child.kill("SIGKILL"),
  };
};
