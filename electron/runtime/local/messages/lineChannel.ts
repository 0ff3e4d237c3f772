import type { Socket } from "node:net";

/** A runner's messages over a socket that is its IPC channel: JSON, one message a line, as Node writes them. */
export interface LineChannel {
  readonly closed: boolean;
  send(message: unknown): void;
  close(): void;
}

export interface LineChannelOptions {
  /** Each as it came: parsed, not checked. */
  message(value: unknown): void;
  /** What came is no line of JSON, or longer than any message; nothing more is read. */
  broken(problem: string): void;
  closed(): void;
}

/** More than any message holds: a result is 1 MiB at most, and each of its characters six in JSON. */
const longestLine = 16 * 1024 * 1024;
/** What is read at once; whoever writes more waits, and others are heard meanwhile. */
const mostInWindow = 1_000;
const bytesInWindow = 2 * 1024 * 1024;
const windowMs = 50;

export function createLineChannel(socket: Socket, { message, broken, closed }: LineChannelOptions): LineChannel {
  let parts: string[] = [];
  let length = 0;
  let window = { from: 0, messages: 0, bytes: 0 };
  let isBroken = false;

  const stop = (problem: string): void => {
    isBroken = true;
    parts = [];
    socket.destroy();
    broken(problem);
  };

  const take = (line: string): void => {
    if (line === "") return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      stop("what is no JSON");
      return;
    }
    window.messages++;
    message(value);
  };

  socket.setEncoding("utf8");
  socket.on("error", () => undefined);
  socket.on("close", closed);
  socket.on("data", (text: string) => {
    if (isBroken) return;
    const at = performance.now();
    if (at - window.from > windowMs) window = { from: at, messages: 0, bytes: 0 };
    window.bytes += text.length;
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0 && !isBroken; end = text.indexOf("\n", from)) {
      parts.push(text.slice(from, end));
      from = end + 1;
      const line = parts.length === 1 ? (parts[0] ?? "") : parts.join("");
      parts = [];
      length = 0;
      take(line);
    }
    if (isBroken) return;
    if (from < text.length) {
      parts.push(text.slice(from));
      length += text.length - from;
      if (length > longestLine) {
        stop(`a message of more than ${longestLine / 1024 / 1024} MiB`);
        return;
      }
    }
    if (window.messages < mostInWindow && window.bytes < bytesInWindow) return;
    socket.pause();
    setTimeout(() => socket.resume(), windowMs).unref();
  });

  return {
    get closed() {
      return socket.closed;
    },
    send: (told) => void socket.write(`${JSON.stringify(told)}\n`),
    close: () => void socket.destroy(),
  };
}
