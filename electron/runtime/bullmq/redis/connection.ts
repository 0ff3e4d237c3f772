import type { Socket } from "node:net";
import { Cluster } from "ioredis";
import { parseRedisUrl } from "./address.ts";
import { connectRedis, type RedisClient } from "./client.ts";

/** A connection that is made anew whenever it is lost or answers no more; commands fail at once while it is away. */
export interface Connection {
  readonly client: RedisClient;
  /** Commands go through. */
  readonly isReady: boolean;
  /** What is wrong, in words without a password; null while it is ready, and until the first try has failed. */
  readonly problem: Error | null;
  /** Makes it anew: something that should have come did not, or what it leads to is not what it was. */
  renew(why?: string): void;
  close(): void;
}

const longestRetryMs = 1_000;

/**
 * What is asked in one turn goes to the socket with one write, which is most of what a command costs. (ioredis's own way to
 * do so builds an object for each turn that has all of BullMQ's scripts.)
 */
function gatherWrites(client: RedisClient): void {
  if (client instanceof Cluster) {
    client.on("+node", gatherWrites);
    return;
  }
  client.on("connect", () => {
    const { stream } = client as unknown as { stream: Socket };
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    let gathering = false;
    stream.write = (...args: unknown[]): boolean => {
      if (!gathering) {
        gathering = true;
        stream.cork();
        setImmediate(() => {
          gathering = false;
          stream.uncork();
        });
      }
      return write(...args);
    };
  });
}

export function openConnection(
  url: string,
  {
    answerMs,
    onChange = () => {},
    subscriber = false,
  }: { answerMs: number; onChange?: () => void; subscriber?: boolean },
): Connection {
  const client = connectRedis(parseRedisUrl(url), {
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    keepAlive: answerMs,
    // What was not answered is asked again by those who know whether it still matters.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(longestRetryMs, 50 * 2 ** Math.min(times, 10)),
  });
  let problem: Error | null = null;
  let isReady = false;
  /** What came of the first try: that it failed is told like any change. */
  let isKnown = false;
  let closed = false;
  let asking = false;

  const change = (ready: boolean, why: Error | null): void => {
    if (closed) return;
    const changed = !isKnown || ready !== isReady;
    isKnown = true;
    isReady = ready;
    problem = ready ? null : (why ?? problem ?? new Error("the connection is closed"));
    if (changed) onChange();
  };
  const renew = (why = `no answer within ${answerMs} ms`): void => {
    if (closed) return;
    change(false, new Error(why));
    client.disconnect(true);
  };
  /** A connection that was cut without a word is found out by asking. */
  const look = async (): Promise<void> => {
    if (!isReady || asking) return;
    asking = true;
    try {
      await client.ping();
    } catch {
      if (isReady) renew();
    } finally {
      asking = false;
    }
  };
  const watch = setInterval(() => void look(), answerMs);
  watch.unref();

  client.on("ready", () => change(true, null));
  client.on("error", (error: Error) => {
    if (!isReady) problem = error;
  });
  client.on("close", () => change(false, null));
  gatherWrites(client);
  client.connect().catch(() => {});
  if (subscriber) client.setMaxListeners(0);
  return {
    client,
    get isReady() {
      return isReady;
    },
    get problem() {
      return problem;
    },
    renew,
    close() {
      closed = true;
      isReady = false;
      clearInterval(watch);
      client.disconnect();
    },
  };
}
