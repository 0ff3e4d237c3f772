import type { Source } from "./calendarSource.ts";
import { DAY_MS, END_AT, FIRST_AT } from "./civil.ts";
import type { Exclusions } from "./exclusions.ts";

/** How far a search goes past exclusions: one turn of the Gregorian calendar. */
const HORIZON_MS = 146_097 * DAY_MS;

/** Instants `anchorAt + k * everyMs`, none before `fromAt`, in real time, less the exclusions. */
export function createIntervalSource(options: {
  everyMs: number;
  anchorAt: number;
  firstAt: number;
  exclusions: Exclusions | null;
}): Source {
  const { everyMs, anchorAt, exclusions } = options;
  const firstAt = Math.max(options.firstAt, FIRST_AT);
  const atOrAfter = (at: number) => anchorAt + Math.ceil((at - anchorAt) / everyMs) * everyMs;
  const atOrBefore = (at: number) => anchorAt + Math.floor((at - anchorAt) / everyMs) * everyMs;

  function next(afterAt: number): number | null {
    let at = atOrAfter(Math.max(afterAt + 1, firstAt));
    const end = Math.min(END_AT, at + HORIZON_MS);
    if (!exclusions) return at < end ? at : null;
    while (at < end) {
      const free = exclusions.skipForward(at);
      if (free === at) return at;
      at = atOrAfter(free);
    }
    return null;
  }

  function previous(beforeAt: number): number | null {
    let at = atOrBefore(Math.min(beforeAt, END_AT) - 1);
    const end = Math.max(firstAt, at - HORIZON_MS);
    if (!exclusions) return at >= end ? at : null;
    while (at >= end) {
      const free = exclusions.skipBackward(at);
      if (free === at) return at;
      at = atOrBefore(free);
    }
    return null;
  }

  function countAll(fromAt: number, toAt: number): number {
    const first = atOrAfter(Math.max(fromAt, firstAt));
    return first >= toAt ? 0 : Math.floor((toAt - 1 - first) / everyMs) + 1;
  }

  return {
    next,
    previous,
    collect(fromAt, toAt, limit, out) {
      let left = limit;
      for (let at = left > 0 ? next(fromAt - 1) : null; at !== null && at < toAt; at = next(at)) {
        out.push(at);
        if (--left <= 0) return;
      }
    },
    count(fromAt, toAt) {
      if (fromAt >= toAt) return 0;
      if (!exclusions) return countAll(fromAt, toAt);
      let total = 0;
      exclusions.forEachFree(Math.max(fromAt, firstAt), toAt, (low, high) => {
        total += countAll(low, high);
      });
      return total;
    },
  };
}
