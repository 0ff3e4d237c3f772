import type { Session, WebContents, WebFrameMain } from "electron";
import { desktopOrigin } from "../../../shared/api/desktop.ts";

/** Hosts that a link in the pages may open in the person's own browser; everything else stays shut. */
const externalHosts: ReadonlySet<string> = new Set(["www.iana.org", "man7.org"]);

const linkedPages = /^(schedules|runs|backfills|calendar|workflows|settings)(\/[A-Za-z0-9][A-Za-z0-9._-]{0,127})?\/?$/;

/** Whether a URL is one of the program's own pages. */
export function isPageUrl(text: string): boolean {
  const url = parsed(text);
  // `URL.origin` is "null" for schemes that URL does not know, so the parts are compared.
  return url !== undefined && `${url.protocol}//${url.host}` === desktopOrigin;
}

/** The URL to open outside, or undefined where the text is not https on a known host, exactly as a browser reads it. */
export function externalUrl(text: string): string | undefined {
  const url = parsed(text);
  if (url === undefined || url.protocol !== "https:" || url.username !== "" || url.password !== "" || url.port !== "") {
    return undefined;
  }
  return externalHosts.has(url.hostname) ? url.href : undefined;
}

/** The page that a deep link such as `almanac://schedules/nightly` names. Links only ever show something. */
export function deepLinkPath(text: string): string | undefined {
  const match = /^almanac:\/\/([^?#]*)$/.exec(text);
  const path = match?.[1];
  return path !== undefined && linkedPages.test(path) ? `/${path.replace(/\/$/, "")}` : undefined;
}

/** The first deep link among a program's arguments; other arguments of a second start are ignored. */
export function deepLinkIn(args: readonly string[]): string | undefined {
  return args.map(deepLinkPath).find((path) => path !== undefined);
}

type Frame = Pick<WebFrameMain, "url" | "parent">;

/** Whether a message comes from the top frame of one of our own pages. A frame that is gone already is not trusted. */
export function isTrustedSender(frame: Frame | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isPageUrl(frame.url);
}

/** Chromium's code for a navigation that was stopped: what was there is still there. */
const aborted = -3;

/** Schemes that the network of the pages' session may be asked for: our own, and what Chromium's own tools are made of. */
const innerSchemes = /^(app|devtools|chrome-extension|blob|data):/;

/**
 * Denies every permission the web knows, for the session of the pages; copying text is the one a page uses. Cuts the
 * session off from every network: the pages come from the program itself, and no content policy covers WebRTC and hints.
 */
export function hardenSession(session: Session): void {
  const allowed = (permission: string): boolean => permission === "clipboard-sanitized-write";
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(allowed(permission)));
  session.setPermissionCheckHandler((_contents, permission) => allowed(permission));
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !innerSchemes.test(url) }));
  // What is not a request of a page (a relay of WebRTC, a name looked up ahead) is sent to where nobody listens.
  void session.setProxy({ mode: "fixed_servers", proxyRules: "socks5://127.0.0.1:1", proxyBypassRules: "<-loopback>" });
}

/** Keeps a page where it is: no navigation or window elsewhere, no webview. `openExternal` is told of allowed links. */
export function hardenContents(contents: WebContents, openExternal: (url: string) => void): void {
  // WebRTC may speak through a proxy alone, and there is none.
  contents.setWebRTCIPHandlingPolicy("disable_non_proxied_udp");
  // Blank documents, and errors about schemes, are shown without asking: the page is shown again in their place.
  let page: string | undefined;
  const showPageAgain = (): void => {
    if (page !== undefined) void contents.loadURL(page).catch(() => undefined);
  };
  contents.on("did-navigate", (_event, url) => {
    if (isPageUrl(url)) page = url;
    else showPageAgain();
  });
  contents.on("did-fail-load", (_event, code, _description, url, isMainFrame) => {
    if (isMainFrame && code !== aborted && !isPageUrl(url)) showPageAgain();
  });
  contents.on("did-navigate-in-page", (_event, url, isMainFrame) => {
    if (isMainFrame && isPageUrl(url)) page = url;
  });
  contents.on("will-navigate", (event) => {
    if (!isPageUrl(event.url)) event.preventDefault();
  });
  contents.on("will-redirect", (event) => {
    if (!isPageUrl(event.url)) event.preventDefault();
  });
  contents.on("will-frame-navigate", (event) => {
    if (!isPageUrl(event.url)) event.preventDefault();
  });
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    const outside = externalUrl(url);
    if (outside !== undefined) openExternal(outside);
    return { action: "deny" };
  });
}

function parsed(text: string): URL | undefined {
  // What a shell or another program would read differently (spaces, control characters) is not a link.
  return /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}
