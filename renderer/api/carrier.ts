import { desktopConnectMessage, desktopOrigin, desktopPortMessage } from "../../shared/api/desktop.ts";
import { portSocketClass } from "../../shared/api/portSocket.ts";

/** How calls travel: a socket to the server the page came from, or the port that the desktop app hands over. */
export interface Carrier {
  /** Asked again on each connection attempt. */
  url: () => Promise<string>;
  WebSocket?: typeof WebSocket;
  /** Whether this page may call at all; false asks the person to sign in. */
  signedIn: () => Promise<boolean>;
}

export function openCarrier(): Carrier {
  return window.location.origin === desktopOrigin ? desktopCarrier() : browserCarrier();
}

function desktopCarrier(): Carrier {
  return {
    url: async () => "port:",
    WebSocket: portSocketClass(askForPort) as unknown as typeof WebSocket,
    signedIn: async () => true,
  };
}

/** The preload answers with a port whose other end the desktop program listens to. */
function askForPort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    const answered = (event: MessageEvent) => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== desktopPortMessage || port === undefined) return;
      window.removeEventListener("message", answered);
      resolve(port);
    };
    window.addEventListener("message", answered);
    window.postMessage(desktopConnectMessage, window.location.origin);
  });
}

function browserCarrier(): Carrier {
  const exchanged = exchangeToken();
  return {
    url: async () => {
      await exchanged;
      const url = new URL("/trpc", window.location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      return url.href;
    },
    signedIn: async () => {
      try {
        const response = await fetch("/session", { credentials: "same-origin" });
        return response.status !== 401 && response.status !== 403;
      } catch {
        return true;
      }
    },
  };
}

/** Trades the token in the address for a cookie, once, and takes it out of the address and the history. */
async function exchangeToken(): Promise<void> {
  const match = /^#token=(.+)$/.exec(window.location.hash);
  if (match?.[1] === undefined) return;
  const token = decodeURIComponent(match[1]);
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  await fetch("/session", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
}
