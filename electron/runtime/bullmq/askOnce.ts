import { usualTimings } from "./options.ts";
import { usableRedisUrl } from "./redis/address.ts";
import { connectRedis, type RedisClient } from "./redis/client.ts";

/** Asks a Redis over a connection that is closed again. Throws what is wrong with the connection rather than what followed from it. */
export async function askOnce<T>(
  redisUrl: string,
  ask: (client: RedisClient) => Promise<T>,
  answerMs = usualTimings.answerMs,
): Promise<T> {
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
    return await ask(client);
  } catch (error) {
    throw fault ?? error;
  } finally {
    client.disconnect();
  }
}
