import type { Clock } from "../clock.ts";

export interface TestClock extends Clock {
  /** Lets time pass: deferred work and timers run in order. */
  advance(ms: number): void;
  /** Runs what was deferred, without letting time pass. */
  settle(): void;
  /** One turn of the event loop: what was deferred until now, and not what that defers. */
  turn(): void;
  /** Real time passes, and nobody is there to look: a blocked loop or a stopped process. */
  freeze(ms: number): void;
  /** How many timers wait: a real one keeps its program. */
  timers(): number;
  /** Sets the wall clock alone. */
  shiftWall(ms: number): void;
  /** The machine sleeps: time passes, and its monotonic clock stands still. */
  sleep(ms: number): void;
  /** The same, just after the wall clock is read next: in the middle of what reads it. */
  shiftWallOnceRead(ms: number): void;
}

/** A clock that only moves when it is told to. Wall time starts at `startAt`, epoch ms. */
export function createTestClock(startAt: number): TestClock {
  let mono = 1_000_000;
  let offset = startAt - mono;
  let slept = 0;
  let order = 0;
  let shiftOnceRead = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  let deferred: (() => void)[] = [];

  const turn = (): void => {
    const due = deferred;
    deferred = [];
    for (const callback of due) callback();
  };

  const settle = (): void => {
    for (let turns = 0; deferred.length > 0; turns += 1) {
      if (turns > 100_000) throw new Error("work defers itself for ever");
      turn();
    }
  };

  const earliest = (): [number, { at: number; callback: () => void }] | undefined => {
    let found: [number, { at: number; callback: () => void }] | undefined;
    for (const entry of timers) if (found === undefined || entry[1].at < found[1].at) found = entry;
    return found;
  };

  return {
    now() {
      const now = mono + offset;
      offset += shiftOnceRead;
      shiftOnceRead = 0;
      return now;
    },
    monotonic: () => mono,
    sinceBoot: () => mono + slept,
    timer(ms, callback) {
      const id = order++;
      timers.set(id, { at: mono + Math.max(0, ms), callback });
      return () => void timers.delete(id);
    },
    defer: (callback) => void deferred.push(callback),
    settle,
    turn,
    advance(ms) {
      const until = mono + ms;
      settle();
      for (let next = earliest(); next !== undefined && next[1].at <= until; next = earliest()) {
        mono = Math.max(mono, next[1].at);
        timers.delete(next[0]);
        next[1].callback();
        settle();
      }
      mono = until;
    },
    timers: () => timers.size,
    freeze(ms) {
      mono += ms;
    },
    shiftWall(ms) {
      offset += ms;
    },
    sleep(ms) {
      offset += ms;
      slept += ms;
    },
    shiftWallOnceRead(ms) {
      shiftOnceRead = ms;
    },
  };
}

/** A clock that stops calling back once it is cut: what a killed process was about to do never happens. */
export function createCuttableClock(clock: Clock): Clock & { cut(): void } {
  let alive = true;
  const whileAlive = (callback: () => void) => () => {
    if (alive) callback();
  };
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sinceBoot: () => clock.sinceBoot(),
    timer: (ms, callback) => clock.timer(ms, whileAlive(callback)),
    defer: (callback) => clock.defer(whileAlive(callback)),
    cut() {
      alive = false;
    },
  };
}
