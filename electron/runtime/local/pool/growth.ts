import type { SlotState } from "./runnerSlot.ts";

/** Runs that wait longer than this for those before them get another runner: about what its start takes. */
const worthAStartMs = 150;

/** A runner of the kind that is waited for. */
export interface RunnerThere {
  state: SlotState;
  /** When it was given its run, ms of `performance.now()`; of no meaning where it is not busy. */
  busySince: number;
}

/**
 * How many more runners the runs that wait are worth: all of them would have one, less those that start already, where
 * waiting for the runners there are takes longer than a start does.
 *
 *   runners of their kind      more of them
 *   none                       one for each
 *   some, none of them busy    none: what is idle or starts takes what waits first
 *   some busy                  one for each where (runs that wait × how long one takes ÷ runners) is more than worthAStartMs
 *
 * How long one takes: what those of the file took (a mean that moves a quarter of the way with each), or for how long the
 * one that was given out last has run, where that is more. Until one of the file has ended, one more at a time.
 */
export interface Growth {
  /** A run of a file is over. */
  took(path: string, ms: number): void;
  /** @param own runners of the file and the limit that `waiting` runs wait for */
  wanted(path: string, own: readonly RunnerThere[], waiting: number): number;
}

export function createGrowth(now: () => number = () => performance.now()): Growth {
  const usualMs = new Map<string, number>();

  const isWorthAStart = (path: string, own: readonly RunnerThere[], waiting: number): boolean => {
    const busy = own.filter(({ state }) => state === "busy");
    if (busy.length === 0) return own.length === 0;
    const at = now();
    const shortestMs = Math.min(...busy.map(({ busySince }) => at - busySince));
    return (waiting * Math.max(usualMs.get(path) ?? 0, shortestMs)) / own.length > worthAStartMs;
  };

  return {
    took(path, ms) {
      usualMs.set(path, ((usualMs.get(path) ?? ms) * 3 + ms) / 4);
    },
    wanted(path, own, waiting) {
      if (!isWorthAStart(path, own, waiting)) return 0;
      const starting = own.filter(({ state }) => state === "starting").length;
      const wanted = Math.max(0, waiting - starting);
      return usualMs.has(path) ? wanted : Math.min(wanted, 1);
    },
  };
}
