import type { Clock } from "../clock.ts";

/** Smaller steps of the wall clock are corrections that nobody needs to hear of. */
const STEP_MS = 2000;
/** A wake-up that is later than this was held up: a blocked loop, a stopped process, a machine under load. */
const STALL_MS = 3000;

/** What happened to time between two looks. `fromAt` and `toAt` are what the wall clock said, epoch ms. */
export type Passage =
  | { kind: "ordinary" }
  /** The wall clock ran on by more than real time did: the machine slept, or its clock was set forward. */
  | { kind: "forward"; fromAt: number; toAt: number; byMs: number; slept: boolean }
  | { kind: "backward"; fromAt: number; toAt: number; byMs: number }
  /** Both ran on, and nobody looked. */
  | { kind: "stalled"; fromAt: number; toAt: number };

/** Compares the wall clock with the monotonic one at each look. */
export function createClockWatch(clock: Clock) {
  let wall = clock.now();
  let mono = clock.monotonic();
  let boot = clock.sinceBoot();
  return {
    /** `expectedMs`: how long the wait since the last look was meant to be. */
    look(expectedMs: number): Passage {
      const nowWall = clock.now();
      const nowMono = clock.monotonic();
      const nowBoot = clock.sinceBoot();
      const fromAt = wall;
      const elapsedWall = nowWall - wall;
      const elapsedMono = nowMono - mono;
      const sleptMs = boot === null || nowBoot === null ? 0 : nowBoot - boot - elapsedMono;
      wall = nowWall;
      mono = nowMono;
      boot = nowBoot;
      const byMs = elapsedWall - elapsedMono;
      if (byMs <= -STEP_MS) return { kind: "backward", fromAt, toAt: nowWall, byMs: -Math.round(byMs) };
      if (byMs >= STEP_MS)
        return { kind: "forward", fromAt, toAt: nowWall, byMs: Math.round(byMs), slept: sleptMs >= STEP_MS };
      if (elapsedMono > expectedMs + STALL_MS) return { kind: "stalled", fromAt, toAt: nowWall };
      return { kind: "ordinary" };
    },
    /** What was between is accounted for otherwise. */
    reset(): void {
      wall = clock.now();
      mono = clock.monotonic();
      boot = clock.sinceBoot();
    },
    lastLookAt: (): number => wall,
  };
}
