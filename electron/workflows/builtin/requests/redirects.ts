/** What is sent to one address. */
export interface Hop {
  url: URL;
  method: string;
  headers: Headers;
  body: string | undefined;
}

/** The next hop, and what of the one before it is left out. */
export interface Redirect {
  hop: Hop;
  /** Names of headers that another origin is not told. */
  withheld: string[];
  /** The method has become GET, and the body is gone. */
  becameGet: boolean;
}

export const mostRedirects = 20;

/** What says nothing about who asks: another origin is told it too. Everything else a person gave may be a key. */
const harmless = new Set([
  ...["accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-language"],
  ...["content-type", "dnt", "if-modified-since", "if-none-match", "pragma", "range", "user-agent"],
]);

const ofBody = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/**
 * Where an answer sends a request, as fetch does: 303, and 301 and 302 of a POST, become GET without a body; 307 and 308
 * keep both. Unlike there, a header that may be a key stays with its origin.
 */
export function redirected(from: Hop, status: number, url: URL, authorization: string | null): Redirect {
  const isRead = from.method === "GET" || from.method === "HEAD";
  const becameGet = (status === 303 && !isRead) || ((status === 301 || status === 302) && from.method === "POST");
  const headers = new Headers(from.headers);
  if (becameGet) for (const name of ofBody) headers.delete(name);
  // The jar of cookies gives each address its own.
  headers.delete("cookie");
  const withheld: string[] = [];
  if (url.origin !== from.url.origin) {
    for (const name of [...headers.keys()]) {
      if (harmless.has(name)) continue;
      headers.delete(name);
      withheld.push(name);
    }
    if (from.headers.has("cookie")) withheld.push("cookie");
  } else if (from.headers.has("cookie")) {
    headers.set("cookie", from.headers.get("cookie") ?? "");
  }
  if (authorization !== null) headers.set("authorization", authorization);
  const method = becameGet ? "GET" : from.method;
  return { hop: { url, method, headers, body: becameGet ? undefined : from.body }, withheld, becameGet };
}
