import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import type { Readable } from "node:stream";
import type { FromRunner } from "../protocol.ts";
import { killTree, markVariable, signal, startTimeOf } from "../tree/processTree.ts";
import {
  type FromLauncher,
  parseStreamHeader,
  type RunnerStreamName,
  streamHeaderLength,
  type ToLauncher,
} from "./launcherMessages.ts";
import type { RunnerExit, RunnerProcess } from "./runnerProcess.ts";

/** Starts runners by way of a launcher process, which starts with the first and ends some time after the last. Linux only. */
export interface Launcher {
  /** Throws where the launcher cannot be started for want of memory. */
  launch(entryPath: string, flags: string[], env: Record<string, string | undefined>): RunnerProcess;
}

interface Launched {
  mark: string;
  pid: number | undefined;
  /** With the id it names the process for good. */
  startTime: number | null;
  take(name: RunnerStreamName, socket: Socket): void;
  launched(): void;
  exited(exit: RunnerExit): void;
}

/** A launcher without runners is let go after so long: a pool that has lost its last one asks for the next at once. */
const idleMs = 2_000;
const headerWithinMs = 5_000;
/** How long the end of a runner's messages is waited for after its end; only a copy of its channel elsewhere holds it open. */
const lastWordsMs = 500;

export function createLauncher(programPath: string): Launcher {
  const token = randomBytes(16).toString("hex");
  /** An abstract name: no file that a program ended by force would leave. Whoever guesses it still lacks the token. */
  const address = `\0almanac-${process.pid}-${randomBytes(8).toString("hex")}`;
  const all = new Map<number, Launched>();
  let count = 0;
  let program: ChildProcess | null = null;
  let server: Server | null = null;
  let idle: NodeJS.Timeout | null = null;

  const accept = (socket: Socket): void => {
    socket.unref();
    socket.on("error", () => undefined);
    // Whoever else finds the address gets nothing by holding a connection.
    socket.setTimeout(headerWithinMs, () => socket.destroy());
    const read = (): void => {
      const header: Buffer | null = socket.read(streamHeaderLength(token));
      if (header === null) return;
      socket.off("readable", read);
      socket.setTimeout(0);
      const found = parseStreamHeader(token, header.toString("latin1"));
      const runner = found === null ? undefined : all.get(found.id);
      if (found === null || runner === undefined) socket.destroy();
      else runner.take(found.name, socket);
    };
    socket.on("readable", read);
  };

  const forget = (id: number): void => {
    all.delete(id);
    if (all.size > 0) return;
    idle ??= setTimeout(() => {
      idle = null;
      program?.disconnect();
      program = null;
      server?.close();
      server = null;
    }, idleMs).unref();
  };

  const started = (): ChildProcess => {
    if (idle !== null) clearTimeout(idle);
    idle = null;
    // Where it cannot listen the launcher says that it cannot connect, for each runner.
    server ??= createServer(accept)
      .on("error", () => undefined)
      .listen(address)
      .unref();
    if (program !== null) return program;
    const mine = fork(programPath, [], {
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // Small: it does next to nothing, and each runner is a copy of it for a moment.
      execArgv: ["--max-semi-space-size=1", "--max-old-space-size=64"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    mine.unref();
    mine.channel?.unref();
    mine.on("message", (message) => {
      const { id, ...told } = message as FromLauncher;
      const runner = all.get(id);
      if (runner === undefined) return;
      if (told.type === "launched") {
        runner.pid = told.pid;
        runner.startTime = startTimeOf(told.pid);
        runner.launched();
      } else {
        const { code, signal: name, error } = told;
        runner.exited({ code, signal: name, ...(error === undefined ? {} : { error: new Error(error) }) });
      }
    });
    const gone = (error?: Error): void => {
      if (program !== mine) return;
      program = null;
      // Nobody would tell how its runners end, nor clear up after them.
      for (const runner of [...all.values()]) {
        const pid = startTimeOf(runner.pid ?? 0) === runner.startTime ? runner.pid : undefined;
        // Held, so that it does not tell the end of what is ended here as its run's own.
        if (pid !== undefined) signal(pid, "SIGSTOP");
        killTree(pid, runner.mark);
        if (pid !== undefined) signal(pid, "SIGKILL");
        runner.exited(error === undefined ? { code: null, signal: "SIGKILL" } : { code: null, signal: null, error });
      }
    };
    mine.on("exit", () => gone());
    mine.on("error", gone);
    program = mine;
    return mine;
  };

  const tell = (message: ToLauncher): void => {
    const to = started();
    if (to.connected) to.send(message, () => undefined);
  };

  return {
    launch(entryPath, flags, env) {
      started();
      const id = ++count;
      let channel: Socket | null = null;
      let unsent = "";
      let exit: RunnerExit | null = null;
      let isLaunched = false;
      let tellExit: (exit: RunnerExit) => void = () => undefined;
      let hear: (message: FromRunner) => void = () => undefined;
      const output: { name: "stdout" | "stderr"; source: Readable }[] = [];
      let onOutput: ((name: "stdout" | "stderr", source: Readable) => void) | null = null;

      const sendUnsent = (): void => {
        // Before the launcher has let go of the channel it would read what is meant for the runner.
        if (!isLaunched || channel === null || unsent === "") return;
        channel.write(unsent);
        unsent = "";
      };
      const listen = (socket: Socket): void => {
        channel = socket;
        readLines(socket, (line) => {
          const message = parseMessage(line);
          if (message !== null) hear(message);
        });
        socket.on("close", () => tellOnce());
        sendUnsent();
      };
      const tellOnce = (): void => {
        if (exit === null || !all.has(id)) return;
        forget(id);
        channel?.destroy();
        tellExit(exit);
      };
      all.set(id, {
        mark: env[markVariable] ?? "",
        pid: undefined,
        startTime: null,
        take(name, source) {
          if (name === "channel") return listen(source);
          output.push({ name, source });
          onOutput?.(name, source);
        },
        launched() {
          isLaunched = true;
          sendUnsent();
        },
        exited(how) {
          exit = how;
          // What it said last stands before its end.
          if (channel === null || channel.closed || how.error !== undefined) tellOnce();
          else setTimeout(tellOnce, lastWordsMs);
        },
      });
      // After the caller has its runner: a launcher that cannot start is told as an exit.
      tell({ type: "launch", id, entryPath, flags, env, address, token });
      return {
        get pid() {
          return all.get(id)?.pid;
        },
        onOutput(listener) {
          onOutput = listener;
          for (const { name, source } of output) listener(name, source);
        },
        send(message) {
          if (exit !== null) return;
          unsent += `${JSON.stringify(message)}\n`;
          sendUnsent();
        },
        onMessage: (listener) => {
          hear = listener;
        },
        onExit: (listener) => {
          tellExit = listener;
        },
        kill: () => all.has(id) && exit === null && tell({ type: "kill", id }),
      };
    },
  };
}

/** More than any message holds: a run that writes on its runner's channel itself must not fill the program's memory. */
const longestLine = 64 * 1024 * 1024;

function readLines(socket: Socket, take: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const last = text.lastIndexOf("\n");
    if (last < 0) {
      rest += text;
      if (rest.length > longestLine) socket.destroy();
      return;
    }
    const lines = (rest + text.slice(0, last)).split("\n");
    rest = text.slice(last + 1);
    for (const line of lines) take(line);
  });
}

/** Null for what no runner of ours sends: code that runs there can write to any of its descriptors. */
function parseMessage(line: string): FromRunner | null {
  try {
    const message: unknown = JSON.parse(line);
    const isMessage = typeof message === "object" && message !== null && "type" in message;
    return isMessage ? (message as FromRunner) : null;
  } catch {
    return null;
  }
}
