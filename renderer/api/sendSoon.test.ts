import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { expect, it, vi } from "vitest";
import type { AppRouter } from "../../electron/api/router.ts";
import { type PortEnd, portOpened, portSocketClass } from "../../shared/api/portSocket.ts";
import { sendSoon } from "./sendSoon.ts";

/** A client over a port that is open by now, and what was sent through that. */
async function openClient() {
  const sent: unknown[] = [];
  const { port1: own, port2: other } = new MessageChannel();
  const port: PortEnd = {
    postMessage: (message) => sent.push(message),
    addEventListener: (type, listener) => own.addEventListener(type, (event) => listener(event as MessageEvent)),
    start: () => own.start(),
    close: () => own.close(),
  };
  const socket = createWSClient({
    url: "port:",
    WebSocket: portSocketClass(async () => port) as unknown as typeof WebSocket,
  });
  other.postMessage(portOpened);
  await vi.waitUntil(() => socket.connection?.state === "open");
  const client = createTRPCClient<AppRouter>({ links: [sendSoon(socket), wsLink({ client: socket })] });
  const end = () => {
    own.close();
    other.close();
  };
  return { client, sent, end };
}

/** Everything that was due in this turn, and nothing that a timer has to bring. */
const endOfTurn = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

it("what is asked in one turn is sent at its end, together and once", async () => {
  const { client, sent, end } = await openClient();
  client.schedules.summary.query().catch(() => {});
  client.system.status.query().catch(() => {});
  await endOfTurn();
  expect(sent.map((message) => JSON.parse(String(message)) as unknown)).toMatchObject([
    [{ params: { path: "schedules.summary" } }, { params: { path: "system.status" } }],
  ]);
  // The timer that tRPC's socket has for it comes, too.
  await new Promise((done) => setTimeout(done, 0));
  await endOfTurn();
  expect(sent).toHaveLength(1);
  end();
});
