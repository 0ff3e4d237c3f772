import type { CatchupPolicy, OverlapPolicyName } from "../../../../shared/domain/schedule.ts";

/**
 * Small timelines that show what a policy means for a schedule's own next occurrences. Times are ms on the scene's own
 * axis, beginning at 0.
 */
export interface Bar {
  from: number;
  to: number;
  /** `cut` runs are ended early; `waiting` ones have come due and not begun. */
  kind: "run" | "cut" | "waiting" | "failed";
  /** Bars of one time side by side stand in different rows. */
  row: number;
}

export interface Mark {
  at: number;
  kind: "due" | "skipped" | "missed" | "done";
}

export interface Scene {
  length: number;
  bars: readonly Bar[];
  marks: readonly Mark[];
  /** A span in which Almanac is off, or null. */
  off: readonly [from: number, to: number] | null;
}

/** Occurrences of a schedule from its next ones on, as ms from the first; evenly spaced where it has fewer than `count`. */
export function sceneTimes(next: readonly number[], count: number): number[] {
  const first = next[0] ?? 0;
  const times = next.slice(0, count).map((at) => at - first);
  const gap = Math.max(1000, (times.at(-1) ?? 0) / Math.max(1, times.length - 1) || 3_600_000);
  while (times.length < count) times.push((times.at(-1) ?? -gap) + gap);
  return times;
}

/** What each overlap policy does where every run takes `runMs`. */
export function overlapScene(policy: OverlapPolicyName, times: readonly number[], runMs: number): Scene {
  const bars: Bar[] = [];
  const marks: Mark[] = times.map((at) => ({ at, kind: "due" }));
  let activeTo = Number.NEGATIVE_INFINITY;
  let waiting: number[] = [];
  const startWaiting = (until: number) => {
    while (waiting.length > 0 && activeTo <= until) {
      const due = waiting.shift() as number;
      bars.push({ from: due, to: activeTo, kind: "waiting", row: 1 });
      bars.push({ from: activeTo, to: activeTo + runMs, kind: "run", row: 0 });
      activeTo += runMs;
    }
  };
  times.forEach((at, index) => {
    startWaiting(at);
    if (policy === "allow_all") {
      const taken = new Set(bars.filter((bar) => bar.to > at).map((bar) => bar.row));
      let row = 0;
      while (taken.has(row)) row++;
      bars.push({ from: at, to: at + runMs, kind: "run", row });
    } else if (at >= activeTo) {
      bars.push({ from: at, to: at + runMs, kind: "run", row: 0 });
      activeTo = at + runMs;
    } else if (policy === "skip" || (policy === "buffer_one" && waiting.length > 0)) {
      marks[index] = { at, kind: "skipped" };
    } else if (policy === "buffer_one" || policy === "buffer_all") {
      waiting = [...waiting, at];
    } else {
      const active = bars.at(-1) as Bar;
      const grace = policy === "cancel_other" ? runMs * 0.08 : 0;
      bars[bars.length - 1] = { ...active, to: at + grace, kind: "cut" };
      bars.push({ from: at + grace, to: at + grace + runMs, kind: "run", row: 0 });
      activeTo = at + grace + runMs;
    }
  });
  startWaiting(Number.POSITIVE_INFINITY);
  return { length: lengthOf(bars, marks), bars, marks, off: null };
}

/** What each catch-up policy does with the occurrences of a time in which Almanac was off. */
export function catchupScene(policy: CatchupPolicy, times: readonly number[], runMs: number): Scene {
  // Between the first and the second, and between the fourth and the fifth: however uneven they are, it ends after it
  // began.
  const between = (index: number, share: number) => {
    const [at, next] = [times[index] ?? 0, times[index + 1] ?? 0];
    return at + (next - at) * share;
  };
  const from = between(0, 0.55);
  const to = between(3, 0.35);
  const bars: Bar[] = [];
  const marks: Mark[] = [];
  let free = to;
  const missed = times.filter((at) => at > from && at < to);
  for (const at of times) {
    if (!missed.includes(at)) {
      const start = at > to ? Math.max(at, free) : at;
      marks.push({ at, kind: "due" });
      bars.push({ from: start, to: start + runMs, kind: "run", row: 0 });
      if (at > to) free = start + runMs;
      continue;
    }
    const runs = policy === "all" || (policy === "latest" && at === missed.at(-1));
    marks.push({ at, kind: runs ? "due" : "missed" });
    if (runs) {
      bars.push({ from: free, to: free + runMs, kind: "run", row: 0 });
      free += runMs;
    }
  }
  return { length: lengthOf(bars, marks), bars, marks, off: [from, to] };
}

/** Attempts of a run that keeps failing: each after twice the delay before it, an hour at most. */
export function retryScene(maxAttempts: number, retryDelayMs: number, runMs: number): Scene {
  const bars: Bar[] = [];
  let at = 0;
  const shown = Math.min(maxAttempts, 5);
  for (let attempt = 0; attempt < shown; attempt++) {
    bars.push({ from: at, to: at + runMs, kind: "failed", row: 0 });
    const delay = Math.min(retryDelayMs * 2 ** attempt, 3_600_000);
    if (attempt + 1 < shown) bars.push({ from: at + runMs, to: at + runMs + delay, kind: "waiting", row: 0 });
    at += runMs + delay;
  }
  return { length: lengthOf(bars, []), bars, marks: [{ at: 0, kind: "due" }], off: null };
}

/** A run that is ended at its limit, beside one that stays within it. */
export function timeoutScene(timeoutMs: number | null): Scene {
  const limit = timeoutMs ?? 3_600_000;
  const bars: Bar[] =
    timeoutMs === null
      ? [{ from: 0, to: limit * 1.8, kind: "run", row: 0 }]
      : [
          { from: 0, to: limit, kind: "cut", row: 0 },
          { from: 0, to: limit * 0.6, kind: "run", row: 1 },
        ];
  return { length: limit * 1.8, bars, marks: timeoutMs === null ? [] : [{ at: limit, kind: "due" }], off: null };
}

function lengthOf(bars: readonly Bar[], marks: readonly Mark[]): number {
  return Math.max(1, ...bars.map((bar) => bar.to), ...marks.map((mark) => mark.at)) * 1.03;
}
