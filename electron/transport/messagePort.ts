import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import type { WebSocket, WebSocketServer } from "ws";
import { portClosed, portOpened } from "../../shared/api/portSocket.ts";
import { owner } from "../api/access/caller.ts";
import { createCallLimits } from "../api/access/callLimits.ts";
import type { AlmanacApp } from "../api/context.ts";
import { appRouter } from "../api/router.ts";
import { maxMessageBytes, messageEncoder } from "./messages.ts";

/** The engine's end of a channel: Electron's MessagePortMain or Node's MessagePort. */
export interface ServerPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** Electron wraps a message in an event, Node hands it over as it is. */
function textOf(message: unknown): string | undefined {
  const data = typeof message === "object" && message !== null && "data" in message ? message.data : message;
  return typeof data === "string" ? data : undefined;
}

/** What tRPC's WebSocket handler uses of a socket, over a port. */
class PortWebSocket extends EventEmitter {
  readyState = 1;
  readonly #port: ServerPort;

  constructor(port: ServerPort) {
    super();
    this.#port = port;
    port.on("message", (message) => this.#receive(message));
    port.on("close", () => this.#end());
    port.start();
    port.postMessage(portOpened);
  }

  send(data: string): void {
    if (this.readyState === 1) this.#port.postMessage(data);
  }

  close(): void {
    if (this.readyState !== 1) return;
    this.#port.postMessage(portClosed);
    this.#port.close();
    this.#end();
  }

  terminate(): void {
    this.close();
  }

  #receive(message: unknown): void {
    const text = textOf(message);
    if (text === portClosed) {
      this.#port.close();
      this.#end();
    } else if (text === undefined || text.length > maxMessageBytes) {
      // Only our own page holds the other end; anything else on it is a fault, and ends it.
      this.close();
    } else {
      this.emit("message", Buffer.from(text), false);
    }
  }

  #end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit("close");
  }
}

/**
 * Answers calls that come through a message port, in tRPC's own WebSocket protocol, until either end closes it.
 * Whether the other end may call at all is for the caller to check first. Returns the way to close it.
 */
export function attachMessagePort(port: ServerPort, app: AlmanacApp): () => void {
  const socket = new PortWebSocket(port);
  const caller = { ...owner, limits: createCallLimits() };
  const handle = getWSConnectionHandler({
    router: appRouter,
    experimental_encoder: messageEncoder,
    createContext: () => ({ app, actor: "user" as const, caller }),
    wss: undefined as unknown as WebSocketServer,
  });
  const request = { url: "/", headers: {}, socket: {} } as unknown as IncomingMessage;
  handle(socket as unknown as WebSocket, request);
  return () => socket.close();
}
