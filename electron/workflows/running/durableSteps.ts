import type { StepRecord } from "../../../shared/domain/run.ts";
import { waitUntil } from "../sdk/durations.ts";
import { describeThrown, RunFailure } from "./failures.ts";
import { toJsonValue } from "./jsonValue.ts";
import { byCompletion, currentRecords, endedRun, isAnswer, rebuildError } from "./stepRecords.ts";

/** A step as it is called: its name, its policies, and what it does. */
export interface StepCall {
  name: string;
  maxRetries: number;
  retryDelayMs: number;
  timeoutMs: number | null;
  execute(signal: AbortSignal): Promise<unknown>;
}

export interface DurableStepsOptions {
  /** Records kept from earlier attempts. */
  kept: readonly StepRecord[];
  signal: AbortSignal;
  report: (step: StepRecord) => void;
  hide: (text: string) => string;
  /** Everything waits for `wakeAt` and nothing runs: the runner can be given back until then. */
  suspend: (wakeAt: number) => void;
  /** The code no longer matches its records: the run fails with this, whatever the code would make of it. */
  mismatch: (failure: RunFailure) => void;
  now?: () => number;
}

/** Waits up to this long hold their runner; longer ones give it back. */
export const heldWaitMs = 5_000;
/** How long an answer waits for an earlier one that the code does not ask for (any more). */
const patienceMs = 1_000;
const maxRetryDelayMs = 3_600_000;

/**
 * The steps of one attempt. Calls are numbered in order; a call whose number has a kept record answers with that record
 * and executes nothing. Kept answers are given in the order in which they once came, so that code which branches on
 * "whichever is first" takes the same way again.
 */
export class DurableSteps {
  readonly #options: Required<DurableStepsOptions>;
  readonly #kept = new Map<number, StepRecord>();
  /** Kept answers not yet given, in the order in which they came. */
  readonly #history: StepRecord[];
  /** Calls that wait for their kept answer, by sequence, and for the answer of what was just done. */
  readonly #waitingKept = new Map<number, () => void>();
  readonly #waitingNew: (() => void)[] = [];
  #turnTaken = false;
  #impatience: NodeJS.Timeout | null = null;
  readonly #calls = new Map<string, number>();
  readonly #sleepers = new Map<StepRecord, { cancel: () => void }>();
  readonly #failures: { record: StepRecord; thrown: unknown }[] = [];
  /** Failures since the last call of a step: the code has not gone on from them yet. */
  #openFailures: { record: StepRecord; thrown: unknown }[] = [];
  #lastStartedAt = 0;
  #next = 0;
  #active = 0;
  #lastCompletedAt = 0;
  #lastCompletedSequence = -1;
  #over = false;

