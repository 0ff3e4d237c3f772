import { CYCLE_DAYS, DAY_MS, END_AT, FIRST_AT } from "../zone/civil.ts";
import type { Source, Visit } from "./calendarSource.ts";
import type { Exclusions } from "./exclusions.ts";

/** How far a free moment, and an occurrence in one, is searched for. */
const SEARCH_MS = CYCLE_DAYS * DAY_MS;
/** How much is looked at in one go where a search may end early. */
const CHUNK_MS = 366 * DAY_MS;

/**
 * A source without what is excluded by the clock of another zone than its own. Its days do not meet those of that zone, so
 * what is left is told by stretches of time in which nothing is excluded.
 */
export function withoutElsewhere(source: Source, shut: Exclusions): Source {
  /** Calls back for each stretch of [from, to) in which nothing is excluded, as long as they are, until told false. */
  function forEachFree(fromAt: number, toAt: number, visit: (fromAt: number, toAt: number) => boolean): void {
    for (let from = fromAt; from < toAt; from += CHUNK_MS) {
      let open: [number, number] | null = null;
      let goesOn = true;
      shut.forEachFree(from, Math.min(from + CHUNK_MS, toAt), (low, high) => {
        if (open !== null && open[1] === low) open[1] = high;
        else {
          if (open !== null && goesOn) goesOn = visit(...open);
          open = [low, high];
        }
      });
      if (open !== null && goesOn) goesOn = visit(...(open as [number, number]));
      if (!goesOn) return;
    }
  }

  /** The first instant from `at` on in which nothing is excluded; null where there is none before `endAt`. */
  function freeFrom(at: number, endAt: number): number | null {
    let found: number | null = null;
    for (
      let from = at, span = 2 * DAY_MS;
      found === null && from < endAt;
      from += span, span = Math.min(span * 2, CHUNK_MS)
    ) {
      shut.forEachFree(from, Math.min(from + span, endAt), (low) => {
        found ??= low;
      });
    }
    return found;
  }

  /** The end of the last stretch before `at` in which nothing is excluded; null where there is none from `beginAt` on. */
  function freeBefore(at: number, beginAt: number): number | null {
    let found: number | null = null;
    for (
      let to = at, span = 2 * DAY_MS;
      found === null && to > beginAt;
      to -= span, span = Math.min(span * 2, CHUNK_MS)
    ) {
      shut.forEachFree(Math.max(to - span, beginAt), to, (_low, high) => {
        found = high;
      });
    }
    return found;
  }

  return {
    next(afterAt, beforeAt) {
      const endAt = Math.min(END_AT, afterAt + SEARCH_MS);
      let at = source.next(afterAt, beforeAt);
      while (at !== null && shut.has(at)) {
        const free = freeFrom(at, endAt);
        if (free === null) return null;
        at = source.next(free - 1, beforeAt);
        if (at !== null && at >= endAt) return null;
      }
      return at;
    },
    previous(beforeAt) {
      const beginAt = Math.max(FIRST_AT, beforeAt - SEARCH_MS);
      let at = source.previous(beforeAt);
      while (at !== null && shut.has(at)) {
        const free = freeBefore(at, beginAt);
        if (free === null) return null;
        at = source.previous(free);
        if (at !== null && at < beginAt) return null;
      }
      return at;
    },
    collect(fromAt, toAt, limit, out) {
      forEachFree(fromAt, toAt, (low, high) => {
        source.collect(low, high, limit, out);
        return out.length < limit;
      });
    },
    count(fromAt, toAt) {
      let count = 0;
      forEachFree(fromAt, toAt, (low, high) => {
        count += source.count(low, high);
        return true;
      });
      return count;
    },
    walk(fromAt, toAt, visit: Visit) {
      forEachFree(fromAt, toAt, (low, high) => {
        let goesOn = true;
        source.walk(low, high, (...stretch) => {
          goesOn = visit(...stretch);
          return goesOn;
        });
        return goesOn;
      });
    },
  };
}
