import { useSyncExternalStore } from "react";
import { holdClocks } from "../format/ticker.ts";

/** How the page stands with the engine: `lost` keeps retrying, `signedOut` needs a person. */
export type ConnectionState = "connecting" | "open" | "lost" | "signedOut";

let state: ConnectionState = "connecting";
let lostAt: number | null = null;
const listeners = new Set<() => void>();

export function setConnection(next: ConnectionState): void {
  if (next === state) return;
  if (next === "open") lostAt = null;
  else if (state === "open") lostAt = Date.now();
  state = next;
  // What is counted down to may be over, or put off, by now: nobody knows.
  holdClocks(lostAt);
  for (const listener of [...listeners]) listener();
}

export const connection = (): ConnectionState => state;

/** Calls `listener` after each change of the connection's state; gives what ends that. */
export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The connection's state; renders again when it changes. */
export function useConnection(): ConnectionState {
  return useSyncExternalStore(onConnection, () => state);
}

/** Since when, epoch ms, what the page shows may be out of date; null while it is not, and where it never was connected. */
export function useLostAt(): number | null {
  return useSyncExternalStore(onConnection, () => lostAt);
}
