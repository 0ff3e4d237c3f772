import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import type { AlmanacApp } from "../api/context.ts";
import { toAppError } from "../api/errors.ts";
import { readPage } from "../transport/pages.ts";
import { attachWebSocket } from "../transport/webSocket.ts";
import { answer, isJson, readBody, refuse, safetyHeaders } from "./answers.ts";
import { boundConnections } from "./connections.ts";
import { createDoor, type Door } from "./door.ts";
import { createFeed, type Feed } from "./feed.ts";
import { createGuard, type Guard, hostOf, isNavigation } from "./guard.ts";
import { createNames, isLoopback, type Names } from "./names.ts";
import { createPrograms, type Programs } from "./programs.ts";
import { tokenCommand } from "./tokenCommand.ts";

const maxHeaderBytes = 16 * 1024;
const maxBodyBytes = 4096;
/** Of those who are not signed in; a browser has some six. */
const maxStrangers = 512;
/** A client that has not sent a whole request by then is cut off. */
const requestTimeoutMs = 10_000;

export interface AlmanacServer {
  /** Signs one browser in, once: its token stands in the fragment, which no browser sends anywhere. */
  readonly url: string;
  /** Where the pages are. */
  readonly origin: string;
  /** The same pages by other addresses of this machine. */
  readonly others: readonly string[];
  readonly port: number;
  close(): Promise<void>;
}

function tokenIn(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && "token" in parsed ? parsed.token : undefined;
  } catch {
    return undefined;
  }
}

interface Parts {
  guard: Guard;
  door: Door;
  names: Names;
  feed: Feed;
  /** Null where it answers programs alone. */
  pagesDir: string | null;
  programs: Programs;
  dataDir: string;
}

/**
 * `GET /session`: is the session that it carries still one? `POST /session`: trades a token for a session, which the
 * page keeps with its origin: no browser sends it anywhere by itself, and pages at another port cannot read it.
 */
async function answerSession(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { guard, door } = parts;
  if (request.method === "GET") {
    const answered = door.session(door.bearerOf(request));
    return "found" in answered ? answer(response, 204) : answer(response, answered.status, answered.message);
  }
  if (request.method !== "POST") return refuse(request, response, 405, "GET or POST");
  if (!guard.isOwn(request, true)) return refuse(request, response, 403, "only this server's own pages sign in");
  if (!isJson(request)) return refuse(request, response, 415, "application/json");
  const body = await readBody(request, maxBodyBytes);
  if (body === null) return refuse(request, response, 413, `at most ${maxBodyBytes} bytes`);
  const answered = door.signIn(tokenIn(body), request);
  if ("found" in answered) {
    const json = { "Content-Type": "application/json" };
    return answer(response, 200, JSON.stringify({ session: answered.found }), json);
  }
  const wait: Record<string, string> =
    answered.waitMs === undefined ? {} : { "Retry-After": String(Math.ceil(answered.waitMs / 1000)) };
  answer(response, answered.status, answered.message, wait);
}

