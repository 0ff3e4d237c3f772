import type { QueryClient } from "@tanstack/react-query";
import type { TRPCClient } from "@trpc/client";
import { useEffect, useRef } from "react";
import type { AppRouter } from "../../electron/api/router.ts";
import type { ChangeEvent } from "../../shared/api/events.ts";
import { isConcerned, paceOf, type QueryPace } from "./concerns.ts";

/** At most so often are the queries on screen read again, however fast schedules fire. */
const quietMs = { quick: 400, costly: 5000 };

type Listener = (events: readonly ChangeEvent[]) => void;
const listeners = new Set<Listener>();

/**
 * Reads again whatever the engine says has changed; everything after a reconnect. `connections` is how often the page has
 * connected: on the first connection nothing is asked before the changes are, so that nothing it shows is older.
 */
export function followChanges(
  client: TRPCClient<AppRouter>,
  queryClient: QueryClient,
  connections: () => number,
): void {
  const readAgain = (pace: QueryPace) => {
    let waiting: ChangeEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    let lastRead = 0;
    const flush = () => {
      timer = null;
      lastRead = Date.now();
      const events = waiting;
      waiting = [];
      queryClient.invalidateQueries({
        predicate: ({ queryKey, state }) => paceOf(queryKey) === pace && isConcerned(queryKey, events, state.data),
      });
    };
    return (events: readonly ChangeEvent[]) => {
      waiting.push(...events);
      if (timer === null) timer = setTimeout(flush, Math.max(0, lastRead + quietMs[pace] - Date.now()));
    };
  };
  const readers = [readAgain("quick"), readAgain("costly")];
  let begun = false;

  const subscribe = () => {
    client.system.changes.subscribe(undefined, {
      onData: (events) => {
        if (events.length === 0) {
          if (begun || connections() > 1) queryClient.invalidateQueries();
          begun = true;
          return;
        }
        for (const listener of listeners) listener(events);
        for (const read of readers) read(events);
      },
      // The link itself reconnects; this is the server refusing or ending the subscription.
      onError: () => setTimeout(subscribe, 2000),
      onComplete: () => setTimeout(subscribe, 2000),
    });
  };
  subscribe();
}

/** Calls `listener` with the changes as they arrive (not coalesced), while the component is mounted. */
export function useChanges(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const stable: Listener = (events) => latest.current(events);
    listeners.add(stable);
    return () => {
      listeners.delete(stable);
    };
  }, []);
}
