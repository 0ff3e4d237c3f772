import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";

/** What stands in the built pages where each load puts its own nonce. */
export const noncePlaceholder = "__ALMANAC_NONCE__";

export interface Page {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".map": "application/json",
};

/**
 * The policy of every page. Styles need the nonce because the component library writes `<style>` elements; scripts come
 * from files only. `'self'` covers the page's own WebSocket.
 */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const commonHeaders = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * Answers a GET for a page or one of its files out of the built `folder`. A path that names no file is a page of the
 * application and gets its one document, with a nonce of its own; nothing outside the folder can be named.
 */
export async function readPage(folder: string, pathname: string): Promise<Page> {
  const path = safePath(pathname);
  if (path === undefined) return plain(400, "Bad path");
  // Ids in page addresses may hold dots; files stand at the top or under assets/.
  const isFile = path.startsWith("/assets/") || (extname(path) !== "" && path.lastIndexOf("/") === 0);
  const isDocument = !isFile || path === "/index.html";
  try {
    const bytes = await readFile(join(folder, isDocument ? "index.html" : path.split("/").join(sep)));
    return isDocument ? documentPage(bytes.toString("utf8")) : filePage(path, new Uint8Array(bytes));
  } catch {
    return isDocument
      ? plain(503, "The pages are not built. Run `npm run build` in the checkout.")
      : plain(404, "Not found");
  }
}

function safePath(pathname: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const bad = !path.startsWith("/") || /[\\\0:]/.test(path) || path.split("/").some((part) => part === "..");
  return bad ? undefined : path;
}

function documentPage(template: string): Page {
  const nonce = randomBytes(16).toString("base64");
  return {
    status: 200,
    headers: {
      ...commonHeaders,
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": contentSecurityPolicy(nonce),
      "Cache-Control": "no-store",
    },
    body: new TextEncoder().encode(template.replaceAll(noncePlaceholder, nonce)),
  };
}

function filePage(path: string, body: Uint8Array<ArrayBuffer>): Page {
  return {
    status: 200,
    headers: {
      ...commonHeaders,
      "Content-Type": types[extname(path)] ?? "application/octet-stream",
      // Names under assets/ carry a hash of their content.
      "Cache-Control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    },
    body,
  };
}

/** A refusal is a document too, and needs nothing. */
const nothingAllowed = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function plain(status: number, text: string): Page {
  return {
    status,
    headers: {
      ...commonHeaders,
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Security-Policy": nothingAllowed,
    },
    body: new TextEncoder().encode(text),
  };
}
