import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "../../shared/domain/errors.ts";
import type { AlmanacApp } from "../api/context.ts";
import { readPage } from "../transport/pages.ts";
import { attachWebSocket } from "../transport/webSocket.ts";
import { createGuard, type Guard } from "./guard.ts";

/** On every answer, whatever it is. */
const safetyHeaders = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};
const maxHeaderBytes = 16 * 1024;
const maxBodyBytes = 4096;
const maxConnections = 4000;
/** A client that has not sent a whole request by then is cut off. */
const requestTimeoutMs = 10_000;

export interface AlmanacServer {
  /** With the token in its fragment, which no browser sends anywhere. For the terminal of the person who started it. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

function answer(response: ServerResponse, status: number, text = "", headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...safetyHeaders,
    "Cache-Control": "no-store",
    "Content-Type": "text/plain; charset=utf-8",
    ...headers,
  });
  response.end(text === "" ? "" : `${text}\n`);
}

/** Answers and hangs up: what else the client sends is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  // Kept now: once answered, the request has no socket any more.
  const { socket } = request;
  response.on("finish", () => socket.destroySoon());
  answer(response, status, text, { Connection: "close" });
}

/** The body as text; null where it is longer than is taken, as soon as that shows. */
function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return resolve(null);
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) {
        // Not `for await`: leaving that loop would hang up before the answer.
        request.pause();
        resolve(null);
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

function tokenIn(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && "token" in parsed ? parsed.token : undefined;
  } catch {
    return undefined;
  }
}

/** `GET /session`: is this browser signed in? `POST /session`: signs it in with the token. */
async function answerSession(request: IncomingMessage, response: ServerResponse, guard: Guard): Promise<void> {
  if (request.method === "GET") {
    const signedIn = guard.isSignedIn(request);
    return answer(response, signedIn ? 204 : 401, signedIn ? "" : "open the address that the terminal shows");
  }
  if (request.method !== "POST") return refuse(request, response, 405, "GET or POST");
  if (!guard.isOwn(request, true)) return refuse(request, response, 403, "only this server's own pages sign in");
  if (request.headers["content-type"]?.split(";")[0]?.trim() !== "application/json") {
    return refuse(request, response, 415, "application/json");
  }
  const body = await readBody(request);
  if (body === null) return refuse(request, response, 413, `at most ${maxBodyBytes} bytes`);
  const cookie = guard.signIn(tokenIn(body));
  if (cookie === null) return answer(response, 401, "the token is not the one of this start; open the new address");
  answer(response, 204, "", { "Set-Cookie": cookie });
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: { guard: Guard; pagesDir: string },
): Promise<void> {
  const { guard, pagesDir } = options;
  if (guard.ownHost(request) === null)
    return refuse(request, response, 403, "this server answers to its own address only");
  if (!guard.isOwn(request, false)) return refuse(request, response, 403, "only this server's own pages may ask");
  const path = (request.url ?? "/").split(/[?#]/)[0] ?? "/";
  if (path === "/session") return answerSession(request, response, guard);
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(request, response, 405, "GET or HEAD");
  if (path === "/trpc") return answer(response, 426, "a WebSocket", { Upgrade: "websocket" });
  const page = await readPage(pagesDir, path);
  response.writeHead(page.status, { ...safetyHeaders, ...page.headers });
  response.end(request.method === "HEAD" ? undefined : page.body);
}

/**
 * Serves the pages and the API over HTTP and WebSocket to one person: on loopback unless `host` says otherwise, with a
 * token made anew on every start. Throws AppError where the port is taken.
 */
export async function createServer(options: {
  app: AlmanacApp;
  pagesDir: string;
  /** 0, the default: any free one. */
  port?: number;
  host?: string;
  token?: string;
}): Promise<AlmanacServer> {
  const { app, pagesDir, host = "127.0.0.1", token = randomBytes(32).toString("base64url") } = options;
  let port = options.port ?? 0;
  const guard = createGuard({ token, port: () => port });

  const server = createHttpServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 2000,
  });
  server.maxConnections = maxConnections;
  server.on("request", (request, response) => {
    answerRequest(request, response, { guard, pagesDir }).catch((error) => {
      app.logger.error("request failed:", error);
      if (response.headersSent) response.destroy();
      else refuse(request, response, 500, "something went wrong");
    });
  });
  // An upload that asks first is told no before it sends anything.
  server.on("checkContinue", (request, response) => refuse(request, response, 417, "no large uploads"));
  const sockets = attachWebSocket({
    server,
    app,
    path: "/trpc",
    authorize: (request) => (!guard.isOwn(request, true) ? 403 : guard.isSignedIn(request) ? null : 401),
  });

  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${code})`;
    throw new AppError("CONFLICT", `port ${port} on ${host} ${why}; choose another with --port`, {
      issues: [{ path: "port", given: port, message: "a free port" }],
      cause: error,
    });
  }
  port = (server.address() as AddressInfo).port;

  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}/#token=${token}`,
    port,
    async close() {
      await sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
