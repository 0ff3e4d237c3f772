import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answered, Asked } from "./commandHost.ts";

let host: ChildProcess | null = null;
let asked = 0;
const waiting = new Map<number, (answer: Answered) => void>();

/** Whether a command is running there: two at once would share one exit code. */
export const isHostBusy = (): boolean => waiting.size > 0;

/** Has the command line run a command in a process that stays as long as this one; its zone is UTC. */
export function runHosted(args: readonly string[]): Promise<Answered> {
  if (host?.connected !== true) {
    const started = fork(fileURLToPath(new URL("./commandHost.ts", import.meta.url)), {
      execArgv: [],
      serialization: "json",
      env: { ...process.env, TZ: "UTC", NO_COLOR: "1" },
    });
    started.on("message", (answer: Answered) => {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.channel?.unref();
    });
    started.once("exit", (code) => {
      for (const [id, done] of waiting)
        done({ id, code: code ?? -1, out: "", err: `the command line's process ended (${code})` });
      waiting.clear();
    });
    started.unref();
    host = started;
  }
  const id = asked++;
  host.channel?.ref();
  host.send({ id, args: [...args] } satisfies Asked);
  return new Promise((done) => waiting.set(id, done));
}
