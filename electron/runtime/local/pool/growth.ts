import { availableParallelism } from "node:os";
import { processorDemandMs } from "../tree/processorTime.ts";
import type { SlotState } from "./runnerSlot.ts";

/** Runs that wait longer than this for those before them get another runner: about what its start takes. */
const worthAStartMs = 150;
/** Where some have waited for so long without a pause another runner is worth its start, however short each wait is; again after as long. */
const steadyMs = 500;
/** What is not asked about for so long had nothing waiting: it is asked about more often while it has. */
const pauseMs = 200;
/** Runs that take longer do not wait for each other, whatever they are busy with: the system divides its processors between them. */
const shortMs = 1_000;
/** A file is busy while so many runs of it have come within such a time: while a runner starts, one would wait for it. */
const busyRuns = 20;
const busyMs = 3_000;
/** How often that is measured: less of their work says nothing about how much of it needs a processor. */
const measuredEveryMs = 200;
const enoughWorkMs = 20;

/** A runner of the kind that is waited for. */
export interface RunnerThere {
  state: SlotState;
  /** When it was given its run, ms of `performance.now()`; of no meaning where it is not busy. */
  busySince: number;
  pid: number | undefined;
}

/**
 * How many more runners the runs that wait are worth: all of them would have one, less those that start already, where
 * waiting for the runners there are takes longer than a start does, and more runners are any faster.
 *
 *   runners of their kind      more of them
 *   none                       one for each
 *   some, none of them busy    none: what is idle or starts takes what waits first
 *   some busy                  one for each where (runs that wait × how long one takes ÷ runners) is more than worthAStartMs;
 *                              one where some have waited for steadyMs on end, and none starts;
 *                              of short runs no more in all than keep the processors busy: processors ÷ the part of their
 *                              time for which runs want one (measured; nothing is known of it on systems that do not say)
 *
 * How long one takes: what those of the file took (a mean that moves a quarter of the way with each), or for how long the
 * one that was given out last has run, where that is more than a start takes. Until one of the file has ended, one more at
 * a time.
 */
export interface Growth {
  /** A run of a file has come. */
  came(path: string): void;
  /** Whether its runs come so fast that the death of its only runner would hold up others: a second one is kept for it. */
  isBusy(path: string): boolean;
  /** A run of a file is over; `ms` by its own clock: what it waited for us would count as its own otherwise. */
  took(path: string, ms: number): void;
  /** @param own runners of the file and the limit that `waiting` runs wait for */
  wanted(path: string, own: readonly RunnerThere[], waiting: number): number;
}

interface OfFile {
  usualMs: number;
  /** What its runs have taken since the last measurement. */
  workedMs: number;
  /** The last measurement, by runner. */
  demandMs: Map<number, number>;
  measuredAt: number;
  /** For which part of their time runs want a processor; null while that is not known: taken to be all of it. */
  share: number | null;
}

export function createGrowth({
  now = () => performance.now(),
  demandMs = processorDemandMs,
  processors = availableParallelism(),
}: {
  now?: () => number;
  demandMs?: (pid: number) => number | null;
  processors?: number;
} = {}): Growth {
  const files = new Map<string, OfFile>();
  /** When the last runs of a file came, as many as make it busy; the oldest is overwritten next. */
  const arrivals = new Map<string, { at: number[]; next: number }>();
  const isMeasured = demandMs(process.pid) !== null;
  /** Since when runs of a file wait without a pause. */
  const backlogs = new Map<string, { since: number; askedAt: number }>();
  const backlogOf = (path: string): { since: number; askedAt: number } => {
    const at = now();
    const known = backlogs.get(path);
    const backlog = known !== undefined && at - known.askedAt <= pauseMs ? known : { since: at, askedAt: at };
    backlog.askedAt = at;
    backlogs.set(path, backlog);
    return backlog;
  };

  const howLong = (path: string, own: readonly RunnerThere[]): number | null => {
    const busy = own.filter(({ state }) => state === "busy");
    if (busy.length === 0) return null;
    const at = now();
    const shortestMs = Math.min(...busy.map(({ busySince }) => at - busySince));
    return Math.max(files.get(path)?.usualMs ?? 0, shortestMs > worthAStartMs ? shortestMs : 0);
  };

  /** Of those that were there at the last measurement, too. */
  const measure = (file: OfFile, own: readonly RunnerThere[]): void => {
    if (now() - file.measuredAt < measuredEveryMs) return;
    file.measuredAt = now();
    let more = 0;
    const current = new Map<number, number>();
    for (const { pid, state } of own) {
      const demand = pid === undefined || state === "starting" ? null : demandMs(pid);
      if (pid === undefined || demand === null) continue;
      current.set(pid, demand);
      const before = file.demandMs.get(pid);
      if (before !== undefined) more += demand - before;
    }
    // What runs take by their own clock is in whole ms, what they cost around them is not in it: both are counted.
    const busyMs = Math.max(file.workedMs, more);
    if (file.demandMs.size > 0 && busyMs < enoughWorkMs) return;
    if (file.demandMs.size > 0 && current.size > 0) file.share = more / busyMs;
    file.demandMs = current;
    file.workedMs = 0;
  };

  return {
    came(path) {
      const known = arrivals.get(path) ?? { at: [], next: 0 };
      arrivals.set(path, known);
      known.at[known.next] = now();
      known.next = (known.next + 1) % busyRuns;
    },
    isBusy(path) {
      const oldest = arrivals.get(path);
      const since = oldest?.at[oldest.at.length < busyRuns ? busyRuns : oldest.next];
      return since !== undefined && now() - since <= busyMs;
    },
    took(path, ms) {
      const file = files.get(path);
      if (file === undefined)
        files.set(path, {
          usualMs: ms,
          workedMs: ms,
          demandMs: new Map(),
          measuredAt: Number.NEGATIVE_INFINITY,
          share: null,
        });
      else {
        file.usualMs = (file.usualMs * 3 + ms) / 4;
        file.workedMs += ms;
      }
    },
    wanted(path, own, waiting) {
      const file = files.get(path);
      const backlog = backlogOf(path);
      const ms = howLong(path, own);
      if (ms === null) return own.length > 0 ? 0 : file === undefined ? Math.min(waiting, 1) : waiting;
      if (file !== undefined) measure(file, own);
      const isLong = (waiting * ms) / own.length > worthAStartMs;
      const isSteady = isMeasured && now() - backlog.since >= steadyMs;
      if (!isLong && !isSteady) return 0;
      const starting = own.filter(({ state }) => state === "starting").length;
      const wanted = isLong ? Math.max(0, waiting - starting) : starting === 0 ? 1 : 0;
      if (wanted > 0) backlog.since = now();
      if (file === undefined) return Math.min(wanted, 1);
      if (ms >= shortMs || !isMeasured) return wanted;
      const useful = Math.ceil(processors / Math.max(file.share ?? 1, 0.001));
      return Math.max(0, Math.min(wanted, useful - own.length));
    },
  };
}
