/**
 * Starts of a process that fail: the next is tried after a while that grows with how often in a row they have.
 *
 *   fine      → waiting   a start failed
 *   waiting   → trying    its time has come
 *   trying    → waiting   failed again; from the third time on whoever waits for it is told
 *             → fine      succeeded
 *
 * Where the machine has no memory, process or descriptor left, it is tried on and nobody is told: that passes.
 */
export interface StartBackoff {
  readonly isWaiting: boolean;
  /** In a sentence; null where the last start succeeded. */
  readonly problem: string | null;
  failed(how: string): void;
  succeeded(): void;
  close(): void;
}

export interface StartBackoffOptions {
  /** Of what, at the beginning of a sentence. */
  what: string;
  retry(): void;
  changed(): void;
  givenUp(problem: string): void;
}

/** By how often in a row they have failed. */
const delaysMs = [0, 200, 1_000, 30_000] as const;
const failuresToTell = 3;
const passing = /\b(?:ENOMEM|EAGAIN|EMFILE|ENFILE|ENOSPC)\b/;
const passingDelayMs = 1_000;

export function createStartBackoff({ what, retry, changed, givenUp }: StartBackoffOptions): StartBackoff {
  let failures = 0;
  let problem: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  return {
    get isWaiting() {
      return timer !== null;
    },
    get problem() {
      return problem;
    },
    failed(how) {
      const passes = passing.test(how);
      // Those that fail together fail for one cause.
      if (timer === null && !passes) failures++;
      problem = `${what} could not be started: ${how}`;
      changed();
      const delayMs = passes ? passingDelayMs : delaysMs[Math.min(failures, delaysMs.length - 1)];
      timer ??= setTimeout(() => {
        timer = null;
        retry();
      }, delayMs);
      if (failures >= failuresToTell) givenUp(problem);
    },
    succeeded() {
      failures = 0;
      if (problem === null) return;
      problem = null;
      changed();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
