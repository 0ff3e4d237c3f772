import type { IncomingMessage } from "node:http";
import type { Names } from "./names.ts";

/** Every value of a header as it was sent: Node joins or drops repeated ones, which hides a smuggled second. */
function sentValues(request: IncomingMessage, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? "");
  }
  return values;
}

/** The one Host of a request; null where there is none or another one beside it. */
export function hostOf(request: IncomingMessage): string | null {
  const [host, ...others] = sentValues(request, "host");
  return others.length > 0 ? null : (host ?? null);
}

/** A person following a link to the page itself: it shows nothing and does nothing until signed in. */
export function isNavigation(request: IncomingMessage): boolean {
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

/**
 * Decides what a request may do, from its headers alone: it must name this server by a name of its own, and come from
 * this server's own pages. Who asks is for the door to say.
 */
export function createGuard(names: Names) {
  const originsOf = (request: IncomingMessage): readonly string[] | null => {
    const host = hostOf(request);
    return host === null ? null : names.originsOf(host, request);
  };
  return {
    namesUs: (request: IncomingMessage): boolean => originsOf(request) !== null,
    /** Whether a request names this server and comes from its own pages; `originNeeded` for what changes something. */
    isOwn(request: IncomingMessage, originNeeded: boolean): boolean {
      const own = originsOf(request);
      if (own === null || !siteAllowed(request)) return false;
      const [origin, ...others] = sentValues(request, "origin");
      if (origin === undefined) return !originNeeded;
      return others.length === 0 && own.includes(origin.toLowerCase());
    },
  };
}
export type Guard = ReturnType<typeof createGuard>;
