import { useSyncExternalStore } from "react";

/** How the page stands with the engine: `lost` keeps retrying, `signedOut` needs a person. */
export type ConnectionState = "connecting" | "open" | "lost" | "signedOut";

let state: ConnectionState = "connecting";
const listeners = new Set<() => void>();

export function setConnection(next: ConnectionState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The connection's state; renders again when it changes. */
export function useConnection(): ConnectionState {
  return useSyncExternalStore(subscribe, () => state);
}