  constructor(options: DurableStepsOptions) {
    this.#options = { now: Date.now, ...options };
    for (const record of currentRecords(options.kept)) {
      this.#kept.set(record.sequence, record);
      this.#lastStartedAt = Math.max(this.#lastStartedAt, record.startedAt);
    }
    for (const record of [...this.#kept.values()].sort(byCompletion)) {
      this.#lastCompletedAt = record.completedAt ?? 0;
      this.#lastCompletedSequence = record.sequence;
    }
    this.#history = [...this.#kept.values()].filter(isAnswer).sort(byCompletion);
  }

  /** How many steps run now. */
  get active(): number {
    return this.#active;
  }

  async call(call: StepCall): Promise<unknown> {
    const { record, kept } = await this.#place(call.name);
    if (kept !== undefined && isAnswer(kept)) {
      await this.#turn(kept);
      if (kept.status === "completed") return kept.result;
      const error = rebuildError(kept.error);
      this.#noteFailure(kept, error);
      throw error;
    }
    // Attempts before: a failed one is done again from the start of its retries, an interrupted one is the same again.
    const before = kept?.status === "failed" ? kept.attempt : 0;
    let attempt = kept === undefined || kept.status === "failed" ? 1 : kept.attempt;
    if (kept?.status === "sleeping") {
      await this.#waitFor({ ...kept, wakeAt: kept.wakeAt ?? 0 });
      attempt++;
    }
    for (; ; attempt++) {
      const running: StepRecord = { ...record, status: "running", attempt: before + attempt };
      this.#report(running);
      try {
        const result = toJsonValue(await this.#execute(call), `the result of step ${call.name}`, this.#options.hide);
        await this.#turn();
        this.#complete({ ...running, status: "completed", ...(result === undefined ? {} : { result }) });
        return result;
      } catch (thrown) {
        const error = describeThrown(thrown, this.#options.hide);
        const retry = attempt <= call.maxRetries && !this.#options.signal.aborted && !isFinal(thrown);
        if (!retry) {
          await this.#turn();
          const failed: StepRecord = { ...running, status: "failed", error };
          if (!this.#options.signal.aborted) this.#noteFailure(this.#complete(failed), thrown);
          throw thrown;
        }
        const delay = Math.min(maxRetryDelayMs, call.retryDelayMs * 2 ** Math.min(attempt - 1, 30));
        await this.#waitFor({ ...running, status: "sleeping", error, wakeAt: this.#options.now() + delay });
      }
    }
  }

  /** `sleep`: a step whose result is that time has passed. */
  async sleepUntil(wakeAt: (now: number) => number): Promise<void> {
    const { record, kept } = await this.#place("sleep");
    if (kept?.status === "completed") {
      await this.#turn(kept);
      return;
    }
    const until = kept?.wakeAt ?? wakeAt(this.#options.now());
    const sleeping: StepRecord = { ...record, status: "sleeping", attempt: 1, wakeAt: until };
    await this.#waitFor(sleeping);
    await this.#turn();
    this.#complete({ ...sleeping, status: "completed" });
  }

  /** The attempt has ended: nothing that goes on in it is heard any more. */
  close(): void {
    this.#over = true;
    if (this.#impatience !== null) clearTimeout(this.#impatience);
    for (const { cancel } of this.#sleepers.values()) cancel();
    this.#sleepers.clear();
  }

  /** After the workflow returned: refuses when steps were done before that the code no longer calls. */
  checkAllCalled(): void {
    const names = [...this.#kept.values()].filter(({ sequence }) => sequence >= this.#next).map(({ name }) => name);
    if (names.length === 0) return;
    throw new RunFailure(
      "NONDETERMINISTIC",
      `The workflow has changed since this run began: ${list(names)} ${names.length === 1 ? "was" : "were"} done before and ${names.length === 1 ? "is" : "are"} no longer called. Start a new run`,
      { details: { missing: names } },
    );
  }

  /** After the workflow threw: marks the step it failed with, so that a retry of the run does it again. */
  markCulprit(thrown: unknown): void {
    const chain = new Set<unknown>();
    const collect = (item: unknown, depth: number): void => {
      if (depth > 8 || chain.has(item)) return;
      chain.add(item);
      if (item instanceof Error) collect(item.cause, depth + 1);
      if (item instanceof AggregateError) for (const inner of item.errors) collect(inner, depth + 1);
    };
    try {
      collect(thrown, 0);
    } catch {
      // A getter that throws: the latest failures stand for the cause.
    }
    const named = this.#failures.filter((failure) => chain.has(failure.thrown));
    const culprits = named.length > 0 ? named : this.#openFailures;
    for (const { record } of culprits) {
      const error = record.error ?? describeThrown(undefined);
      this.#options.report({ ...record, error: { ...error, details: { ...error.details, [endedRun]: true } } });
    }
  }

  /** A failed step is done again: what the code did because it had failed (cleaning up) is no longer its history. */
  #forgetWhatFollowed(failed: StepRecord): void {
    for (const record of [...this.#kept.values()]) {
      if (record.sequence <= failed.sequence || record.startedAt < (failed.completedAt ?? 0)) continue;
      this.#kept.delete(record.sequence);
      const at = this.#history.indexOf(record);
      if (at >= 0) this.#history.splice(at, 1);
    }
  }

  #noteFailure(record: StepRecord, thrown: unknown): void {
    this.#failures.push({ record, thrown });
    this.#openFailures.push({ record, thrown });
  }

  /** A call's place in the order and its kept record. A mismatch ends the attempt: the code that called waits for ever. */
  async #place(name: string): Promise<{ record: StepRecord; kept: StepRecord | undefined }> {
    if (this.#over) return new Promise(() => undefined);
    try {
      return this.#open(name);
    } catch (error) {
      if (!(error instanceof RunFailure) || error.code !== "NONDETERMINISTIC") throw error;
      this.#options.mismatch(error);
      return new Promise(() => undefined);
    }
  }

  #open(name: string): { record: StepRecord; kept: StepRecord | undefined } {
    this.#options.signal.throwIfAborted();
    this.#openFailures = [];
    const sequence = this.#next++;
    const times = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, times);
    const kept = this.#kept.get(sequence);
    if (kept !== undefined && kept.name !== name) {
      throw new RunFailure(
        "NONDETERMINISTIC",
        `The workflow has changed since this run began: step ${sequence + 1} was ${kept.name} and is now ${name}. Start a new run`,
        { details: { position: sequence + 1, recorded: kept.name, called: name } },
      );
    }
    const again = kept !== undefined && kept.status === "failed" && !isAnswer(kept);
    if (again) this.#forgetWhatFollowed(kept);
    if (kept === undefined || again) {
      // Times tell what came before what, also within a millisecond and when the clock is set back: see currentRecords.
      const earliest = Math.max(this.#lastStartedAt + (again ? 1 : 0), this.#lastCompletedAt);
      this.#lastStartedAt = Math.max(this.#options.now(), earliest);
    }
    const record: StepRecord = {
      key: times === 1 ? name : `${name}#${times}`,
      name,
      sequence,
      status: "running",
      attempt: 1,
      startedAt: kept === undefined || again ? this.#lastStartedAt : kept.startedAt,
      completedAt: null,
    };
    return { record, kept };
  }

  async #execute(call: StepCall): Promise<unknown> {
    const { signal } = this.#options;
    this.#active++;
    try {
      if (call.timeoutMs === null) return await call.execute(signal);
      const timeout = new AbortController();
      return await new Promise<unknown>((resolve, reject) => {
        const stopWaiting = waitUntil(Date.now() + (call.timeoutMs ?? 0), () => {
          const failure = new RunFailure(
            "TIMEOUT",
            `step ${call.name} took longer than its timeout of ${(call.timeoutMs ?? 0) / 1000} s`,
            {
              retryable: true,
            },
          );
          timeout.abort(failure);
          reject(failure);
        });
        call
          .execute(AbortSignal.any([signal, timeout.signal]))
          .then(resolve, reject)
          .finally(stopWaiting);
      });
    } finally {
      this.#active--;
      this.#considerSuspending();
    }
  }

  /**
   * Answers are given one a turn of the event loop, so that what the code does on one comes before the next, in this
   * attempt as in every later one: kept ones in their old order first, then new ones as they come.
   */
  #turn(kept?: StepRecord): Promise<void> {
    this.#active++;
    return new Promise<void>((resolve) => {
      if (kept === undefined) this.#waitingNew.push(resolve);
      else this.#waitingKept.set(kept.sequence, resolve);
      this.#giveNext();
    }).finally(() => {
      this.#active--;
      this.#considerSuspending();
    });
  }

  #giveNext(): void {
    if (this.#turnTaken) return;
    const due = this.#history[0];
    const answer = due === undefined ? this.#waitingNew.shift() : this.#waitingKept.get(due.sequence);
    if (answer !== undefined) this.#give(answer, due);
    else if (this.#waitingKept.size + this.#waitingNew.length > 0) {
      this.#impatience ??= setTimeout(() => this.#giveOutOfTurn(), patienceMs);
    }
  }

  #give(answer: () => void, kept: StepRecord | undefined): void {
    if (this.#impatience !== null) clearTimeout(this.#impatience);
    this.#impatience = null;
    if (kept !== undefined) {
      this.#waitingKept.delete(kept.sequence);
      this.#history.splice(this.#history.indexOf(kept), 1);
    }
    this.#turnTaken = true;
    setImmediate(() => {
      this.#turnTaken = false;
      this.#giveNext();
    });
    answer();
  }

  /** The code does not ask for the answer that is next, perhaps never again: the others have waited long enough. */
  #giveOutOfTurn(): void {
    this.#impatience = null;
    const [sequence] = this.#waitingKept.keys();
    const kept = this.#history.find((record) => record.sequence === sequence);
    const answer = sequence === undefined ? this.#waitingNew.shift() : this.#waitingKept.get(sequence);
    if (answer !== undefined) this.#give(answer, kept);
  }

  #waitFor(sleeping: StepRecord & { wakeAt?: number | null }): Promise<void> {
    const { signal } = this.#options;
    const wakeAt = sleeping.wakeAt ?? 0;
    if (wakeAt <= this.#options.now()) return Promise.resolve();
    this.#report(sleeping);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#sleepers.delete(sleeping);
        signal.removeEventListener("abort", onAbort);
      };
      const wake = (): void => {
        done();
        resolve();
      };
      const stopWaiting = waitUntil(wakeAt, wake, this.#options.now);
      const onAbort = (): void => {
        stopWaiting();
        done();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.set(sleeping, {
        cancel: () => {
          stopWaiting();
          signal.removeEventListener("abort", onAbort);
        },
      });
      this.#considerSuspending();
    });
  }

  #considerSuspending(): void {
    if (this.#sleepers.size === 0) return;
    // Two turns: code that goes on after the last step may call the next one.
    setImmediate(() =>
      setImmediate(() => {
        if (this.#over || this.#active > 0 || this.#sleepers.size === 0 || this.#options.signal.aborted) return;
        const wakeAt = Math.min(...[...this.#sleepers.keys()].map((record) => record.wakeAt ?? 0));
        if (wakeAt - this.#options.now() > heldWaitMs) this.#options.suspend(wakeAt);
      }),
    );
  }

  #report(record: StepRecord): void {
    if (!this.#over) this.#options.report(record);
  }

  /** Ends are numbered by time and sequence: later ends never sort before earlier ones, also when the clock is set back. */
  #complete(record: StepRecord): StepRecord {
    let at = Math.max(this.#options.now(), this.#lastCompletedAt);
    if (at === this.#lastCompletedAt && record.sequence < this.#lastCompletedSequence) at++;
    this.#lastCompletedAt = at;
    this.#lastCompletedSequence = record.sequence;
    const completed = { ...record, wakeAt: null, completedAt: at };
    this.#report(completed);
    return completed;
  }
}

/** Errors that another try cannot change. */
function isFinal(thrown: unknown): boolean {
  return thrown instanceof RunFailure && !thrown.retryable;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
