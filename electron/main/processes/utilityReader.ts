import { utilityProcess } from "electron";
import {
  type ReaderSpawner,
  readerEntry,
  readerEnvironment,
  readerFlags,
} from "../../api/exchange/reading/readerSpawner.ts";

/** The process that reads an import, for the desktop program: a packaged program cannot run as Node. */
export const spawnUtilityReader: ReaderSpawner = () => {
  const child = utilityProcess.fork(readerEntry(), [], {
    serviceName: "Almanac reader",
    stdio: "ignore",
    execArgv: readerFlags(),
    env: readerEnvironment(),
  });
  let ended = false;
  let killAsked = false;
  const kill = (): void => {
    killAsked = true;
    // `child.kill()` only asks, and what reads may be hung.
    if (child.pid !== undefined && !ended) process.kill(child.pid, "SIGKILL");
  };
  child.on("spawn", () => killAsked && kill());
  return {
    get pid() {
      return child.pid;
    },
    send: (message) => {
      if (!ended) child.postMessage(message);
    },
    onMessage: (listener) => child.on("message", listener),
    onExit: (listener) =>
      child.on("exit", (code) => {
        ended = true;
        listener({ code, signal: null });
      }),
    // The desktop program ends when it is told to.
    hold: () => {},
    kill,
  };
};
