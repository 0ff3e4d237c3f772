/** What a runner or the command host says to the program that started it, over Node's IPC channel or Electron's message port. */
export interface ParentChannel<Said, Told> {
  /** Sends now, after whatever was put off. */
  send(message: Said): void;
  /** Sends with the next message, at the latest in the next turn of the event loop. `chars`: of text in it. */
  sendSoon(message: Said, chars?: number): void;
  flush(): void;
  /** How many turns of the event loop it waits for itself: none of the run's. */
  ownTurns(): number;
  onMessage(listener: (message: Told) => void): void;
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

export function connectParent<Said, Told>(): ParentChannel<Said, Told> {
  const { post, ...channel } = connect<Told>();
  let putOff: Said[] = [];
  let turns = 0;
  const flush = (): void => {
    if (putOff.length === 0) return;
    post(putOff.length === 1 ? putOff[0] : { type: "batch", messages: putOff });
    putOff = [];
  };
  return {
    ...channel,
    flush,
    ownTurns: () => turns,
    send(message) {
      putOff.push(message);
      flush();
    },
    sendSoon(message, chars = 0) {
      if (putOff.length === 0) {
        turns += 1;
        setImmediate(() => {
          turns -= 1;
          flush();
        });
      }
      putOff.push(message);
      if (putOff.length >= mostPutOff || chars > mostPutOffText) flush();
    },
  };
}

function connect<Told>(): Pick<ParentChannel<unknown, Told>, "onMessage" | "onClosed"> & {
  post(message: unknown): void;
} {
  const port = (process as unknown as { parentPort?: ElectronPort }).parentPort;
  if (port !== undefined) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => port.on("message", ({ data }) => listener(data as Told)),
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
    onMessage: (listener) => process.on("message", (message) => listener(message as Told)),
    onClosed: (listener) => process.on("disconnect", listener),
  };
}
