import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
/** Compares without telling by its time how much of a secret was right. */
const sameSecret = (a: Buffer, b: Buffer): boolean => timingSafeEqual(a, b);

const loopbackNames = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Every value of a header as it was sent: Node joins or drops repeated ones, which hides a smuggled second. */
function sentValues(request: IncomingMessage, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? "");
  }
  return values;
}

function hostOfAddress(address: string | undefined): string {
  const plain = (address ?? "").replace(/^::ffff:/, "");
  return plain.includes(":") ? `[${plain}]` : plain;
}

/**
 * Decides what a request may do, from its headers alone. A request must name this server by an address that a
 * foreign name cannot point at (DNS rebinding), and come from this server's own pages (cross-site requests, sockets).
 */
export function createGuard(options: { token: string; port: () => number }) {
  const tokenDigest = digest(options.token);
  const sessions = new Map<string, Buffer>();
  const maxSessions = 100;

  /** `host:port` where the Host header names this server, else null. */
  function ownHost(request: IncomingMessage): string | null {
    const hosts = sentValues(request, "host");
    const host = hosts[0];
    if (hosts.length !== 1 || host === undefined) return null;
    const match = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(host);
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || Number(match?.[2]) !== options.port()) return null;
    // A browser takes a name to whatever address its owner says, but an address only to itself.
    return loopbackNames.has(name) || name === hostOfAddress(request.socket.localAddress) ? host : null;
  }

  function fromOwnPages(request: IncomingMessage, host: string, originNeeded: boolean): boolean {
    const origins = sentValues(request, "origin");
    if (origins.length === 0) return !originNeeded;
    return origins.length === 1 && origins[0] === `http://${host}`;
  }

  /** A person following a link to the page itself: it shows nothing and does nothing until signed in. */
  function isNavigation(request: IncomingMessage): boolean {
    return (
      request.method === "GET" &&
      request.headers["sec-fetch-mode"] === "navigate" &&
      request.headers["sec-fetch-dest"] === "document"
    );
  }

  function siteAllowed(request: IncomingMessage): boolean {
    const sites = sentValues(request, "sec-fetch-site");
    if (sites.length === 0) return true;
    if (sites.length > 1) return false;
    return sites[0] === "same-origin" || sites[0] === "none" || isNavigation(request);
  }

  return {
    ownHost,
    /** Whether a request names this server and comes from its own pages; `originNeeded` for what changes something. */
    isOwn(request: IncomingMessage, originNeeded: boolean): boolean {
      const host = ownHost(request);
      return host !== null && siteAllowed(request) && fromOwnPages(request, host, originNeeded);
    },
    /** A new session where the token is right: the cookie that stands for it. */
    signIn(token: unknown): string | null {
      if (typeof token !== "string" || !sameSecret(digest(token), tokenDigest)) return null;
      const [id, secret] = [randomBytes(9).toString("base64url"), randomBytes(32).toString("base64url")];
      sessions.set(id, digest(secret));
      const oldest = sessions.keys().next().value;
      if (sessions.size > maxSessions && oldest !== undefined) sessions.delete(oldest);
      return `almanac_${options.port()}=${id}.${secret}; HttpOnly; SameSite=Strict; Path=/`;
    },
    isSignedIn(request: IncomingMessage): boolean {
      const name = `almanac_${options.port()}=`;
      return (request.headers.cookie ?? "")
        .split(/;\s*/)
        .filter((cookie) => cookie.startsWith(name))
        .some((cookie) => {
          const [id, secret] = cookie.slice(name.length).split(".");
          const known = id === undefined ? undefined : sessions.get(id);
          return known !== undefined && secret !== undefined && sameSecret(known, digest(secret));
        });
    },
  };
}
export type Guard = ReturnType<typeof createGuard>;
