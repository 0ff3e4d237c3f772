import { ipcRenderer } from "electron";
import {
  desktopConnectMessage,
  desktopDialogMessage,
  desktopNavigateMessage,
  desktopPortMessage,
  desktopReadyMessage,
} from "../../shared/api/desktop.ts";

// The page gets no object of ours at all: it asks by a message to its own window and is answered with a port.
window.addEventListener("message", (event) => {
  if (event.source !== window || event.origin !== location.origin) return;
  if (event.data === desktopReadyMessage) ipcRenderer.send(desktopReadyMessage);
  if (event.data !== desktopConnectMessage) return;
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage(desktopConnectMessage, null, [port1]);
  window.postMessage(desktopPortMessage, location.origin, [port2]);
});

ipcRenderer.on(desktopNavigateMessage, (_event, path: unknown) => {
  window.postMessage({ type: desktopNavigateMessage, path }, location.origin);
});
ipcRenderer.on(desktopDialogMessage, (_event, asked: object) => {
  window.postMessage({ ...asked, type: desktopDialogMessage }, location.origin);
});
