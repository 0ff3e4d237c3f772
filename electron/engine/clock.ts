import { uptime } from "node:os";
import { performance } from "node:perf_hooks";

/** Time and timers, so that tests can turn them. */
export interface Clock {
  /** Wall clock, epoch ms. May jump either way. */
  now(): number;
  /** Never goes back; stands still (on most systems) while the machine sleeps. Ms from an unknown start. */
  monotonic(): number;
  /** Ms since the machine's start, its sleep included, whatever the wall clock is set to; null where the system does not tell. */
  sinceBoot(): number | null;
  /** Calls back once, not before `ms` of monotonic time. Returns the way to give it up. */
  timer(ms: number, callback: () => void): () => void;
  /** Calls back in the next turn of the event loop. */
  defer(callback: () => void): void;
}

/** Timers overflow beyond 2^31 ms; nothing here waits longer than a day anyway. */
const LONGEST_MS = 86_400_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => {
    try {
      return uptime() * 1000;
    } catch {
      return null;
    }
  },
  timer: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_MS));
    return () => clearTimeout(timer);
  },
  defer: (callback) => void setImmediate(callback),
};
