/**
 * The launcher: a small process that starts runners for a program and looks after their ends. A fork holds a process up
 * for as long as its memory is large, and so does the search for what a runner has left behind; here neither holds up
 * the scheduler. It ends with the program.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { childrenOf, endDescendants } from "../tree/children.ts";
import { killTree, leftVariable, markVariable, variableOf } from "../tree/processTree.ts";
import { becomeSubreaper } from "../tree/subreaper.ts";
import { type FromLauncher, type RunnerStreamName, streamHeader, type ToLauncher } from "./launcherMessages.ts";

type Launch = Extract<ToLauncher, { type: "launch" }>;
interface Runner {
  child: ChildProcess | null;
  mark: string;
  /** Asked for before it had started. */
  killed: boolean;
}
const runners = new Map<number, Runner>();
/** What a dead runner leaves falls to this process: living runners keep what is theirs. */
const subreaper = await becomeSubreaper();

/** Ends what runners that are gone have left, but what a run was to leave running. */
function endLeft(mark: string): void {
  if (subreaper === null) {
    killTree(undefined, mark);
    return;
  }
  const living = new Set([...runners.values()].map(({ child }) => child?.pid));
  endDescendants((pid) => living.has(pid) || variableOf(pid, leftVariable) !== null);
  for (const pid of childrenOf(process.pid) ?? []) if (!living.has(pid)) subreaper.reap(pid);
}

const tell = (message: FromLauncher): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

/** A stream of a runner to the program: passed on as a file descriptor, never read or written here but for its header. */
function open({ address, token, id }: Launch, name: RunnerStreamName): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(address);
    socket.once("error", fail);
    socket.write(streamHeader(token, id, name), (error) =>
      error === null || error === undefined ? done(socket) : fail(error),
    );
  });
}

async function launch(order: Launch): Promise<void> {
  const { id, entryPath, flags, env } = order;
  const runner: Runner = { child: null, mark: env[markVariable] ?? "", killed: false };
  runners.set(id, runner);
  const ended = (exit: Omit<Extract<FromLauncher, { type: "exit" }>, "type" | "id">): void => {
    if (!runners.delete(id)) return;
    endLeft(runner.mark);
    tell({ type: "exit", id, ...exit });
  };
  const streams: Socket[] = [];
  try {
    for (const name of ["stdout", "stderr", "channel"] as const) streams.push(await open(order, name));
    const child = spawn(process.execPath, [...flags, entryPath], {
      // Its own session: a Ctrl-C in the terminal reaches the program, which then ends its runners in order.
      detached: true,
      stdio: ["ignore", ...streams],
      env: { ...env, NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" },
    });
    runner.child = child;
    child.on("exit", (code, signal) => ended({ code, signal }));
    child.on("error", ({ message }) => child.pid === undefined && ended({ code: null, signal: null, error: message }));
    if (child.pid !== undefined) tell({ type: "launched", id, pid: child.pid });
    if (runner.killed) kill(runner);
  } catch (error) {
    ended({ code: null, signal: null, error: error instanceof Error ? error.message : String(error) });
  } finally {
    for (const stream of streams) stream.destroy();
  }
}

function kill(runner: Runner): void {
  runner.killed = true;
  if (runner.child === null) return;
  // Where what it leaves does not fall to this process, the tree first: it could not be found by its parent's id any more.
  if (subreaper === null) killTree(runner.child.pid, runner.mark);
  runner.child.kill("SIGKILL");
}

process.title = "almanac-launcher";
process.on("message", (message: ToLauncher) => {
  if (message.type === "launch") void launch(message);
  else {
    const runner = runners.get(message.id);
    if (runner !== undefined) kill(runner);
  }
});
// Runners see for themselves that the program has gone, and end what they have started in order.
process.on("disconnect", () => process.exit(0));
// Signals to a whole group are for the program to act on.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
