import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTimeOf } from "../tree/processTree.ts";
import { parseStreamHeader, type RunnerStreamName, streamHeaderLength } from "./launcherMessages.ts";

/** Where runners' streams arrive from the launcher: a socket in a folder that nobody else may enter. */
export interface LauncherSocket {
  readonly path: string;
  close(): void;
}

export interface LauncherSocketOptions {
  token: string;
  /** Takes a stream that says whose it is; false where there is no such runner. */
  take(id: number, name: RunnerStreamName, socket: Socket): boolean;
}

const headerWithinMs = 5_000;
/** Connections that have not said yet whose stream they are. */
const mostUnknown = 96;
/** `sun_path` holds 108 bytes with its closing zero. */
const longestPath = 107;

/** No folder for temporary files takes another one. */
export class NoSocketFolder extends Error {}

/** @throws NoSocketFolder */
export function listenForStreams({ token, take }: LauncherSocketOptions): LauncherSocket {
  const folder = privateFolder();
  const path = join(folder, "s");
  let unknown = 0;
  const accept = (socket: Socket): void => {
    socket.unref();
    socket.on("error", () => undefined);
    if (unknown >= mostUnknown) {
      socket.destroy();
      return;
    }
    unknown++;
    let isKnown = false;
    const known = (): void => {
      if (isKnown) return;
      isKnown = true;
      unknown--;
    };
    socket.once("close", known);
    socket.setTimeout(headerWithinMs, () => socket.destroy());
    const read = (): void => {
      const header: Buffer | null = socket.read(streamHeaderLength(token));
      if (header === null) return;
      known();
      socket.off("readable", read);
      socket.setTimeout(0);
      const found = parseStreamHeader(token, header.toString("latin1"));
      if (found === null || !take(found.id, found.name, socket)) socket.destroy();
    };
    socket.on("readable", read);
  };
  const server = createServer(accept)
    // Where it cannot listen the launcher says that it cannot connect, for each runner.
    .on("error", () => undefined)
    .listen(path)
    .unref();
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    close() {
      server.close();
      process.off("exit", remove);
      remove();
    },
  };
}

/** `almanac-NAMESPACE-PID-STARTTIME-…`: whoever comes later can tell that its owner is gone. */
const folderName = /^almanac-(\d+)-(\d+)-(\d+)-/;

function namespace(): string {
  return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
}

function privateFolder(): string {
  const name = `almanac-${namespace()}-${process.pid}-${startTimeOf(process.pid) ?? 0}-`;
  let problem: unknown = null;
  for (const parent of new Set([process.env["XDG_RUNTIME_DIR"], tmpdir(), "/tmp"])) {
    if (parent === undefined || Buffer.byteLength(join(parent, `${name}XXXXXX`, "s")) > longestPath) continue;
    try {
      removeAbandoned(parent);
      return mkdtempSync(join(parent, name));
    } catch (error) {
      problem = error;
    }
  }
  throw new NoSocketFolder(`no private folder for the socket of runners could be made (${String(problem)})`);
}

/** Folders of programs that were ended by force. Of other users, and where ids are counted anew, they are not ours to judge. */
function removeAbandoned(parent: string): void {
  const here = namespace();
  for (const name of readdirSync(parent)) {
    const [, space, pid, startTime] = folderName.exec(name) ?? [];
    if (space !== here || startTimeOf(Number(pid)) === Number(startTime)) continue;
    const path = join(parent, name);
    if (statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.())
      rmSync(path, { recursive: true, force: true });
  }
}
