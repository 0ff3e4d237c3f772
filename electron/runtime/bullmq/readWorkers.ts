import type { QueueView, WorkersView } from "../../../shared/api/workers.ts";
import { type BullmqRuntimeOptions, usualTimings } from "./options.ts";
import { FOLDERS_KEY, folderRecord, keysOf } from "./protocol.ts";
import { usableRedisUrl } from "./redis/address.ts";
import { connectRedis } from "./redis/client.ts";
import { problemOf, timeOf } from "./redis/gate.ts";
import { createRoster, jsonOf, queueView } from "./roster.ts";
import { createSealer } from "./sealing.ts";

/**
 * Who is there, asked once by a program that hands no runs over itself. Workers' versions are compared with those of the engine,
 * as it says them there: this program may have other workflows, or none. What is wrong with Redis is a note.
 */
export async function readWorkers({
  redisUrl,
  folderId,
  sharedKey,
  timings,
}: Pick<BullmqRuntimeOptions, "redisUrl" | "folderId" | "sharedKey" | "timings">): Promise<WorkersView> {
  const { lateMs, lockMs, answerMs } = { ...usualTimings, ...timings };
  const keys = keysOf(folderId);
  let engine = new Map<string, string | null>();
  const versionOf = (workflowName: string): string | null | undefined => engine.get(workflowName);
  const roster = createRoster({ lateMs, lockMs, keyName: createSealer(sharedKey).keyName, versionOf });
  let fault: Error | null = null;
  const client = connectRedis(usableRedisUrl(redisUrl), {
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
    const [records, seen, redisNow, names, folder] = await Promise.all([
      client.hgetall(keys.workers),
      client.hgetall(keys.seen),
      timeOf(client, keys.workers),
      client.smembers(keys.queues),
      client.hget(FOLDERS_KEY, folderId),
    ]);
    const said = folderRecord.safeParse(jsonOf(folder ?? "null"));
    engine = new Map(said.data?.workflows.map(({ name, version }) => [name, version]));
    roster.read(records, seen, redisNow);
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
