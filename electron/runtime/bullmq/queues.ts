import { createRedisBackend, Queue, Worker } from "bullmq";
import type { RedisClient } from "./redis/client.ts";

/** BullMQ keeps this many of its events: nothing here reads them. */
const keptEvents = 100;

/** A job is never tried again by BullMQ, and never removed by it: whether a run is done again is the engine's decision. */
export const jobOptions = (jobId: string) => ({ jobId, attempts: 1, removeOnComplete: false, removeOnFail: false });

/**
 * Objects of BullMQ's by queue, made as they are needed. Each asks Redis something first, and where the connection goes just
 * then it answers with that error whatever is asked of it from then on: such a one is let go, and the next use makes another.
 */
function byQueue<T extends Pick<Queue, "waitUntilReady">>(
  make: (name: string) => T,
  end: (one: T) => Promise<unknown>,
) {
  const all = new Map<string, T>();
  return {
    get(name: string): T {
      const known = all.get(name);
      if (known !== undefined) return known;
      const made = make(name);
      all.set(name, made);
      made.waitUntilReady().catch(() => {
        if (all.get(name) === made) all.delete(name);
        end(made).catch(() => {});
      });
      return made;
    },
    close: (): Promise<unknown> => Promise.allSettled([...all.values()].map(end)),
  };
}

/** BullMQ's queues over one connection. */
export function createQueues(client: RedisClient, prefix: string, failed: (error: Error) => void) {
  return byQueue(
    (name) => {
      const queue = new Queue(name, { connection: client, prefix, streams: { events: { maxLen: keptEvents } } });
      queue.on("error", failed);
      return queue;
    },
    (queue) => queue.close(),
  );
}

/**
 * BullMQ's workers over one connection, without loops of their own: jobs are fetched one by one as there is room, over all
 * queues together, and locks are renewed by us. No stalled check runs: nothing is run twice by it.
 */
export function createFetchers(
  client: RedisClient,
  prefix: string,
  { lockMs, workerId, failed }: { lockMs: number; workerId: string; failed: (error: Error) => void },
) {
  return byQueue(
    (name) => {
      const options = {
        connection: client,
        prefix,
        name: workerId,
        autorun: false,
        lockDuration: lockMs,
        maxStalledCount: 0,
        skipStalledCheck: true,
        skipLockRenewal: true,
      };
      // Without the connection that BullMQ would wait on for this queue alone.
      const worker = new Worker(name, null, options, (queue, opts) => createRedisBackend(queue, opts, {}));
      worker.on("error", failed);
      return worker;
    },
    (worker) => worker.close(true),
  );
}
