import type { RunError } from "../../../shared/domain/run.ts";
import { type Finished, type Keys, parseFinished, parseSaid, receipt, returned, type Said } from "./protocol.ts";
import type { RedisClient } from "./redis/client.ts";
import type { HeardOfJob, Scripts } from "./scripts.ts";
import { NotOurs, type Sealer } from "./sealing.ts";

/** Jobs of which is read together: their words and results are small, what is larger comes one by one. */
const PAGE = 200;
/** No worker says anything longer, sealed. */
const LONGEST = 16 * 1024 * 1024;
/** Of a job's words in one answer: together with others (of which the answer takes no more after so much), and alone. */
const TOGETHER = { items: 500, bytes: 64 * 1024, longest: LONGEST, bytesOfAll: 1024 * 1024 };
const ALONE = { items: 500, bytes: LONGEST, longest: LONGEST, bytesOfAll: LONGEST };

export interface JobPlace {
  queueName: string;
  jobId: string;
}

/** What Redis holds of a job. `finished` is null while it goes on. */
export interface Heard {
  said: Said[];
  /** How many items that were, read or not. */
  items: number;
  hasMore: boolean;
  finished: Finished | null;
  /** It has ended, and its result, which lay beside it, is not there any more: its worker may have it still. */
  lacksResult: boolean;
}

/** The context in which a text of a job was sealed. */
export const contextOf = (
  folderId: string,
  kind: "job" | "said" | "step" | "finished" | "ask" | "answer",
  id: string,
): string => `${folderId}/${kind}/${id}`;

/** What came is parsed; what is none of ours becomes a failure of its own run, and is told to `warn`. */
export function createInbox(
  {
    client,
    scripts,
    keys,
    folderId,
    sealer,
  }: { client: RedisClient; scripts: Scripts; keys: Keys; folderId: string; sealer: Sealer },
  warn: (message: string) => void,
) {
  const unreadable = (jobId: string, why: unknown): Finished => {
    const reason = why instanceof NotOurs ? why.message : "it is none of a worker's";
    warn(`what was said of ${jobId} was not understood: ${reason}`);
    const error: RunError = {
      code: "RUNNER_PROTOCOL",
      name: "WorkerProtocol",
      message: `What came of the run through Redis cannot be used: ${reason}`,
    };
    return { outcome: { kind: "failed", at: Date.now(), error, retryable: true }, attempt: 1, worker: "a worker" };
  };

  const readFinished = (jobId: string, text: string): Finished => {
    try {
      return parseFinished(sealer.open(text, contextOf(folderId, "finished", jobId)));
    } catch (error) {
      return unreadable(jobId, error);
    }
  };

  /** Up to the first that nobody can read: whoever says such a thing of a run is believed no more about it. */
  const readSaid = (jobId: string, texts: readonly string[]): { said: Said[]; broken: unknown } => {
    const said: Said[] = [];
    for (const text of texts) {
      try {
        said.push(parseSaid(sealer.open(text, contextOf(folderId, "said", jobId))));
      } catch (error) {
        return { said, broken: error };
      }
    }
    return { said, broken: null };
  };

  /** Null where its result lay beside it and is not there any more. */
  const readReceipt = async (jobId: string, text: string): Promise<Finished | null> => {
    let found: ReturnType<typeof receipt.parse>;
    try {
      found = receipt.parse(JSON.parse(text));
    } catch (error) {
      return unreadable(jobId, error);
    }
    if ("finished" in found) return readFinished(jobId, found.finished);
    if ((await client.strlen(keys.result(jobId))) > LONGEST)
      return unreadable(jobId, new NotOurs("its result is longer than any that is kept"));
    const beside = await client.get(keys.result(jobId));
    return beside === null ? null : readFinished(jobId, beside);
  };

  const understand = async (job: JobPlace & { from: number }, together: HeardOfJob): Promise<Heard> => {
    const isCut = together.hasMore && together.items.length < TOGETHER.items;
    const found = isCut ? ((await scripts.hear([job], ALONE))[0] ?? together) : together;
    const { items, hasMore, value, failedReason, isFinished } = found;
    const { said, broken } = readSaid(job.jobId, items);
    let finished: Finished | null = null;
    let lacksResult = false;
    if (broken !== null) finished = unreadable(job.jobId, broken);
    // What was said before the end is told before it.
    else if (isFinished && !hasMore) {
      if (value !== null) {
        finished = await readReceipt(job.jobId, value);
        lacksResult = finished === null;
      } else finished = unreadable(job.jobId, new NotOurs(`BullMQ says ${failedReason ?? "nothing"}`));
    }
    return { said, items: items.length, hasMore, finished, lacksResult };
  };

  return {
    /** Of each job, from its item `from` on; bounded, and in turns with the rest of the process. */
    async read(
      jobs: readonly (JobPlace & { from: number })[],
      heard: (job: JobPlace, what: Heard) => void,
    ): Promise<void> {
      let left = jobs;
      while (left.length > 0) {
        const page = left.slice(0, PAGE);
        const answers = await scripts.hear(page, TOGETHER);
        const again: typeof page = [];
        for (const [i, job] of page.entries()) {
          const found = answers[i] ?? null;
          if (found === null) again.push(job);
          else heard(job, await understand(job, found));
        }
        left = again.concat(left.slice(PAGE));
        await new Promise((done) => setImmediate(done));
      }
    },

    /** Outcomes whose jobs were not their workers' any more. */
    async readReturned(heard: (job: JobPlace, finished: Finished) => void): Promise<void> {
      let cursor = "0";
      do {
        const [next, flat] = await client.hscan(keys.returned, cursor, "COUNT", PAGE);
        cursor = next;
        for (let i = 0; i < flat.length; i += 2) {
          const jobId = flat[i] ?? "";
          try {
            const { queueName, finished } = returned.parse(JSON.parse(flat[i + 1] ?? ""));
            heard({ queueName, jobId }, readFinished(jobId, finished));
          } catch {
            warn(`an outcome that came back for ${jobId} was not understood`);
            await client.hdel(keys.returned, jobId);
          }
        }
        await new Promise((done) => setImmediate(done));
      } while (cursor !== "0");
    },
  };
}
