import { MessageChannel } from "node:worker_threads";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import type { AlmanacApp } from "../../electron/api/context.ts";
import type { AppRouter } from "../../electron/api/router.ts";
import { attachMessagePort } from "../../electron/transport/messagePort.ts";
import { type PortEnd, portSocketClass } from "../../shared/api/portSocket.ts";

/** A client over a message port, as the desktop's pages have. */
export function connectByPort(app: AlmanacApp): { client: TRPCClient<AppRouter>; close: () => Promise<void> } {
  const socket = createWSClient({
    url: "port:",
    WebSocket: portSocketClass(async () => {
      const { port1, port2 } = new MessageChannel();
      attachMessagePort(port1, app);
      return port2 as unknown as PortEnd;
    }) as unknown as typeof WebSocket,
  });
  return {
    client: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }),
    close: () => socket.close(),
  };
}