async function answerRequest(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { guard, door, names, feed, pagesDir, programs } = parts;
  const path = (request.url ?? "/").split(/[?#]/)[0] ?? "/";
  if (isProbe(request) && programs.probe(path, response)) return;
  if (!guard.namesUs(request)) {
    if (names.isLocalhost(hostOf(request) ?? "") && mayBeNavigation(request)) {
      return answer(response, 307, names.origin, { Location: `${names.origin}${path.replace(/^\/+/, "/")}` });
    }
    return refuse(request, response, 403, `this server answers to ${names.origin} only; other names: --allow-host`);
  }
  if (!guard.isOwn(request, false)) return refuse(request, response, 403, "only this server's own pages may ask");
  if (await programs.program(path, request, response)) return;
  if (path === "/session" && pagesDir !== null) return answerSession(request, response, parts);
  if (path === "/upcoming.ics") {
    const { status, text, headers } = await feed(request);
    return answer(response, status, request.method === "HEAD" ? "" : text.trimEnd(), headers);
  }
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(request, response, 405, "GET or HEAD");
  if (pagesDir === null)
    return refuse(request, response, 404, "programs are answered here; the pages are in Almanac's window");
  if (path === "/token-command") {
    const command = tokenCommand(parts.dataDir, door.isOfThisMachine(request));
    return answer(response, 200, request.method === "HEAD" ? "" : command);
  }
  if (path === "/trpc") return answer(response, 426, "a WebSocket", { Upgrade: "websocket" });
  const page = await readPage(pagesDir, path);
  response.writeHead(page.status, { ...safetyHeaders, ...page.headers });
  response.end(request.method === "HEAD" ? undefined : page.body);
}

/** No page: browsers say where they ask from. */
const isProbe = (request: IncomingMessage): boolean =>
  (request.method === "GET" || request.method === "HEAD") &&
  request.headers.origin === undefined &&
  request.headers["sec-fetch-site"] === undefined;

const mayBeNavigation = (request: IncomingMessage): boolean =>
  isNavigation(request) || (request.method === "GET" && request.headers["sec-fetch-mode"] === undefined);

export interface ServerOptions {
  app: AlmanacApp;
  /** Where the pages lie. Left out: it answers programs alone, and no browser signs in. */
  pagesDir?: string;
  /** 0, the default: any free one. */
  port?: number;
  /** Where to listen; loopback where left out. Anywhere else needs `tls` or `behindProxy`. */
  host?: string;
  /** Certificate and key, as PEM. */
  tls?: { cert: string | Buffer; key: string | Buffer };
  /** A proxy in front of it does TLS; `allowHosts` are its names, and none but it reaches this server. */
  behindProxy?: boolean;
  /** Further names that requests may give, with a port or without. */
  allowHosts?: readonly string[];
  /** Told of sign-ins; the application's logger where left out. */
  log?: (line: string) => void;
  /** Told when a browser has signed in. */
  onSignedIn?: () => void;
}

/** Throws AppError where the answers of this server could be read or changed on their way. */
export function checkServerOptions({
  host = "127.0.0.1",
  tls,
  behindProxy,
  allowHosts,
}: Pick<ServerOptions, "host" | "tls" | "behindProxy" | "allowHosts">): void {
  for (const name of allowHosts ?? []) {
    if (!/^(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/i.test(name))
      throw invalidField("allow-host", name, "a name such as almanac.example, with a port or without, is expected");
  }
  if (tls !== undefined && behindProxy === true)
    throw invalidField("behind-proxy", true, "either a certificate and key or a proxy in front is expected, not both");
  if (behindProxy === true && (allowHosts ?? []).length === 0)
    throw invalidField(
      "allow-host",
      undefined,
      "with behind-proxy, the name that people open is needed, such as almanac.example",
    );
  if (tls !== undefined) checkTls(tls);
  if (!isLoopback(host) && tls === undefined && behindProxy !== true) {
    throw invalidField(
      "host",
      host,
      "beyond this machine everybody on the way could read and change what is sent: give a certificate and its key " +
        "(--cert FILE --key FILE), or --behind-proxy where a proxy in front does TLS; else an address of loopback is expected",
    );
  }
}

/**
 * Serves the pages and the API over HTTP and WebSocket: on loopback unless `host` says otherwise. Throws AppError where
 * the port is taken, and where it would be plain HTTP beyond this machine.
 */
export async function createServer(options: ServerOptions): Promise<AlmanacServer> {
  const { app, pagesDir = null, host = "127.0.0.1", tls, behindProxy = false, allowHosts = [] } = options;
  checkServerOptions(options);
  let port = options.port ?? 0;
  const names = createNames({ host, port: () => port, secure: tls !== undefined, behindProxy, allowed: allowHosts });
  const guard = createGuard(names);
  const door = createDoor({
    access: app.access,
    origin: () => names.origin,
    lasting: tls !== undefined || behindProxy,
    behindProxy,
    now: () => Date.now(),
    log: options.log ?? ((line) => app.logger.info(line)),
    onSignedIn: options.onSignedIn ?? (() => {}),
  });
  const programs = createPrograms({
    app,
    door,
    origin: () => names.origin,
    pages: () => (pagesDir === null ? null : names.origin),
  });
  const feed = createFeed({ app, door, now: () => Date.now() });

  const server = createBareServer(tls);
  const welcome = boundConnections(server, maxStrangers);
  server.on("request", (request, response) => {
    answerRequest(request, response, { guard, door, names, feed, pagesDir, programs, dataDir: app.dataDir }).catch(
      (error) => {
        const known = toAppError(error);
        if (known.code === "INTERNAL") app.logger.error("request failed:", error);
        if (response.headersSent) response.destroy();
        else refuse(request, response, known.code === "INTERNAL" ? 500 : 503, known.message);
      },
    );
  });
  // An upload that asks first is told no before it sends anything.
  server.on("checkContinue", (request, response) => refuse(request, response, 417, "no large uploads"));
  const sockets =
    pagesDir === null
      ? null
      : attachWebSocket({
          server,
          app,
          path: "/trpc",
          admit: (request) => (guard.isOwn(request, true) ? null : 403),
          enter: ({ session }, request) => {
            const answered = door.session(session);
            if (!("found" in answered)) return null;
            welcome(request.socket);
            return { caller: answered.found, stillKnown: () => door.stillKnown(session) };
          },
        });

  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${code})`;
    const way = pagesDir === null ? "choose another" : "choose another with --port";
    throw new AppError("CONFLICT", `port ${port} on ${host} ${why}; ${way}`, {
      issues: [{ path: "port", given: port, message: `a port that is free, for ${port} ${why}` }],
      cause: error,
    });
  }
  port = (server.address() as AddressInfo).port;
  if (pagesDir !== null) app.access.sessions.serverStarted(names.origin, door.serverId);
  const stopTelling = app.served.add(() => names.origin);

  return {
    url: door.firstAddress(),
    origin: names.origin,
    others: names.others,
    port,
    async close() {
      stopTelling();
      await sockets?.close();
      await programs.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (pagesDir !== null) app.access.sessions.serverStopped(door.serverId);
    },
  };
}

function createBareServer(tls: ServerOptions["tls"]): Server {
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 2000,
  };
  if (tls === undefined) return createHttpServer(limits);
  return createHttpsServer({ ...limits, ...tls, minVersion: "TLSv1.2", handshakeTimeout: requestTimeoutMs });
}

/** Node takes empty ones without a word, and would answer nobody. */
function checkTls({ cert, key }: NonNullable<ServerOptions["tls"]>): void {
  const read = <T>(path: "cert" | "key", what: string, reading: () => T): T => {
    try {
      return reading();
    } catch (error) {
      throw invalidField(
        path,
        undefined,
        `${what} as PEM is expected: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  const certificate = read("cert", "a certificate", () => new X509Certificate(cert));
  const privateKey = read("key", "a private key without a passphrase", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw invalidField("key", undefined, "the key that belongs to the certificate is expected");
  if (Date.parse(certificate.validTo) <= Date.now())
    throw invalidField("cert", certificate.validTo, "a certificate that has not ended is expected");
}
