import { createRedisBackend, Queue, Worker } from "bullmq";
import type { QueueView } from "../../../shared/api/workers.ts";
import { type Keys, placeOfQueue } from "./protocol.ts";
import type { RedisClient } from "./redis/client.ts";
import type { Scripts } from "./scripts.ts";

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

/** Since when each paused queue is, by name, as far as Redis says: asked once, since what says it is only kept for a while. */
export type PausedSince = Map<string, string | null>;

/** Which of these BullMQ does not take from until they are resumed. */
export async function pausedQueues(client: RedisClient, keys: Keys, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const asked = client.pipeline();
  for (const name of names) asked.hexists(keys.meta(name), "paused");
  const answers = (await asked.exec()) ?? [];
  return new Set(names.filter((_, i) => Number(answers[i]?.[1] ?? 0) === 1));
}

/** What waits and goes on in each; names that are none of ours are left out. */
export async function readQueues(
  { client, scripts, keys }: { client: RedisClient; scripts: Scripts; keys: Keys },
  names: readonly string[],
  since: PausedSince = new Map(),
): Promise<QueueView[]> {
  if (names.length === 0) return [];
  const paused = await pausedQueues(client, keys, names);
  for (const name of since.keys()) if (!paused.has(name)) since.delete(name);
  for (const name of paused) if (!since.has(name)) since.set(name, await scripts.pausedSince(name));
  const asked = client.pipeline();
  // Older versions of BullMQ move what waits aside when they pause a queue: it waits all the same.
  const lists = ["wait", "paused", "active"] as const;
  for (const name of names) for (const list of lists) asked.llen(keys.list(name, list));
  const counts = (await asked.exec()) ?? [];
  return names.flatMap((name, i) => {
    const place = placeOfQueue(name);
    if (place === null) return [];
    const [wait = 0, aside = 0, active = 0] = lists.map((_, n) => Number(counts[lists.length * i + n]?.[1] ?? 0));
    return [
      { ...place, waiting: wait + aside, active, paused: paused.has(name) ? { since: since.get(name) ?? null } : null },
    ];
  });
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
