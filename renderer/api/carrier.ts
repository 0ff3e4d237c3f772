import { desktopConnectMessage, desktopOrigin, desktopPortMessage } from "../../shared/api/desktop.ts";
import { portSocketClass } from "../../shared/api/portSocket.ts";
import { watchedSocketClass } from "../../shared/api/watchedSocket.ts";

/** How calls travel: a socket to the server the page came from, or the port that the desktop app hands over. */
export interface Carrier {
  /** Asked again on each connection attempt. */
  url: () => Promise<string>;
  WebSocket?: typeof WebSocket;
  /** What each connection's first message says; none where the other end knows the page. */
  connectionParams?: () => Record<string, string>;
  /** Whether this page has what may let it call; whether it does is known by trying. */
  hasSession: () => boolean;
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
    hasSession: () => true,
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

/** Together, and with the time that a banner waits, within 15 s. The second is long, so that an engine that is busy is not taken to be away. */
const quietMs = 5000;
const answerMs = 8000;
/** Longer still: an engine that is too busy to open one connection opens no second one sooner. */
const openMs = 20_000;

/** Notices also that the engine's machine sleeps, or that the network is cut. */
const WatchedSocket = (): typeof WebSocket =>
  watchedSocketClass<WebSocket>(WebSocket, {
    quietMs,
    answerMs,
    openMs,
    now: Date.now,
    later: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    tell: (socket, type) => socket.dispatchEvent(new Event(type)),
  }) as typeof WebSocket;

/**
 * What signs this browser in. It is kept with the origin and handed over in each connection's first message: a cookie
 * would go to every server of this host, whatever its port and whoever runs it.
 */
const sessionKey = "almanac-session";

function browserCarrier(): Carrier {
  const opened = openAddress();
  return {
    url: async () => {
      await opened;
      const url = new URL("/trpc", window.location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      return url.href;
    },
    WebSocket: WatchedSocket(),
    connectionParams: () => ({ session: window.localStorage.getItem(sessionKey) ?? "" }),
    hasSession: () => window.localStorage.getItem(sessionKey) !== null,
    signedIn: async () => {
      const session = window.localStorage.getItem(sessionKey);
      if (session === null) return false;
      try {
        const { status } = await fetch("/session", {
          headers: { authorization: `Bearer ${session}` },
          // A network that is cut would hold the next attempt up for minutes.
          signal: AbortSignal.timeout(openMs),
        });
        if (status !== 401 && status !== 403) return true;
        // Another tab may have signed in anew meanwhile.
        if (window.localStorage.getItem(sessionKey) === session) window.localStorage.removeItem(sessionKey);
        return false;
      } catch {
        return true;
      }
    },
  };
}

/** Signs in with the token in the address, once, and takes it out of the address and the history first. */
async function openAddress(): Promise<void> {
  const token = tokenIn(window.location.hash);
  if (token === null) return;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  // A token that was used already leaves what this browser has; without any the page asks for one.
  await signIn(token).catch(() => undefined);
}

/** The token of an address that signs in, or of what was pasted: the address or the token alone. */
export function tokenIn(text: string): string | null {
  const match = /(?:^|#token=)([\w.-]{20,200})$/.exec(text.trim());
  return match?.[1] ?? null;
}

/** Signs this browser in and keeps its session; rejects with what the server says. */
export async function signIn(token: string): Promise<void> {
  const response = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
  const { session } = JSON.parse(text) as { session: string };
  window.localStorage.setItem(sessionKey, session);
}
