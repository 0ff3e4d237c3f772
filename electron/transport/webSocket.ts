import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { TRPCError } from "@trpc/server";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { Caller } from "../api/access/caller.ts";
import type { AlmanacApp } from "../api/context.ts";
import { appRouter } from "../api/router.ts";
import { maxMessageBytes, messageEncoder } from "./messages.ts";

/** Of all who are signed in, of one session, and of those who have not said yet who they are. */
const most = { signedIn: 200, ofSession: 32, waiting: 50 };
/** A socket must say who it is within this time, and with no more than this. */
const firstMessageMs = 5000;
const firstMessageBytes = 4096;
/** What a client that does not read may leave waiting here. */
const maxUnsentBytes = 64 * 1024 * 1024;
/** How often it is looked whether sessions have ended by themselves. */
const checkMs = 30_000;
/** Tells the page that its session has ended. */
const signedOutCode = 4401;

/** Refuses an upgrade before anything of it is taken up. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Who a socket's first message says that it is. */
export interface Entered {
  caller: Caller;
  /** Asked now and then, and when access has changed: false ends the socket. */
  stillKnown: () => boolean;
}

/**
 * Answers tRPC's WebSocket protocol at `path`. `admit` sees every upgrade and gives null, or the HTTP status it is
 * refused with; `enter` sees the parameters that a socket sends first. Returns the way to close every connection.
 */
export function attachWebSocket(options: {
  server: Server;
  app: AlmanacApp;
  path: string;
  admit: (request: IncomingMessage) => number | null;
  enter: (params: Record<string, string | undefined>, request: IncomingMessage) => Entered | null;
}): { close(): Promise<void> } {
  const { server, app, path, admit, enter } = options;
  const wss = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  const waiting = new Set<WebSocket>();
  const signedIn = new Map<WebSocket, Entered>();

  const handle = getWSConnectionHandler({
    wss,
    router: appRouter,
    experimental_encoder: messageEncoder,
    keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 10_000 },
    createContext: ({ res: socket, req, info }) => {
      const entered = waiting.has(socket) ? enter(info.connectionParams ?? {}, req) : null;
      if (entered === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "this browser is not signed in" });
      const { caller } = entered;
      const ofSession = [...signedIn.values()].filter((other) => other.caller.sessionId === caller.sessionId).length;
      if (signedIn.size >= most.signedIn || ofSession >= most.ofSession)
        throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "too many connections are open" });
      waiting.delete(socket);
      signedIn.set(socket, entered);
      return { app, actor: "user" as const, caller };
    },
  });

  function accept(socket: WebSocket, raw: Duplex, request: IncomingMessage): void {
    waiting.add(socket);
    // Whoever fills this up with sockets that say nothing keeps nobody else out.
    const [oldest] = waiting;
    if (waiting.size > most.waiting) oldest?.terminate();
    const giveUp = setTimeout(() => waiting.has(socket) && socket.terminate(), firstMessageMs);
    let received = 0;
    const count = (chunk: Buffer): void => {
      received += chunk.length;
      if (!waiting.has(socket)) raw.off("data", count);
      else if (received > firstMessageBytes) socket.terminate();
    };
    raw.on("data", count);
    const send = socket.send.bind(socket) as (data: string) => void;
    socket.send = ((data: string) => {
      if (socket.bufferedAmount > maxUnsentBytes) socket.terminate();
      else send(data);
    }) as typeof socket.send;
    socket.once("close", () => {
      clearTimeout(giveUp);
      waiting.delete(socket);
      signedIn.delete(socket);
    });
    handle(socket, request);
  }

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refused = request.url === `${path}?connectionParams=1` ? admit(request) : 404;
    if (refused !== null) return refuseUpgrade(socket, refused, "Refused");
    wss.handleUpgrade(request, socket, head, (client) => accept(client, socket, request));
  });

  const endSessions = (): void => {
    for (const [socket, { stillKnown }] of signedIn) if (!stillKnown()) socket.close(signedOutCode, "signed out");
  };
  const checking = setInterval(endSessions, checkMs);
  checking.unref();
  const stopListening = app.engine.onChange((events) => {
    if (events.some(({ topic }) => topic === "access")) endSessions();
  });

  return {
    close: () =>
      new Promise((resolve) => {
        clearInterval(checking);
        stopListening();
        for (const client of wss.clients) client.terminate();
        wss.close(() => resolve());
      }),
  };
}
