import type { Clock } from "./clock.ts";

/** Calls `tick` at the earliest due instant (`dueAt`, epoch ms), after `longestMs` at the latest, and when it is nudged. */
export function createWakeUps(options: {
  clock: Clock;
  longestMs: number;
  dueAt: () => number | null;
  tick: () => void;
}) {
  const { clock, longestMs, dueAt, tick } = options;
  let cancelTimer: (() => void) | null = null;
  let nudged = false;
  let running = false;
  let expectedMs = 0;

  const cancel = (): void => {
    cancelTimer?.();
    cancelTimer = null;
  };

  const wakeUp = (): void => {
    cancel();
    if (!running) return;
    tick();
    cancel();
    if (!running) return;
    const at = dueAt();
    expectedMs = at === null ? longestMs : Math.min(longestMs, Math.max(0, at - clock.now()));
    cancelTimer = clock.timer(expectedMs, wakeUp);
  };

  return {
    /** From now on it can be woken. */
    start(): void {
      running = true;
    },
    stop(): void {
      running = false;
      cancel();
    },
    now: wakeUp,
    /** In the next turn of the event loop, however often it is asked for. */
    nudge(): void {
      if (nudged || !running) return;
      nudged = true;
      clock.defer(() => {
        nudged = false;
        wakeUp();
      });
    },
    /** How long the last wait was meant to be, ms. */
    expectedMs: (): number => expectedMs,
  };
}
