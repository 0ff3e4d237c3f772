/** Edits are let come to rest for so long before they are copied, ms. */
const QUIET_MS = 60_000;
/** The shortest time between two copies, and the longest that an edit waits for one, ms. */
export const APART_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What has changed since the newest copy. Instants are epoch ms. */
export interface Uncopied {
  /** When the newest copy was made; null: there is none. */
  lastCopyAt: number | null;
  /** True where no copy holds a schedule. */
  isFirst: boolean;
  /** The first and the last edit (of a schedule, a calendar, a setting) that no copy has. */
  edits: { firstAt: number; lastAt: number } | null;
  /** Since when anything at all has changed. */
  changedSinceAt: number | null;
}

/**
 * When the next copy is due, epoch ms; null: not before something changes. The first schedule is copied at once; edits when
 * they have rested for a minute, at most every 15 minutes and none later than 15 minutes after it; all else within the hour.
 */
export function backupDueAt({ lastCopyAt, isFirst, edits, changedSinceAt }: Uncopied): number | null {
  const due: number[] = [];
  if (edits !== null && isFirst) due.push(edits.firstAt);
  else if (edits !== null) {
    const rested = Math.min(edits.lastAt + QUIET_MS, edits.firstAt + APART_MS);
    // A copy that is later than the edit was made before the clock was set back.
    due.push(Math.max(rested, Math.min(lastCopyAt ?? 0, edits.firstAt) + APART_MS));
  }
  if (changedSinceAt !== null) due.push(changedSinceAt + HOUR_MS);
  return due.length === 0 ? null : Math.min(...due);
}

/** Whether a copy is to be made before something that takes much away. */
export function isCopyNeededNow({ lastCopyAt, edits, changedSinceAt }: Uncopied, now: number): boolean {
  if (lastCopyAt === null || edits !== null) return true;
  return changedSinceAt !== null && Math.abs(now - lastCopyAt) >= APART_MS;
}

/** A copy as thinning sees it. */
export interface KeptCopy {
  name: string;
  /** Epoch ms. */
  createdAt: number;
  bytes: number;
  reason: string;
}

/** How many hours, days and weeks (UTC) that have copies keep their newest one. */
const KEPT_PERIODS = [
  { ms: HOUR_MS, count: 24 },
  { ms: DAY_MS, count: 7 },
  { ms: 7 * DAY_MS, count: 4 },
];
/** Of the copies made before a migration, an import, … so many of each stay whatever their age. */
const KEPT_OF_REASON = 2;
/** So many of the newest copies stay whatever they take. */
const ALWAYS_KEPT = 2;

/**
 * The names of the copies to let go of: those that no period and no reason keeps, then the oldest until the rest fits
 * into the budget. Hours, days and weeks without a copy are not counted, so a machine that was off keeps its old ones.
 */
export function copiesToRemove(copies: readonly KeptCopy[], budgetBytes: number): string[] {
  const newestFirst = [...copies].sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1));
  const wanted = new Set(newestFirst.slice(0, ALWAYS_KEPT));
  for (const { ms, count } of KEPT_PERIODS) {
    const newestOf = new Map<number, KeptCopy>();
    for (const copy of newestFirst) {
      const period = Math.floor(copy.createdAt / ms);
      if (!newestOf.has(period)) newestOf.set(period, copy);
    }
    for (const copy of [...newestOf.values()].slice(0, count)) wanted.add(copy);
  }
  const ofReason = new Map<string, number>();
  for (const copy of newestFirst) {
    if (copy.reason === "rolling") continue;
    const kept = ofReason.get(copy.reason) ?? 0;
    ofReason.set(copy.reason, kept + 1);
    if (kept < KEPT_OF_REASON) wanted.add(copy);
  }
  const removed: string[] = [];
  let bytes = 0;
  let count = 0;
  let isFull = false;
  for (const copy of newestFirst) {
    if (wanted.has(copy)) {
      bytes += copy.bytes;
      isFull ||= count >= ALWAYS_KEPT && bytes > budgetBytes;
      if (!isFull) {
        count += 1;
        continue;
      }
    }
    removed.push(copy.name);
  }
  return removed;
}
