import { parseDuration } from "../../../shared/schedule/texts/duration.ts";

/** A length of time: text such as `10s` or `1h30m`, or milliseconds. */
export type Duration = string | number;

/** @throws SpecError, or RangeError for a number that is no length of time */
export function durationMs(duration: Duration): number {
  if (typeof duration === "string") return parseDuration(duration);
  if (!Number.isFinite(duration) || duration < 0) {
    throw new RangeError(`a duration is text such as 10s, or milliseconds of 0 or more (given: ${duration})`);
  }
  return Math.round(duration);
}

/** Timers overflow at 2^31 ms: longer waits go in parts. Returns the way to stop waiting. */
export function waitUntil(at: number, then: () => void, now: () => number = Date.now): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = at - now();
    timer = setTimeout(() => (at > now() ? arm() : then()), Math.max(0, Math.min(left, 2 ** 30)));
  };
  arm();
  return () => clearTimeout(timer);
}
