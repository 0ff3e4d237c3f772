import { QueryClient } from "@tanstack/react-query";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import type { AppRouter } from "../../electron/api/router.ts";
import { atOnce } from "./atOnce.ts";
import { openCarrier } from "./carrier.ts";
import { setConnection } from "./connection.ts";
import { appError } from "./errors.ts";
import { followChanges } from "./live.ts";
import { sendSoon } from "./sendSoon.ts";

const carrier = openCarrier();
let connections = 0;
let isFirstAttempt = true;

const socket = createWSClient({
  url: async () => {
    const url = await carrier.url();
    // Who has signed in mostly still is: to ask first is a way more to the engine, and what a page shows would come after it.
    const isTrusted = isFirstAttempt && carrier.hasSession();
    isFirstAttempt = false;
    if (isTrusted || (await carrier.signedIn())) return url;
    setConnection("signedOut");
    // Nothing to connect with: once signed in, the page is loaded anew.
    return new Promise<string>(() => {});
  },
  ...(carrier.WebSocket === undefined ? {} : { WebSocket: carrier.WebSocket }),
  ...(carrier.connectionParams === undefined ? {} : { connectionParams: carrier.connectionParams }),
  // A page left open overnight reconnects within seconds of the engine's return.
  retryDelayMs: (attempt) => Math.min(5000, 250 * 2 ** Math.min(attempt, 5)),
  onOpen: () => {
    connections++;
    setConnection("open");
  },
  onClose: () => {
    setConnection("lost");
    carrier.signedIn().then((signedIn) => {
      if (signedIn) return;
      setConnection("signedOut");
      // Only a person with the token helps now, and they load the page anew.
      socket.close();
    });
  },
});

/** Calls outside of what a page shows, such as what a press does: answered now or not at all. */
export const client = createTRPCClient<AppRouter>({
  links: [atOnce([]), sendSoon(socket), wsLink({ client: socket })],
});

/** Reads what a page shows, and waits for the engine's return with it. */
export const reader = createTRPCClient<AppRouter>({
  links: [atOnce(["query", "subscription"]), sendSoon(socket), wsLink({ client: socket })],
});

/** Everything stays fresh by the changes the engine pushes, so nothing goes stale by age alone. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      // What the engine refuses it refuses again; a lost connection is worth another try.
      retry: (failures, error) => failures < 2 && appError(error) === null,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/** Query and mutation options of every procedure: `useQuery(trpc.schedules.get.queryOptions({ scheduleId }))`. */
export const trpc = createTRPCOptionsProxy<AppRouter>({ client: reader, queryClient });

followChanges(reader, queryClient, () => connections);
