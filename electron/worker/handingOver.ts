import { contextOf } from "../runtime/bullmq/inbox.ts";
import { INLINE_RESULT_BYTES, KEPT_MS, keysOf } from "../runtime/bullmq/protocol.ts";
import { createScripts } from "../runtime/bullmq/scripts.ts";
import type { RunOutcome } from "../runtime/runtime.ts";
import { type Hold, pause, type WorkerCore } from "./core.ts";
import type { JournalEntry, Owed } from "./journal.ts";

const retryMs = 500;
/** Of what is owed so much is looked at in one answer. */
const owedAtOnce = 200;
/** Of outcomes that are brought back so much is on its way at once, characters, or one that is longer. */
const backAtOnce = 4 * 1024 * 1024;

/**
 * How a run's end goes to its engine: to the journal on this machine's disk, then to Redis. It is owed until the engine has
 * recorded it. `over` is called once Redis has it, or this worker leaves it to the next one here.
 */
export function createHandingOver(core: WorkerCore, over: (hold: Hold) => void) {
  const { journal, sealer, who } = core;
  let ending = 0;

  const end = async (hold: Hold, outcome: RunOutcome): Promise<void> => {
    const { folder, jobId, queueName, job } = hold;
    ending++;
    const said = hold.words.takeLast();
    const finished = sealer.seal(
      { outcome, attempt: job.attempt, worker: who, ...(said.length === 0 ? {} : { said }) },
      contextOf(folder.id, "finished", jobId),
    );
    const entry: JournalEntry = { folderId: folder.id, queueName, jobId, finished };
    try {
      await journal.append(entry);
    } catch (error) {
      // Its own disk is full or gone: Redis is told all the same, and only a crash just now would lose it.
      core.warn(`the journal of outcomes cannot be written: ${(error as Error).message}`);
    }
    for (;;) {
      try {
        await hold.words.flush();
        if (hold.fenced || !(await complete(hold, finished))) await giveBack(entry);
        break;
      } catch {
        // Redis is away: the journal keeps it. A stopped worker leaves it to the next one here.
        if (core.phase === "stopped") break;
        await pause(retryMs);
      }
    }
    hold.words.close();
    core.holds.delete(jobId);
    ending--;
    over(hold);
  };

  /** False where the job is not ours any more. */
  const complete = async (hold: Hold, finished: string): Promise<boolean> => {
    const { client } = core.connected();
    const { folder, queueName, jobId, token } = hold;
    const inline = finished.length <= INLINE_RESULT_BYTES;
    if (!inline) await client.set(folder.keys.result(jobId), finished, "PX", KEPT_MS);
    try {
      await hold.fetched.moveToCompleted(inline ? { finished } : { beside: true }, token, false);
    } catch (error) {
      const { code } = error as { code?: unknown };
      // BullMQ's numbers: the job is not there, its lock is gone or another's, it is not active.
      if (typeof code === "number" && code < 0) {
        hold.fenced = true;
        return false;
      }
      throw error;
    }
    folder.ring(queueName, jobId);
    return true;
  };

  const giveBack = async ({ folderId, queueName, jobId, finished }: JournalEntry): Promise<void> => {
    const { client } = core.connected();
    const keys = keysOf(folderId);
    await client.hset(keys.returned, jobId, JSON.stringify({ queueName, finished }));
    await client.publish(keys.engineBell, "R");
  };

  /** What lay beside its receipt is gone, as after a week without an engine. */
  const lacksResult = async ({ folderId, jobId, size }: Owed): Promise<boolean> =>
    size > INLINE_RESULT_BYTES && (await core.connected().client.exists(keysOf(folderId).result(jobId))) === 0;

  const bringBack = async ({ jobId }: Owed): Promise<void> => {
    let entry: JournalEntry | null;
    try {
      entry = await journal.read(jobId);
    } catch (error) {
      // The others are brought all the same.
      core.warn(`an outcome could not be read from the journal: ${(error as Error).message}`);
      return;
    }
    if (entry !== null) await giveBack(entry);
  };
  /** From the disk a part at a time: all that is owed may be longer than memory. */
  const bringAllBack = async (all: readonly Owed[]): Promise<void> => {
    let page: Owed[] = [];
    let size = 0;
    for (const owed of all) {
      if (size + owed.size > backAtOnce && page.length > 0) {
        await Promise.all(page.map(bringBack));
        [page, size] = [[], 0];
      }
      page.push(owed);
      size += owed.size;
    }
    await Promise.all(page.map(bringBack));
  };

  return {
    end: (hold: Hold, outcome: RunOutcome): void => void end(hold, outcome),
    /** How many are being handed over. */
    get ending() {
      return ending;
    },
    /** What the engine has recorded is owed no more; what Redis has lost is brought back. */
    async lookAtOwed(): Promise<void> {
      const owed = journal.owed().filter(({ jobId }) => !core.holds.has(jobId));
      for (const folderId of new Set(owed.map((entry) => entry.folderId))) {
        const entries = owed.filter((entry) => entry.folderId === folderId);
        const { client } = core.connected();
        const scripts = core.folders.get(folderId)?.scripts ?? createScripts(client, keysOf(folderId));
        for (let at = 0; at < entries.length; at += owedAtOnce) {
          const page = entries.slice(at, at + owedAtOnce);
          const states = await scripts.inspect(page);
          const back: Owed[] = [];
          for (const [i, entry] of page.entries()) {
            const state = states[i] ?? "gone";
            if (state === "recorded") journal.settled(entry.jobId);
            else if (state === "finished" ? await lacksResult(entry) : state !== "returned")
              // A job that was taken away is no outcome recorded: its outcome is a late one.
              back.push(entry);
          }
          await bringAllBack(back);
        }
      }
    },
  };
}
