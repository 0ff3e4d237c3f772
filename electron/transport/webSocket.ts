import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";
import type { AlmanacApp } from "../api/context.ts";
import { appRouter } from "../api/router.ts";
import { maxMessageBytes } from "./messagePort.ts";

const maxSockets = 200;

/** Refuses an upgrade before anything of it is taken up. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/**
 * Answers tRPC's WebSocket protocol at `path`. `authorize` sees every upgrade before it is accepted and gives null,
 * or the HTTP status it is refused with. Returns the way to close every connection.
 */
export function attachWebSocket(options: {
  server: Server;
  app: AlmanacApp;
  path: string;
  authorize: (request: IncomingMessage) => number | null;
}): { close(): Promise<void> } {
  const { server, app, path, authorize } = options;
  const wss = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  applyWSSHandler({
    wss,
    router: appRouter,
    createContext: () => ({ app, actor: "user" as const }),
    keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 10_000 },
  });

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refused = request.url === path ? authorize(request) : 404;
    if (refused !== null) return refuseUpgrade(socket, refused, refused === 401 ? "Unauthorized" : "Refused");
    if (wss.clients.size >= maxSockets) return refuseUpgrade(socket, 503, "Too Many Connections");
    wss.handleUpgrade(request, socket, head, (client) => wss.emit("connection", client, request));
  });

  return {
    close: () =>
      new Promise((resolve) => {
        for (const client of wss.clients) client.terminate();
        wss.close(() => resolve());
      }),
  };
}
