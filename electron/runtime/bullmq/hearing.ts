import { giveUp, type RuntimeCore, report } from "./core.ts";
import type { Heard, JobPlace } from "./inbox.ts";
import { handOverOf } from "./protocol.ts";
import type { Scripts } from "./scripts.ts";

const finishedAtOnce = 500;
const letGoAtOnce = 200;

/** What Redis says of jobs, told on to the engine; and what the engine has of it goes from Redis. */
export function createHearing(core: RuntimeCore) {
  const { handOvers, keys } = core;
  const acknowledge: Parameters<Scripts["recorded"]>[0][number][] = [];
  /** Reported ones that were nobody's here: which queue they lie in, and whether they had no outcome. */
  const foreign = new Map<string, { queueName: string; isGivenUp: boolean }>();
  /** Of each job's words, counted from the first: how many were told, how many of those are written, and how many are gone. */
  const words = new Map<string, { told: number; written: number; trimmed: number }>();
  let trimDue = false;

  const wordsOf = (jobId: string): { told: number; written: number; trimmed: number } => {
    const known = words.get(jobId) ?? { told: 0, written: 0, trimmed: 0 };
    words.set(jobId, known);
    return known;
  };
  const unread = (jobId: string): number => {
    const known = words.get(jobId);
    return known === undefined ? 0 : known.told - known.trimmed;
  };
  const isReported = (jobId: string): boolean => handOvers.get(jobId)?.phase === "reported" || foreign.has(jobId);

  /** Its worker brings its result again, where it lives: then it is heard. */
  const lack = (jobId: string, queueName: string): void => {
    const one = handOvers.get(jobId);
    const id = handOverOf(jobId);
    const lost = { kind: "lost", at: Date.now(), reason: "Redis does not have its result any more" } as const;
    if (one !== undefined) {
      one.missingSince ??= performance.now();
      if (performance.now() - one.missingSince >= core.timings.lockMs) giveUp(core, one, lost);
    } else if (id !== null) {
      foreign.set(jobId, { queueName, isGivenUp: true });
      core.listener?.ended(id.runId, id.epoch, lost);
    }
  };

  const heard = ({ jobId, queueName }: JobPlace, { said, items, finished, lacksResult }: Heard): void => {
    const { listener, owning } = core;
    const id = handOverOf(jobId);
    if (id === null || listener === null || !owning || isReported(jobId)) return;
    const one = handOvers.get(jobId);
    for (const what of [...said, ...(finished?.said ?? [])]) {
      if (what.kind === "started") {
        if (one !== undefined) Object.assign(one, { started: true, worker: what.worker });
        listener.started(id.runId, id.epoch, what.at, what.worker);
      } else if (what.kind === "step") listener.step(id.runId, id.epoch, what.step);
      else listener.log(id.runId, id.epoch, what.at, what.stream, what.text, what.offset);
    }
    if (items > 0) wordsOf(jobId).told += items;
    if (lacksResult) lack(jobId, queueName);
    if (finished === null) return;
    if (one !== undefined) report(core, one, finished);
    else {
      foreign.set(jobId, { queueName, isGivenUp: false });
      listener.ended(id.runId, id.epoch, finished.outcome, finished);
    }
  };

  /** Reads what is there of jobs, whoever's they are. */
  const read = async (jobs: readonly JobPlace[]): Promise<void> => {
    let waiting = jobs.filter(({ jobId }) => !isReported(jobId));
    while (waiting.length > 0 && core.owning && core.parts !== null) {
      const again: JobPlace[] = [];
      await core.parts.inbox.read(
        waiting.map(({ jobId, queueName }) => ({ jobId, queueName, from: unread(jobId) })),
        (job, what) => {
          heard(job, what);
          if (what.hasMore && what.finished === null) again.push(job);
        },
      );
      waiting = again;
    }
  };

  return {
    read,
    get hasAcknowledged() {
      return acknowledge.length > 0;
    },
    get mustTrim() {
      return trimDue;
    },
    /** Outcomes that lie in Redis, whether a bell was heard of them or not. */
    async readFinished(): Promise<void> {
      if (core.parts === null) return;
      const { client, inbox } = core.parts;
      for (const queueName of await client.smembers(keys.queues)) {
        for (const list of ["completed", "failed"] as const) {
          // What was read and is not recorded yet stands before what is new.
          for (let from = 0; core.owning; from += finishedAtOnce) {
            const ids = await client.zrange(
              keys.list(queueName, list),
              String(from),
              String(from + finishedAtOnce - 1),
            );
            await read(ids.map((jobId) => ({ queueName, jobId })));
            if (ids.length < finishedAtOnce) break;
          }
        }
      }
      await inbox.readReturned((job, finished) =>
        heard(job, { said: [], items: 0, hasMore: false, finished, lacksResult: false }),
      );
    },
    /** The engine has an outcome written: Redis may forget it. */
    recorded({ runId, jobId }: { runId: string; jobId: string }): void {
      const one = handOvers.get(jobId);
      const known = foreign.get(jobId);
      const queueName = one?.queueName ?? known?.queueName;
      // Ended by the engine itself: its job goes on there, and its outcome will be late.
      if (one !== undefined && one.phase !== "reported") handOvers.forget(jobId);
      else if (queueName !== undefined) {
        const isLast = handOvers.lastOf(runId) === jobId;
        words.delete(jobId);
        handOvers.forget(jobId);
        // Until Redis has let it go it lies there still.
        const isGivenUp = (one ?? known)?.isGivenUp === true;
        foreign.set(jobId, { queueName, isGivenUp });
        // Of one that was given up the next hand-over takes the steps.
        acknowledge.push({ jobId, queueName, stepsOf: isLast && !isGivenUp ? runId : null, isGivenUp });
      }
    },
    async letGo(): Promise<void> {
      while (acknowledge.length > 0 && core.parts !== null) {
        const batch = acknowledge.slice(0, letGoAtOnce);
        await core.parts.scripts.recorded(batch);
        acknowledge.splice(0, batch.length);
        for (const { jobId } of batch) foreign.delete(jobId);
      }
    },
    /** What was said is written: it may go from Redis. True where anything is to. */
    written(): boolean {
      for (const known of words.values()) {
        if (known.written === known.told) continue;
        known.written = known.told;
        trimDue = true;
      }
      return trimDue;
    },
    async trim(): Promise<void> {
      trimDue = false;
      const due = [...words].filter(([, { written, trimmed }]) => written > trimmed);
      if (due.length === 0 || core.parts === null) return;
      const asked = core.parts.client.pipeline();
      const upTo = due.map(([jobId, { written, trimmed }]) => {
        asked.ltrim(keys.said(jobId), written - trimmed, -1);
        return written;
      });
      for (const [error] of (await asked.exec()) ?? []) if (error !== null) throw error;
      for (const [i, [, known]] of due.entries()) known.trimmed = upTo[i] ?? known.trimmed;
    },
    clear(): void {
      acknowledge.length = 0;
      foreign.clear();
      words.clear();
    },
  };
}
export type Hearing = ReturnType<typeof createHearing>;
