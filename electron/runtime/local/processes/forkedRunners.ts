import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createLineChannel } from "../messages/lineChannel.ts";
import { killMarked, killTree } from "../tree/processTree.ts";
import type { RunnerExit, RunnerProcess, RunnerProgram, RunnerSpawner } from "./runnerProcess.ts";
import { runnerEntry, runnerEnvironment, runnerFlags } from "./runnerProgram.ts";

/** The descriptor of a runner's channel where it is not Node's own business, but read here. */
const channelDescriptor = 3;

/**
 * Runners that the program forks itself, where it is their parent and sees to their ends. Their channel is Node's own on
 * Windows alone: elsewhere it would throw here, where nothing could catch it, what is no JSON.
 */
export function forkedRunners(entry: (program: RunnerProgram) => string = runnerEntry): RunnerSpawner {
  const ownChannel = process.platform !== "win32";
  return ({ program, heapLimitMb, mark }) => {
    const stdio: StdioOptions = ["ignore", "pipe", "pipe", ownChannel ? "pipe" : "ipc"];
    const child = spawn(process.execPath, [...runnerFlags(heapLimitMb), entry(program)], {
      // Its own session: a Ctrl-C in the terminal reaches the program, which then ends its runners in order.
      detached: true,
      stdio,
      ...(ownChannel ? {} : { serialization: "json" }),
      env: {
        ...runnerEnvironment(mark),
        ...(ownChannel ? { NODE_CHANNEL_FD: String(channelDescriptor), NODE_CHANNEL_SERIALIZATION_MODE: "json" } : {}),
      },
    });
    // A program that ends must not be kept by its warm runners.
    child.unref();
    child.channel?.unref();
    for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
    const { send, onMessage } = ownChannel ? channelOf(child) : nodeChannelOf(child);
    let exited = false;
    return {
      get pid() {
        return child.pid;
      },
      onOutput: (listener) => {
        for (const name of ["stdout", "stderr"] as const) if (child[name] !== null) listener(name, child[name]);
      },
      send: (message) => {
        if (!exited) send(message);
      },
      onMessage,
      onExit: (listener) => {
        const once = (exit: RunnerExit): void => {
          if (exited) return;
          exited = true;
          void killMarked(mark).then(() => listener(exit));
        };
        child.on("exit", (code, signal) => once({ code, signal }));
        child.on("error", (error) => {
          if (child.pid === undefined) once({ code: null, signal: null, error });
        });
      },
      kill() {
        // The tree first: once the runner is gone, what hangs on it by its parent's id alone cannot be found.
        killTree(child.pid, mark);
        child.kill("SIGKILL");
      },
    };
  };
}

type Carrier = Pick<RunnerProcess<unknown>, "onMessage"> & { send(message: unknown): void };

function channelOf(child: ChildProcess): Carrier {
  let hear: (value: unknown) => void = () => undefined;
  let hearBroken: (problem: string) => void = () => undefined;
  const socket = child.stdio[channelDescriptor] as Socket;
  socket.unref();
  const channel = createLineChannel(socket, {
    message: (value) => hear(value),
    broken: (problem) => hearBroken(problem),
    closed: () => undefined,
  });
  return {
    send: (message) => channel.send(message),
    onMessage(listener, broken) {
      hear = listener;
      hearBroken = broken;
    },
  };
}

function nodeChannelOf(child: ChildProcess): Carrier {
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on("message", listener),
  };
}
