/**
 * A computation that stops every few milliseconds of work, so that one over a long history can be done in turns with
 * whatever else the process has to do.
 */
export type InTurns<T> = Generator<undefined, T, undefined>;

/** How long one turn over a long history may hold the process, ms. */
export const TURN_MS = 8;

/** Does it without stopping. */
export function atOnce<T>(work: InTurns<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Does it for `turnMs` at a time. */
export async function inTurns<T>(work: InTurns<T>, turnMs: number, defer: (callback: () => void) => void): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - since < turnMs) continue;
    await new Promise<void>((resolve) => defer(resolve));
    since = performance.now();
  }
}

/**
 * How many rows go into one transaction whose work is to hold the process for `ms`: learned from each that was done. The
 * commit is not counted: it waits for the disk as long for few rows as for many.
 * Growing slowly and shrinking at once keeps the longest one short.
 */
export function createBatchSize({
  first,
  smallest,
  largest,
  ms,
}: Record<"first" | "smallest" | "largest" | "ms", number>) {
  let size = first;
  return {
    size: (): number => size,
    took(tookMs: number): void {
      const wanted = Math.round((size * ms) / Math.max(tookMs, 0.5));
      size = Math.max(smallest, Math.min(largest, wanted, size * 2));
    },
  };
}
