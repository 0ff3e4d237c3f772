import type { IpcMainEvent, WebContents } from "electron";
import type { AlmanacApp } from "../../api/context.ts";
import { attachMessagePort } from "../../transport/messagePort.ts";
import type { HeldPorts } from "./heldPorts.ts";
import { isTrustedSender } from "./security.ts";

/** A page has one port at a time, and another for the moment of a reload; more than these is not ours. */
const maxPortsPerPage = 8;

/**
 * Accepts `ports` from our own pages for the API. Any other sender's ports are closed unread, and it is told to `warn`.
 * Returns the way to close every port and take no more.
 */
export function acceptApiPorts(app: AlmanacApp, ports: HeldPorts, warn: (message: string) => void): () => void {
  const counts = new WeakMap<WebContents, number>();
  const closers = new Set<() => void>();

  const accept = (event: IpcMainEvent): void => {
    const [port, ...others] = event.ports;
    for (const other of others) other.close();
    if (port === undefined) return;
    const count = counts.get(event.sender) ?? 0;
    if (!isTrustedSender(event.senderFrame) || count >= maxPortsPerPage) {
      warn(`refused a port from ${event.senderFrame?.url ?? "a frame that is gone"}`);
      port.close();
      return;
    }
    counts.set(event.sender, count + 1);
    const close = attachMessagePort(port, app);
    closers.add(close);
    port.on("close", () => {
      closers.delete(close);
      counts.set(event.sender, (counts.get(event.sender) ?? 1) - 1);
    });
  };

  const stop = ports.give(accept);
  return () => {
    stop();
    for (const close of closers) close();
  };
}
