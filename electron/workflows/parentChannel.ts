import type { FromRunner, ToRunner } from "../runtime/local/protocol.ts";

/** What a runner says to the program that started it, over Node's IPC channel or Electron's message port. */
export interface ParentChannel {
  send(message: FromRunner): void;
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

export function connectParent(): ParentChannel {
  const port = (process as unknown as { parentPort?: ElectronPort }).parentPort;
  if (port !== undefined) {
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => port.on("message", ({ data }) => listener(data as ToRunner)),
      onClosed: (listener) => port.on("close", listener),
    };
  }
  if (process.send === undefined) throw new Error("a runner is started by a program, not by hand");
  const send = process.send.bind(process);
  return {
    send: (message) => {
      // The callback takes a failure to send: it means that the program has gone, which is told separately.
      if (process.connected) send(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => process.on("message", (message) => listener(message as ToRunner)),
    onClosed: (listener) => process.on("disconnect", listener),
  };
}
