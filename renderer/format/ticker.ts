import { useCallback, useSyncExternalStore } from "react";

// One timer for every countdown on the page; it stands still while the page is hidden.
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | null = null;
/** Where the clocks stand still, epoch ms; null while they go. */
let heldAt: number | null = null;
const present = (): number => heldAt ?? Date.now();
let now = present();

/** Stops every clock of the page at an instant, epoch ms; null lets them go on. */
export function holdClocks(at: number | null): void {
  if (at === heldAt) return;
  heldAt = at;
  tick();
}

function tick(): void {
  now = present();
  for (const listener of listeners) listener();
  schedule();
}

function schedule(): void {
  if (timer !== null) clearTimeout(timer);
  timer =
    listeners.size === 0 || document.hidden || heldAt !== null
      ? null
      : setTimeout(tick, 1000 - (Date.now() % 1000) + 5);
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = present();
    document.addEventListener("visibilitychange", tick);
  }
  listeners.add(listener);
  if (timer === null) schedule();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener("visibilitychange", tick);
    schedule();
  };
}

/**
 * A value made from the present moment (epoch ms), looked at every second; renders again only when the value changes.
 * `make` must be stable and return a primitive.
 */
export function useTicking<T extends string | number | boolean>(make: (now: number) => T): T {
  return useSyncExternalStore(
    subscribe,
    useCallback(() => make(now), [make]),
  );
}

const identity = (at: number) => at;
const toMinute = (at: number) => at - (at % 60_000);

/** The present moment, every second. */
export const useNow = (): number => useTicking(identity);

/** The present minute: for what need not move every second. */
export const useMinute = (): number => useTicking(toMinute);
