/** A run that has ended: when it began (null where it never did) and ended, epoch ms. */
interface EndedRun {
  startedAt: number | null;
  completedAt: number;
}

export interface ProgressInput {
  nowAt: number;
  concurrency: number;
  /** Its latest runs that have ended, at least RATE_SAMPLE + concurrency of them where there are so many. */
  latest: readonly EndedRun[];
  /** Runs that are running now. */
  running(): number;
}

/** Ends are counted over so long. */
const RATE_WINDOW_MS = 60_000;
export const RATE_SAMPLE = 64;

/**
 * Runs ended per ms; null where nothing is known yet.
 *
 *   in the last minute                     the rate
 *   more runs ended than run at once       those ends over the time between the first and the last of them
 *   fewer, or all in one instant           how many run now, over how long the latest took on average
 *   neither (none took time, none runs)    null
 */
export function endsPerMs({ nowAt, concurrency, latest, running }: ProgressInput): number | null {
  const ends = latest.map(({ completedAt }) => completedAt).filter((at) => at > nowAt - RATE_WINDOW_MS);
  const span = Math.max(...ends) - Math.min(...ends);
  if (ends.length > concurrency && span > 0) return (ends.length - 1) / span;
  const lasted = latest.flatMap(({ startedAt, completedAt }) => (startedAt === null ? [] : [completedAt - startedAt]));
  const sum = lasted.reduce((total, ms) => total + ms, 0);
  const active = running();
  return sum > 0 && active > 0 ? (active * lasted.length) / sum : null;
}
