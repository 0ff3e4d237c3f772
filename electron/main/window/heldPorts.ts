import type { IpcMain, IpcMainEvent } from "electron";

/** Requests of pages that came before there was anybody to answer them. */
export interface HeldPorts {
  /** Hands over what has waited and whatever comes; returns the way to stop. Call it once. */
  give(accept: (event: IpcMainEvent) => void): () => void;
}

/** More pages than these are not ours: there is one window. */
const mostHeld = 16;

/** Holds the messages on `channel` from now on. */
export function holdPorts(ipc: Pick<IpcMain, "on" | "off">, channel: string): HeldPorts {
  const held: IpcMainEvent[] = [];
  const hold = (event: IpcMainEvent): void => {
    if (held.length < mostHeld) held.push(event);
    else for (const port of event.ports) port.close();
  };
  ipc.on(channel, hold);
  return {
    give(accept) {
      ipc.off(channel, hold);
      ipc.on(channel, accept);
      for (const event of held.splice(0)) accept(event);
      return () => ipc.off(channel, accept);
    },
  };
}
