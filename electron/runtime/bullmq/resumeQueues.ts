import { Queue } from "bullmq";
import { AppError } from "../../../shared/domain/errors.ts";
import { askOnce } from "./askOnce.ts";
import type { BullmqRuntimeOptions } from "./options.ts";
import { keysOf, placeOfQueue } from "./protocol.ts";
import { pausedQueues } from "./queues.ts";
import type { RedisClient } from "./redis/client.ts";
import { problemOf } from "./redis/gate.ts";

/** A queue of one workflow. */
export interface QueuePlace {
  queue: string;
  workflowName: string;
}

/**
 * Resumes queues of a folder that were paused with BullMQ's own means: all, or those of a name or a workflow. Answers which
 * were paused. Throws NOT_FOUND where nothing was ever sent to such a queue, and RUNTIME_UNAVAILABLE with the remedy where Redis
 * cannot be asked.
 */
export async function resumeQueues(
  { redisUrl, folderId }: Pick<BullmqRuntimeOptions, "redisUrl" | "folderId">,
  wanted: Partial<QueuePlace>,
): Promise<QueuePlace[]> {
  const keys = keysOf(folderId);
  const resume = async (client: RedisClient): Promise<QueuePlace[]> => {
    const known = (await client.smembers(keys.queues)).flatMap((name) => {
      const place = placeOfQueue(name);
      return place === null ? [] : [{ name, ...place }];
    });
    const meant = known.filter(
      ({ queue, workflowName }) =>
        (wanted.queue ?? queue) === queue && (wanted.workflowName ?? workflowName) === workflowName,
    );
    if (meant.length === 0 && (wanted.queue ?? wanted.workflowName) !== undefined)
      throw new AppError("NOT_FOUND", `Nothing was ever sent to ${nameOf(wanted)}; ${thereAre(known)}`);
    const names = meant.map(({ name }) => name);
    const paused = await pausedQueues(client, keys, names);
    for (const name of paused) {
      const queue = new Queue(name, { connection: client, prefix: keys.prefix });
      queue.on("error", () => {});
      // What was moved aside comes back a part at a time.
      do await queue.resume();
      while ((await client.llen(keys.list(name, "paused"))) > 0);
      await queue.close();
    }
    if (paused.size > 0) {
      // The engine looks at once, and workers where they find them again.
      await client.publish(keys.engineBell, "W");
      await client.publish(keys.workerBell, [...paused].join(" "));
    }
    return meant
      .filter(({ name }) => paused.has(name))
      .map(({ queue, workflowName }) => ({ queue, workflowName }))
      .sort((a, b) => a.queue.localeCompare(b.queue) || a.workflowName.localeCompare(b.workflowName));
  };
  try {
    return await askOnce(redisUrl, resume);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { message, remedy } = problemOf(error);
    throw new AppError("RUNTIME_UNAVAILABLE", `${message}. ${remedy}.`);
  }
}

const nameOf = ({ queue, workflowName }: Partial<QueuePlace>): string =>
  `${queue === undefined ? "a queue" : `the queue ${queue}`}${workflowName === undefined ? "" : ` of ${workflowName}`}`;

function thereAre(known: readonly QueuePlace[]): string {
  if (known.length === 0) return "there are no queues yet";
  const named = known.slice(0, 5).map(({ queue, workflowName }) => `${queue} of ${workflowName}`);
  return `there are ${named.join(", ")}${known.length > named.length ? ` and ${known.length - named.length} more` : ""}`;
}
