import { type RefObject, useCallback, useRef } from "react";
import { useTicking } from "../../../format/ticker.ts";

const minuteMs = 60_000;

/**
 * The present moment, epoch ms, as a preview sees it: it moves on with the minute, and as soon as the first run that is
 * shown has passed, so that no list of runs to come begins with one that was.
 */
export function useNowUntil(first: RefObject<number | undefined>): number {
  const held = useRef(0);
  return useTicking(
    useCallback(
      (now: number) => {
        const sameMinute = Math.floor(now / minuteMs) === Math.floor(held.current / minuteMs);
        const isOver = first.current !== undefined && first.current < now;
        if (!sameMinute || isOver) held.current = now;
        return held.current;
      },
      [first],
    ),
  );
}
