import type { WorkersView } from "../../../shared/api/workers.ts";
import { askOnce } from "./askOnce.ts";
import { type BullmqRuntimeOptions, usualTimings } from "./options.ts";
import { FOLDERS_KEY, folderRecord, keysOf } from "./protocol.ts";
import { readQueues } from "./queues.ts";
import type { RedisClient } from "./redis/client.ts";
import { problemOf, timeOf } from "./redis/gate.ts";
import { createRoster, jsonOf } from "./roster.ts";
import { createScripts } from "./scripts.ts";
import { createSealer } from "./sealing.ts";

/**
 * Who is there, asked once by a program that hands no runs over itself. Workers' versions are compared with those of the engine,
 * as it says them there: this program may have other workflows, or none. What is wrong with Redis is told as its problem.
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
  const read = async (client: RedisClient): Promise<void> => {
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
    roster.setQueues(await readQueues({ client, scripts: createScripts(client, keys), keys }, names));
  };
  try {
    await askOnce(redisUrl, read, answerMs);
    return roster.view(null);
  } catch (error) {
    const { message, remedy } = problemOf(error);
    return roster.view(`${message}. ${remedy}`);
  }
}
