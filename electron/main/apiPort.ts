import { type IpcMainEvent, ipcMain, type WebContents } from "electron";
import { desktopConnectMessage } from "../../shared/api/desktop.ts";
import type { AlmanacApp } from "../api/context.ts";
import { attachMessagePort } from "../transport/messagePort.ts";
import { isTrustedSender } from "./security.ts";

/** A page has one port at a time, and another for the moment of a reload; more than these is not ours. */
const maxPortsPerPage = 8;

/** Accepts ports from our own pages for the API. Any other sender's ports are closed unread, and it is told to `warn`. */
export function acceptApiPorts(app: AlmanacApp, warn: (message: string) => void): void {
  const open = new WeakMap<WebContents, number>();
  ipcMain.on(desktopConnectMessage, (event: IpcMainEvent) => {
    const [port, ...others] = event.ports;
    for (const other of others) other.close();
    if (port === undefined) return;
    const count = open.get(event.sender) ?? 0;
    if (!isTrustedSender(event.senderFrame) || count >= maxPortsPerPage) {
      warn(`refused a port from ${event.senderFrame?.url ?? "a frame that is gone"}`);
      port.close();
      return;
    }
    open.set(event.sender, count + 1);
    port.on("close", () => open.set(event.sender, (open.get(event.sender) ?? 1) - 1));
    attachMessagePort(port, app);
  });
}
