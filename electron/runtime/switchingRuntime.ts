import type { Kept, Runtime, RuntimeListener, RuntimeState } from "./runtime.ts";

/** A runtime behind which another can be put while runs go on. */
export interface SwitchingRuntime extends Runtime {
  /** Runs that start from now on go to `next`; what runs ends where it runs, and what has nothing left is stopped. */
  switchTo(next: Runtime): Promise<void>;
  /** Whether it is in use, or still has runs: then it can be switched to again, and one that was stopped cannot. */
  has(runtime: Runtime): boolean;
}

interface Member {
  runtime: Runtime;
  /** What it was handed and has not ended, by run: the hand-over's number. */
  runs: Map<string, number>;
  /** What it has ended and is not recorded yet. */
  unrecorded: Set<string>;
  /** Once it is started it is stopped by whoever finds it empty. */
  started: boolean;
}

const word = ({ runId, epoch }: { runId: string; epoch: number }): string => `${runId}_${epoch}`;

/**
 * One runtime for the engine, which never learns that it changes.
 *
 * | asked                     | answered by                                                          |
 * | ------------------------- | -------------------------------------------------------------------- |
 * | kind, takes, new runs     | the one in use                                                       |
 * | cancel, recorded, resent  | the one that has the run                                             |
 * | adopt                     | of each run the one that was handed it, in use or not                |
 * | release, written, stop    | all that are left                                                    |
 * | state                     | the one in use; its message also says what others still have         |
 *
 * `former`: one that was in use when the program last ended, and may have runs from then.
 */
export function createSwitchingRuntime(first: Runtime, former: readonly Runtime[] = []): SwitchingRuntime {
  let listener: RuntimeListener | null = null;
  let owns = false;
  let stopped = false;
  const member = (runtime: Runtime): Member => ({ runtime, runs: new Map(), unrecorded: new Set(), started: false });
  let current = member(first);
  let others: Member[] = former.map(member);
  const all = (): Member[] => [current, ...others];
  /** Hand-overs of before that nobody here has: they were told as lost, and are not sent again as they were. */
  const lost = new Set<string>();
  const holder = (runId: string): Member | undefined => all().find(({ runs }) => runs.has(runId));

  /** Stops what is not in use and has nothing left. */
  const retire = (): void => {
    if (stopped) return;
    const isEmpty = ({ started, runs, unrecorded }: Member) => started && runs.size === 0 && unrecorded.size === 0;
    const empty = others.filter(isEmpty);
    if (empty.length === 0) return;
    others = others.filter((each) => !isEmpty(each));
    // After the report that made it empty has been passed on.
    for (const { runtime } of empty) setImmediate(() => void runtime.stop(0).catch(() => {}));
    listener?.stateChanged();
  };

  const heardFrom = (from: Member, heard: RuntimeListener): RuntimeListener => ({
    ...heard,
    ended(runId, epoch, outcome, by) {
      if (from.runs.get(runId) === epoch) from.runs.delete(runId);
      if (from.runtime.recorded !== undefined) from.unrecorded.add(word({ runId, epoch }));
      heard.ended(runId, epoch, outcome, by);
      retire();
    },
  });

  const startOne = async (one: Member, heard: RuntimeListener): Promise<void> => {
    await one.runtime.start(heardFrom(one, heard));
    one.started = true;
  };

  return {
    get kind() {
      return current.runtime.kind;
    },
    get keepsRuns() {
      return current.runtime.keepsRuns;
    },
    get keptAt() {
      return current.runtime.keptAt;
    },
    has: (runtime) => all().some((each) => each.runtime === runtime),
    async start(heard) {
      listener = heard;
      await startOne(current, heard);
      // What is left from before must not keep the one in use from starting.
      for (const each of others) await startOne(each, heard).catch(() => {});
    },
    takes: (run, claimed) => current.runtime.takes(run, claimed),
    dispatch(job) {
      if (lost.delete(word(job))) return;
      // One that was handed over before goes where it went then.
      const known = holder(job.runId);
      const to = known?.runs.get(job.runId) === job.epoch ? known : current;
      if (known !== undefined && known !== to) known.runs.delete(job.runId);
      to.runs.set(job.runId, job.epoch);
      to.runtime.dispatch(job);
    },
    cancel: (runId, graceMs) => (holder(runId) ?? current).runtime.cancel(runId, graceMs),
    adopt(kept) {
      owns = true;
      const keepers = all().filter(({ runtime }) => runtime.keepsRuns);
      const keeperOf = ({ at }: Kept): Member | undefined =>
        at === null ? keepers[0] : keepers.find(({ runtime }) => runtime.keptAt === at);
      for (const each of all()) {
        const own = kept.filter((one) => keeperOf(one) === each);
        for (const { runId, epoch } of own) each.runs.set(runId, epoch);
        each.runtime.adopt?.(own);
        if (each !== current) each.runtime.withdraw?.();
      }
      // Nobody knows where they are: whoever wants them done again says so at the schedule.
      const at = Date.now();
      for (const one of kept) {
        if (keeperOf(one) !== undefined) continue;
        lost.add(word(one));
        const reason = "no address of the Redis that has it is kept";
        listener?.ended(one.runId, one.epoch, { kind: "lost", at, reason });
      }
      retire();
    },
    recorded(handOvers) {
      for (const each of all()) {
        const own = handOvers.filter((one) => each.unrecorded.delete(word(one)));
        if (own.length > 0) each.runtime.recorded?.(own);
      }
      retire();
    },
    written() {
      for (const { runtime } of all()) runtime.written?.();
    },
    release() {
      owns = false;
      for (const each of all()) {
        each.runs.clear();
        each.unrecorded.clear();
        each.runtime.release?.();
      }
    },
    state(): RuntimeState {
      const state = current.runtime.state();
      const left = others.reduce((sum, { runs }) => sum + runs.size, 0);
      if (left === 0) return state;
      const words = `${left === 1 ? "1 run still ends" : `${left} runs still end`} where it started`;
      return { ...state, message: state.message === null ? words : `${state.message}. ${words}` };
    },
    async stop(graceMs) {
      stopped = true;
      await Promise.all(all().map(({ runtime }) => runtime.stop(graceMs)));
    },
    async switchTo(next) {
      const before = current;
      const known = all().find(({ runtime }) => runtime === next);
      if (known === before) return;
      const now = known ?? member(next);
      if (known === undefined && listener !== null) {
        await startOne(now, listener);
        if (owns) next.adopt?.([]);
      }
      current = now;
      others = others.filter((each) => each !== now);
      // One that was never started has nothing to end.
      if (before.started) others.push(before);
      before.runtime.withdraw?.();
      retire();
      listener?.stateChanged();
      listener?.roomFreed();
    },
  };
}
