import type { FromRunner, ToRunner } from "../../runtime/local/messages/protocol.ts";

/** What a runner says to the program that started it, over Node's IPC channel or Electron's message port. */
export interface ParentChannel {
  /** Sends now, after whatever was put off. */
  send(message: FromRunner): void;
  /** Sends with the next message, at the latest in the next turn of the event loop. */
  sendSoon(message: FromRunner): void;
  flush(): void;
  onMessage(listener: (message: ToRunner) => void): void;
  /** The program has gone. */
  onClosed(listener: () => void): void;
}

/** The part of Electron's `process.parentPort` that is used: present in a utility process alone. */
interface ElectronPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
  on(event: "close", listener: () => void): void;
}

/** More is not put off: code that never yields would collect all of it, and a log is to be live. */
const mostPutOff = 32;
const mostPutOffText = 8_192;

export function connectParent(): ParentChannel {
  const { post, ...channel } = connect();
  let putOff: FromRunner[] = [];
  const flush = (): void => {
    const [first] = putOff;
    if (first === undefined) return;
    post(putOff.length === 1 ? first : { type: "batch", messages: putOff });
    putOff = [];
  };
  return {
    ...channel,
    flush,
    send(message) {
      putOff.push(message);
      flush();
    },
    sendSoon(message) {
      if (putOff.length === 0) setImmediate(flush);
      putOff.push(message);
      if (putOff.length >= mostPutOff || (message.type === "log" && message.text.length > mostPutOffText)) flush();
    },
  };
}

function connect(): Pick<ParentChannel, "onMessage" | "onClosed"> & { post(message: FromRunner): void } {
  const port = (process as unknown as { parentPort?: ElectronPort }).parentPort;
  if (port !== undefined) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => port.on("message", ({ data }) => listener(data as ToRunner)),
      onClosed: (listener) => port.on("close", listener),
    };
  }
  if (process.send === undefined) throw new Error("a runner is started by a program, not by hand");
  const send = process.send.bind(process);
  return {
    post: (message) => {
      // The callback takes a failure to send: it means that the program has gone, which is told separately.
      if (process.connected) send(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => process.on("message", (message) => listener(message as ToRunner)),
    onClosed: (listener) => process.on("disconnect", listener),
  };
}
