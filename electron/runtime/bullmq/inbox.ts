import type { RunError } from "../../../shared/domain/run.ts";
import type { RedisClient } from "./address.ts";
import { type Finished, type Keys, parseFinished, parseSaid, receipt, returned, type Said } from "./protocol.ts";
import { NotOurs, type Sealer } from "./sealing.ts";

/** Jobs whose words are fetched in one answer of Redis: their results are small, large ones come one by one. */
const PAGE = 50;
/** Items of a job's words in one answer. */
const SAID_PAGE = 500;

export interface JobPlace {
  queueName: string;
  jobId: string;
}

/** What Redis holds of a job. `finished` is null while it goes on. */
export interface Heard {
  said: Said[];
  /** How many items that were, read or not. */
  items: number;
  finished: Finished | null;
}

/** The context in which a text of a job was sealed. */
export const contextOf = (
  folderId: string,
  kind: "job" | "said" | "step" | "finished" | "ask" | "answer",
  id: string,
): string => `${folderId}/${kind}/${id}`;

/** What came is parsed; what is none of ours becomes a failure of its own run, and is told to `warn`. */
export function createInbox(
  { client, keys, folderId, sealer }: { client: RedisClient; keys: Keys; folderId: string; sealer: Sealer },
  warn: (message: string) => void,
) {
  const unreadable = (jobId: string, why: unknown): Finished => {
    const reason = why instanceof NotOurs ? why.message : "it is none of a worker's";
    warn(`what was said of the end of ${jobId} was not understood: ${reason}`);
    const error: RunError = {
      code: "RUNNER_PROTOCOL",
      name: "WorkerProtocol",
      message: `What came of the run's end through Redis cannot be used: ${reason}`,
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

  const readSaid = (jobId: string, texts: readonly string[]): Said[] =>
    texts.flatMap((text) => {
      try {
        return [parseSaid(sealer.open(text, contextOf(folderId, "said", jobId)))];
      } catch (error) {
        warn(
          `a message of ${jobId} was not understood: ${error instanceof NotOurs ? error.message : "it is none of a worker's"}`,
        );
        return [];
      }
    });

  const readReceipt = async (jobId: string, text: string): Promise<Finished> => {
    let found: ReturnType<typeof receipt.parse>;
    try {
      found = receipt.parse(JSON.parse(text));
    } catch (error) {
      return unreadable(jobId, error);
    }
    if ("finished" in found) return readFinished(jobId, found.finished);
    const beside = await client.get(keys.result(jobId));
    return beside === null
      ? unreadable(jobId, new NotOurs("its result is not there any more"))
      : readFinished(jobId, beside);
  };

  return {
    /** Of each job, from its item `skip` on; bounded, and in turns with the rest of the process. */
    async read(
      jobs: readonly (JobPlace & { skip: number })[],
      heard: (job: JobPlace, what: Heard) => void,
    ): Promise<void> {
      for (let at = 0; at < jobs.length; at += PAGE) {
        const page = jobs.slice(at, at + PAGE);
        const asked = client.pipeline();
        for (const { jobId, queueName, skip } of page) {
          asked.lrange(keys.said(jobId), skip, skip + SAID_PAGE - 1);
          asked.hmget(keys.job(queueName, jobId), "returnvalue", "failedReason", "finishedOn");
        }
        const answers = (await asked.exec()) ?? [];
        for (const [i, job] of page.entries()) {
          const [saidError, texts] = answers[2 * i] ?? [];
          const [endError, fields] = answers[2 * i + 1] ?? [];
          if (saidError != null) throw saidError;
          if (endError != null) throw endError;
          const items = texts as string[];
          const [value, failedReason, finishedOn] = fields as (string | null)[];
          let finished: Finished | null = null;
          // What was said before the end is told before it.
          if (finishedOn != null && items.length < SAID_PAGE) {
            if (value != null) finished = await readReceipt(job.jobId, value);
            else finished = unreadable(job.jobId, new NotOurs(`BullMQ says ${failedReason ?? "nothing"}`));
          }
          heard(job, { said: readSaid(job.jobId, items), items: items.length, finished });
        }
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
