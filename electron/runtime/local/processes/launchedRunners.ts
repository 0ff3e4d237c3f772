import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { killTree, markVariable, signal, startTimeOf } from "../tree/processTree.ts";
import { parseFromLauncher } from "./fromLauncher.ts";
import { createLaunchedRunner, type LaunchedRunner } from "./launchedRunner.ts";
import type { ToLauncher } from "./launcherMessages.ts";
import { type LauncherSocket, listenForStreams } from "./launcherSocket.ts";
import type { RunnerExit, RunnerProcess } from "./runnerProcess.ts";
import { environmentForRuns, withCompileCache } from "./runnerProgram.ts";

/**
 * Starts runners by way of a launcher process. Linux only.
 *
 *   no launcher    → starting a runner forks one, and opens the socket for the runners' streams
 *   has runners    the launcher starts them and tells their ends
 *     → idle        the last runner has ended
 *     → no launcher it has ended itself: its runners and what they started are ended here, and told as ended by force
 *   idle           → has runners, or after `idleMs` → no launcher: it is let go
 */
export interface Launcher {
  /** Throws where the launcher cannot be started for want of memory, or of a folder for its socket. */
  launch(entryPath: string, flags: string[], env: Record<string, string | undefined>): RunnerProcess<unknown>;
}

interface Known {
  runner: LaunchedRunner;
  /** With the id it names the process for good. */
  startTime: number | null;
}

/** A launcher without runners is let go after so long: a pool that has lost its last one asks for the next at once. */
const idleMs = 2_000;

export function createLauncher(programPath: string): Launcher {
  const token = randomBytes(16).toString("hex");
  const all = new Map<number, Known>();
  let count = 0;
  let program: ChildProcess | null = null;
  let socket: LauncherSocket | null = null;
  let idle: NodeJS.Timeout | null = null;

  const letGo = (): void => {
    idle = null;
    program?.disconnect();
    program = null;
    socket?.close();
    socket = null;
  };

  const forget = (id: number): void => {
    all.delete(id);
    if (all.size === 0) idle ??= setTimeout(letGo, idleMs).unref();
  };

  const hear = (value: unknown): void => {
    const message = parseFromLauncher(value);
    const known = message === null ? undefined : all.get(message.id);
    if (message === null || known === undefined) return;
    if (message.type === "launched") {
      known.startTime = startTimeOf(message.pid);
      known.runner.launched(message.pid);
    } else {
      const { code, signal: name, error } = message;
      known.runner.exited({ code, signal: name, ...(error === undefined ? {} : { error: new Error(error) }) });
    }
  };

  /** Nobody would tell how its runners end, nor clear up after them. */
  const endAll = (exit: RunnerExit): void => {
    for (const { runner, startTime } of [...all.values()]) {
      const pid = runner.pid !== undefined && startTimeOf(runner.pid) === startTime ? runner.pid : undefined;
      // Held, so that it does not tell the end of what is ended here as its run's own.
      if (pid !== undefined) signal(pid, "SIGSTOP");
      killTree(pid, runner.mark);
      if (pid !== undefined) signal(pid, "SIGKILL");
      runner.exited(exit);
    }
  };

  const start = (): ChildProcess => {
    const mine = fork(programPath, [], {
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // Small: it does next to nothing, and each runner is a copy of it for a moment.
      execArgv: ["--max-semi-space-size=1", "--max-old-space-size=64"],
      env: environmentForRuns(),
    });
    mine.unref();
    mine.channel?.unref();
    mine.on("message", hear);
    const gone = (error?: Error): void => {
      if (program !== mine) return;
      program = null;
      endAll(error === undefined ? { code: null, signal: "SIGKILL" } : { code: null, signal: null, error });
    };
    mine.on("exit", () => gone());
    mine.on("error", gone);
    return mine;
  };

  const tell = (message: ToLauncher): void => {
    program ??= start();
    if (program.connected) program.send(message, () => undefined);
  };

  return {
    launch(entryPath, flags, env) {
      if (idle !== null) clearTimeout(idle);
      idle = null;
      socket ??= listenForStreams({
        token,
        take(id, name, stream) {
          const known = all.get(id);
          known?.runner.take(name, stream);
          return known !== undefined;
        },
      });
      program ??= start();
      const id = ++count;
      const runner = createLaunchedRunner({
        mark: env[markVariable] ?? "",
        kill: () => tell({ type: "kill", id }),
        over: () => forget(id),
      });
      all.set(id, { runner, startTime: null });
      // After the caller has its runner: a launcher that cannot start is told as an exit.
      const cached = withCompileCache(env, join(dirname(socket.path), "compiled"));
      tell({ type: "launch", id, entryPath, flags, env: cached, address: socket.path, token });
      return runner.process;
    },
  };
}
