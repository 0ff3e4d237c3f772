import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadLibc } from "../../../runtime/local/tree/libc.ts";

/**
 * A pipe of the system's. What Node itself gives a child as a pipe is a socket: two of a child's streams cannot share it,
 * and a script cannot open it (`> /dev/stderr`, `cat /dev/stdin`).
 */
export interface SystemPipe {
  readFd: number;
  writeFd: number;
}

/** `O_CLOEXEC` of fcntl.h on Linux: a program gets the ends that are meant for it, and no other. */
const closeOnExec = 0o2000000;

/** Where it takes a program to make them they are made together: as many as are waited for, within these. */
const fewest = 16;
const most = 128;
const mostFailures = 3;
const ready: SystemPipe[] = [];
let waiting = 0;
let making: Promise<void> | null = null;

/** Null where the system has none, or not now. */
export async function takePipe(): Promise<SystemPipe | null> {
  if (process.platform === "win32") return null;
  const libc = await loadLibc();
  const fds = new Int32Array(2);
  // Out of descriptors: the other way fails of that, too, and is tried again.
  if (libc !== null && libc.pipe2(fds, closeOnExec) === 0) return { readFd: Number(fds[0]), writeFd: Number(fds[1]) };
  waiting++;
  try {
    for (let failures = 0; failures < mostFailures; ) {
      const pipe = ready.shift();
      if (pipe !== undefined) return pipe;
      making ??= makePipes(Math.max(fewest, Math.min(most, waiting))).finally(() => {
        making = null;
      });
      try {
        await making;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        // Of another run's programs, that have been ended with it: again.
        failures++;
      }
    }
    return null;
  } finally {
    waiting--;
  }
}

/** Opened and without a name before anyone takes one: nothing of them is left behind. */
async function makePipes(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "almanac-pipes-"));
  try {
    const names = Array.from({ length: count }, (_, at) => join(folder, String(at)));
    await promisify(execFile)("mkfifo", ["-m", "600", ...names]);
    for (const name of names) {
      const readFd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        ready.push({ readFd, writeFd: openSync(name, constants.O_WRONLY) });
      } catch (error) {
        closeSync(readFd);
        throw error;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The reading end; it is closed with the socket. */
export function readFrom({ readFd }: SystemPipe): Socket {
  return new Socket({ fd: readFd, readable: true, writable: false });
}

export function writeTo({ writeFd }: SystemPipe): Socket {
  return new Socket({ fd: writeFd, readable: false, writable: true });
}
