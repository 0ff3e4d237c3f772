import type { AnyRouter } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { type UnreadParameter, unreadIn } from "./search.ts";

interface Address {
  pathname: string;
  /** With its question mark. */
  search: string;
}

interface Unread {
  pathname: string;
  /** What of the address was read. */
  rest: string;
  parameters: UnreadParameter[];
}

let unread: Unread | null = null;
/** What somebody has read and put away, which need not be said at each change of a filter. */
let putAway: Unread | null = null;
const listeners = new Set<() => void>();

function set(next: Unread | null): void {
  unread = next;
  for (const listener of [...listeners]) listener();
}

const isSaidIn = (said: Unread | null, pathname: string, parameters: readonly UnreadParameter[]): boolean =>
  said?.pathname === pathname &&
  parameters.every(({ name, given }) => said.parameters.some((other) => other.name === name && other.given === given));

/**
 * Looks at each address that is gone to, before the router has taken out of it what a page does not take. Preloading a
 * page goes nowhere, so that is no place to look.
 */
export function watchAddress(router: AnyRouter): void {
  const look = ({ pathname, search }: Address) => {
    const given = router.options.parseSearch?.(search) ?? {};
    const [, , route] = router.getMatchedRoutes(pathname);
    if (route === undefined) return set(null);
    const schema = (route.options.validateSearch ?? null) as Parameters<typeof unreadIn>[0];
    const parameters = unreadIn(schema, given);
    const left = new Set(parameters.map(({ name }) => name));
    const rest = JSON.stringify(Object.entries(given).filter(([name]) => !left.has(name)));
    // The router takes out what a page cannot read, and leaves what it does not know.
    if (unread?.rest === rest && isSaidIn(unread, pathname, parameters)) return;
    set(parameters.length === 0 || isSaidIn(putAway, pathname, parameters) ? null : { pathname, rest, parameters });
  };
  look(router.history.location);
  router.history.subscribe(({ location }: { location: Address }) => look(location));
}

/** What of the address that was gone to last the page does not take. */
export function useUnreadAddress(): UnreadParameter[] {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => unread,
  );
  return now?.parameters ?? [];
}

export function putAwayUnread(): void {
  if (unread !== null) putAway = unread;
  set(null);
}
