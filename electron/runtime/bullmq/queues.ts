import { createRedisBackend, Queue, Worker } from "bullmq";
import type { RedisClient } from "./redis/client.ts";

/** BullMQ keeps this many of its events: nothing here reads them. */
const keptEvents = 100;

/** A job is never tried again by BullMQ, and never removed by it: whether a run is done again is the engine's decision. */
export const jobOptions = (jobId: string) => ({ jobId, attempts: 1, removeOnComplete: false, removeOnFail: false });

/** BullMQ's queues over one connection, made as they are needed. */
export function createQueues(client: RedisClient, prefix: string, failed: (error: Error) => void) {
  const queues = new Map<string, Queue>();
  return {
    get(name: string): Queue {
      let queue = queues.get(name);
      if (queue === undefined) {
        queue = new Queue(name, { connection: client, prefix, streams: { events: { maxLen: keptEvents } } });
        queue.on("error", failed);
        queues.set(name, queue);
      }
      return queue;
    },
    close: (): Promise<unknown> => Promise.allSettled([...queues.values()].map((queue) => queue.close())),
  };
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
  const workers = new Map<string, Worker>();
  return {
    get(name: string): Worker {
      let worker = workers.get(name);
      if (worker === undefined) {
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
        worker = new Worker(name, null, options, (queue, opts) => createRedisBackend(queue, opts, {}));
        worker.on("error", failed);
        workers.set(name, worker);
      }
      return worker;
    },
    close: (): Promise<unknown> => Promise.allSettled([...workers.values()].map((worker) => worker.close(true))),
  };
}
