import { Worker } from "node:worker_threads";
import { AppError } from "../../../../shared/domain/errors.ts";
import { toAppError } from "../../errors.ts";
import { readCalendarFile } from "./readCalendarFile.ts";
import type { FromReader, ReadRequest, ToReader } from "./readerProtocol.ts";
import { readSchedules } from "./readSchedules.ts";

/**
 * The program that reads one import and ends: another's text may take any time and memory, and this process may be killed
 * for it. Its parent ends it once it has the result; where the parent has gone, it ends by itself.
 */

/** The part of Electron's `process.parentPort` that is used. */
interface ElectronPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
}

function connect(): {
  post: (message: FromReader) => void;
  onMessage: (listener: (message: ToReader) => void) => void;
} {
  const port = (process as unknown as { parentPort?: ElectronPort }).parentPort;
  if (port !== undefined) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => port.on("message", ({ data }) => listener(data as ToReader)),
    };
  }
  if (process.send === undefined) throw new Error("a reader is started by a program, not by hand");
  const send = process.send.bind(process);
  process.on("disconnect", () => process.exit(0));
  return {
    post: (message) => {
      if (process.connected) send(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => process.on("message", (message) => listener(message as ToReader)),
  };
}

// A thread of its own, because what is read may keep this one from ever hearing that its parent has gone.
const watch = new Worker(
  `const parent = process.ppid;
   setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 500);`,
  { eval: true },
);
watch.unref();

const { post, onMessage } = connect();
let request: ReadRequest | null = null;
const parts: string[] = [];

/** More issues say no more. */
const mostIssues = 100;

function answer(read: ReadRequest, text: string): void {
  try {
    if (read.kind === "schedules") readSchedules(read, text, post);
    else readCalendarFile(read, text, post);
  } catch (thrown) {
    const error = toAppError(thrown);
    const { code, message } = error.code === "INTERNAL" ? new AppError("INVALID_INPUT", notRead(thrown)) : error;
    post({
      type: "refused",
      code,
      message: message.slice(0, 5000),
      issues: error.issues.slice(0, mostIssues).map((issue) => ({
        path: issue.path.slice(0, 500),
        ...(issue.given === undefined ? {} : { given: shown(issue.given) }),
        message: issue.message.slice(0, 2000),
      })),
    });
  }
}

const notRead = (thrown: unknown): string =>
  `text: this cannot be read: ${(thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 500)}`;

function shown(value: unknown): unknown {
  const text = JSON.stringify(value) ?? "";
  return text.length > 500 ? `${text.slice(0, 500)}…` : value;
}

onMessage((message) => {
  if (message.type === "request") request = message.request;
  else if (message.type === "part") parts.push(message.text);
  else if (request !== null) answer(request, parts.splice(0).join(""));
});
