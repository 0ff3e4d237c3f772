import type { QueueView, WorkersView } from "../../../shared/api/workers.ts";
import { connectRedis, parseRedisUrl } from "./address.ts";
import { problemOf } from "./gate.ts";
import { type BullmqRuntimeOptions, usualTimings } from "./options.ts";
import { keysOf } from "./protocol.ts";
import { createRoster, queueView } from "./roster.ts";
import { createSealer } from "./sealing.ts";

/** Who is there, asked once by a program that hands no runs over itself. What is wrong with Redis is a note. */
export async function readWorkers({
  redisUrl,
  folderId,
  sharedKey,
  versionOf = () => undefined,
  timings,
}: Pick<BullmqRuntimeOptions, "redisUrl" | "folderId" | "sharedKey" | "versionOf" | "timings">): Promise<WorkersView> {
  const { lateMs, lockMs, answerMs } = { ...usualTimings, ...timings };
  const keys = keysOf(folderId);
  const roster = createRoster({ lateMs, lockMs, keyName: createSealer(sharedKey).keyName, versionOf });
  let fault: Error | null = null;
  const client = connectRedis(parseRedisUrl(redisUrl), {
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on("error", (error: Error) => {
    fault ??= error;
  });
  try {
    await client.connect();
    const [records, seen, [seconds, micros], names] = await Promise.all([
      client.hgetall(keys.workers),
      client.hgetall(keys.seen),
      client.time(),
      client.smembers(keys.queues),
    ]);
    roster.read(records, seen, Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
    const queues: QueueView[] = [];
    for (const name of names) {
      const [waiting, active] = await Promise.all([
        client.llen(keys.list(name, "wait")),
        client.llen(keys.list(name, "active")),
      ]);
      const view = queueView(name, waiting, active);
      if (view !== null) queues.push(view);
    }
    roster.setQueues(queues);
    return roster.view([]);
  } catch (error) {
    const { message, remedy } = problemOf(fault ?? error);
    return roster.view([`${message}. ${remedy}`]);
  } finally {
    client.disconnect();
  }
}
