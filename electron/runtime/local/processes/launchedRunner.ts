import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { createLineChannel, type LineChannel } from "../messages/lineChannel.ts";
import type { RunnerStreamName } from "./launcherMessages.ts";
import type { RunnerExit, RunnerProcess } from "./runnerProcess.ts";

/**
 * A runner that the launcher has started: its streams, which come over sockets of their own, and its end, which the
 * launcher tells. Either may come first.
 */
export interface LaunchedRunner {
  /** For those who run it. */
  readonly process: RunnerProcess<unknown>;
  readonly mark: string;
  readonly pid: number | undefined;
  take(name: RunnerStreamName, socket: Socket): void;
  /** The launcher has let go of its channel. */
  launched(pid: number): void;
  exited(exit: RunnerExit): void;
}

export interface LaunchedRunnerOptions {
  mark: string;
  kill(): void;
  /** Its end is told, and nothing of it is heard any more. */
  over(): void;
}

/** How long the end of a runner's messages is waited for after its end; only a copy of its channel elsewhere holds it open. */
const lastWordsMs = 500;

export function createLaunchedRunner({ mark, kill, over }: LaunchedRunnerOptions): LaunchedRunner {
  let pid: number | undefined;
  let channel: LineChannel | null = null;
  let unsent: unknown[] = [];
  let exit: RunnerExit | null = null;
  let isOver = false;
  let tellExit: (exit: RunnerExit) => void = () => undefined;
  let hear: (value: unknown) => void = () => undefined;
  let hearBroken: (problem: string) => void = () => undefined;
  const output: { name: "stdout" | "stderr"; source: Readable }[] = [];
  let onOutput: ((name: "stdout" | "stderr", source: Readable) => void) | null = null;

  const sendUnsent = (): void => {
    // Before the launcher has let go of the channel it would read what is meant for the runner.
    if (pid === undefined || channel === null) return;
    for (const message of unsent) channel.send(message);
    unsent = [];
  };
  const endOnce = (): void => {
    if (exit === null || isOver) return;
    isOver = true;
    over();
    channel?.close();
    tellExit(exit);
  };

  return {
    mark,
    get pid() {
      return pid;
    },
    take(name, socket) {
      if (name !== "channel") {
        output.push({ name, source: socket });
        onOutput?.(name, socket);
        return;
      }
      channel = createLineChannel(socket, {
        message: (value) => hear(value),
        broken: (problem) => hearBroken(problem),
        closed: endOnce,
      });
      sendUnsent();
    },
    launched(told) {
      pid = told;
      sendUnsent();
    },
    exited(how) {
      exit = how;
      // What it said last stands before its end.
      if (channel === null || channel.closed || how.error !== undefined) endOnce();
      else setTimeout(endOnce, lastWordsMs);
    },
    process: {
      get pid() {
        return isOver ? undefined : pid;
      },
      onOutput(listener) {
        onOutput = listener;
        for (const { name, source } of output) listener(name, source);
      },
      send(message) {
        if (exit !== null) return;
        unsent.push(message);
        sendUnsent();
      },
      onMessage(listener, broken) {
        hear = listener;
        hearBroken = broken;
      },
      onExit: (listener) => {
        tellExit = listener;
      },
      kill: () => {
        if (!isOver && exit === null) kill();
      },
    },
  };
}
