import { totalmem } from "node:os";
import { availableMb, meanProportionalMb } from "../tree/memory.ts";

/** How many runners the machine's memory bears, by what those there are take. */
export interface MemoryRoom {
  /** In all, those there are included. As of the last second. */
  most(): number;
}

export interface MemoryRoomOptions {
  /** What new processes may take, MiB; null where the system does not say. */
  availableMb?: () => number | null;
  /** What runners take on average, MiB; null where there are none, or the system does not say. */
  meanMb?: (pids: readonly number[]) => number | null;
  /** All memory of the machine, MiB. */
  totalMb?: number;
  now?: () => number;
}

/** What a runner takes before one has been measured, and at least, MiB. */
const assumedMb = 60;
/** Left to everything else: so much, or a tenth of what is available where that is more. */
const reserveMb = 256;
const measuredEveryMs = 1_000;
/** Where nothing is measured, runners get this part of all memory, and each is taken to need so much, MiB. */
const unmeasuredShare = 0.5;
const unmeasuredMb = 100;

/** @param runners the runners there are, by their ids; undefined for one that is being started */
export function createMemoryRoom(
  runners: () => readonly (number | undefined)[],
  {
    availableMb: available = availableMb,
    meanMb = meanProportionalMb,
    totalMb = totalmem() / 1024 / 1024,
    now = () => performance.now(),
  }: MemoryRoomOptions = {},
): MemoryRoom {
  let last = { at: Number.NEGATIVE_INFINITY, most: 0 };

  const measure = (): number => {
    const free = available();
    if (free === null) return Math.floor((totalMb * unmeasuredShare) / unmeasuredMb);
    const there = runners();
    const some = there.filter((pid) => pid !== undefined).slice(0, 4);
    const eachMb = Math.max(assumedMb, meanMb(some) ?? 0);
    return there.length + Math.max(0, Math.floor((free - Math.max(reserveMb, free * 0.1)) / eachMb));
  };

  return {
    most() {
      const at = now();
      if (at - last.at >= measuredEveryMs) last = { at, most: measure() };
      return last.most;
    },
  };
}
