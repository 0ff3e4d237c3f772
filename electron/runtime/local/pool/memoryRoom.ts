import { availableMb, meanProportionalMb } from "../tree/memory.ts";

/** How many more runners the machine's memory bears, by what those there are take. */
export interface MemoryRoom {
  /** As of the last second. Infinite where the system does not say. */
  more(): number;
}

/** What a runner takes before one has been measured, and at least, MiB. */
const assumedMb = 60;
/** Left to everything else: so much, or a tenth of what is available where that is more. */
const reserveMb = 256;
const measuredEveryMs = 1_000;

/** @param pids of the runners there are */
export function createMemoryRoom(pids: () => number[], available: () => number | null = availableMb): MemoryRoom {
  let last = { at: Number.NEGATIVE_INFINITY, more: Number.POSITIVE_INFINITY };
  return {
    more() {
      const at = performance.now();
      if (at - last.at < measuredEveryMs) return last.more;
      const free = available();
      let more = Number.POSITIVE_INFINITY;
      if (free !== null) {
        const each = Math.max(assumedMb, meanProportionalMb(pids().slice(0, 4)) ?? 0);
        more = Math.max(0, Math.floor((free - Math.max(reserveMb, free * 0.1)) / each));
      }
      last = { at, more };
      return more;
    },
  };
}
