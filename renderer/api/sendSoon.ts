import type { createWSClient, TRPCLink } from "@trpc/client";
import type { AppRouter } from "../../electron/api/router.ts";

/** Of tRPC's socket, what it has been asked and has not sent yet; the compiler is told nothing of it. */
interface Outbox {
  requestManager: { hasOutgoingRequests(): boolean; flush(): { message: unknown }[] };
  send(messages: unknown[]): void;
}

/**
 * Sends what is asked at the end of the same turn. tRPC's socket has a timer for it, and a timer comes after the next frame:
 * what a key in a search asks for would wait until the field is painted. The timer then finds nothing left to send.
 */
export function sendSoon(socket: ReturnType<typeof createWSClient>): TRPCLink<AppRouter> {
  const outbox = socket as unknown as Outbox;
  const send = () => {
    if (socket.connection?.state !== "open" || !outbox.requestManager.hasOutgoingRequests()) return;
    outbox.send(outbox.requestManager.flush().map(({ message }) => message));
  };
  return () =>
    ({ op, next }) => {
      // Whoever is given the call makes it in this turn.
      queueMicrotask(send);
      return next(op);
    };
}
